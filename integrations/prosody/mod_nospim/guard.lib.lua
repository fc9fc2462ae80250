-- The guard over HTTP: verdicts within a deadline, events in order from a bounded spool, actions by long poll.
--
-- Everything here is driven by callbacks, never by async.wait_for: a session that waits inside a hook can lose
-- the rest of what its client has sent (net/server_epoll does not look at data that is buffered already when it
-- resumes), and streams of components have no runner to wait in.

local http = require "net.http";
local json = require "util.json";
local array = require "util.array";
local now = require "util.time".now;
local urlencode = require "util.http".urlencode;

local BATCH_EVENTS = 100;         -- events in one request
local BATCH_BYTES = 256 * 1024;   -- and their bytes, well below the service's limit on a request
local FLUSH_SECONDS = 0.1;        -- how long an event waits for company
local TRIP_AFTER = 3;             -- failures in a row after which the guard counts as down
local PROBE_FIRST, PROBE_MOST = 1, 5; -- seconds between questions whether it is up again
local WAIT_SECONDS = 25;          -- how long the service is asked to wait for something to do
local POLL_SECONDS = 40;          -- a long poll that is silent for longer has lost its connection
local RETRY_FIRST, RETRY_MOST = 0.5, 10;
local POLL_RETRY_MOST = 3;        -- a session must end within 5 s of a verdict, also just after an outage
local LATE_SECONDS = 10;          -- a verdict that comes this much too late can still be acted on
local SEND_SECONDS = 15;          -- for requests that no message waits for

local Guard = {};
Guard.__index = Guard;

-- One request; done(code, answer) is called exactly once, with code 0 when there was no answer in time.
function Guard:request(method, path, body, seconds, done)
	local finished, timer, request = false, nil, nil;
	local function finish(code, answer)
		if finished then return; end
		finished = true;
		if timer then timer:stop(); end
		done(code, answer);
	end
	timer = module:add_timer(seconds, function ()
		finish(0, "no answer within "..seconds.." s");
		if request then http.destroy_request(request); end
	end);
	request = http.request(self.url..path, {
		method = method;
		body = body;
		headers = {
			["Authorization"] = self.token and ("Bearer "..self.token) or nil;
			["Content-Type"] = body and (path == "/v1/events" and "application/cloudevents-batch+json"
				or path == "/v1/check" and "application/cloudevents+json" or "application/json") or nil;
			["Accept"] = "application/json";
		};
	}, function (answer, code)
		finish(code, answer);
	end);
end

-- Circuit: after some failures in a row nothing waits for the guard any more; a probe finds out when it is back.

function Guard:failed(why)
	self.counts.failures = self.counts.failures + 1;
	self.row = self.row + 1;
	if self.down or self.row < TRIP_AFTER then return; end
	self.down = true;
	module:log("warn", "the guard does not answer (%s); the fail policy decides until it does", tostring(why));
	local wait = PROBE_FIRST;
	local function probe()
		self:request("GET", "/readyz", nil, self.timeout, function (code)
			if code >= 200 and code < 300 then return self:answered(); end
			wait = math.min(wait * 2, PROBE_MOST);
			module:add_timer(wait, probe);
		end);
	end
	module:add_timer(wait, probe);
end

function Guard:answered()
	self.row = 0;
	if not self.down then return; end
	self.down = false;
	module:log("info", "the guard answers again");
	self:flush();
	if self.on_recovery then self.on_recovery(); end
end

-- Whether an answer says that the guard cannot work now, rather than that this request was wrong.
local function is_outage(code)
	return code == 0 or code >= 500 or code == 401 or code == 403 or code == 408 or code == 429;
end

-- Asks for the verdict on one message; done(verdict) or done(nil, why).
-- What the same account did before (a sign-in, a look at its contacts) is sent first, or the guard would judge
-- without it.
function Guard:check(event, done)
	if self.down then return done(nil, "the guard is down"); end
	local deadline, finished = now() + self.timeout, false;
	local timer;
	local function finish(verdict, why)
		if finished then return; end
		finished = true;
		timer:stop();
		done(verdict, why);
	end
	timer = module:add_timer(self.timeout, function ()
		if finished then return; end
		self:failed("no verdict in time");
		finish(nil, "no verdict in time");
	end);
	self:after(event.subject, function ()
		if finished then return; end
		if self.down then return finish(nil, "the guard is down"); end
		local seconds = math.max(0, deadline - now()) + LATE_SECONDS;
		self:request("POST", "/v1/check", event.body, seconds, function (code, answer)
			local verdict = code == 200 and json.decode(answer);
			if type(verdict) == "table" and type(verdict.action) == "string" then
				self.counts.checks = self.counts.checks + 1;
				if finished then return self.on_late(event.id, verdict); end
				self:answered();
				return finish(verdict);
			end
			if finished then return; end
			self:no_verdict(code, answer);
			finish(nil, "HTTP "..tostring(code));
		end);
	end);
end

function Guard:no_verdict(code, answer)
	if code == 401 or code == 403 then
		module:log("error", "the guard refuses nospim_token (HTTP %d)", code);
	elseif code ~= 200 and not is_outage(code) then
		module:log("error", "the guard refused to judge a message (HTTP %d): %s", code, tostring(answer):sub(1, 300));
	end
	if code == 200 or is_outage(code) then self:failed(code == 0 and answer or code); end
end

-- Events

function Guard:emit(event)
	local spool = self.spool;
	if #spool >= self.spool_limit then
		local lost = table.remove(spool, 1);
		self.first = self.first + 1;
		self:forget(lost);
		self.counts.events_lost = self.counts.events_lost + 1;
		if self.counts.events_lost % 1000 == 1 then
			module:log("error", "the spool of events is full: %d lost so far", self.counts.events_lost);
		end
	end
	self.last = self.last + 1;
	spool[#spool + 1] = event;
	self.unsent[event.subject] = (self.unsent[event.subject] or 0) + 1;
	if #spool >= BATCH_EVENTS then
		self:flush();
	elseif not self.flush_timer then
		self.flush_timer = module:add_timer(FLUSH_SECONDS, function ()
			self.flush_timer = nil;
			self:flush();
		end);
	end
end

function Guard:forget(event)
	local left = (self.unsent[event.subject] or 1) - 1;
	self.unsent[event.subject] = left > 0 and left or nil;
end

-- Calls back when no event about this account is waiting any more, or sending has just failed.
function Guard:after(subject, callback)
	if not self.unsent[subject] then return callback(); end
	self.waiters[#self.waiters + 1] = { upto = self.last, callback = callback };
	self:flush();
end

function Guard:wake(all)
	local waiting = self.waiters;
	self.waiters = {};
	for _, waiter in ipairs(waiting) do
		if all or waiter.upto < self.first then
			waiter.callback();
		else
			self.waiters[#self.waiters + 1] = waiter;
		end
	end
end

function Guard:flush()
	if self.sending or self.stopped then return; end
	if self.down then return self:wake(true); end
	if #self.spool == 0 then return; end
	local bodies, bytes = {}, 0;
	for i = 1, math.min(#self.spool, BATCH_EVENTS) do
		local body = self.spool[i].body;
		if i > 1 and bytes + #body > BATCH_BYTES then break; end
		bodies[i], bytes = body, bytes + #body;
	end
	self.sending = true;
	local first = self.first;
	self:request("POST", "/v1/events", "["..table.concat(bodies, ",").."]", SEND_SECONDS, function (code, answer)
		self.sending = false;
		if is_outage(code) then
			self:failed(code == 0 and answer or code);
			self:wake(true);
			self.retry = math.min(self.retry * 2, RETRY_MOST);
			module:add_timer(self.retry, function () self:flush(); end);
			return;
		end
		self.retry = RETRY_FIRST;
		self:sent(first, #bodies, code, answer);
		self:answered();
		self:wake(false);
		self:flush();
		self:ask_arrears();
	end);
end

-- Takes what was sent off the spool; what the service refused would be refused again, so it is counted and dropped.
function Guard:sent(first, count, code, answer)
	local already = self.first - first; -- what the limit has pushed out meanwhile
	for _ = 1, count - already do
		self:forget(table.remove(self.spool, 1));
		self.first = self.first + 1;
	end
	local body = json.decode(answer or "");
	local refused = 0;
	if code >= 400 then
		refused = count;
	elseif type(body) == "table" and type(body.refused or body.rejected) == "table" then
		refused = #(body.refused or body.rejected);
	end
	self.counts.events = self.counts.events + count - refused;
	if refused > 0 then
		self.counts.events_refused = self.counts.events_refused + refused;
		module:log("error", "the guard refused %d events (HTTP %d): %s", refused, code, tostring(answer):sub(1, 300));
	end
end

-- Messages that went out unchecked are events like any other; once the guard has them, this asks what it thinks of
-- each: on_late(id, verdict).
function Guard:in_arrears(id)
	self.arrears[#self.arrears + 1] = id;
end

function Guard:ask_arrears()
	if self.asking_arrears or self.down or #self.spool > 0 or not self.arrears[1] then return; end
	self.asking_arrears = true;
	local path = "/v1/verdicts?source="..urlencode(self.source).."&id="..urlencode(self.arrears[1]);
	self:request("GET", path, nil, SEND_SECONDS, function (code, answer)
		self.asking_arrears = false;
		if is_outage(code) then return self:failed(code); end
		local id = table.remove(self.arrears, 1);
		local verdict = code == 200 and json.decode(answer);
		if type(verdict) == "table" then self.on_late(id, verdict.verdict or verdict); end
		self:ask_arrears();
	end);
end

-- Actions

-- Follows what the guard asks for. carry_out(action, done) calls done(result) once, and the result is reported.
-- The cursor is not kept over a restart: the guard hands out again whatever was not answered.
function Guard:follow(carry_out, keep)
	local wait = RETRY_FIRST;
	local function poll()
		if self.stopped then return; end
		local asked_at = now();
		local path = ("/v1/actions?after=%s&wait=%d&source=%s"):format(self.cursor, WAIT_SECONDS, urlencode(self.source));
		self:request("GET", path, nil, POLL_SECONDS, function (code, answer)
			local body = code == 200 and json.decode(answer);
			if type(body) ~= "table" then
				module:add_timer(wait, poll);
				wait = math.min(wait * 2, POLL_RETRY_MOST);
				return;
			end
			wait = RETRY_FIRST;
			local actions = type(body.actions) == "table" and body.actions or {};
			self:each_action(actions, carry_out, function ()
				self.cursor = tostring(body.cursor or self.cursor):match("^%w+$") or self.cursor;
				if #actions > 0 then keep(); end
				-- A service that answers at once with nothing must not be asked in a tight circle.
				module:add_timer(#actions == 0 and now() - asked_at < 1 and 1 or 0, poll);
			end);
		end);
	end
	poll();
end

function Guard:each_action(actions, carry_out, done)
	local left = #actions;
	if left == 0 then return done(); end
	for _, action in ipairs(actions) do
		carry_out(action, function (result)
			if result then self:report(action, result, 1); end
			left = left - 1;
			if left == 0 then done(); end
		end);
	end
end

function Guard:report(action, result, attempt)
	local id = tostring(action.action or action.id);
	self:request("POST", "/v1/actions/"..urlencode(id).."/result", json.encode(result), SEND_SECONDS, function (code)
		if is_outage(code) and not self.stopped then
			module:add_timer(math.min(RETRY_FIRST * 2 ^ attempt, RETRY_MOST), function ()
				self:report(action, result, attempt + 1);
			end);
		elseif code >= 400 then
			module:log("warn", "the guard did not take the result of action %s (HTTP %d)", id, code);
		end
	end);
end

return function (options)
	return setmetatable({
		url = options.url, token = options.token, timeout = options.timeout, source = options.source;
		spool_limit = options.spool_limit;
		spool = array(), first = 1, last = 0, unsent = {}, waiters = {}, arrears = {}, cursor = "0";
		row = 0, retry = RETRY_FIRST;
		counts = { checks = 0, failures = 0, events = 0, events_lost = 0, events_refused = 0 };
	}, Guard);
end
