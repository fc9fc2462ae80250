"""What a judged message leaves in memory: who used what, and how."""

from __future__ import annotations

from typing import Final

from xxhash import xxh3_64_intdigest

from nospim.engine import asks
from nospim.engine.room import Room
from nospim.events import MessageSent
from nospim.memory import Account, Cluster, Memo, Session, touch
from nospim.memory.account import MAX_DELIVERED, MAX_PEERS, MAX_RECEIVED, MAX_TIES, MAX_VOUCHERS
from nospim.memory.cluster import MAX_FIRSTS, MAX_USERS
from nospim.signals import burst, sign_in
from nospim.signals.chain import everybodys
from nospim.signals.interface import BIT, View
from nospim.signals.links import DAY, MANY, harmless
from nospim.signals.near_duplicate import his_own
from nospim.signals.new_account import YOUNG, acquainted
from nospim.verdicts import Rung

BULK: Final = 6
"""Distinct recipients of one link, beyond habit, from which a message counts as bulk."""
VERY_MANY: Final = 24
"""Distinct recipients from which sending counts as bulk however slowly it was done."""
DOUBT: Final[dict[Rung, int]] = {"warn": 1, "hold": 2}
"""What a message that was not blocked adds to the doubts about its session."""
MANY_DOUBTS: Final = 10
"""Doubts from which a strange session is alarmed, if only a little."""
FRIENDS_EACH: Final = 2
"""Friends that each of the first who use a place must have beside those of the others: see `_vouches`."""
CALM: Final = 3
"""Recipients in a sitting up to which a strange session talks as an owner does, and no more."""
ASK_BACK: Final = -8 * BIT
"""Delivered messages from here up are recalled when their session turns out to be a thief's."""


def message_key(name: str) -> int:
    """The 64-bit name under which a message is remembered."""
    return xxh3_64_intdigest(name.encode())


def remember(room: Room, view: View, event: MessageSent, name: str, action: Rung, bits: int) -> None:
    """Let a judged message into memory."""
    sender, at = view.sender, view.at
    stopped = action in ("hold", "block")
    use = use_of(view)
    places = [c for _, c in view.destinations]
    places.extend(view.hosts)
    for cluster in places:
        _note_use(cluster, sender.number, at, use if use != "usual" or _vouches(cluster, sender) else "idle")
    clusters = places if view.wording is None else [*places, view.wording[1]]
    if view.wording is not None:
        _note_use(view.wording[1], sender.number, at, use)
    for cluster in clusters:
        cluster.stopped += stopped
        if action == "block" and not cluster.confirmed and not everybodys(cluster):
            cluster.confirmed = True
            asks.step_up_clickers(room, cluster, event)
    if use in ("usual", "odd", "fresh") and harmless(view):
        room.memory.harmless += 1
        room.memory.harmless_odd += use == "odd"
        room.memory.harmless_fresh += use == "fresh"
    if use == "odd" and action == "allow" and view.session is not None:
        _note_voucher(view, view.session)
    if action == "allow" and use != "odd":
        room.memory.passed += 1
        if view.reading.disguised:
            room.memory.disguised += 1
            _note_disguise(sender, at)
    _remember_people(view, use)
    _remember_sender(view, event.id, action, bits, use)
    room.memory.messages.put(
        message_key(name),
        Memo(
            sender.key,
            event.data.session,
            at,
            tuple(r.key for r in view.recipients),
            tuple(n for n, _ in view.destinations),
            view.wording[0] if view.wording is not None else None,
            stopped,
            bits,
        ),
    )


def _remember_people(view: View, use: str) -> None:
    """Who was written to, and what they got that may explain what they do next."""
    sender, at = view.sender, view.at
    notable = use != "usual" or bool(view.destinations)
    for person in view.recipients:
        if _stranger(sender, person):
            sender.strangers += 1
        touch(sender.peers, person.number, at, MAX_PEERS)
        if person.number not in sender.ties and sender.number in person.peers:
            tie(sender, person, at)
        if notable:
            for destination, _ in view.destinations:
                touch(person.received, destination, at, MAX_RECEIVED)
            if view.wording is not None and (use != "usual" or view.destinations):
                touch(person.received, view.wording[0], at, MAX_RECEIVED)


def tie(one: Account, other: Account, at: float) -> None:
    """Each has written to the other or put him on his list: they are acquainted, as far as there is room."""
    for account, number in ((one, other.number), (other, one.number)):
        if len(account.ties) < MAX_TIES:
            account.ties.setdefault(number, at)


def _note_voucher(view: View, session: Session) -> None:
    """A harmless answer from a strange session to who knew the account before: the owner would do that."""
    if len(view.recipients) != 1 or not view.replying or view.run_any.fast > CALM or not harmless(view):
        return
    friend = view.recipients[0].number
    since = view.sender.ties.get(friend)
    if since is None or since >= session.opened or friend in session.vouchers:
        return
    if len(session.vouchers) < MAX_VOUCHERS:
        session.vouchers.append(friend)


def _stranger(sender: Account, person: Account) -> bool:
    """Neither has the other as a contact, and neither ever wrote to the other."""
    me, you = sender.number, person.number
    return not (you in sender.peers or me in person.peers or you in sender.contacts or me in person.contacts)


def _remember_sender(view: View, ident: str, action: Rung, bits: int, use: str) -> None:
    """What the message says of its sender and session from now on."""
    sender, session, at = view.sender, view.session, view.at
    sender.sent += 1
    sender.sent_links += bool(view.destinations)
    if session is not None:
        session.sent += 1
        if action == "block":
            session.alarm = max(bits, session.alarm or 0)
            session.alarmed_at = at
        elif use == "odd" and action in DOUBT and not (action == "warn" and burst.composed(view)):
            session.doubts += DOUBT[action]
            if session.doubts >= MANY_DOUBTS:
                session.alarm = session.alarm or 0
                session.alarmed_at = at
        if action in ("allow", "warn") and bits > ASK_BACK and len(session.delivered) < MAX_DELIVERED:
            session.delivered.append(ident)
    if action == "block":
        sender.alarm = max(bits, sender.alarm or 0)
        sender.alarmed_at = at


def use_of(view: View) -> str:
    """How the sender used a wording or destination: as usual, from a strange or new place, or in bulk."""
    if view.strange >= sign_in.ODD:
        return "odd"
    sender = view.sender
    if sender.created is not None and 0.0 <= view.at - sender.created < YOUNG and sender.strangers >= 2:
        return "usual" if acquainted(view) else "odd"
    if view.fresh:
        return "fresh"
    same = view.same
    if same < BULK or same <= 2 * sender.habit_same:
        return "usual"
    if not view.at_home:
        return "bulk" if same >= VERY_MANY or any(burst.mostly_quick(r) for r in view.runs) else "wide"
    return "bulk" if any(burst.by_machine(r) for r in view.runs) else "hand"


def _note_disguise(sender: Account, at: float) -> None:
    """Count a message in disguise, and those of an earlier sitting among the account's habits."""
    if not 0.0 <= at - sender.lately_at <= burst.PAUSE:
        sender.disguised += sender.lately
        sender.lately = 0
    sender.lately += 1
    sender.lately_at = at


def _vouches(cluster: Cluster, sender: Account) -> bool:
    """Whether somebody's usual use of a place says that it is everybody's.

    A dozen patient accounts that know each other are one voice, not twelve.  So until a place has `MANY`
    users, each new one must bring friends whom none before him brought and who do not use it themselves.
    """
    if sender.number in cluster.usual or len(cluster.usual) >= MANY:
        return True
    fresh = [n for n in sender.ties if n not in cluster.beside and n not in cluster.usual][:FRIENDS_EACH]
    if len(fresh) < FRIENDS_EACH:
        return False
    cluster.beside.extend(fresh)
    return True


def _note_first(cluster: Cluster, number: int, at: float) -> None:
    """Keep who used a thing before anybody used it oddly, and on how many days."""
    if cluster.odd or cluster.fresh or cluster.bulk:
        return
    known = cluster.firsts.get(number)
    if known is not None:
        if at - known[1] >= DAY:
            cluster.firsts[number] = (known[0], at, known[2] + 1)
    elif len(cluster.firsts) < MAX_FIRSTS:
        cluster.firsts[number] = (at, at, 1)


def _note_use(cluster: Cluster, number: int, at: float, use: str) -> None:
    """Put an account into the one role of a cluster that describes it best; odd beats bulk beats usual.

    To pass a thing to a dozen people by hand is neither usual nor bulk: it says nothing of the thing.
    """
    cluster.last = at
    cluster.messages += 1
    if use not in ("odd", "fresh", "bulk"):
        _note_first(cluster, number, at)
    if use == "odd" and his_own(cluster, number):
        return
    if use == "idle":
        touch(cluster.idle, number, at, MAX_USERS)
    elif use == "odd":
        cluster.usual.pop(number, None)
        cluster.bulk.pop(number, None)
        cluster.fresh.pop(number, None)
        touch(cluster.odd, number, at, MAX_USERS)
    elif number in cluster.odd:
        return
    elif use == "fresh":
        if number in cluster.idle or at - cluster.usual.get(number, at) > DAY:
            return  # he has long used it at home: his new device says nothing of it
        cluster.usual.pop(number, None)
        cluster.bulk.pop(number, None)
        cluster.wide.pop(number, None)
        cluster.hand.pop(number, None)
        touch(cluster.fresh, number, at, MAX_USERS)
    elif number in cluster.fresh:
        return
    elif use == "hand":
        cluster.usual.pop(number, None)
        cluster.bulk.pop(number, None)
        touch(cluster.hand, number, at, MAX_USERS)
    elif use == "wide":
        cluster.usual.pop(number, None)
        touch(cluster.wide, number, at, MAX_USERS)
    elif use == "bulk":
        cluster.usual.pop(number, None)
        touch(cluster.bulk, number, at, MAX_USERS)
    elif not any(number in role for role in (cluster.bulk, cluster.wide, cluster.hand, cluster.usual)):
        if len(cluster.usual) < MAX_USERS:
            cluster.usual[number] = at
        else:
            cluster.more_usual += 1
