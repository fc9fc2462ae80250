"""A message's way through the guard: read, look up, judge, decide, remember."""

from __future__ import annotations

from typing import Final

from xxhash import xxh3_64_intdigest

from nospim.engine import asks, holds
from nospim.engine.room import Room
from nospim.engine.wordings import group_of
from nospim.events import MessageEdited, MessageSent, Ref, Reference, key
from nospim.memory import Account, Cluster, Memo, Memory, Session, touch
from nospim.memory.account import MAX_DELIVERED, MAX_PEERS, MAX_RECEIVED, MAX_SESSIONS
from nospim.memory.cluster import MAX_USERS
from nospim.sightings import MessageSeen
from nospim.signals import burst, sign_in
from nospim.signals.chain import everybodys
from nospim.signals.interface import BIT, View
from nospim.signals.new_account import YOUNG
from nospim.signals.reading import Reading, names_of
from nospim.verdicts import Reason, Rung, Verdict, score_of

MAX_JUDGED: Final = 64
"""Recipients of one message that are looked up; a larger group is judged by these."""
MOST: Final = 30 * BIT
"""Log-odds never leave +-30 bits: more certainty than that no evidence gives, and doubles keep it exactly."""
ANY: Final = "any"
"""Name of the run that counts recipients of anything."""
LINKS: Final = "link"
"""Name of the run that counts recipients of any link that is not everybody's: lures rotate their domains."""
BULK: Final = 6
"""Distinct recipients of one link, beyond habit, from which a message counts as bulk."""
RECENT_SESSION: Final = 24 * 3600.0
"""Seconds for which an account's latest sign-in stands in for a message that names no session."""
VERY_MANY: Final = 24
"""Distinct recipients from which sending counts as bulk however slowly it was done."""
LATELY: Final = 3600.0
"""Seconds within which a message is an answer."""


def message_key(name: str) -> int:
    """The 64-bit name under which a message is remembered."""
    return xxh3_64_intdigest(name.encode())


def sent(room: Room, event: MessageSent, at: float, reading: Reading | None) -> Verdict:
    """Judge one message and remember it."""
    data = event.data
    source = event.source
    memory = room.memory
    sender = memory.account(key(source, event.subject))
    if reading is None:
        reading = room.reader.read(data.text, names_of(data.to))
    to = data.to[:MAX_JUDGED]
    recipients = tuple(memory.account(key(source, ref)) for ref in to)
    session = _session(sender, data.session, at)
    canary = bool(room.canaries) and any(_bare(ref) in room.canaries for ref in to)
    view = _view(room, sender, session, recipients, reading, at, canary)
    view.encrypted = data.text is None
    view.group = data.kind == "group" or len(to) > 2
    reasons, bits = _weigh(room, view, event.subject)
    action = _rung(room, bits)
    campaign = _campaign(view, reasons, action)
    verdict = Verdict(
        id=event.id,
        source=source,
        time=event.time,
        account=event.subject,
        action=action,
        score=score_of(bits),
        reasons=tuple(reasons),
        campaign=campaign,
    )
    name = f"{source} {event.id}"
    seen = _sighting(room, view, event, name, action, bits)
    room.out.sightings.append(seen)
    _remember(room, view, event, name, action, bits)
    if action == "hold":
        holds.place(room, view, source, event.id, data.session)
    elif action == "block":
        holds.drop_like(room, view, source, event.id, data.session)
        asks.about_block(room, view, event, verdict)
    return verdict


def edited(room: Room, event: MessageEdited) -> None:
    """Judge an edit as if it were sent now; a lure that was edited in is asked to be recalled."""
    data = event.data
    memory = room.memory
    name = key(event.source, data.message)
    memo = memory.messages.get(message_key(name))
    sender = memory.account(key(event.source, event.subject))
    if memo is None or memo.sender != sender.key or data.text is None:
        return
    at = event.time.timestamp()
    recipients = tuple(memory.account(to) for to in memo.to)
    reading = room.reader.read(data.text)
    session = _session(sender, data.session or memo.session, at)
    view = _view(room, sender, session, recipients, reading, at, False)
    reasons, bits = _weigh(room, view, event.subject)
    action = _rung(room, bits)
    memo.destinations = tuple(n for n, _ in view.destinations)
    memo.wording = view.wording[0] if view.wording else memo.wording
    if action in ("hold", "block"):
        asks.recall(room, event, data.message, reasons)


def _bare(ref: Reference) -> str:
    return ref.id if isinstance(ref, Ref) else ref


def _session(sender: Account, ident: str | None, at: float) -> Session | None:
    """The session a message came from; without a name, the latest one if it is recent."""
    if ident is not None:
        session = sender.sessions.get(ident)
        if session is None:
            session = Session(at, since=at)
            touch(sender.sessions, ident, session, MAX_SESSIONS)
        return session
    if sender.sessions:
        latest = sender.sessions[next(reversed(sender.sessions))]
        if 0.0 <= at - latest.since < RECENT_SESSION:
            return latest
    return None


def _view(
    room: Room,
    sender: Account,
    session: Session | None,
    recipients: tuple[Account, ...],
    reading: Reading,
    at: float,
    canary: bool,
) -> View:
    """Look up the memory of a message's keys, and count it in its sender's runs."""
    memory = room.memory
    if session is not None and (session.odd is None or session.odd >= sign_in.ODD):
        session.shared = sign_in.company(memory, sender.number, session, at)
    destinations, hosts = _places(memory, reading, sender.number, at)
    wording = group_of(memory, reading, at) if reading.words else None
    numbers = tuple(r.number for r in recipients)
    fresh_link = any(not everybodys(c) for _, c in destinations)
    run_links = burst.count(sender, LINKS, numbers, at) if fresh_link else None
    me = sender.number
    replying = bool(recipients) and 0.0 <= at - recipients[0].peers.get(me, -1e18) <= LATELY
    return View(
        at=at,
        key=sender.key,
        sender=sender,
        session=session,
        recipients=recipients,
        reading=reading,
        destinations=destinations,
        hosts=hosts,
        wording=wording,
        run_any=burst.count(sender, ANY, numbers, at),
        run_wording=burst.count(sender, wording[0], numbers, at) if wording is not None else None,
        run_links=run_links,
        replying=replying,
        canary=canary,
        encrypted=False,
        group=False,
        odd_share=max(0.01, memory.share_of_new("odd", sign_in.ODD_SHARE)),
    )


def _places(
    memory: Memory, reading: Reading, sender: int, at: float
) -> tuple[tuple[tuple[str, Cluster], ...], tuple[Cluster, ...]]:
    """The memory of each link's destination, and of the hosts that stand beside them.

    A host of its own under a shared domain counts for itself once it has been used for a day by people
    who were themselves: a club must not answer for its neighbour on a host that no list knows.
    """
    if not reading.links:
        return (), ()
    places: dict[str, Cluster] = {}
    hosts: list[Cluster] = []
    for link in reading.links:
        name = link.key
        if link.place == "own" and link.host not in (link.domain, f"www.{link.domain}"):
            beside = _place(memory, link.host, at, popular=False)
            if at - beside.first > OWN_HOST and _clean(beside, sender):
                places[link.host] = beside
                hosts.append(_place(memory, name, at, popular=link.popular))
                continue
            hosts.append(beside)
        places[name] = _place(memory, name, at, popular=link.popular)
    return tuple(places.items()), tuple(hosts)


OWN_HOST: Final = 86400.0
"""Seconds after which a host with a clean history stands for itself."""


def _clean(host: Cluster, sender: int) -> bool:
    """Whether a host has been used, and by no one else in an odd way or in bulk."""
    blamed = len(host.odd) + len(host.bulk) - (sender in host.odd) - (sender in host.bulk)
    return host.messages > 0 and not blamed


def _place(memory: Memory, name: str, at: float, *, popular: bool) -> Cluster:
    cluster = memory.destinations.get(name)
    if cluster is None:
        cluster = Cluster(at, at, popular=popular)
        memory.destinations.put(name, cluster)
    elif cluster.first > at:
        cluster.first = at
    return cluster


def _weigh(room: Room, view: View, account: str) -> tuple[list[Reason], int]:
    """Ask every signal; returns the reasons and their sum, calibrated, in thousandths of a bit."""
    prior = room.policy.prior_millibits
    reasons = [Reason("prior", prior / BIT, "share of spim that the policy assumes")]
    raw = 0
    for signal in room.signals:
        try:
            evidence = signal.judge(view)
        except Exception as error:  # noqa: BLE001 - a broken detector is reported, the message still judged
            room.memory.broken[signal.name] = room.memory.broken.get(signal.name, 0) + 1
            reasons.append(Reason(signal.name, 0.0, f"this signal failed: {type(error).__name__}"))
            continue
        if evidence is not None:
            raw += evidence.millibits
            reasons.append(Reason(signal.name, evidence.millibits / BIT, evidence.detail))
    decided = _decided(room, view, account)
    if decided is not None:
        raw += decided[0]
        reasons.append(Reason("decision", decided[0] / BIT, decided[1]))
    total = prior + raw
    calibrated = prior + room.calibration.apply(raw) if decided is None else total
    calibrated = max(-MOST, min(MOST, calibrated))
    if calibrated != total:
        reasons.append(
            Reason("calibration", (calibrated - total) / BIT, "what such a sum has meant in rehearsals")
        )
    return reasons, calibrated


def _decided(room: Room, view: View, account: str) -> tuple[int, str] | None:
    """What a person decided beforehand; it beats every signal."""
    if account in room.allow_accounts:
        return -60 * BIT, "the policy allows this account"
    if account in room.deny_accounts:
        return 60 * BIT, "the policy denies this account"
    names = [link.key for link in view.reading.links]
    if any(n in room.deny_destinations for n in names):
        return 60 * BIT, "the policy denies a destination"
    if names and all(n in room.allow_destinations for n in names):
        return -60 * BIT, "the policy allows the destinations"
    label = room.memory.labels.get(view.key)
    if label is not None and view.at < label[1]:
        good = label[0] in GOOD
        return (-60 * BIT if good else 60 * BIT), f"a person labelled this account {label[0]}"
    return None


GOOD: Final = frozenset({"benign", "trusted", "ham", "false_positive"})
BAD: Final = frozenset({"spim", "spam", "fake", "abusive", "hijacked", "lure"})
"""Labels that decide: what a person says beats what the signals say, until it expires."""


def _rung(room: Room, bits: int) -> Rung:
    rungs = room.rungs
    if bits < rungs.warn:
        return "allow"
    if bits < rungs.hold:
        return "warn"
    return "hold" if bits < rungs.block else "block"


def _campaign(view: View, reasons: list[Reason], action: Rung) -> str | None:
    """The live campaign that a message belongs to: named by its destination, else by its wording."""
    if action == "allow" and not any(r.signal == "near_duplicate" and r.bits >= 2 for r in reasons):
        return None
    if view.destinations:
        return view.destinations[0][0]
    return view.wording[0] if view.wording is not None else None


def _sighting(room: Room, view: View, event: MessageSent, name: str, action: Rung, bits: int) -> MessageSeen:
    session = view.session
    sender = view.sender
    found = view.reading.links
    suspicious = action != "allow"
    return MessageSeen(
        message=name,
        account=sender.key,
        at=view.at,
        to=tuple(r.key for r in view.recipients),
        action=action,
        bits=bits,
        destinations=tuple(n for n, _ in view.destinations),
        common=tuple(n for n, c in view.destinations if everybodys(c)),
        links=tuple(link.url for link in found) if found else (),
        wording=view.wording[0] if view.wording is not None else None,
        session=event.data.session,
        session_opened=None if session is None or session.odd is None else session.since,
        network=None if session is None else session.network,
        client=None if session is None else session.client,
        oddness=None if session is None or session.odd is None else sign_in.strangeness(session, view.at),
        burst=burst.same_thing(view),
        account_age=None if sender.created is None else view.at - sender.created,
        account_created=sender.created,
        own_contacts=len(sender.contacts),
        text=event.data.text if suspicious else None,
        group=view.group,
    )


def _remember(room: Room, view: View, event: MessageSent, name: str, action: Rung, bits: int) -> None:
    """Let a judged message into memory."""
    sender, at, session = view.sender, view.at, view.session
    stopped = action in ("hold", "block")
    use = _use(view)
    clusters = [c for _, c in view.destinations]
    clusters.extend(view.hosts)
    if view.wording is not None:
        clusters.append(view.wording[1])
    for cluster in clusters:
        _note_use(cluster, sender.number, at, use)
        cluster.stopped += stopped
        if action == "block" and not cluster.confirmed and not everybodys(cluster):
            cluster.confirmed = True
            asks.step_up_clickers(room, cluster, event)
    notable = use != "usual" or bool(view.destinations)
    for person in view.recipients:
        if person.number not in sender.peers and view.sender.number not in person.peers:
            if person.number not in sender.contacts and sender.number not in person.contacts:
                sender.strangers += 1
        touch(sender.peers, person.number, at, MAX_PEERS)
        if notable:
            for destination, _ in view.destinations:
                touch(person.received, destination, at, MAX_RECEIVED)
            if view.wording is not None and (use != "usual" or view.destinations):
                touch(person.received, view.wording[0], at, MAX_RECEIVED)
    sender.sent += 1
    sender.sent_links += bool(view.destinations)
    if session is not None:
        session.sent += 1
        if action == "hold":
            session.doubts += 1
        if action == "block" or session.doubts >= MANY_DOUBTS:
            session.alarm = max(bits, session.alarm or 0)
            session.alarmed_at = at
        if not stopped and bits > ASK_BACK and len(session.delivered) < MAX_DELIVERED:
            session.delivered.append(event.id)
    if action == "block":
        sender.alarm = max(bits, sender.alarm or 0)
        sender.alarmed_at = at
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


MANY_DOUBTS: Final = 4
"""Held messages of one session from which it is alarmed as if one had been blocked."""
ASK_BACK: Final = -5 * BIT
"""Delivered messages from here up are recalled when their session turns out to be a thief's."""


def _use(view: View) -> str:
    """How the sender used a wording or destination: as usual, from a strange place, or in bulk."""
    session = view.session
    if session is not None and sign_in.strangeness(session, view.at) >= sign_in.ODD:
        return "odd"
    sender = view.sender
    if sender.created is not None and 0.0 <= view.at - sender.created < YOUNG and sender.strangers >= 2:
        return "odd"
    same = burst.same_thing(view)
    if same < BULK or same <= 2 * sender.habit_same:
        return "usual"
    return "bulk" if same >= VERY_MANY or any(burst.by_machine(r) for r in view.runs) else "wide"


def _note_use(cluster: Cluster, number: int, at: float, use: str) -> None:
    """Put an account into the one role of a cluster that describes it best; odd beats bulk beats usual.

    To pass a thing to a dozen people by hand is neither usual nor bulk: it says nothing of the thing.
    """
    cluster.last = at
    cluster.messages += 1
    if use == "odd":
        cluster.usual.pop(number, None)
        cluster.bulk.pop(number, None)
        touch(cluster.odd, number, at, MAX_USERS)
    elif number in cluster.odd or use == "wide":
        return
    elif use == "bulk":
        cluster.usual.pop(number, None)
        touch(cluster.bulk, number, at, MAX_USERS)
    elif number not in cluster.bulk and number not in cluster.usual:
        if len(cluster.usual) < MAX_USERS:
            cluster.usual[number] = at
        else:
            cluster.more_usual += 1
