"""The exhibits of a case, in the order of the scheme's steps, numbered without gaps.

The steps are those of the first case of this kind (Microsoft v. Funmobile, 2009), by their numbers in
`STEPS`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from nospim.bundles.attribution import doe_blocks, hypothesis_blocks
from nospim.bundles.document import (
    Bar,
    Bars,
    Block,
    Branch,
    Bubble,
    Conversation,
    Exhibit,
    Grid,
    Paragraph,
    Part,
    Picture,
    Redaction,
    Tree,
    Words,
)
from nospim.bundles.material import Capture, Material, Table
from nospim.bundles.redact import defanged, without_names

STEPS: Final[dict[str, str]] = {
    "1": "messages that seem to come from a friend ask to open a link",
    "2": "the page asks for name and password",
    "3": "the visitor is led on to other pages",
    "4": "somebody else signs in with what was collected",
    "5": "the contacts of the account are read",
    "6": "messages go out in bulk to the contacts",
    "7": "it spreads: a campaign of many accounts over time",
    "8": "who is behind it: unknown persons, and what would identify them",
    "9": "burden on the service, and what it cost",
    "10": "people's use of the service was disturbed",
    "11": "people's privacy was invaded",
    "12": "what must stop, and what could be claimed",
}
EXEMPLARS: Final = 3
BEFORE: Final = 3
"""Earlier messages of a conversation that are shown, without their words."""
BRANCHES: Final = 60
"""Lines of a tree that are printed."""
Row = dict[str, str]


def exhibits(material: Material) -> tuple[Exhibit, ...]:
    """All exhibits of the case."""
    makers: list[Callable[[Material, str], Exhibit | None]] = []
    for seq, why in material.facts.exemplars(EXEMPLARS):
        makers.append(lambda m, number, seq=seq, why=why: _message(m, number, seq, why))  # type: ignore[misc]
    for capture in material.captures:
        makers.append(lambda m, number, capture=capture: _page(m, number, capture))  # type: ignore[misc]
    makers += [_followed, _sign_ins, _contacts, _bulk, _tree, _unknown, _burden, _people, _relief]
    made: list[Exhibit] = []
    for maker in makers:
        exhibit = maker(material, f"EX-{len(made) + 1:03d}")
        if exhibit is not None:
            made.append(exhibit)
    return tuple(made)


def _made(
    number: str,
    title: str,
    steps: str,
    records: Iterable[int],
    blocks: list[Block],
    redactions: Iterable[Redaction] = (),
    content: tuple[tuple[str, bytes], ...] = (),
) -> Exhibit:
    data = msgspec.json.format(
        msgspec.json.encode({"number": number, "title": title, "blocks": blocks}), indent=1
    )
    named = tuple(steps.split())
    return Exhibit(
        number=number,
        title=title,
        shows="; ".join(f"{STEPS[step]} ({step})" for step in named),
        steps=named,
        records=tuple(sorted(set(records))),
        blocks=tuple(blocks),
        content=((f"{number}.json", data + b"\n"), *content),
        redactions=tuple(redactions),
    )


def note(text: str) -> Paragraph:
    """A paragraph in smaller type."""
    return Paragraph(parts=(Words(text),), style="note")


def _sentence(*parts: Part | str) -> Paragraph:
    return Paragraph(parts=tuple(Words(part) if isinstance(part, str) else part for part in parts))


def _message(m: Material, number: str, seq: int, why: str) -> Exhibit:
    event = m.event(seq)
    data = event.get("data", {})
    sender = str(event.get("subject", ""))
    recipients = tuple(str(to.get("id") if isinstance(to, dict) else to) for to in data.get("to", ()))
    stopped = "stopped" in why
    saw = "would have seen" if stopped else "saw"
    redactions: list[Redaction] = []
    bubbles: list[Bubble] = []
    records = [seq]
    for earlier, writer, time in m.facts.before(seq, BEFORE):
        side = "friend" if writer == sender else "recipient"
        withheld = "words of people who are no party" if m.people.redact else ""
        text = "" if m.people.redact else str(m.event(earlier).get("data", {}).get("text") or "")
        bubbles.append(
            Bubble(side=side, name=m.people.name(writer), time=_time(time), text=text, withheld=withheld)  # type: ignore[arg-type]
        )
        records.append(earlier)
        if withheld:
            digest = hashlib.sha256(withheld.encode()).hexdigest()
            redactions.append(m.redaction(number, earlier, "words", 1, withheld, digest))
    text = str(data.get("text") or "(no text: end-to-end encrypted, erased, or an attachment)")
    if m.people.redact:
        text, masked = without_names(text, (sender, *recipients))
        if masked:
            digest = hashlib.sha256(text.encode()).hexdigest()
            redactions.append(m.redaction(number, seq, "names", masked, "names of people", digest))
    bubbles.append(
        Bubble(side="friend", name=m.people.name(sender), time=_time(str(event.get("time", ""))),
               text=defanged(text), stopped="stopped before delivery" if stopped else "")
    )  # fmt: skip
    to = ", ".join(m.people.name(one) for one in recipients[:3])
    more = f" and {len(recipients) - 3} more" if len(recipients) > 3 else ""
    blocks: list[Block] = [
        _sentence(f"Record {seq} of the ledger, sent to {to}{more}. It was chosen because {why}."),
        Conversation(title=f"As {to.partition(',')[0] or 'the recipient'} {saw} it", bubbles=tuple(bubbles)),
        note(
            "Links are written so that they cannot be opened (hxxp, dots in brackets). The SHA-256 leaf of "
            "the "
            f"record, which stands for the original, is {m.records(seq).leaf.hex()}."
        ),
    ]
    title = (
        "A message as its recipient would have seen it" if stopped else "A message as its recipient saw it"
    )
    return _made(number, f"{title}: {why}", "1 6", records, blocks, redactions)


def _page(_: Material, number: str, capture: Capture) -> Exhibit:
    told = capture.told
    hops = [hop for visit in told.get("visits", ()) for hop in visit.get("hops", ())]
    made = f"Captured {_time(str(told.get('at', '')))} with nospim {told.get('nospim', '')}."
    blocks: list[Block] = [_sentence(f"{made} {capture.shows}"), _way(hops)]
    findings = tuple(
        (f"{one.get('millibits', 0) / 1000:+.1f}", defanged(str(one.get("detail", ""))))
        for one in told.get("findings", ())
    )
    if findings:
        blocks.append(
            Grid(columns=("bits", "what was seen"), rows=findings, right=(True, False), wide=(1, 9))
        )
    given = told.get("submission")
    after: list[dict[str, Any]] = (given.get("visit") or {}).get("hops", []) if given else []
    if given:
        approved = f"approved by {given.get('approved_by', '')}"
        blocks += [
            _sentence(f"A minted name and password were given to the page, {approved}. What followed:"),
            _way(after),
        ]
    content = []
    for name, path in capture.files:
        content.append((f"{number}/{name}", path.read_bytes()))
        if name.endswith("blurred.png"):
            blocks.append(Picture(path=f"exhibits/{number}/{name}", alt="the page, blurred"))
    steps = "2 3" if len(after) > 1 or any(hop.get("jump") != "start" for hop in hops) else "2"
    return _made(number, "The page behind the link", steps, [capture.record], blocks, (), tuple(content))


def _way(hops: list[dict[str, Any]]) -> Grid:
    """Addresses on the way to a page, as they answered."""
    rows = tuple(
        (
            str(hop.get("jump", "")),
            defanged(str(hop.get("url", ""))),
            str(hop.get("status") or "refused"),
            _time(str(hop.get("at", ""))),
        )
        for hop in hops
    )
    return Grid(
        columns=("how", "address", "answer", "time"),
        rows=rows,
        right=(False, False, True, False),
        wide=(2, 8, 2, 4),
    )


def _grid(table: Table, *columns: tuple[str, str, int, bool]) -> Grid:
    """A table's first rows; columns: name, heading, width, whether it holds numbers."""
    rows = tuple(tuple(_cell(row[name]) for name, *_ in columns) for row in table.printed())
    total = table.total
    said = f"All {total:,} rows" if total <= len(rows) else f"The first {len(rows)} of {total:,} rows"
    return Grid(
        columns=tuple(heading for _, heading, _, _ in columns),
        rows=rows,
        right=tuple(right for *_, right in columns),
        wide=tuple(width for *_, width, _ in columns),
        note=f"{said}; the whole table is tables/{table.query.id}.csv. {table.query.rule}",
    )


def _records(table: Table) -> list[int]:
    return [int(row["seq"]) for row in table.printed()]


def _sign_ins(m: Material, number: str) -> Exhibit | None:
    table = m.tables["sign_ins"]
    if not table.printed():
        return None
    f = m.figure
    blocks: list[Block] = [
        _sentence(
            f("unauthorised_sign_ins"), " sign-ins to ", f("accounts_entered"), " accounts came from ",
            f("addresses"), " addresses in ", f("networks"), " networks. ", f("from_new_device"),
            " were from a device that the owner had never used before, ", f("from_new_network"),
            " from a network that the owner had never used before.",
        ),
        _grid(
            table, ("account", "account", 3, False), ("time", "time", 5, False), ("ip", "address", 4, False),
            ("asn", "network", 3, True), ("country", "country", 2, False), ("client", "client", 3, False),
            ("owner_sign_ins_before", "owner's before", 2, True),
            ("same_device_before", "same device", 2, True), ("same_network_before", "same network", 2, True),
        ),
        note(
            "That a sign-in is new for an account is a fact; that it was not the owner's is a conclusion, "
            "drawn from "
            "this together with what was then done. An owner who travels with a new phone looks like this "
            "too; "
            "owners do not then send the same message to all contacts from the same network as others."
        ),
    ]  # fmt: skip
    return _made(number, "Sign-ins that were not the owners'", "4", _records(table), blocks)


def _followed(m: Material, number: str) -> Exhibit | None:
    table = m.tables["followed"]
    if not table.printed():
        return None
    f = m.figure
    blocks: list[Block] = [
        _sentence(
            f("entered_after_opening"), " of the ", f("unauthorised_sign_ins"), " sign-ins that were not the "
            "owners' came after the owner had opened a link of these messages, ", f("minutes_to_entry"),
            " minutes later (median).",
        ),
        _grid(
            table, ("account", "account", 3, False), ("message", "message", 4, False),
            ("opened_at", "opened", 5, False), ("signed_in_at", "signed in", 5, False),
            ("minutes", "minutes", 2, True),
        ),
        note(
            "What the page asked for is shown by a capture of it, where the case has one. That names and "
            "passwords were given there is inferred from this order of events: opened, then entered."
        ),
    ]  # fmt: skip
    return _made(number, "What followed the opening of a link", "2 4", _records(table), blocks)


def _contacts(m: Material, number: str) -> Exhibit | None:
    table = m.tables["contacts_read"]
    if not table.printed():
        return None
    f = m.figure
    blocks: list[Block] = [
        _sentence(
            "In those sessions contact lists were read ", f("contact_reads"), " times, those of ",
            f("contact_lists"), " accounts, ", f("contacts_read"), " contacts in all as the service counted.",
        ),
        _grid(
            table, ("account", "account", 3, False), ("session", "session", 4, False),
            ("time", "time", 5, False), ("contacts", "contacts", 2, True), ("app", "application", 3, False),
        ),
    ]  # fmt: skip
    return _made(number, "Contact lists read by somebody else", "5 11", _records(table), blocks)


def _bulk(m: Material, number: str) -> Exhibit:
    f, days, places = m.figure, m.tables["days"], m.tables["places"]
    bars = tuple(
        Bar(label=row["day"], total=int(row["messages"]), stopped=int(row["stopped"]))
        for row in days.printed()
    )
    blocks: list[Block] = [
        _sentence(
            f("messages_sent"), " messages were sent from ", f("senders"), " accounts between ",
            f("first_seen"), " and ", f("last_seen"), ", addressed to ", f("recipients"), " accounts. ",
            f("messages_stopped"), " were stopped before delivery; ", f("messages_delivered"),
            " were delivered, and reached ", f("recipients_reached"), " accounts. ", f("messages_recalled"),
            " were recalled afterwards.",
        ),
        Bars(bars=bars, most=max((bar.total for bar in bars), default=1)),
        _grid(
            days, ("day", "day", 4, False), ("messages", "messages", 3, True),
            ("delivered", "delivered", 3, True), ("stopped", "stopped", 3, True),
            ("senders", "accounts", 3, True),
        ),
        _grid(
            places, ("country", "country of recipients", 4, False), ("recipients", "recipients", 3, True),
            ("reached", "reached", 3, True), ("deliveries", "deliveries", 3, True),
        ),
        _grid(
            m.tables["messages"], ("time", "time", 5, False), ("sender", "account", 3, False),
            ("message", "message", 4, False), ("recipients", "to", 1, True), ("verdict", "verdict", 2, False),
            ("outcome", "outcome", 3, False), ("recall", "recall", 2, False),
        ),
    ]  # fmt: skip
    records = _records(days) + _records(places) + _records(m.tables["messages"])
    return _made(number, "Messages in bulk", "6 7", records, blocks)


def _tree(m: Material, number: str) -> Exhibit | None:
    table = m.tables["infections"]
    rows = list(table.every())
    if not rows:
        return None
    branches = _branches(rows)
    more = len(branches) - BRANCHES
    told = f"{more} more lines are in tables/infections.csv. " if more > 0 else ""
    blocks: list[Block] = [
        _sentence(
            m.figure("victims"), " accounts were taken over, ", m.figure("fake_accounts"),
            " were opened to abuse. The tree shows through whom, where the casework could tell.",
        ),
        Tree(branches=tuple(branches[:BRANCHES]), note=told + table.query.rule),
        _grid(
            m.tables["accounts"], ("account", "account", 3, False), ("state", "state", 3, False),
            ("since", "since", 5, False), ("messages", "messages", 2, True), ("why", "why", 9, False),
        ),
    ]  # fmt: skip
    records = [int(row["seq"]) for row in rows] + _records(m.tables["accounts"])
    return _made(number, "How it spread", "7", records, blocks)


def _branches(rows: list[Row]) -> list[Branch]:
    """The tree as lines, each account once; whoever is in a circle stands at the first level."""
    below: dict[str, list[Row]] = {}
    names = {row["account"] for row in rows}
    for row in rows:
        below.setdefault(row["infected_by"] if row["infected_by"] in names else "", []).append(row)
    found: list[Branch] = []
    seen: set[str] = set()

    def grow(first: Row) -> None:
        waiting = [(first, 0)]
        while waiting:
            row, depth = waiting.pop()
            if row["account"] in seen:
                continue
            seen.add(row["account"])
            by = f", through {row['infected_by']}" if depth == 0 and row["infected_by"] else ""
            found.append(Branch(depth=depth, text=f"{row['account']}, {_time(row['time'])}{by}"))
            waiting += [(child, depth + 1) for child in reversed(below.get(row["account"], []))]

    for row in (*below.get("", []), *rows):
        grow(row)
    return found


def _unknown(m: Material, number: str) -> Exhibit | None:
    table = m.tables["linkage"]
    if not table.printed() and not m.case.does and not m.case.weighed:
        return None
    blocks = doe_blocks(m)
    records = _records(table)
    records += [m.places[entry] for entry in m.case.about_does if entry in m.places]
    if table.printed():
        blocks.append(
            _grid(
                table, ("kind", "what", 2, False), ("value", "value", 4, False), ("grade", "grade", 2, False),
                ("speaks_for", "speaks for it", 6, False), ("speaks_against", "speaks against it", 6, False),
                ("seen", "seen", 1, True), ("among", "among", 2, True),
            )
        )  # fmt: skip
    blocks += hypothesis_blocks(m, m.comparison)
    records += [m.places[entry] for entry in m.case.weighed if entry in m.places]
    return _made(number, "Who is behind it: what would identify them", "8", records, blocks)


def _burden(m: Material, number: str) -> Exhibit:
    f, table = m.figure, m.tables["costs"]
    blocks: list[Block] = [
        _sentence(
            "The service took in ", f("bytes"), " bytes for these messages and made ", f("deliveries"),
            " deliveries. ", f("actions_asked"), " actions were asked for to undo the harm; ",
            f("actions_done"), " are reported as done.",
        ),
    ]  # fmt: skip
    if table.printed():
        blocks.append(
            _grid(
                table, ("day", "day", 3, False), ("kind", "kind", 2, False), ("task", "task", 7, False),
                ("person", "person", 3, False), ("hours", "hours", 2, True), ("rate", "rate", 2, True),
                ("amount", "amount", 3, True), ("currency", "", 2, False),
            )
        )  # fmt: skip
        for figure in table.query.figures:
            blocks.append(_sentence(f"{figure.title}: ", f(figure.key), "."))
    else:
        blocks.append(note("No cost was entered in the case."))
    records = _records(table) + _records(m.tables["clean_up"])
    return _made(number, "Burden on the service, and what it cost", "9", records, blocks)


def _people(m: Material, number: str) -> Exhibit:
    f = m.figure
    blocks: list[Block] = [
        _sentence(
            f("complaints"), " complaints came from ", f("complainants"), " accounts. ", f("clickers"),
            " accounts opened a link, ", f("clicks"), " times. ", f("deactivations"),
            " accounts were disabled, and ", f("recoveries"), " given back to their owners, after ",
            f("recovery_hours"), " hours (median).",
        ),
        _grid(
            m.tables["complaints"], ("time", "time", 4, False), ("account", "by", 3, False),
            ("accused", "about", 3, False), ("message", "message", 4, False), ("reason", "reason", 4, False),
        ),
        _grid(
            m.tables["recovery"], ("time", "time", 4, False), ("account", "account", 3, False),
            ("what", "what", 4, False), ("hours_after_entry", "hours after entry", 3, True),
        ),
    ]  # fmt: skip
    records = _records(m.tables["complaints"]) + _records(m.tables["recovery"]) + _records(m.tables["clicks"])
    return _made(number, "What it did to people", "10", records, blocks)


def _relief(m: Material, number: str) -> Exhibit:
    links = m.tables["links"]
    hosts = sorted({row["host"] for row in links.every()})
    rows = tuple((defanged(f"http://{host}")[7:],) for host in hosts[:60])
    blocks: list[Block] = [
        _sentence(
            "What must stop: signing in to others' accounts, reading their contacts, sending to them, and "
            "the "
            "pages that collect passwords. Watched from here on: ", m.figure("link_hosts"), " hosts, ",
            m.figure("networks"), " networks, and the wording of the messages.",
        ),
        Grid(columns=("host",), rows=rows, right=(False,), wide=(1,),
             note="At most 60 hosts; all are in tables/links.csv."),
    ]  # fmt: skip
    return _made(number, "What must stop", "12", _records(links), blocks)


def _cell(text: str) -> str:
    if len(text) == 27 and text.endswith("Z") and text[10] == "T":
        return _time(text)
    return defanged(text)


def _time(text: str) -> str:
    return f"{text[:10]} {text[11:19]}" if len(text) >= 19 else text
