-- mod_nospim: lets the guard (nospim serve) decide on every message before it is delivered, tells it what people do,
-- and carries out what it asks for.  For Prosody 0.12 and later; see docs/how-to/protect-prosody.md.
--
-- Copyright the nospim authors; Apache License 2.0.

module:set_global();

local st = require "util.stanza";
local array = require "util.array";
local json = require "util.json";
local now = require "util.time".now;
local random = require "util.random".bytes;
local to_hex = require "util.hex".encode or require "util.hex".to;
local new_id = require "util.id".medium;
local jid_bare = require "util.jid".bare;

local reading = module:require "reading";
local ours = {}; -- the hosts that this module is loaded on

-- Options -----------------------------------------------------------------------------------------------------------

local source = module:get_option_string("nospim_source", "xmpp");
local hold_limit = module:get_option_number("nospim_hold_limit", 60);
local receipts = module:get_option_boolean("nospim_receipts", true);

local function read_token()
	local path = module:get_option_string("nospim_token_file");
	if not path then return module:get_option_string("nospim_token"); end
	local file, err = io.open(path);
	if not file then error("nospim_token_file cannot be read: "..err); end
	local token = file:read("*l");
	file:close();
	return token;
end

-- What happens to a message that gets no verdict.  "deliver": it goes out, is told to the guard as soon as that is
-- back, and is taken back if it was a lure.  "hold": it waits for the guard, at most nospim_hold_limit seconds, then
-- it is refused.  "refuse": its sender is told to try again.
local POLICIES = { deliver = true, hold = true, refuse = true };
local HOOKS = { message = true, group = true, edit = true, remote = true, component = true };
local on_failure = module:get_option("nospim_on_failure", "deliver");
local function failure_policy(kind)
	if type(on_failure) == "string" then return on_failure; end
	return on_failure[kind] or on_failure.default or "deliver";
end
for kind, policy in pairs(type(on_failure) == "table" and on_failure or { default = on_failure }) do
	if not POLICIES[policy] or not (HOOKS[kind] or kind == "default") then
		error(("nospim_on_failure: %s = %s is not one of message, group, edit, remote, component, default = "
			.."deliver, hold, refuse"):format(tostring(kind), tostring(policy)));
	end
end

-- Parts -------------------------------------------------------------------------------------------------------------

local texts = module:require "texts" {
	texts = module:get_option("nospim_texts"), language = module:get_option_string("nospim_language", "en");
};
local kept = module:require "state" (module:get_option_string("nospim_state", prosody.paths.data.."/nospim.json"));
local locks = module:require "locks" (kept, texts, module:get_option_number("nospim_limit_per_minute", 3));
local recall = module:require "recall" {
	reading = reading, texts = texts, remember = module:get_option_number("nospim_remember", 50000);
	is_ours = function (host) return ours[host] ~= nil; end;
};
local guard = module:require "guard" {
	url = module:get_option_string("nospim_url", "http://127.0.0.1:8420"):gsub("/+$", ""), token = read_token();
	timeout = module:get_option_number("nospim_timeout", 2), source = source;
	spool_limit = module:get_option_number("nospim_spool", 20000);
};

local counts = { delivered = 0, warned = 0, held = 0, refused = 0, unchecked = 0, turned_away = 0 };

-- Ids and times -----------------------------------------------------------------------------------------------------

-- Ours, never the sender's: whoever could choose an id could make somebody else's message look like a repeat.
local boot, serial = to_hex(random(6)), 0;
local function mint()
	serial = serial + 1;
	return ("%x-%s-%x"):format(math.floor(now()), boot, serial);
end

local function event_of(kind, subject, data)
	local at, id = now(), mint();
	-- Encoded once: a repeat must be the same bytes, or the guard would refuse it as another event of that name.
	return { id = id, subject = subject, data = data, body = json.encode {
		specversion = "1.0", source = source, id = id, type = kind, subject = subject, data = data;
		time = os.date("!%Y-%m-%dT%H:%M:%S", math.floor(at))..(".%03dZ"):format(math.floor(at % 1 * 1000));
	} };
end

local function emit(kind, subject, data)
	guard:emit(event_of(kind, subject, data));
end

local accounts = module:require "accounts" { emit = emit, recall = recall, locks = locks };

-- Asking and delivering ---------------------------------------------------------------------------------------------

-- A session may be gone by the time the verdict comes; what it sent before that was accepted and goes on.
local function stand_in(item)
	local origin = item.origin;
	if not origin.destroyed then return origin; end
	return setmetatable({
		type = item.origin_type, host = item.origin_host, username = item.username, full_jid = item.full_jid;
		log = module._log, roster = item.roster;
		send = function (reply) module:context(item.host):send(reply); return true; end;
	}, { __index = { close = function () end } });
end

local passing = setmetatable({}, { __mode = "k" });

local function pass_on(item)
	passing[item.stanza] = true;
	prosody.core_post_stanza(stand_in(item), item.stanza, item.pre);
	passing[item.stanza] = nil;
end

-- A notice that stands in the conversation itself, before the message that it is about.
local function warn(item)
	local room = item.room and recall.room_of(item.room);
	local message = st.message { type = item.stanza.attr.type, id = new_id() };
	texts.bodies(message, "warn", item.host);
	if room then
		message.attr.from = room.jid;
		room:broadcast_message(message);
	elseif not item.room then
		message.attr.from, message.attr.to = jid_bare(item.stanza.attr.from), item.stanza.attr.to;
		module:context(item.host):send(message);
	end
end

local function refuse(item, words, ...)
	if item.stanza.attr.type == "error" then return; end
	local type, condition = "modify", "policy-violation";
	if words == "unavailable" or words == "busy" or words == "limited" then
		type, condition = "wait", "resource-constraint";
	end
	stand_in(item).send(st.error_reply(item.stanza, type, condition, texts.words(words, ...)));
end

local function finish(item, decision, how, ...)
	if decision == "deliver" then
		if item.event then
			counts.delivered = counts.delivered + 1;
			recall.remember(item.id, {
				author = item.event.subject, own = reading.own_id(item.stanza), to = item.event.data.to, at = now();
				room = item.room, host = item.host, type = item.stanza.attr.type;
			});
			local edited = recall.by_own(item.event.subject, item.corrects);
			if edited then
				emit("im.message.edited", item.event.subject, {
					message = edited, text = item.event.data.text, session = item.event.data.session;
					to = item.event.data.to;
				});
			end
		end
		if how == "warn" then
			counts.warned = counts.warned + 1;
			warn(item);
		end
		return pass_on(item);
	elseif decision == "refuse" then
		counts.refused = counts.refused + 1;
		refuse(item, how, ...);
	end
end

local function on_verdict(item, verdict, decide)
	local action = verdict.action;
	if action == "warn" then return decide("deliver", "warn"); end
	if action == "block" then return decide("refuse", "refused", item.id); end
	if action == "hold" then
		counts.held = counts.held + 1;
		return decide("park");
	end
	decide("deliver");
end

local function without_verdict(item, decide)
	local policy = failure_policy(item.kind);
	if policy == "hold" then return decide("stall"); end
	if policy == "refuse" then return decide("refuse", "unavailable"); end
	counts.unchecked = counts.unchecked + 1;
	guard:emit(item.event);
	guard:in_arrears(item.id);
	decide("deliver");
end

local queue = module:require "queue" {
	max_sender = module:get_option_number("nospim_queue_per_sender", 500);
	max_total = module:get_option_number("nospim_queue", 20000);
	hold_limit = hold_limit;
	-- The guard itself ends every hold within 30 s; this is for a release that was lost.
	park_limit = module:get_option_number("nospim_park_limit", 45);
	on_park_limit = failure_policy("message") == "deliver" and "deliver" or "refuse";
	done = finish;
	ask = function (item, decide)
		if not item.event then return decide("deliver"); end
		guard:check(item.event, function (verdict)
			if verdict then return on_verdict(item, verdict, decide); end
			without_verdict(item, decide);
		end);
	end;
};
guard.on_recovery = function () queue:resume(); end;

local carry_out, tell_recipients = module:require "enforce" {
	kept = kept, locks = locks, recall = recall, queue = queue, texts = texts;
	step_up = module:get_option_string("nospim_step_up", "notice");
	first_host = function () return (next(ours)); end;
};

local to_tell = {};
guard.on_late = function (id, verdict)
	-- What would have been held is taken back only if its hold ends in a drop; that comes as an action.
	if verdict.action ~= "block" or not recall.get(id) then return; end
	local reached, author = recall.take_back(id);
	module:log("info", "a message that went out unchecked was taken back from %s", tostring(reached));
	if not author or to_tell[author] then return; end
	to_tell[author] = module:add_timer(2, function () -- one notice for all of them
		to_tell[author] = nil;
		tell_recipients(author);
	end);
end;

-- Messages ----------------------------------------------------------------------------------------------------------

local function recipients(stanza)
	local to = jid_bare(stanza.attr.to or stanza.attr.from);
	local found = array();
	local room = recall.room_of(to);
	if not room then return found:push(to); end
	local sender = jid_bare(stanza.attr.from);
	if stanza.attr.type ~= "groupchat" then -- a private message to one occupant
		local occupant = room:get_occupant_by_nick(stanza.attr.to);
		return found:push(occupant and occupant.bare_jid or to);
	end
	for _, occupant in room:each_occupant() do
		if occupant.bare_jid ~= sender then found:push(occupant.bare_jid); end
	end
	if #found == 0 then found:push(to); end
	return found, to;
end

local function describe(stanza, origin)
	local to, our_room = recipients(stanza);
	local group = stanza.attr.type == "groupchat";
	local ours_to_name = origin.type == "c2s" or our_room;
	local room = group and (our_room or jid_bare(origin.type == "c2s" and stanza.attr.to or stanza.attr.from)) or nil;
	local encrypted = reading.is_encrypted(stanza);
	local author = ours_to_name and jid_bare(stanza.attr.from) or reading.author(stanza);
	return event_of("im.message.sent", author, {
		to = to, kind = group and "group" or "direct", conversation = room, session = origin.nospim_id;
		text = not encrypted and reading.text(stanza) or nil;
		encrypted = encrypted or nil;
	}), room;
end

local function kind_of(stanza, origin, edits)
	if origin.type == "component" then return "component"; end
	if origin.type ~= "c2s" then return "remote"; end
	if edits then return "edit"; end
	return stanza.attr.type == "groupchat" and "group" or "message";
end

-- Small things that are said about messages: receipts and retractions by their author.
local function note_signs(stanza)
	local author = jid_bare(stanza.attr.from);
	local id, what = reading.receipt(stanza);
	if id and receipts and stanza.attr.to then
		local message = recall.by_own(jid_bare(stanza.attr.to), id);
		if message then emit("im.message."..what, author, { message = message, to = array { author } }); end
	end
	local message = recall.by_own(author, reading.retracts(stanza));
	if message then emit("im.message.retracted", author, { message = message }); end
end

local function hold(host, event, pre)
	local stanza, origin = event.stanza, event.origin;
	if passing[stanza] or stanza.attr.type == "error" then return; end
	local sender = jid_bare(stanza.attr.from) or "?";
	local to = jid_bare(stanza.attr.to or stanza.attr.from);
	if to == sender and stanza.attr.type ~= "groupchat" then return; end -- notes to oneself
	note_signs(stanza);
	local speaks = reading.speaks(stanza);
	local pair = sender.."\n"..to;
	if not speaks and not queue.lines[sender] and not queue.parked[pair] then return; end
	local item = {
		key = sender, pair = pair, stanza = stanza, origin = origin, pre = pre, host = host.host;
		origin_type = origin.type, origin_host = origin.host, username = origin.username;
		full_jid = origin.full_jid, roster = origin.roster;
	};
	if speaks then
		if not locks.may_send(sender) then
			counts.refused = counts.refused + 1;
			refuse(item, "limited");
			return true;
		end
		if not stanza.attr.id then stanza.attr.id = new_id(); end -- or it could not be taken back
		item.event, item.room = describe(stanza, origin);
		item.id = item.event.id;
		item.corrects = reading.corrects(stanza);
		item.kind = kind_of(stanza, origin, item.corrects);
		reading.stamp(stanza, host.host, item.id);
	end
	if not queue:add(item) then
		counts.turned_away = counts.turned_away + 1;
		refuse(item, "busy");
	end
	return true;
end

-- Hosts -------------------------------------------------------------------------------------------------------------

function module.add_host(host)
	ours[host.host] = true;
	-- Before carbons and archives (priorities -1 to 1): what is refused is neither copied nor kept.
	for _, kind in ipairs { "bare", "full", "host" } do
		host:hook("pre-message/"..kind, function (event)
			return hold(host, event, event.origin.full_jid or true);
		end, 1000);
		-- Local senders were asked about before; what the server itself says is not asked about at all.
		host:hook("message/"..kind, function (event)
			local from = event.origin;
			if from.type == "s2sin" or from.type == "s2sout" or (from.type == "component" and from.conn) then
				return hold(host, event, nil);
			end
		end, 1000);
	end
	host:hook("muc-broadcast-message", recall.note_room, -100);
	if host:get_host_type() == "local" then
		locks.guard_host(host);
		accounts.add_host(host);
	end
	function host.unload() ours[host.host] = nil; end
end

accounts.add_global();

-- Life --------------------------------------------------------------------------------------------------------------

local function save()
	local spool = array();
	for i, event in ipairs(guard.spool) do spool[i] = { subject = event.subject, body = event.body }; end
	kept.values.spool = spool;
	kept.save();
end

local function start()
	for _, event in ipairs(kept.values.spool or {}) do guard:emit(event); end
	kept.values.spool = array();
	guard:follow(carry_out, kept.save);
end

local told = "";
local function tell_counts()
	local line = {};
	for name, table in pairs { [""] = counts, guard_ = guard.counts, queue_ = queue.counts } do
		for what, n in pairs(table) do
			if n > 0 then line[#line + 1] = name..what.."="..n; end
		end
	end
	table.sort(line);
	local text = table.concat(line, " ");
	if text ~= told then module:log("info", "so far: %s", text); end
	told = text;
	return 60;
end

local function stop()
	if guard.stopped then return; end
	guard.stopped = true;
	queue:close(failure_policy("message") == "deliver" and "deliver" or "refuse");
	save();
	tell_counts();
end

module:hook_global("server-stopping", stop, 100);
module.unload = stop;
module:add_timer(60, tell_counts);
module:add_timer(0, start);
