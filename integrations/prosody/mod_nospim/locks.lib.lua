-- Who may not sign in or send, and until when.  Prosody 0.12 cannot disable an account: sign-in is refused instead,
-- which touches neither the password nor anything the owner has, and is undone by forgetting the lock.

local now = require "util.time".now;
local usermanager = require "core.usermanager";
local jid_split = require "util.jid".split;

local LIMIT_WINDOW = 60; -- seconds over which a limited account's messages are counted

-- kept: see state.lib.  texts: see texts.lib.  per_minute: messages a minute that a limited account may send.
return function (kept, texts, per_minute)
	local all = kept.values.locks;
	local spent = {};
	local locks = {};

	local function get(account, kind)
		local lock = all[account] and all[account][kind];
		if lock and lock.ends and lock.ends <= now() then
			locks.lift(account, kind);
			return nil;
		end
		return lock;
	end
	locks.get = get;

	-- What the account's password is known by, to see that it was changed by a tool outside the server.
	local function password_mark(account)
		local username, host = jid_split(account);
		if not username or not prosody.hosts[host] or not prosody.hosts[host].users then return nil; end
		local saved = module:context(host):open_store("accounts"):get(username);
		return saved and (saved.stored_key or saved.password);
	end

	-- kind: "suspend", "password", "limit" or "border".  ends: seconds since the epoch, or nil.
	function locks.set(account, kind, action, ends)
		all[account] = all[account] or {};
		all[account][kind] = {
			action = action, ends = ends, since = now();
			mark = kind == "password" and password_mark(account) or nil;
		};
		kept.save();
	end

	function locks.lift(account, kind)
		if not all[account] or not all[account][kind] then return false; end
		all[account][kind] = nil;
		if not next(all[account]) then all[account] = nil; end
		kept.save();
		return true;
	end

	-- Remembers when the session that was ended had begun: whoever was signed in before is not the one behind it.
	function locks.ended(account, since)
		local username = jid_split(account);
		if username and since then spent[account.."/ended"] = since; end
	end

	-- Whether a session may set the password of a locked account: it must be older than the one that was ended.
	function locks.may_set_password(account, session)
		local lock = get(account, "password");
		if not lock then return true; end
		return (session.nospim_since or now()) < (spent[account.."/ended"] or lock.since);
	end

	-- SASL condition and words when the account may not sign in, or nil.
	function locks.refusal(account)
		if get(account, "suspend") then return "account-disabled", texts.words("suspended"); end
		local lock = get(account, "password");
		if not lock then return nil; end
		if lock.mark and password_mark(account) ~= lock.mark then
			locks.lift(account, "password");
			if locks.on_new_password then locks.on_new_password(account); end
			return nil;
		end
		return "credentials-expired", texts.words("locked");
	end

	-- Whether a message of this account may go on; counts it.
	function locks.may_send(account)
		if get(account, "border") or get(account, "suspend") then return false; end
		if not get(account, "limit") then return true; end
		local count = spent[account];
		if not count or now() - count.since >= LIMIT_WINDOW then
			count = { since = now(), n = 0 };
			spent[account] = count;
		end
		count.n = count.n + 1;
		return count.n <= per_minute;
	end

	-- Refuses sign-in on one host: in SASL, and for whatever goes round it when a resource is bound.
	function locks.guard_host(host)
		local function wrap(event)
			local session = event.origin;
			if session.type ~= "c2s_unauthed" then return; end
			if session.sasl_handler and session.sasl_handler.selected then session.sasl_handler = nil; end
			local handler = session.sasl_handler or usermanager.get_sasl_handler(host.host, session);
			session.sasl_handler = handler;
			if handler.nospim then return; end
			handler.nospim = true;
			local process = handler.process;
			function handler.process(self, message)
				local status, ret, err = process(self, message);
				if status == "success" and self.username then
					local condition, words = locks.refusal(self.username.."@"..host.host);
					if condition then return "failure", condition, words; end
				end
				return status, ret, err;
			end
		end
		host:hook("stanza/urn:ietf:params:xml:ns:xmpp-sasl:auth", wrap, 100);
		host:hook("pre-resource-bind", function (event)
			local condition, words = locks.refusal(event.session.username.."@"..host.host);
			if not condition then return; end
			event.error = { type = "auth", condition = "not-authorized", text = words };
			return false;
		end, 100);
		host:hook("iq/self/jabber:iq:register:query", function (event)
			local session, stanza = event.origin, event.stanza;
			if stanza.attr.type ~= "set" then return; end
			if locks.may_set_password(session.username.."@"..host.host, session) then return; end
			session.send(require "util.stanza".error_reply(stanza, "auth", "not-allowed", texts.words("locked")));
			return true;
		end, 100);
	end

	return locks;
end
