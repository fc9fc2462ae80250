"""The command ``nospim capture``: the page behind a link, captured in isolation and kept as evidence."""

from __future__ import annotations

import ipaddress
import mimetypes
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter

from nospim.cli.scan import read_policy
from nospim.errors import UsageError

if TYPE_CHECKING:
    from nospim.capture import Capture, Marks
    from nospim.capture.addresses import Network
    from nospim.capture.chromium import Chromium
    from nospim.capture.logos import Logo
    from nospim.links import Brands
    from nospim.policy import Policy

MOST_LOGO: Final = 4 * 1024 * 1024
"""Bytes of a picture that is given as a logo."""


def capture(
    url: str,
    /,
    *,
    out: Path,
    policy: Path | None = None,
    logo: list[str] | None = None,
    own_page: list[str] | None = None,
    browser: str = "",
    draw: bool = True,
    withhold: Path | None = None,
    refuse_network: list[str] | None = None,
    decoy: Annotated[bool, Parameter(negative="")] = False,
    decoy_approved_by: str = "",
    decoy_domain: str = "",
    event: bool = False,
    source: str = "",
    action: str = "",
) -> int:
    """Capture the page behind a link: where it leads, what it asks for, whom it imitates.

    Parameters
    ----------
    url
        The link, with its http:// or https://; parts that tell whose copy it is are left out.
    out
        Folder for capture.json, page.warc.gz and the screenshots; it must not hold a capture yet.
    policy
        Policy file in TOML: its own_names and brands are what a page may imitate.
    logo
        NAME=FILE: a picture of the logo of one of these names; may be repeated.
    own_page
        NAME=FILE: the sign-in page of one of these names, saved as HTML; may be repeated.
    browser
        The Chromium to draw with; without it the one that is installed.
    draw
        Draw the page and run its scripts; --no-draw only fetches it.
    withhold
        File of hashes (MD5, SHA-1, SHA-256 in hex, one a line) of what must never be stored.
    refuse_network
        A network of your own on public addresses that must not be reached; may be repeated.
    decoy
        Give the page minted credentials and record what follows. Only with counsel's approval.
    decoy_approved_by
        Who approved it; goes into the record.
    decoy_domain
        Domain for the decoy's account name, where accounts are named like mail addresses.
    event
        Write event.json as well, and print it: the capture as an event for nospim scan.
    source
        With --event: the service whose guard is to be told, as in its events; needed.
    action
        With --event: the id of the action that asked for the capture.

    Returns the exit status: 0, or 3 when the link was refused or must not be stored.
    """
    from nospim.capture import AddressRules, DecoyPlan, GuardedFetcher  # noqa: PLC0415 - needs an extra
    from nospim.capture import capture as run  # noqa: PLC0415
    from nospim.capture.decoy import SEED_BYTES, require_approval  # noqa: PLC0415
    from nospim.capture.record import Withheld  # noqa: PLC0415
    from nospim.capture.store import prepare, store  # noqa: PLC0415

    if event and not source.strip():
        raise UsageError("--event needs --source, the service's name as it stands in its events")
    if not event and (source or action):
        raise UsageError("--source and --action are for --event, which is off")
    if not decoy and (decoy_approved_by or decoy_domain):
        raise UsageError("--decoy-approved-by and --decoy-domain are for --decoy, which is off")
    plan = None
    if decoy:
        approved = require_approval(decoy_approved_by)
        plan = DecoyPlan(approved_by=approved, seed=secrets.token_bytes(SEED_BYTES), domain=decoy_domain)
    settings = read_policy(policy)
    logos = _logos(settings, logo or [])
    renderer = _renderer(browser, logos) if draw else None
    if logos and renderer is None:
        raise UsageError("--logo needs a browser, which looks for the picture")
    marks = _marks(settings, own_page or [])
    rules = AddressRules(also_refused=_networks(refuse_network or []))
    held = Withheld(_lines(withhold))
    prepare(out)
    captured = run(url, GuardedFetcher(rules), renderer, marks, withheld=held, plan=plan)
    made = store(captured, out)
    for line in told(made):
        print(_shown(line), file=sys.stderr if event else sys.stdout)
    if event:
        _write_event(made, out, source.strip(), action)
        return _status(made)
    print(f"capture: {out / 'capture.json'}")
    return _status(made)


def _status(made: Capture) -> int:
    first = made.visits[0].refused
    return 3 if made.withheld or (first is not None and not _drew(made)) else 0


def _write_event(made: Capture, out: Path, source: str, action: str) -> None:
    from nospim.capture.event import event_of  # noqa: PLC0415 - as above
    from nospim.capture.store import CAPTURE, write_event  # noqa: PLC0415
    from nospim.events import encode  # noqa: PLC0415

    line = encode(event_of(made, (out / CAPTURE).read_bytes(), source=source, action=action))
    write_event(line, out)
    print(line.decode())


def told(made: Capture) -> list[str]:
    """A capture in lines for a person."""
    if made.withheld:
        return [f"met what must never be stored (SHA-256 {made.withheld}); nothing of it was kept"]
    lines = [f"left out of the address: {', '.join(made.dropped)}"] if made.dropped else []
    for visit in made.visits:
        for hop in visit.hops:
            end = f"refused: {hop.refused.detail}" if hop.refused else f"{hop.status} {hop.kind}"
            lines.append(f"{visit.guise}: {hop.jump} {hop.url} {end}")
    lines += [f"{one.millibits / 1000:+.1f} bits: {one.detail}" for one in made.findings]
    lines.append(f"{made.millibits / 1000:+.1f} bits in all for a page that steals passwords")
    if made.likeness is not None:
        whose = "this service" if made.likeness.own else made.likeness.brand
        lines.append(f"likeness to {whose}: {made.likeness.share:.2f}")
    if made.submission is not None:
        given = made.submission.refused or f"given to {made.submission.target}"
        lines.append(f"decoy: {given}")
    return lines + [f"lacking: {one}" for one in made.lacking]


def _drew(made: Capture) -> bool:
    return any(visit.page is not None for visit in made.visits)


def _shown(line: str) -> str:
    """A line with a stranger's text in it, without control characters and not too long."""
    return "".join(c if c.isprintable() else "?" for c in line[:400])


def _renderer(browser: str, logos: tuple[Logo, ...]) -> Chromium | None:
    from nospim.capture.chromium import Chromium  # noqa: PLC0415 - as above
    from nospim.capture.launch import find_browser  # noqa: PLC0415

    path = find_browser(browser)
    if path:
        made = Chromium(path, logos)
        for logo in logos:
            if not made.can_draw(logo):
                raise UsageError(f"--logo {logo.brand}: the browser cannot draw this file, or it is blank")
        return made
    if browser:
        raise UsageError(f"there is no browser {browser}; name one with --browser, or use --no-draw")
    print("nospim: no Chromium is installed (Debian: apt-get install chromium); not drawn", file=sys.stderr)
    return None


def _marks(policy: Policy, own: list[str]) -> Marks:
    from nospim.capture import Marks  # noqa: PLC0415 - as above
    from nospim.capture.likeness import pieces  # noqa: PLC0415
    from nospim.capture.page import read_page  # noqa: PLC0415

    wordings = []
    for name, file in _pairs("--own-page", own, policy):
        source = Path(file).read_text(encoding="utf-8", errors="replace")
        wordings.append((name, pieces(read_page(source, "https://page.invalid/").text)))
    return Marks(brands=_brands(policy), wordings=tuple(wordings))


def _logos(policy: Policy, texts: list[str]) -> tuple[Logo, ...]:
    from nospim.capture.logos import MAX_LOGOS, Logo  # noqa: PLC0415 - as above

    if len(texts) > MAX_LOGOS:
        raise UsageError(f"{len(texts)} logos are too many to look for in one page; give {MAX_LOGOS} at most")
    return tuple(
        Logo(name, mimetypes.guess_type(file)[0] or "image/png", Path(file).read_bytes()[:MOST_LOGO])
        for name, file in _pairs("--logo", texts, policy)
    )


def _brands(policy: Policy) -> Brands | None:
    from nospim.links import Brands  # noqa: PLC0415 - as above

    return Brands.of(policy.lists.brands, policy.lists.own_names)


def _pairs(option: str, texts: list[str], policy: Policy) -> list[tuple[str, str]]:
    brands = _brands(policy)
    known = {brand.shown for brand in brands.entries} if brands is not None else set()
    pairs = [(name, file) for name, _, file in (text.partition("=") for text in texts)]
    for (name, file), text in zip(pairs, texts, strict=True):
        if not file or name not in known:
            told = "it is NAME=FILE, where NAME is in the policy's names or brands"
            raise UsageError(f"{option} {text}: {told}")
    return pairs


def _networks(texts: list[str]) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        raise UsageError(f"--refuse-network: {error}; it is like 192.0.2.0/24") from None


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text; it has one hash a line") from None
