-- What people do besides writing: sign-ins, contacts, passwords, reports.  Each becomes one event for the guard.

local jid_bare, jid_split = require "util.jid".bare, require "util.jid".split;
local new_id = require "util.id".short;
local now = require "util.time".now;

-- options: emit(type, subject, data), recall, locks.
return function (options)
	local emit, recall, locks = options.emit, options.recall, options.locks;

	local function account_of(session) return session.username.."@"..session.host; end

	local function sign_ins(host)
		host:hook("authentication-success", function (event)
			local handler = event.session.sasl_handler;
			event.session.nospim_method = handler and handler.selected;
		end);
		host:hook("authentication-failure", function (event)
			local session = event.session;
			local name = session.sasl_handler and session.sasl_handler.username;
			if not name then return; end
			emit("im.session.failed", name.."@"..host.host, { ip = session.ip, reason = event.condition });
		end);
		host:hook("pre-resource-bind", function (event)
			event.session.nospim_device = event.resource; -- nil when the server is to make one up
		end, 90);
		host:hook("resource-bind", function (event)
			local session = event.session;
			session.nospim_id, session.nospim_since = new_id(), now();
			local device = session.nospim_device;
			emit("im.session.opened", account_of(session), {
				session = session.nospim_id, ip = session.ip, method = session.nospim_method;
				device = device;
				client = device and device:match("^[%a][%a _-]*%a") or nil;
			});
		end);
		host:hook("smacks-hibernation-end", function (event)
			local session = event.resumed;
			if not session or not session.nospim_id then return; end
			emit("im.session.resumed", account_of(session), { session = session.nospim_id, ip = session.ip });
		end);
		host:hook("resource-unbind", function (event)
			local session = event.session;
			if session.nospim_id then
				emit("im.session.closed", account_of(session), { session = session.nospim_id });
			end
		end);
		host:hook("user-registered", function (event)
			local session = event.session;
			emit("im.account.created", event.username.."@"..event.host, { ip = session and session.ip });
		end);
	end

	local function contacts(host)
		host:hook("iq/self/jabber:iq:roster:query", function (event)
			local session, stanza = event.origin, event.stanza;
			local query = stanza.tags[1];
			local account = account_of(session);
			if stanza.attr.type == "get" then
				local have, known = tonumber(query.attr.ver), tonumber(session.roster[false].version or 1);
				if have and have == known then return; end -- nothing is sent: the client has it all
				local count = 0;
				for jid in pairs(session.roster) do if jid then count = count + 1; end end
				emit("im.contacts.read", account, { session = session.nospim_id, ip = session.ip, count = count });
			else
				local item = query.tags[1];
				local jid = item and item.attr.jid and jid_bare(item.attr.jid);
				if jid and item.attr.subscription ~= "remove" and not session.roster[jid] then
					emit("im.contact.added", account, { contact = jid });
				end
			end
		end, 10);
		host:hook("roster-item-removed", function (event)
			emit("im.contact.removed", event.username.."@"..host.host, { contact = event.jid });
		end);
		local function request(event)
			local stanza = event.stanza;
			if stanza.attr.type ~= "subscribe" or not stanza.attr.to then return; end
			if event.outgoing == nil and event.origin.type == "c2s" and stanza.attr.from == event.origin.full_jid then
				emit("im.contact.requested", account_of(event.origin), {
					contact = jid_bare(stanza.attr.to), text = stanza:get_child_text("status");
				});
			elseif event.origin.type == "s2sin" then
				emit("im.contact.requested", jid_bare(stanza.attr.from), {
					contact = jid_bare(stanza.attr.to), text = stanza:get_child_text("status");
				});
			end
		end
		host:hook("pre-presence/bare", request, 10);
		host:hook("presence/bare", function (event)
			if event.origin.type == "s2sin" then request(event); end
		end, 10);
	end

	-- XEP-0377 on XEP-0191.  A block without a report says less, and is passed on as that.
	local function reports(host)
		host:hook("iq-set/self/urn:xmpp:blocking:block", function (event)
			local session = event.origin;
			local account = account_of(session);
			for item in event.stanza.tags[1]:childtags("item") do
				local accused = item.attr.jid and jid_bare(item.attr.jid);
				local report = item:get_child("report", "urn:xmpp:reporting:1") or item:get_child("report", "urn:xmpp:reporting:0");
				local message, reason, comment;
				if report then
					for named in report:childtags("stanza-id", "urn:xmpp:sid:0") do
						message = message or recall.get(named.attr.id or "") and named.attr.id
							or recall.by_archive_id(account, named.attr.id);
					end
					reason = (report.attr.reason or ""):match("([^:]+)$")
						or (report:get_child("spam") and "spam") or (report:get_child("abuse") and "abuse");
					comment = report:get_child_text("text");
				end
				message = message or accused and recall.latest(accused, account);
				if accused and (report or message) then
					emit("im.message.reported", account, {
						message = message or "unknown", accused = accused, reason = reason or "blocked", comment = comment;
					});
				end
			end
		end, 10);
	end

	local accounts = {};

	function accounts.add_host(host)
		sign_ins(host);
		contacts(host);
		reports(host);
	end

	function accounts.add_global()
		module:hook_global("user-password-changed", function (event)
			local account = event.username.."@"..event.host;
			local user = prosody.hosts[event.host] and prosody.hosts[event.host].sessions[event.username];
			local session = user and event.resource and user.sessions[event.resource];
			if not session or locks.may_set_password(account, session) then locks.lift(account, "password"); end
			emit("im.password.changed", account, { session = session and session.nospim_id or nil });
		end);
		module:hook_global("user-deleted", function (event)
			emit("im.account.disabled", event.username.."@"..event.host, {});
		end);
		locks.on_new_password = function (account) emit("im.password.changed", account, {}); end
	end

	return accounts;
end
