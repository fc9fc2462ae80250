"""What the casework goes by: its limits, each with its reason.  A policy may set them otherwise.

They stand below both rooms, since the policy belongs to the guard and the casework may not see it.
"""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct

Seconds = Annotated[float, Meta(ge=0.0, le=366 * 86400.0)]
Share = Annotated[float, Meta(gt=0.0, le=1.0)]
Number = Annotated[int, Meta(ge=0, le=1_000_000)]

HOUR: Final = 3600.0
DAY: Final = 86400.0

ODD_SIGN_IN: Final = 3000
"""A sign-in this unlike the owner is somebody else's, in millibits: 3 bits are odds of eight to one."""
EPISODE_GAP: Final = 6 * HOUR
"""Silence after which the same wording alone does not continue a wave in the owner's own session."""
POPULAR_FLOOR: Final = 2
"""Honest accounts that may use any destination or wording of a campaign: friends quote a lure."""
POPULAR_RATIO: Final = 1.0
"""Honest accounts per stopped one beyond which a key joins nothing; compare MISP's over-correlation guard."""
CROWDED_NETWORK: Final = 20
"""Honest accounts on a network beyond which it is a carrier or campus and joins nothing (BotGraph)."""
RARE_CLIENT: Final = 5
"""A client programme used by at most this many honest accounts tells its users apart."""
DESTINATION_GAP: Final = 1 * DAY
"""Silence across which the same destination is one campaign; later the host may have other tenants."""
BRIDGE: Final = 0.5
"""Share of the smaller campaign's accounts that must have come from the other to make one of two."""
BRIDGE_WITH_WORDS: Final = 0.2
"""The same where they also share a wording."""
NETWORK_GAP: Final = 12 * HOUR
"""Silence across which the same wording from the same strange network is one campaign: a night."""
FEW_RECIPIENTS: Final = 3
"""Fewer people than this were written to: a forwarded lure or a slip, not an episode by itself."""
CLICK_WINDOW: Final = 7 * DAY
"""A lure opened this long before a takeover may be its cause: stolen passwords wait for days at times."""
CLICK_PROOF: Final = 3 * HOUR
"""A takeover this soon after the click joins by itself (20 % within 30 minutes, Bursztein 2014)."""
RECEIVED_WINDOW: Final = 2 * DAY
"""Without clicks, a lure received this long before a takeover may be its cause."""
READING_TIME: Final = 300.0
"""Nobody reads, answers and is robbed faster; a lure received later is the cause only when alone."""
WORDING_GAP: Final = 1 * HOUR
"""Without sign-ins, a wording joins across a silence of this or of the shorter stretch, if that is more."""
FAKE_AGE: Final = 30 * DAY
"""Older accounts are not called fake: most accounts made to spam are used and lost within weeks."""
FAKE_CORRESPONDENTS: Final = 3
"""Honest correspondents that an account made to spim may have gathered before its first lure."""
FAKE_WARM_UP: Final = 2 * DAY
"""What an account does this shortly before its first lure is no life of its own."""
FAKE_CONTACT_SHARE: Final = 0.25
"""Contacts per recipient below which an account writes to strangers."""
ABUSE_MESSAGES: Final = 50
"""Stopped messages below which nobody is called abusive: one bad evening is not a habit."""
ABUSE_SPAN: Final = 3 * DAY
"""Time over which the bad sending must last before the owner is called abusive; hijackers are quicker."""
LINKS_PER_DESTINATION: Final = 3
"""Links listed per destination of a campaign: many carry a recipient's mark, which helps no takedown."""
MAX_LINKS: Final = 500
"""Links listed for one campaign, most used first; the rest are in its messages."""
MAX_LURES: Final = 20
"""Lure examples listed for one campaign, most used first."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the casework goes by; times in seconds, oddness in millibits, the rest counts and ratios."""

    odd: Number = ODD_SIGN_IN
    episode_gap: Seconds = EPISODE_GAP
    popular_floor: Number = POPULAR_FLOOR
    popular_ratio: Annotated[float, Meta(gt=0.0, le=1000.0)] = POPULAR_RATIO
    crowded_network: Number = CROWDED_NETWORK
    rare_client: Number = RARE_CLIENT
    destination_gap: Seconds = DESTINATION_GAP
    bridge: Share = BRIDGE
    bridge_with_words: Share = BRIDGE_WITH_WORDS
    network_gap: Seconds = NETWORK_GAP
    few_recipients: Number = FEW_RECIPIENTS
    click_window: Seconds = CLICK_WINDOW
    click_proof: Seconds = CLICK_PROOF
    received_window: Seconds = RECEIVED_WINDOW
    reading_time: Seconds = READING_TIME
    wording_gap: Seconds = WORDING_GAP
    fake_age: Seconds = FAKE_AGE
    fake_correspondents: Number = FAKE_CORRESPONDENTS
    fake_warm_up: Seconds = FAKE_WARM_UP
    fake_contact_share: Share = FAKE_CONTACT_SHARE
    abuse_messages: Number = ABUSE_MESSAGES
    abuse_span: Seconds = ABUSE_SPAN
    links_per_destination: Number = LINKS_PER_DESTINATION
    max_links: Number = MAX_LINKS
    max_lures: Number = MAX_LURES
