"""Every number that decides how people and thieves behave, in one table each, with its reason.

What could be looked up names its source; the rest is judgement, and says so by having none.  A drill
rehearses; it measures nothing about the world.
"""

from __future__ import annotations

import math
from typing import Final, Literal

from msgspec import Struct

from nospim.drill.chance import Span

TURNS_MEAN: Final = 4.0
"""Messages in one talk of two people, on average."""
TURNS_MAX: Final = 24
PAUSE: Final = Span(28.0, 1.0)
"""Between two messages of a talk: half a minute, with a long tail."""
READ: Final = Span(150.0, 1.5)
"""From a link's arrival to the click: minutes when somebody is there, hours when not.  Of those who fell for
a friend's link in the study of Jagatic and others (2007), 70 % came within 12 hours."""
LINK_SHARE: Final = 0.13
"""Talks in which a link is shared; with four messages a talk about one message in thirty."""
FRIEND_CLICK: Final = 0.38
MISTAKEN_REPORT: Final = 0.0004
"""Benign messages that are reported: a slip of the finger or a quarrel."""
LURE_REPORT: Final = 0.03
"""Lures that their recipient reports; few people do."""
FORGED_REPORTS: Final = 0.002
"""Reports, per account, of messages that the reporter never received (they must weigh nothing)."""
PASSWORD_CHANGE: Final = 0.02
"""Owners who change their password during a drill for no reason at all."""

_HALF_OF_HIJACKERS: Final = 7 * 3600.0
_FIFTH: Final = -0.8416212
"""Standard normal quantile of 0.2."""
MANUAL: Final = Span(_HALF_OF_HIJACKERS, math.log(1800.0 / _HALF_OF_HIJACKERS) / _FIFTH)
"""From the password's theft to its use by hand: 20 % within 30 minutes
(Bursztein and others, Handcrafted Fraud and Extortion, IMC 2014, with decoy credentials).  Half within
7 hours is our choice; it fixes the log-normal's other point."""
SCRIPTED: Final = Span(14 * 60.0, 0.7)
"""The same where a script waits for passwords: HoneyBuddy and the worms of 2004 to 2010 acted in minutes."""
AT_ONCE: Final = Span(6 * 60.0, 0.6)
"""From the click to the first lure where the page itself, or what it installs, does the work."""
MAX_DELAY: Final = 3 * 86400.0
"""Passwords older than this are taken as unused, so that a campaign ends (seconds)."""

Channel = Literal["hosting", "residential", "owner", "token", "fake"]


class Tactic(Struct, frozen=True, kw_only=True):
    """How one campaign works.

    channel: whence the thief signs in (`owner`: the owner's own session and machine).
    client: an `odd` program of the thief's, or the `same` as the owner's.
    delay: from a victim's submission to the entry.  pause: from entry to first lure.  gap: between lures.
    order: of recipients.  reach: most recipients of one account.
    click, submit: shares of recipients who open the link, and of openers who give their password
    (pages convince 3 to 45 % of their visitors, 14 % on average: Bursztein 2014; with a friend's name
    behind them 72 % against 16 %: Jagatic 2007).
    domains: hosts per campaign.  spin: every lure is worded anew.  disguise: letters are masked.
    opener: a greeting first, and the lure only in answer to a reply.  lures: False for harvest only.
    """

    channel: Channel
    client: Literal["odd", "same"] = "odd"
    delay: Span = SCRIPTED
    pause: Span = Span(45.0, 0.5)
    gap: Span = Span(1.8, 0.5)
    order: Literal["shuffled", "roster"] = "shuffled"
    reach: int = 60
    click: float = 0.24
    submit: float = 0.3
    domains: int = 1
    spin: bool = False
    disguise: bool = False
    opener: bool = False
    lures: bool = True
    link: bool = True
    reads: int = 1
    phrasings: int = 3


TACTIC: Final[dict[str, Tactic]] = {
    "classic": Tactic(channel="hosting", reads=3),
    "roster_order": Tactic(channel="hosting", order="roster", gap=Span(1.1, 0.25), phrasings=1),
    "rotating": Tactic(channel="hosting", domains=12, spin=True, gap=Span(14.0, 0.8)),
    "slow": Tactic(
        channel="residential",
        delay=MANUAL,
        pause=Span(5400.0, 0.8),
        gap=Span(9000.0, 0.9),
        reach=14,
        domains=3,
        submit=0.4,
    ),
    "conversational": Tactic(
        channel="hosting",
        delay=MANUAL,
        opener=True,
        gap=Span(50.0, 0.6),
        reach=24,
        click=0.5,
        submit=0.45,
    ),
    "obfuscated": Tactic(channel="hosting", disguise=True, gap=Span(3.0, 0.5), domains=2),
    "proxy": Tactic(channel="residential", client="same", gap=Span(7.0, 0.7), domains=2),
    "fresh": Tactic(channel="fake", gap=Span(6.0, 0.7), reach=70, click=0.04, submit=0.1),
    "nolink": Tactic(channel="hosting", delay=MANUAL, link=False, gap=Span(4.0, 0.6), click=0.0, submit=0.12),
    "worm": Tactic(
        channel="owner", client="same", delay=AT_ONCE, gap=Span(1.2, 0.3), domains=2, reads=0, click=0.3
    ),
    "token": Tactic(channel="token", delay=SCRIPTED, gap=Span(1.5, 0.4), domains=2),
    "scrape_only": Tactic(channel="hosting", delay=MANUAL, lures=False, reads=2),
}
"""One row a tactic; the marks that each leaves are listed in docs/how-to/rehearse-with-a-drill.md."""

OWNER_ANSWER: Final = 0.07
"""Recipients of a lure who write back to the friend."""
QUOTES: Final = 0.35
"""Of those answers, the ones that quote the link: benign messages that carry a bad address."""
THIEF_ANSWERS: Final = 0.4
"""Of those answers, the ones that the thief answers in turn (while still in)."""
GREETING_ANSWERED: Final = 0.62
CODE_SENT: Final = 0.2
"""Recipients of a plea for a sign-in code who send it."""
OWNER_NOTICES: Final = Span(7 * 3600.0, 1.1)
"""From the first lure until the owner has the account back, where that happens (Plan.recovered)."""
APOLOGISES: Final = 0.5
"""Owners who then warn the friends that were written to."""
FAILED_ENTRY: Final = 0.2
"""Entries before which the thief types a wrong password once."""
PROFILE_CHANGED: Final = 0.08
"""Entries after which the thief changes the profile."""
DISABLED_FAKE: Final = 0.3
"""Made-up accounts that the service closes a day or so later."""
SEEDS: Final = 2
"""Accounts that a campaign starts from, bought or phished elsewhere."""
