-- What people are told, in the languages that the operator offers; a client picks its own (RFC 6121, section 5.2.3).

local st = require "util.stanza";

-- %s is the account that it is about, or the service.
local ENGLISH = {
	refused = "Not delivered: this looks like the lures that are sent from stolen accounts. If you wrote it yourself, "
		.."wait a little and tell the people who run this service. Reference: %s";
	unavailable = "Not delivered: messages cannot be checked right now. Please send it again later.";
	busy = "Not delivered: too many of your messages are waiting to be checked.";
	limited = "Not delivered: this account may send only a few messages a minute until its owner has been reached.";
	warn = "Notice from the service %s, not from your contact: the next message looks unusual for its sender. "
		.."Do not open links or give a password or a code before you have asked in another way.";
	retracted = "A message was taken back by the service: it was a lure sent from a stolen account.";
	recipients = "Notice from the service: the account %s was used by somebody else, who sent you a lure. It was taken "
		.."back. If you opened a link in it or typed a password, change that password now. The owner is a victim too.";
	owner = "Lures were sent to your contacts from your account %s. If that was not you, somebody else has your "
		.."password: set a new one now, on a device that you trust, and use it nowhere else.";
	clicked = "You opened a link that turned out to be a lure. If you typed your password there, change it now.";
	ended = "This session was ended because it does not look like the owner's.";
	locked = "Signing in needs a new password. Ask the people who run this service.";
	suspended = "This account is suspended. Ask the people who run this service.";
};

return function (options)
	local texts, default = options.texts or {}, options.language;
	if not texts.en then texts.en = {}; end
	for name, words in pairs(ENGLISH) do texts.en[name] = texts.en[name] or words; end
	if not texts[default] then default = "en"; end

	local function say(language, name, ...)
		return (texts[language][name] or texts.en[name]):format(...);
	end

	local told = {};
	-- One text, in the operator's first language.
	function told.words(name, ...) return say(default, name, ...); end

	-- A body for each language, the operator's own first.
	function told.bodies(message, name, ...)
		message:text_tag("body", say(default, name, ...), { ["xml:lang"] = default });
		for language in pairs(texts) do
			if language ~= default and texts[language][name] then
				message:text_tag("body", say(language, name, ...), { ["xml:lang"] = language });
			end
		end
		message:add_direct_child(st.stanza("store", { xmlns = "urn:xmpp:hints" }));
		return message;
	end
	return told;
end
