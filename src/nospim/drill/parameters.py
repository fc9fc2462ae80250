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

Channel = Literal["hosting", "residential", "owner", "token", "fake", "app"]


class Conduct(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people, thieves and the service do once a guard answers, and what a sweep turns.

    click: factor on every tactic's share of recipients who open the link.
    submit: share of openers who give their password; None leaves each tactic its own.  3, 14 and 45 % are
    the worst, the mean and the best of 100 phishing pages (Bursztein and others, IMC 2014).
    pace: factor on the time between a thief's lures.
    warned_click: factor on opening a link below a warning.  A line in a conversation can be overlooked:
    13 % heeded such passive warnings, 79 % active ones (Egelman, Cranor and Hong, CHI 2008); 9 and 18 % went
    past a whole page of warning in two browsers (Akhawe and Felt, USENIX Security 2013).
    notified_click: the same after recipients were told that the account is not its owner's.
    lock_delay: seconds from an action that is asked for to the silence of the account.
    recall_delay: seconds until a recall has reached clients.  recall_honoured: share of clients that then
    hide what nobody has read yet (XEP-0424 leaves that to the client).
    step_up_holds: share of sign-ins with a stolen password that fail where more than a password is asked for:
    prompts on a device stopped 99 % of bulk phishing and 90 % of targeted attacks (Doerfler, WWW 2019).
    owner_acts: share of notified owners who take their account back, `owner_back` after the notice (seconds).
    limited_gap: seconds between two messages of an account whose sending is limited.
    """

    click: float = 1.0
    submit: float | None = None
    pace: float = 1.0
    warned_click: float = 0.6
    notified_click: float = 0.3
    lock_delay: float = 60.0
    recall_delay: float = 5.0
    recall_honoured: float = 0.8
    step_up_holds: float = 0.9
    owner_acts: float = 0.5
    owner_back: Span = Span(3600.0, 1.0)
    limited_gap: float = 3600.0

    def __post_init__(self) -> None:
        for name in ("warned_click", "notified_click", "recall_honoured", "step_up_holds", "owner_acts"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name.replace('_', ' ')} is {getattr(self, name)}; give 0 to 1")
        if self.submit is not None and not 0.0 <= self.submit <= 1.0:
            raise ValueError(f"submit is {self.submit}; give 0 to 1")
        for name in ("click", "pace", "lock_delay", "recall_delay", "limited_gap"):
            if getattr(self, name) < 0.0:
                raise ValueError(f"{name.replace('_', ' ')} is {getattr(self, name)}; give 0 or more")


class Tactic(Struct, frozen=True, kw_only=True):
    """How one campaign works.

    channel: whence the thief signs in (`owner`: the owner's own session and machine).
    `app`: an app that was granted the account's contacts and pen.
    client: an `odd` program of the thief's, or the `same` as the owner's.
    delay: from a victim's submission to the entry.  pause: from entry to first lure.  gap: between lures.
    order: of recipients (`closest`: those whom the owner writes to most).  reach: most recipients of one
    account.
    click, submit: shares of recipients who open the link, and of openers who give their password
    (pages convince 3 to 45 % of their visitors, 14 % on average: Bursztein 2014; with a friend's name
    behind them 72 % against 16 %: Jagatic 2007).
    domains: hosts per campaign.  spin: every lure is worded anew.  disguise: letters are masked.
    opener: a greeting first, and the lure only in answer to a reply.  lures: False for harvest only.
    hosted: on hosts of the thief's own, on well-known sites where anyone may publish, behind a shortener, or
    behind a well-known site that sends its visitors on.
    unique: a host of its own for every lure.  pieces: the lure comes as three messages, its link in two.
    picture: the lure is a file without a text, its link a code to be scanned.
    foreign: share of lures in the owner's own language, where that is not English.
    quiet: how long the thief lives in the account before the first lure, with small talk.
    harvest: fakes write to the contacts of one person, under that person's name.
    frames: what is sent is an innocent club's link.
    rooms: the owner's rooms get the lure before his friends do, everybody in one message.
    file: the lure is a document or a program with a few words, and no link.
    spray: other accounts tried in vain with passwords from a list before each entry; then the thief sets a
    password of his own.
    """

    channel: Channel
    client: Literal["odd", "same"] = "odd"
    delay: Span = SCRIPTED
    pause: Span = Span(45.0, 0.5)
    gap: Span = Span(1.8, 0.5)
    order: Literal["shuffled", "roster", "closest"] = "shuffled"
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
    hosted: Literal["own", "published", "shortened", "redirected"] = "own"
    unique: bool = False
    pieces: bool = False
    picture: bool = False
    foreign: float = 0.4
    quiet: Span | None = None
    harvest: bool = False
    frames: bool = False
    rooms: bool = False
    file: bool = False
    spray: int = 0


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
    "slow_days": Tactic(
        channel="residential",
        delay=MANUAL,
        pause=Span(6 * 3600.0, 0.8),
        gap=Span(6 * 3600.0, 0.9),
        reach=10,
        domains=3,
        submit=0.4,
    ),
    "few": Tactic(
        channel="residential",
        client="same",
        delay=MANUAL,
        order="closest",
        gap=Span(400.0, 0.8),
        reach=3,
        click=0.45,
        submit=0.4,
    ),
    "spun": Tactic(channel="hosting", spin=True, foreign=0.95, gap=Span(9.0, 0.7), phrasings=6),
    "unique": Tactic(channel="hosting", unique=True, gap=Span(5.0, 0.6)),
    "published": Tactic(channel="hosting", hosted="published", gap=Span(4.0, 0.6), domains=3),
    "shortened": Tactic(channel="hosting", hosted="shortened", gap=Span(3.0, 0.6), domains=6),
    "pieces": Tactic(channel="hosting", pieces=True, gap=Span(12.0, 0.5), click=0.12),
    "picture": Tactic(channel="hosting", picture=True, gap=Span(4.0, 0.6), click=0.12),
    "moved": Tactic(channel="hosting", delay=MANUAL, link=False, gap=Span(5.0, 0.6), click=0.0, submit=0.0),
    "poisoned": Tactic(
        channel="residential", client="same", delay=MANUAL, quiet=Span(3 * 86400.0, 0.15), gap=Span(8.0, 0.7)
    ),
    "companion": Tactic(channel="app", delay=AT_ONCE, gap=Span(1.5, 0.4), click=0.3, submit=0.35),
    "harvested": Tactic(channel="fake", harvest=True, gap=Span(20.0, 0.8), reach=30, click=0.15, submit=0.25),
    "framing": Tactic(channel="hosting", frames=True, delay=MANUAL, gap=Span(3.0, 0.5), submit=0.0),
    "rooms": Tactic(channel="hosting", rooms=True, gap=Span(8.0, 0.6), reach=12, click=0.12),
    "redirected": Tactic(channel="hosting", hosted="redirected", gap=Span(4.0, 0.6), domains=3),
    "file": Tactic(channel="hosting", file=True, gap=Span(5.0, 0.6), click=0.12, submit=0.35),
    "sprayed": Tactic(channel="hosting", spray=24, delay=MANUAL, gap=Span(3.0, 0.5), domains=2),
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
SMALL_TALK: Final = Span(7 * 3600.0, 0.6)
"""Between two harmless messages of a thief who lets an account grow used to him."""
PIECE_GAP: Final = Span(5.0, 0.4)
"""Between two pieces of a lure."""
CAPTURE_TAKES: Final = Span(9.0, 0.5)
"""From a message to what a capture of its link found: a browser needs seconds."""
CLOAKED: Final = 0.3
"""Thieves' pages that show a capture a harmless face: 31 % of phishing pages did so by scripts alone (Zhang
and others, "CrawlPhish", IEEE S&P 2021)."""
HONEST_SIGN_INS: Final = 0.04
"""Links in chat that lead to somebody's honest sign-in."""
SPRAY_GAP: Final = Span(2.0, 0.6)
"""Between two passwords that are tried from a list."""
MOST_ROOMS: Final = 4
"""Rooms of one owner that a thief writes to."""
BRIGADE: Final = 0.01
"""Share of people who collude to have one person silenced."""
