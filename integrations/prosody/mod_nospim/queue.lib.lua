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
	if not line or line.asking or line.stalled then return; end
	-- A loop, not recursion: with the guard down every answer comes at once.
	while line.items[1] and not line.stalled do
		local item, answered = line.items[1], false;
		line.asking = true;
		self.ask(item, function (decision, ...)
			if answered then return; end
			answered = true;
			self:answer(line, item, decision, ...);
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
	if not line.items[1] then self.lines[key] = nil; end
end

-- decision: "deliver", "refuse", "park" (wait for release or drop) or "stall" (wait until the guard is back).
function Queue:answer(line, item, decision, ...)
	if decision == "stall" then
		line.stalled = true;
		item.stalled = item.stalled or module:add_timer(self.hold_limit, function ()
			if line.items[1] ~= item then return; end
			line.stalled = nil;
			self:take(line);
			self:finish(item, "refuse", "unavailable");
			self:advance(item.key);
		end);
		return;
	end
	self:take(line);
	if decision == "park" then
		self:park(item);
	elseif decision == "deliver" and self.parked[item.pair] then
		item.outcome = { "deliver", ... };
		local waiting = self.parked[item.pair];
		waiting[#waiting + 1] = item;
		self.total = self.total + 1;
	else
		self:finish(item, decision, ...);
	end
end

function Queue:take(line)
	local item = table.remove(line.items, 1);
	self.total = self.total - 1;
	if item.stalled then item.stalled:stop(); end
end

function Queue:park(item)
	local waiting = self.parked[item.pair];
	if not waiting then
		waiting = {};
		self.parked[item.pair] = waiting;
	end
	waiting[#waiting + 1] = item;
	self.total = self.total + 1;
	self.held[item.id] = item;
	item.timer = module:add_timer(self.park_limit, function ()
		self:settle(item.id, self.on_park_limit, "no end of the hold was heard of");
	end);
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

-- The guard is back: what waited for it is asked again.
function Queue:resume()
	local keys = {};
	for key, line in pairs(self.lines) do
		if line.stalled then
			line.stalled = nil;
			keys[#keys + 1] = key;
		end
	end
	for _, key in ipairs(keys) do self:advance(key); end
end

-- The server stops: nothing may be lost without a word, so everything ends now.
function Queue:close(decision)
	for id in pairs(self.held) do self:settle(id, decision, "the server stops"); end
	local lines = self.lines;
	self.lines = {};
	for _, line in pairs(lines) do
		for _, item in ipairs(line.items) do self:finish(item, decision, "the server stops"); end
	end
	self.total = 0;
end

function Queue:finish(item, ...)
	local ok, err = pcall(self.done, item, ...);
	if not ok then module:log("error", "a message could not be delivered: %s", err); end
end

return function (options)
	return setmetatable({
		lines = {}, parked = {}, held = {}, total = 0;
		max_sender = options.max_sender, max_total = options.max_total;
		hold_limit = options.hold_limit, park_limit = options.park_limit, on_park_limit = options.on_park_limit;
		ask = options.ask, done = options.done;
		counts = { overflow = 0 };
	}, Queue);
end
