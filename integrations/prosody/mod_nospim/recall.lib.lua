-- What was delivered, and how it is taken back: XEP-0424 between two people, XEP-0425 in rooms, and out of archives.

local st = require "util.stanza";
local cache = require "util.cache";
local datetime = require "util.datetime".datetime;
local new_id = require "util.id".medium;
local jid_bare, jid_split = require "util.jid".bare, require "util.jid".split;

local ARCHIVE_SLACK = 120; -- seconds round a message's time in which its copy in an archive is looked for
local RETRACT, OLD_RETRACT = "urn:xmpp:message-retract:1", "urn:xmpp:message-retract:0";
local MODERATE, OLD_MODERATE = "urn:xmpp:message-moderate:1", "urn:xmpp:message-moderate:0";

return function (options)
	local reading, texts, is_ours = options.reading, options.texts, options.is_ours;
	local by_id = cache.new(options.remember);     -- our id -> what was delivered
	local by_own = cache.new(options.remember);    -- author and the author's id -> our id
	local latest = cache.new(options.remember);    -- author and recipient -> our id
	local lured = {};                              -- author -> recipients of what was recalled
	local recall = { lured = lured };

	function recall.remember(id, record)
		by_id:set(id, record);
		if record.own then by_own:set(record.author.."\n"..record.own, id); end
		for _, to in ipairs(record.to) do latest:set(record.author.."\n"..to, id); end
	end

	function recall.by_own(author, own) return own and by_own:get(author.."\n"..own); end
	function recall.latest(author, recipient) return latest:get(author.."\n"..recipient); end
	function recall.get(id) return by_id:get(id); end

	-- Our id of a message in a user's archive, for a client that names it by the archive's id (XEP-0359).
	function recall.by_archive_id(account, archive_id)
		local username, host = jid_split(account);
		if not prosody.hosts[host] or not prosody.hosts[host].modules.mam then return nil; end
		local archive = module:context(host):open_store("archive", "archive");
		local stanza = archive.get and archive:get(username, archive_id);
		return stanza and recall.mark_of(stanza);
	end

	-- Our id on a stanza, whichever of our hosts put it there.
	function recall.mark_of(stanza)
		for child in stanza:childtags("stanza-id", "urn:xmpp:sid:0") do
			if child.attr.by and is_ours(child.attr.by) then return child.attr.id; end
		end
	end

	local function tombstone(stanza, own)
		local stone = st.message { from = stanza.attr.from, to = stanza.attr.to, id = stanza.attr.id, type = stanza.attr.type };
		return stone:tag("retracted", { xmlns = RETRACT, id = own, stamp = datetime() }):up();
	end

	-- Takes a message out of one store of one user or room; returns whether it was there.
	local function unstore(host, store_name, username, id, at, replace)
		local store = module:context(host):open_store(store_name, "archive");
		if not store.find then return false; end
		local query = at and { start = at - ARCHIVE_SLACK, ["end"] = at + ARCHIVE_SLACK } or {};
		local items = store:find(username, query);
		local found = {};
		for key, stanza, when, with in items or function () end do
			if recall.mark_of(stanza) == id then
				found[#found + 1] = { key = key, stanza = stanza, when = when, with = with };
			end
		end
		for _, item in ipairs(found) do
			local stone = replace and store.set and tombstone(item.stanza, reading.own_id(item.stanza));
			if not stone or not store:set(username, item.key, stone, item.when, item.with) then
				store:delete(username, { key = item.key });
			end
		end
		return found[1] ~= nil;
	end

	local function retraction(record, own)
		local message = st.message { type = record.type == "normal" and "normal" or "chat", from = record.author, id = new_id() };
		message:tag("retract", { xmlns = RETRACT, id = own }):up();
		message:tag("apply-to", { xmlns = "urn:xmpp:fasten:0", id = own }):tag("retract", { xmlns = OLD_RETRACT }):up():up();
		message:tag("fallback", { xmlns = "urn:xmpp:fallback:0", ["for"] = RETRACT }):up();
		return texts.bodies(message, "retracted");
	end

	local function recall_direct(id, record)
		local reached = 0;
		for _, recipient in ipairs(record.to) do
			local username, host = jid_split(recipient);
			local here = prosody.hosts[host];
			local gone = false;
			if here and here.type == "local" then
				gone = here.modules.offline and unstore(host, "offline", username, id, record.at, false);
				if here.modules.mam then unstore(host, "archive", username, id, record.at, true); end
			end
			-- From the offline store it has not been seen, so there is nothing to take back, and nobody to tell.
			if not gone then
				lured[record.author] = lured[record.author] or {};
				lured[record.author][recipient] = true;
				local message = retraction(record, record.own);
				message.attr.to = recipient;
				module:context(record.host):send(message);
			end
			reached = reached + 1;
		end
		return reached;
	end

	local function room_of(jid)
		local _, host = jid_split(jid);
		local muc = prosody.hosts[host] and prosody.hosts[host].modules.muc;
		return muc and muc.get_room_from_jid and muc.get_room_from_jid(jid);
	end
	recall.room_of = room_of;

	local function recall_room(id, record)
		local room = room_of(record.room);
		if not room then return 0; end
		local username, host = jid_split(record.room);
		local history = {};
		for _, entry in ipairs(room._history or {}) do
			if recall.mark_of(entry.stanza) ~= id then history[#history + 1] = entry; end
		end
		if room._history then room._history = history; end
		if prosody.hosts[host].modules.muc_mam then unstore(host, "muc_log", username, id, record.at, true); end
		local own = record.room_id or record.own;
		local message = st.message { type = "groupchat", from = record.room, id = new_id() };
		message:tag("retract", { xmlns = RETRACT, id = own })
			:tag("moderated", { xmlns = MODERATE, by = record.room }):up()
			:text_tag("reason", texts.words("retracted")):up();
		message:tag("apply-to", { xmlns = "urn:xmpp:fasten:0", id = own })
			:tag("moderated", { xmlns = OLD_MODERATE, by = record.room }):tag("retract", { xmlns = OLD_RETRACT }):up():up():up();
		message:tag("fallback", { xmlns = "urn:xmpp:fallback:0", ["for"] = RETRACT }):up();
		room:broadcast_message(texts.bodies(message, "retracted"));
		return 1;
	end

	-- After a restart the author's own archive still says to whom it went.
	local function from_archive(id, account)
		local username, host = jid_split(account or "");
		if not prosody.hosts[host] or not prosody.hosts[host].modules.mam then return nil; end
		local at = tonumber(id:match("^(%x+)%-"), 16);
		local query = at and { start = at - ARCHIVE_SLACK, ["end"] = at + ARCHIVE_SLACK } or {};
		local items = module:context(host):open_store("archive", "archive"):find(username, query);
		for _, stanza, when in items or function () end do
			if recall.mark_of(stanza) == id and stanza.attr.to then
				local to = jid_bare(stanza.attr.to);
				return {
					author = account, own = reading.own_id(stanza), to = { to }, host = host, at = when;
					type = stanza.attr.type, room = stanza.attr.type == "groupchat" and to or nil;
				};
			end
		end
	end

	-- Takes back one delivered message; returns how many it was taken back from, or nil and why not.
	function recall.take_back(id, account)
		local record = by_id:get(id) or from_archive(id, account);
		if not record then return nil, "the message is not known any more"; end
		if record.recalled then return record.recalled; end
		local reached = record.room and recall_room(id, record) or not record.room and recall_direct(id, record) or 0;
		if reached == 0 then return nil, "the room is on another server"; end
		record.recalled = reached;
		if record.room then
			lured[record.author] = lured[record.author] or {};
			for _, recipient in ipairs(record.to) do lured[record.author][recipient] = true; end
		end
		return reached, record.author;
	end

	-- A room has sent a message on: by this id its occupants know it.
	function recall.note_room(event)
		local id = recall.mark_of(event.stanza);
		local record = id and by_id:get(id);
		if not record then return; end
		local known_as = reading.stanza_id(event.stanza, event.room.jid);
		if not known_as then
			known_as = id;
			event.stanza:add_direct_child(st.stanza("stanza-id", { xmlns = "urn:xmpp:sid:0", by = event.room.jid, id = id }));
		end
		record.room_id = known_as;
	end

	return recall;
end
