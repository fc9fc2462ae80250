-- What a stanza says: everything that a client may show of a message, whether it is encrypted, what it refers to.

local st = require "util.stanza";
local jid_bare = require "util.jid".bare;

local MAX_TEXT = 64 * 1024; -- bytes of one message that are judged; clients send far less

-- End-to-end encryption leaves a body that only says so ("This message is encrypted"): it is not sent on.
local ENCRYPTED = {
	["eu.siacs.conversations.axolotl"] = "encrypted"; -- XEP-0384 before 0.4
	["urn:xmpp:omemo:1"] = "encrypted";
	["urn:xmpp:omemo:2"] = "encrypted";
	["urn:xmpp:openpgp:0"] = "openpgp";               -- XEP-0373
	["jabber:x:encrypted"] = "x";                     -- XEP-0027
	["urn:xmpp:eme:0"] = "encryption";                -- XEP-0380
};

local reading = {};

function reading.is_encrypted(stanza)
	for namespace, name in pairs(ENCRYPTED) do
		if stanza:get_child(name, namespace) then return true; end
	end
	local body = stanza:get_child_text("body");
	return body ~= nil and body:find("^%?OTR") ~= nil; -- XEP-0364
end

-- All character data below an element, and the addresses that it points at: in XHTML-IM (XEP-0071) the words
-- may name one place and the link lead to another.
local function shown(element, found)
	for _, child in ipairs(element) do
		if st.is_stanza(child) then
			shown(child, found);
		elseif child:find("%S") then
			found[#found + 1] = child;
		end
	end
	for _, name in ipairs { "href", "src", "uri", "target", "jid" } do
		local value = element.attr[name];
		if value and value:find("%S") then found[#found + 1] = value; end
	end
end

local SHOWN = {
	["jabber:client body"] = true, ["jabber:client subject"] = true;
	["http://jabber.org/protocol/xhtml-im html"] = true; -- XEP-0071
	["jabber:x:oob x"] = true;                           -- XEP-0066
	["jabber:x:conference x"] = true;                    -- XEP-0249, an invitation
	["http://jabber.org/protocol/muc#user x"] = true;    -- XEP-0045, mediated invitation
	["urn:xmpp:reference:0 reference"] = true;           -- XEP-0372
	["urn:xmpp:sfs:0 file-sharing"] = true;              -- XEP-0447
	["jabber:x:data x"] = true;                          -- XEP-0004, a form in a message
};

-- The words of a message with everything else that is shown, or nil when it shows nothing.
function reading.text(stanza)
	local found, seen, parts = {}, {}, {};
	for _, child in ipairs(stanza.tags) do
		if SHOWN[(child.attr.xmlns or "jabber:client").." "..child.name] then shown(child, found); end
	end
	local length = 0;
	for _, part in ipairs(found) do
		if not seen[part] and length + #part <= MAX_TEXT then
			seen[part] = true;
			parts[#parts + 1] = part;
			length = length + #part;
		end
	end
	return parts[1] and table.concat(parts, "\n") or nil;
end

-- Whether a message carries anything to judge; receipts, typing notices and the like go straight on.
function reading.speaks(stanza)
	if stanza.attr.type == "error" then return false; end
	return reading.is_encrypted(stanza) or reading.text(stanza) ~= nil;
end

-- XEP-0308: the id of the message that this one corrects.
function reading.corrects(stanza)
	local replace = stanza:get_child("replace", "urn:xmpp:message-correct:0");
	return replace and replace.attr.id;
end

-- XEP-0424: the id of the message that its own author takes back.
function reading.retracts(stanza)
	local retract = stanza:get_child("retract", "urn:xmpp:message-retract:1");
	if retract then return retract.attr.id; end
	local applied = stanza:get_child("apply-to", "urn:xmpp:fasten:0");
	return applied and applied:get_child("retract", "urn:xmpp:message-retract:0") and applied.attr.id;
end

-- XEP-0184 and XEP-0333: the id of the message that was received or shown, and which of the two.
function reading.receipt(stanza)
	local received = stanza:get_child("received", "urn:xmpp:receipts");
	if received then return received.attr.id, "delivered"; end
	local displayed = stanza:get_child("displayed", "urn:xmpp:chat-markers:0");
	if displayed then return displayed.attr.id, "read"; end
end

-- Who wrote it. In somebody else's room the occupant is all that is known: the room itself is not the author.
function reading.author(stanza)
	local from = stanza.attr.from;
	if stanza.attr.type == "groupchat" or stanza:get_child("x", "http://jabber.org/protocol/muc#user") then
		return from;
	end
	return jid_bare(from);
end

-- XEP-0359: the id that this client's author gave it, by which a recipient's client knows it.
function reading.own_id(stanza)
	local origin = stanza:get_child("origin-id", "urn:xmpp:sid:0");
	return origin and origin.attr.id or stanza.attr.id;
end

function reading.stanza_id(stanza, by)
	for child in stanza:childtags("stanza-id", "urn:xmpp:sid:0") do
		if child.attr.by == by then return child.attr.id; end
	end
end

-- Puts our mark on a message, and takes off marks that claim to be ours (XEP-0359 asks for it).
function reading.stamp(stanza, by, id)
	stanza:maptags(function (tag)
		if tag.name == "stanza-id" and tag.attr.xmlns == "urn:xmpp:sid:0" and tag.attr.by == by then return nil; end
		return tag;
	end);
	stanza:add_direct_child(st.stanza("stanza-id", { xmlns = "urn:xmpp:sid:0", by = by, id = id }));
end

return reading;
