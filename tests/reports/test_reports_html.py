"""The page: it asks for nothing, believes no string, and can be read by everybody."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
import report_sample as sample
from hypothesis import given
from hypothesis import strategies as st
from report_page import Element, read

from nospim.findings import Findings, Lure, Summary
from nospim.reports import render

HERE = Path(__file__).parent
FOUND = sample.findings()
PAGE = render(FOUND, sample.summary(FOUND))
DOCUMENT = read(PAGE)
EMPTY = render(sample.empty_findings(), sample.empty_summary())
QUIET = render(sample.empty_findings(), sample.empty_summary(120))

HOSTILE = (
    "<script>alert(1)</script>",
    '"onload="alert(1)',
    "' autofocus onfocus='x",
    "</style><img src=x>",
    "--><!-- x",
    "]]><svg/onload=x>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202eexe.elpmaxe//:sptth",
    "a\x00b\x1b[31m\r\nc\u2028d",
    "&lt;b&gt;&#60;",
    "javascript:alert(1)",
    "z\u0300\u0301\u0302\u0303\u0304\u0305" * 9,
    "W" * 100_000,
    "\ud800 alone",
)


def wearing(text: str) -> tuple[Findings, Summary]:
    """Small findings in which every string that comes from outside is the given one."""
    campaign = sample.campaign(3, 4, 0)
    infections = tuple(
        msgspec.structs.replace(i, account=f"{n}{text}", via=text, infected_by=(n and f"0{text}") or None)
        for n, i in enumerate(campaign.infections)
    )
    campaign = msgspec.structs.replace(
        campaign,
        id=text,
        accounts=tuple(i.account for i in infections),
        links=(text,),
        lures=(Lure(example=text, messages=3),),
        infections=infections,
        patient_zero=infections[0].account,
        operator=text,
        joined_by=(text,),
        networks=(text,),
    )
    account = sample.victim(infections[1], campaign)
    reason = msgspec.structs.replace(account.reasons[1], signal=text, detail=f"x{text}")
    account = msgspec.structs.replace(account, reasons=(reason,))
    fake = msgspec.structs.replace(account, state="fake", campaigns=("other", text))
    link = msgspec.structs.replace(
        FOUND.operators[0].linkage[0], kind=text, value=text, for_=text, against=text
    )
    operator = msgspec.structs.replace(FOUND.operators[0], id=text, campaigns=(text,), linkage=(link,))
    findings = Findings(campaigns=(campaign,), accounts=(account, fake), operators=(operator,))
    summary = msgspec.structs.replace(
        sample.summary(findings),
        nospim=text,
        model=text,
        configuration=text,
        lacking=(text,),
        counts={"messages": 5, text: 3},
        limits={text: 1},
    )
    return findings, summary


ACTIVE = {"script", "iframe", "object", "embed", "img", "link", "base", "form", "use", "image", "animate"}
UNSEEN = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def scripts_and_handlers(document: Element) -> list[str]:
    return [
        element.tag
        for element in document.all()
        if element.tag in ACTIVE
        or any(name.startswith("on") or name == "style" for name in element.attributes)
    ]


def test_nothing_is_fetched_and_nothing_runs() -> None:
    assert scripts_and_handlers(DOCUMENT) == []
    for element in DOCUMENT.all():
        for name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset", "content"):
            value = element.attributes.get(name) or ""
            assert "http:" not in value
            assert "https:" not in value
            assert name != "href" or value.startswith("#") or name not in element.attributes
    style = "".join(text for element in DOCUMENT.all("style") for text in element.texts)
    assert not re.search(r"(?i)url\(|@import|expression|image-set", style)
    assert not re.search(r"https?://", PAGE)


def test_its_security_policy_allows_its_own_style_and_nothing_else() -> None:
    (style,) = DOCUMENT.all("style")
    digest = base64.b64encode(hashlib.sha256("".join(style.texts).encode()).digest()).decode()

    (policy,) = [
        element.attributes["content"]
        for element in DOCUMENT.all("meta")
        if element.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == (f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_a_hostile_string_changes_no_tag_and_no_attribute(text: str) -> None:
    harmless = read(render(*wearing("harmless")))

    page = render(*wearing(text))

    document = read(page)
    assert document.shape() == harmless.shape()
    assert scripts_and_handlers(document) == []
    assert len(page.encode()) < 200_000
    assert not UNSEEN.search(page)


@given(st.text(min_size=1, max_size=60).filter(lambda text: text.strip() and "[" not in text))
def test_no_string_at_all_changes_the_page(text: str) -> None:
    document = read(render(*wearing(text)))

    assert [tag for tag, _ in document.shape() if tag not in {"li", "bdi"}] == HARMLESS_TAGS


HARMLESS_TAGS = [tag for tag, _ in read(render(*wearing("harmless"))).shape() if tag not in {"li", "bdi"}]


@pytest.mark.parametrize("page", [PAGE, QUIET, EMPTY], ids=["findings", "quiet", "empty"])
def test_headings_go_down_one_level_at_a_time(page: str) -> None:
    levels = [int(element.tag[1]) for element in read(page).all("h1", "h2", "h3", "h4", "h5", "h6")]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("page", [PAGE, QUIET, EMPTY], ids=["findings", "quiet", "empty"])
def test_landmarks_labels_and_anchors_all_lead_somewhere(page: str) -> None:
    document = read(page)
    ids = [ident for element in document.all() if (ident := element.attributes.get("id"))]

    assert len(ids) == len(set(ids))
    assert {"header", "nav", "main", "footer"} <= {element.tag for element in document.all()}
    skip = next(element for element in document.all("body")[0].all("a"))
    assert skip.attributes["href"] == "#main"
    for element in document.all():
        for name in ("aria-labelledby", "href"):
            for target in (element.attributes.get(name) or "").replace("#", "").split():
                assert target in ids, f"{name}={target} leads nowhere"
        assert element.tag != "section" or element.attributes.get("aria-labelledby")
        assert element.attributes.get("role") != "region" or (
            "tabindex" in element.attributes and ({"aria-label", "aria-labelledby"} & set(element.attributes))
        )


def test_every_picture_has_words() -> None:
    pictures = DOCUMENT.all("svg")

    assert len(pictures) > 6
    for picture in pictures:
        if picture.attributes.get("aria-hidden") == "true":
            continue
        assert picture.attributes["role"] == "img"
        assert picture.attributes.get("aria-label") or {"title", "desc"} <= {c.tag for c in picture.children}
    for figure in DOCUMENT.all("figure"):
        assert figure.all("table"), "a drawing has its table beside it"


def test_every_table_has_a_caption_and_scopes() -> None:
    for table in DOCUMENT.all("table"):
        assert table.children[0].tag == "caption"
        assert all(cell.attributes.get("scope") for cell in table.all("th"))
        widths = {
            sum(int(cell.attributes.get("colspan") or 1) for cell in row.children)
            for row in table.all("tr")
            if not any(cell.attributes.get("rowspan") for cell in table.all("th"))
        }
        assert len(widths) <= 1


def test_it_tells_what_happened() -> None:
    text = DOCUMENT.text

    assert DOCUMENT.all("h1")[0].texts == ["3 campaigns of spim, 2 to 12\u00a0March 2026"]
    assert "3 campaigns of spim, 2 to 12 March 2026" in text
    assert "omg [name] is this you in these pictures?? [link]" in text
    assert "hxxps://pics-0[.]friends[.]example/album?id=10" in text
    assert "86 accounts were taken over. Their owners are victims" in text
    assert "patient zero" in text
    assert "No link clicks were among the events" in text
    assert "sha256:4f1c0a9d" in text


def test_links_of_one_domain_are_told_once() -> None:
    links = (*(f"https://a{n}.one.example/{n}" for n in range(5)), "https://two.example/")
    campaign = msgspec.structs.replace(FOUND.campaigns[2], links=links)
    findings = msgspec.structs.replace(FOUND, campaigns=(campaign,), operators=())

    text = read(render(findings, sample.summary(findings))).one("campaign-1").text

    assert (
        "hxxps://a0[.]one[.]example/0 and 4 more on this domain hxxps://two[.]example/ How it spread" in text
    )
    (row,) = [r for r in read(render(findings, sample.summary(findings))).all("tr") if "one[.]" in r.text]
    assert row.text.startswith("one[.]example 5 5 hxxps://a0[.]one[.]example/0 Campaign 1")


def test_victims_stand_apart_from_fakes() -> None:
    victims, others = DOCUMENT.one("help").text, DOCUMENT.one("others").text

    assert "anna@im.example" in victims
    assert "support-desk" not in victims
    assert "support-desk-1@im.example" in others
    assert "anna@im.example" not in others
    assert "abusive" not in victims


def test_a_fake_account_is_never_called_taken() -> None:
    campaign = FOUND.campaigns[2]
    fakes = tuple(
        msgspec.structs.replace(sample.victim(infection, campaign), state="fake")
        for infection in campaign.infections
    )
    findings = Findings(campaigns=(campaign,), accounts=fakes, operators=())

    card = read(render(findings, sample.summary(findings))).one("campaign-1")

    assert "fake or abusive account" in card.text
    assert "patient zero" not in card.text
    assert "account taken" not in card.text


def test_an_operator_is_shown_with_what_speaks_against() -> None:
    text = DOCUMENT.one("operator-1").text

    assert text.index("fact") < text.index("inference")
    assert "lets servers by the hour" in text
    assert "hxxps://friends[.]example/album" in text


def test_an_operator_of_one_campaign_is_a_row_and_no_card() -> None:
    lonely = msgspec.structs.replace(FOUND.operators[0], id="op-alone", campaigns=("c-00039f2e",), linkage=())
    campaigns = (*FOUND.campaigns[:2], msgspec.structs.replace(FOUND.campaigns[2], operator="op-alone"))
    findings = msgspec.structs.replace(FOUND, campaigns=campaigns, operators=(lonely, *FOUND.operators))

    document = read(render(findings, sample.summary(findings)))

    assert document.one("operator-1").tag == "article"
    assert document.one("operator-2").tag == "tr"
    assert document.one("operator-2").text == "Operator 2 Campaign 3 op-alone"


def test_a_quiet_day_makes_a_sensible_page() -> None:
    text = read(QUIET).text

    assert "nospim read 120 messages from 3 March 2026 and stopped none." in text
    assert "No account was found to be taken over." in text
    assert "No message was read" in read(EMPTY).text


def large(size: int) -> Findings:
    campaign = sample.campaign(7, size, 0, hours=30)
    victims = tuple(sample.victim(infection, campaign) for infection in campaign.infections)
    return Findings(campaigns=(campaign,), accounts=victims, operators=())


def test_five_hundred_accounts_stay_below_a_megabyte() -> None:
    findings = large(500)

    page = render(findings, sample.summary(findings))

    assert len(page.encode()) < 1_000_000
    assert "and 400 more (see accounts.jsonl)" in read(page).text


def test_a_hundred_campaigns_stay_below_a_megabyte_too() -> None:
    one = sample.campaign(5, 120, 0, hours=30)
    campaigns = tuple(
        msgspec.structs.replace(one, id=f"c{n}", first_seen=one.first_seen + timedelta(minutes=n))
        for n in range(130)
    )
    findings = Findings(campaigns=campaigns, accounts=(), operators=())

    page = render(findings, sample.summary(findings))

    assert len(page.encode()) < 1_000_000
    assert "and 18 more (see campaigns.jsonl)" in read(page).text


def test_order_and_run_make_no_difference() -> None:
    turned = Findings(
        campaigns=FOUND.campaigns[::-1], accounts=FOUND.accounts[::-1], operators=FOUND.operators[::-1]
    )
    summary = msgspec.structs.replace(sample.summary(FOUND), run={"seconds": 99})

    assert render(turned, summary) == PAGE


def test_the_hash_seed_makes_no_difference() -> None:
    code = (
        "import hashlib, report_sample as s; from nospim.reports import render; f = s.findings();"
        "print(hashlib.sha256(render(f, s.summary(f)).encode()).hexdigest())"
    )

    def page(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(HERE)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert page("1") == page("2") == hashlib.sha256(PAGE.encode()).hexdigest()


def colours(css: str) -> list[tuple[str, dict[str, str]]]:
    """The colours of the light and of the dark scheme, by name."""
    start = css.index("@media (prefers-color-scheme: dark)")
    pattern = r"--([\w-]+):\s*(#[0-9a-f]{6})"
    light = dict(re.findall(pattern, css[:start]))
    dark = dict(re.findall(pattern, css[start : css.index("*, *::before")]))
    return [("light", light), ("dark", {**light, **dark})]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


SCHEMES = colours("".join(DOCUMENT.all("style")[0].texts))


@pytest.mark.parametrize(("scheme", "colour"), SCHEMES, ids=[name for name, _ in SCHEMES])
def test_colours_can_be_told_apart(scheme: str, colour: dict[str, str]) -> None:
    grounds = ("paper", "card", "sunk", "warm", "zero-soft")
    texts = ("ink", "soft", "link", "stopped", "passed-ink", "zero", "victim", "ok")
    pairs: list[tuple[str, str, float]] = [(text, ground, 4.5) for text in texts for ground in grounds]
    pairs += [("on-dot", dot, 4.5) for dot in ("g0", "g1", "g2", "g3", "g4", "g5", "zero", "stopped")]
    pairs += [("fan-ink", "fan", 4.5)]
    pairs += [(drawn, ground, 3.0) for drawn in ("stopped", "passed", "edge") for ground in ("paper", "card")]

    weak: list[Any] = [(a, b) for a, b, least in pairs if contrast(colour[a], colour[b]) < least]

    assert weak == []
