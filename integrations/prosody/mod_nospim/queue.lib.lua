-- Holds stanzas until there is a verdict: one line per sender for the questions, one per conversation for delivery.
--
-- Questions about one sender's messages are asked one after the other, so that the guard sees them in the order
-- in which they were sent. A message that is held does not keep its sender's other conversations waiting, but
-- nothing overtakes it within its own (RFC 6120, section 10.1).

local Queue = {};
Queue.__index = Queue;

-- item: key (sender), pair (sender and recipient), id, and what the callbacks need.
-- Returns true, or nil when the sender's line or the whole is full: then the caller bounces, because a flood
-- that is let through would be the way round the check.
function Queue:add(item)
	local line = self.lines[item.key];
	if (line and #line.items >= self.max_sender) or self.total >= self.max_total then
		self.counts.overflow = self.counts.overflow + 1;
		return nil;
	end
	if not line then
		line = { items = {} };
		self.lines[item.key] = line;
	end
	self.total = self.total + 1;
	line.items[#line.items + 1] = item;
	self:advance(item.key);
	return true;
end

function Queue:advance(key)
	local line = self.lines[key];
	if not line or line.asking then return; end
	-- A loop, not recursion: with the guard down every answer comes at once.
	while line.items[1] do
		local item, answered = line.items[1], false;
		line.asking = "now";
		self.ask(item, function (...)
			if answered then return; end
			answered = true;
			table.remove(line.items, 1);
			self.total = self.total - 1;
			self:decide(item, ...);
			if line.asking == "later" then
				line.asking = nil;
				self:advance(key);
			end
		end);
		if not answered then
			line.asking = "later";
			return;
		end
		line.asking = nil;
	end
	self.lines[key] = nil;
end

-- decision: "deliver", "refuse", "park" (wait for release or drop) or "stall" (wait until the guard is back).
function Queue:decide(item, decision, ...)
	if decision == "park" or decision == "stall" then
		self:park(item, decision);
	elseif decision == "deliver" and self.parked[item.pair] then
		item.outcome = { decision, ... };
		self:line_up(item);
	else
		self:finish(item, decision, ...);
	end
end

function Queue:line_up(item)
	local waiting = self.parked[item.pair];
	if not waiting then
		waiting = {};
		self.parked[item.pair] = waiting;
	end
	waiting[#waiting + 1] = item;
	self.total = self.total + 1;
end

function Queue:park(item, why)
	if not self.held[item.id] then
		self.held[item.id] = item;
		self:line_up(item);
	end
	if item.timer then item.timer:stop(); end
	if why == "stall" then
		self.stalled[#self.stalled + 1] = item;
		item.timer = module:add_timer(self.hold_limit, function () self:settle(item.id, "refuse", "unavailable"); end);
	else
		item.timer = module:add_timer(self.park_limit, function ()
			self:settle(item.id, self.on_park_limit, "unavailable");
		end);
	end
end

-- Ends a hold: decision "deliver", "drop" or "refuse". Returns whether the message was waiting.
function Queue:settle(id, decision, ...)
	local item = self.held[id];
	if not item then return false; end
	self.held[id] = nil;
	item.timer:stop();
	item.outcome = { decision, ... };
	local waiting = self.parked[item.pair];
	while waiting[1] and waiting[1].outcome do
		local ready = table.remove(waiting, 1);
		self.total = self.total - 1;
		self:finish(ready, table.unpack(ready.outcome));
	end
	if not waiting[1] then self.parked[item.pair] = nil; end
	return true;
end

-- The guard is back: what waited for it is asked again, in the order in which it came.
function Queue:resume()
	if self.resuming then return; end
	self.resuming = true;
	local waiting = self.stalled;
	self.stalled = {};
	local function ask_next()
		local item = table.remove(waiting, 1);
		if not item then
			self.resuming = false;
			return;
		end
		if not self.held[item.id] then return ask_next(); end -- its time was over
		self.ask(item, function (decision, ...)
			if decision == "stall" or decision == "park" then
				self:park(item, decision);
			else
				self:settle(item.id, decision, ...);
			end
			module:add_timer(0, ask_next);
		end);
	end
	ask_next();
end

-- The server stops: nothing may be lost without a word, so everything ends now.
function Queue:close(decision)
	local ids = {};
	for id in pairs(self.held) do ids[#ids + 1] = id; end
	for _, id in ipairs(ids) do self:settle(id, decision, "unavailable"); end
	local lines = self.lines;
	self.lines = {};
	for _, line in pairs(lines) do
		for _, item in ipairs(line.items) do self:finish(item, decision, "unavailable"); end
	end
	self.total = 0;
end

function Queue:finish(item, ...)
	local ok, err = pcall(self.done, item, ...);
	if not ok then module:log("error", "a message could not be delivered: %s", err); end
end

return function (options)
	return setmetatable({
		lines = {}, parked = {}, held = {}, stalled = {}, total = 0;
		max_sender = options.max_sender, max_total = options.max_total;
		hold_limit = options.hold_limit, park_limit = options.park_limit, on_park_limit = options.on_park_limit;
		ask = options.ask, done = options.done;
		counts = { overflow = 0 };
	}, Queue);
end
