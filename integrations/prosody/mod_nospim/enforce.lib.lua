-- Carries out what the guard asks for, once each, and says how it went.

local st = require "util.stanza";
local parse_time = require "util.datetime".parse;
local new_id = require "util.id".medium;
local jid_bare, jid_split = require "util.jid".bare, require "util.jid".split;

return function (options)
	local kept, locks, recall, queue, texts = options.kept, options.locks, options.recall, options.queue, options.texts;

	local function is_local(account)
		local username, host = jid_split(account);
		return username ~= nil and prosody.hosts[host] ~= nil and prosody.hosts[host].type == "local", username, host;
	end

	local function sessions_of(account)
		local here, username, host = is_local(account);
		local user = here and prosody.hosts[host].sessions[username];
		local found = {};
		for _, session in pairs(user and user.sessions or {}) do found[#found + 1] = session; end
		return found;
	end

	-- wanted: a session's id, or the account for all of its sessions.
	local function end_sessions(account, wanted)
		local ended = 0;
		for _, session in ipairs(sessions_of(account)) do
			if wanted == account or session.nospim_id == wanted then
				locks.ended(account, session.nospim_since);
				session:close { condition = "policy-violation", text = texts.words("ended") };
				ended = ended + 1;
			end
		end
		return ended;
	end

	local function tell(account, words, ...)
		local _, host = jid_split(account);
		local from = prosody.hosts[host] and host or options.first_host();
		local message = st.message { type = "chat", from = from, to = account, id = new_id() };
		module:context(from):send(texts.bodies(message, words, ...));
	end

	local function done(detail) return { outcome = "done", detail = detail, actor = "mod_nospim" }; end
	local function failed(why) return { outcome = "failed", detail = why, actor = "mod_nospim" }; end

	local function lock(kind, otherwise)
		return function (action, ends)
			local account = action.target;
			if is_local(account) then
				locks.set(account, kind, action.action, ends);
				return done(otherwise);
			end
			locks.set(account, "border", action.action, ends);
			return done("the account is on another server: nothing from it comes in until then");
		end;
	end

	local kinds = {};

	function kinds.release(action)
		if queue:settle(action.target, "deliver") then return done(); end
		return recall.get(action.target) and done("it had gone out already") or failed("the message does not wait any more");
	end

	function kinds.drop(action)
		if queue:settle(action.target, "refuse", "refused", action.target) then return done(); end
		local reached = recall.take_back(action.target, action.account);
		return reached and done("it had gone out unchecked, and was taken back from "..reached)
			or failed("the message does not wait any more");
	end

	function kinds.end_sessions(action)
		local account = action.account or jid_bare(action.target);
		if not is_local(account) then return failed("the account is on another server"); end
		local ended = end_sessions(account, action.target);
		return done(ended == 0 and "no such session is open" or ended.." ended");
	end

	function kinds.suspend(action, ends)
		local result = lock("suspend", "sign-in is refused")(action, ends);
		end_sessions(action.target, action.target);
		return result;
	end

	kinds.require_password = lock("password", "sign-in is refused until the password has been changed");
	kinds.limit = lock("limit", "a few messages a minute");

	function kinds.step_up(action, ends)
		if options.step_up == "password" then return kinds.require_password(action, ends); end
		if not is_local(action.target) then return failed("the account is on another server"); end
		tell(action.target, "clicked");
		return done("told; this server has no second factor");
	end

	function kinds.recall(action)
		local reached, why = recall.take_back(action.target, action.account);
		return reached and done("taken back from "..reached) or failed(why);
	end

	function kinds.notify_owner(action)
		if not is_local(action.target) then return failed("the account is on another server"); end
		tell(action.target, "owner", action.target);
		return done("told in the account itself");
	end

	local function tell_recipients(account)
		local told = 0;
		for recipient in pairs(recall.lured[account] or {}) do
			tell(recipient, "recipients", account);
			told = told + 1;
		end
		recall.lured[account] = nil;
		return told;
	end

	function kinds.notify_recipients(action)
		return done(tell_recipients(action.account).." told");
	end

	local UNDONE = { suspend = "suspend", require_password = "password", limit = "limit", step_up = "password" };
	function kinds.undo(action)
		local kind = UNDONE[action.was or ""];
		if not kind then return failed("this cannot be undone: "..tostring(action.was)); end
		local lifted = locks.lift(action.target, kind);
		if not is_local(action.target) then lifted = locks.lift(action.target, "border") or lifted; end
		return done(lifted and "lifted" or "it was not in force");
	end

	local OTHERS = { capture = true }; -- carried out by another program, which answers for it

	-- action: as the service gives it; report(result) is called once, without a result where it is not ours.
	return function (action, report)
		if OTHERS[action.kind] then return report(nil); end
		local id = tostring(action.action);
		local known = kept.values.done[id];
		if known then return report(known); end
		local carry_out = kinds[action.kind];
		local result;
		if not carry_out then
			result = failed("this server cannot do that: "..tostring(action.kind));
		else
			local ends = type(action.expires) == "string" and parse_time(action.expires) or nil;
			local ok, answer = pcall(carry_out, action, ends);
			result = ok and answer or failed("it went wrong; see the server's log");
			if not ok then module:log("error", "action %s (%s) went wrong: %s", id, action.kind, answer); end
		end
		kept.remember(id, result);
		module:log("info", "%s for %s: %s%s", action.kind, action.account or action.target, result.outcome,
			result.detail and (" ("..result.detail..")") or "");
		report(result);
	end, tell_recipients;
end
