-- Lets mod_muc_rtbl read a list that is kept by a PubSub component of the same Prosody.
--
-- Between two components of one server a stanza is never written out and parsed again.  The items of the answer
-- then still carry the namespace that they were published with, while the element around them carries none, so
-- mod_muc_rtbl (which takes children of the same namespace only) counts 0 entries: the list is empty after
-- each start until something is published.  Here the items are given what a parser would give them.
--
-- Load it on the MUC component, beside mod_muc_rtbl.

local xmlns_pubsub = "http://jabber.org/protocol/pubsub";
local before_the_reader = 10;

module:hook("iq-result/host/rtbl-request", function (event)
	local pubsub = event.stanza:get_child("pubsub", xmlns_pubsub);
	for _, items in ipairs(pubsub and pubsub.tags or {}) do
		for _, item in ipairs(items.tags) do
			if item.name == "item" then
				item.attr.xmlns = items.attr.xmlns;
			end
		end
	end
end, before_the_reader);
