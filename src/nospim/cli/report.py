"""The command ``nospim case report``: a case in the forms of hosts, registrars and other operators."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal
from urllib.parse import urlsplit

from cyclopts import Parameter

from nospim.cases import decisions as d
from nospim.cases.case import Case, allow
from nospim.cases.interface import CaseStore
from nospim.cli.access import looked, require_second
from nospim.cli.case_store import HOME, By, Home, decide, existing, ledger_of, opened
from nospim.cli.scan import read_policy
from nospim.errors import NospimError, UsageError

if TYPE_CHECKING:
    from nospim.reporting.gather import Gathered
    from nospim.reporting.material import Material
    from nospim.reporting.sender import Book

Form = Literal["stix", "misp", "xarf", "arf", "xmpp"]
Tlp = Literal["clear", "green", "amber", "amber+strict", "red"]
SOME_LACKING: Final = 3
"""Exit status where something could not be reported, as for refused input."""


def report(
    name: str,
    /,
    *,
    form: Form,
    out: Path,
    contacts: Path,
    to: str,
    ground: str,
    approver: str,
    tlp: Tlp = "green",
    policy: Path | None = None,
    captures: Annotated[tuple[Path, ...], Parameter(consume_multiple=True)] = (),
    track: Annotated[bool, Parameter(negative="")] = False,
    by: By = "",
    cases: Home = HOME,
) -> int:
    """Report a case to others in a form of theirs; never a victim's name.

    Parameters
    ----------
    name
        The case.
    form
        stix or misp: one file; xarf or arf: a file for each page and contact; xmpp: one for each account.
    out
        Folder for the files; nothing may be in it yet.
    contacts
        File in TOML that says who reports, and the abuse contacts of hosts and registrars.
    to
        Who gets it.
    ground
        The ground on which it leaves.
    approver
        Who approves that: a lead, counsel or approver of the case.
    tlp
        How far it may go on (Traffic Light Protocol 2.0), for stix and misp.
    policy
        Policy file in TOML, whose own and allowed names are never reported.
    captures
        Folders with captures of pages, beside those of the case.
    track
        With xarf or arf: note a takedown for each page and contact that has none yet.

    Returns the exit status: 0, or 3 when a page has no contact or something may not be reported.
    """
    from nospim.reporting.material import require_clean  # noqa: PLC0415 - needs an extra
    from nospim.reporting.people import People  # noqa: PLC0415
    from nospim.reporting.sender import read_contacts  # noqa: PLC0415

    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty; name a new folder")
    book = read_contacts(contacts.read_text(encoding="utf-8"), str(contacts))
    now, who = datetime.now(UTC), by or getpass.getuser()
    with opened(cases) as store:
        looked(store, name, who, f"report {form}", ground)
        case, _ = existing(store, name)
        require_second(policy, who, approver, case)
        allow(case, who, d.Exported(to=to, ground=ground, approver=approver, sealed=False, digest="0" * 64))
        gathered, told = told_of(case, store, now, policy, captures)
        lacking: list[str] = [f"{one.value}: {one.why}" for one in told.refused]
        others = People(_others(gathered, form))
        files = {
            file: require_clean(content, others, file)
            for file, content in _files(form, case, gathered, told, book, tlp, now, lacking)
        }
        for line in lacking:
            print(f"not reported: {line}")
        if not files:
            raise NospimError(f"case {name} has nothing that may be reported in this form")
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file, content in files.items():
            (out / file).write_bytes(content)
        whole = "".join(f"{sha256(content).hexdigest()}  {file}\n" for file, content in sorted(files.items()))
        digest = sha256(whole.encode()).hexdigest()
        decide(
            store, name, d.Exported(to=to, ground=ground, approver=approver, sealed=False, digest=digest), by
        )
        if track and form in {"xarf", "arf"}:
            _track(store, name, told, book, by)
    print(f"{out}: {len(files)} {'file' if len(files) == 1 else 'files'}")
    return SOME_LACKING if lacking else 0


def _track(store: CaseStore, name: str, told: Material, book: Book, by: str) -> None:
    """Note a takedown for each page and contact that the case has none of yet."""
    from nospim.reporting.sender import addressed  # noqa: PLC0415 - needs an extra

    case, _ = existing(store, name)
    noted = {(one.opened.url, one.opened.contact) for one in case.takedowns.values()}
    for one in addressed(told.places, book)[0]:
        url, contact = one.place.url, one.contact
        if (url, contact.name) in noted:
            continue
        noted.add((url, contact.name))
        opened = d.TakedownOpened(url=url, contact=contact.name, role=contact.role)
        case = decide(store, name, opened, by)
        print(f"takedown {case.entries - 1}: {url}, {contact.name} ({contact.role})")


def told_of(
    case: Case, store: CaseStore, now: datetime, policy: Path | None, captures: tuple[Path, ...] = ()
) -> tuple[Gathered, Material]:
    """What a case's ledger holds, and what of it may be told."""
    from nospim.ledger.folder import records, require  # noqa: PLC0415 - needs an extra
    from nospim.reporting.gather import gather  # noqa: PLC0415
    from nospim.reporting.material import material  # noqa: PLC0415
    from nospim.sharing import captures_in  # noqa: PLC0415

    ledger = require(ledger_of(case, store))
    gathered = gather(lambda: records(ledger), case.campaigns)
    settings = read_policy(policy)
    folders = [store.home / one.folder for one in case.captures]
    told = material(
        gathered.campaigns,
        gathered.operators,
        gathered.accounts,
        gathered.names,
        now,
        captures=captures_in((*folders, *captures)),
        labels=gathered.labels,
        own=(*settings.lists.own_names, *settings.lists.allow_destinations),
    )
    return gathered, told


def _others(gathered: Gathered, form: Form) -> frozenset[str]:
    """Who must not stand in a report: all, but in a stanza for the account that it is about."""
    if form != "xmpp":
        return gathered.names
    return gathered.names - {one.account for one in gathered.accounts if one.state != "hijacked"}


def _files(
    form: Form,
    case: Case,
    gathered: Gathered,
    told: Material,
    book: Book,
    tlp: Tlp,
    now: datetime,
    lacking: list[str],
) -> Iterator[tuple[str, bytes]]:
    from nospim.reporting.arf import arf  # noqa: PLC0415 - needs an extra
    from nospim.reporting.misp import misp  # noqa: PLC0415
    from nospim.reporting.sender import addressed  # noqa: PLC0415
    from nospim.reporting.stix import stix  # noqa: PLC0415
    from nospim.reporting.xarf import xarf  # noqa: PLC0415

    if form == "stix":
        yield "bundle.stix.json", stix(told, book.reporter, case.since, now, tlp)
    elif form == "misp":
        yield "event.misp.json", misp(told, book.reporter, f"spim: case {case.id}", case.since, now, tlp)
    elif form == "xmpp":
        yield from _stanzas(gathered, case, lacking)
    else:
        reached, nobody = addressed(told.places, book)
        lacking += [f"{place.url}: the file of contacts has nobody for it" for place in nobody]
        for number, one in enumerate(reached, 1):
            stem = f"{number:04}-{one.contact.role}-{one.place.host}"
            if form == "xarf":
                yield f"{stem}.xarf.json", xarf(one, book.reporter, now)
            else:
                yield f"{stem}.arf.eml", arf(one, book.reporter, now)


def _stanzas(gathered: Gathered, case: Case, lacking: list[str]) -> Iterator[tuple[str, bytes]]:
    from nospim.reporting.stanza import stanza  # noqa: PLC0415 - as above
    from nospim.sharing import Found, bare, latest  # noqa: PLC0415
    from nospim.sharing.choose import objections  # noqa: PLC0415

    found = Found(campaigns=gathered.campaigns, accounts=gathered.accounts, labels=gathered.labels)
    against = objections(found, latest(gathered.labels, datetime.now(UTC)))
    sent = [account for one in gathered.campaigns for account in one.accounts]
    for number, account in enumerate(gathered.accounts, 1):
        if account.account not in sent:
            continue
        name = bare(account.account)
        if name in against.good:
            lacking.append(f"{name}: a person cleared it")
            continue
        server = name.rpartition("@")[2]
        if server == urlsplit(account.source).hostname:
            lacking.append(f"{name}: it is an account of this service itself")
            continue
        messages = sum(len(one.messages) for one in gathered.campaigns if account.account in one.accounts)
        try:
            made = stanza(account, against.victims, server, f"{case.id}-{number}", messages)
        except UsageError as error:
            lacking.append(f"{name}: {error}")
            continue
        yield f"{number:04}-{sha256(name.encode()).hexdigest()[:12]}.xml", made
