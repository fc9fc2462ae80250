"""What a log did not hold, and which signals were blind for it: a missing signal is not a clean bill."""

from __future__ import annotations

from collections.abc import Mapping


def lacking(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Plain sentences on what could not be seen, from counts of what was there.

    counts: number of accepted events by type ("im.message.sent") and of messages by what they held
    ("messages with text", "messages with session").
    """
    messages = counts.get("im.message.sent", 0)
    if not messages:
        return ("No messages were in the log: there was nothing to judge.",)
    said = []

    def without(seen: int, sentence: str) -> None:
        if not seen:
            said.append(sentence)

    text = counts.get("messages with text", 0)
    without(text, "No message text: wording, links and near-duplicates could not be seen.")
    if 0 < text < messages:
        share = round(100 * (messages - text) / messages)
        if share:
            said.append(f"{share} % of the messages had no text: they were judged by behaviour alone.")
    opened = counts.get("im.session.opened", 0) + counts.get("im.session.resumed", 0)
    without(opened, "No sign-ins: strange sign-ins, and with them most of what tells a thief from the owner.")
    if opened:
        without(
            counts.get("messages with session", 0),
            "Messages name no session: a thief's and the owner's messages in parallel cannot be told apart.",
        )
    without(
        counts.get("im.contacts.read", 0), "No contact reads: harvesting of contact lists could not be seen."
    )
    without(counts.get("im.contact.added", 0), "No contact lists: strangers could not be told from friends.")
    without(
        counts.get("im.link.clicked", 0),
        "No link clicks: who fell for which lure is inferred from time alone.",
    )
    without(
        counts.get("im.account.created", 0),
        "No account creations: fake accounts could not be told from old ones.",
    )
    without(counts.get("im.message.reported", 0), "No reports by recipients.")
    return tuple(said)
