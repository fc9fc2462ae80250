"""What a capture tells the guard, and whom a page is taken to pass for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hostile import answer, reaching, redirect, serving

from nospim.capture import Captured, DecoyPlan, Marks, capture
from nospim.capture.event import event_of
from nospim.capture.likeness import PASSES, likeness, pieces
from nospim.capture.page import read_page
from nospim.capture.record import Withheld
from nospim.capture.store import prepare, store
from nospim.cli.schema import build
from nospim.events import PageCaptured, decode, encode
from nospim.links import Brands
from nospim.signals.decoy import fingerprint

SERVICE = "xmpp://chatter.example"
BRANDS = Brands.of(("examplebank.com",), ("chatter.example",))
MARKS = Marks(brands=BRANDS)
LOGIN = (
    "<title>Sign in - Chatter</title>"
    "<form method=post action=/take><input name=u><input type=password name=p></form>"
)
SITE = {
    "/": redirect("/in"),
    "/in": answer(LOGIN),
    "/plain": answer("<p>Recipes"),
    "/file": answer(b"PK", kind="application/zip"),
    "/take": answer("<p>Thank you"),
}


def captured(path: str = "/", **more: Any) -> Captured:
    with serving(SITE) as server:
        fetcher = reaching(("lure.example", server), answer_seconds=5.0)
        return capture(f"http://lure.example:{server.port}{path}", fetcher, None, MARKS, **more)


def told(made: Captured, **more: str) -> PageCaptured:
    return event_of(made.capture, msgspec.json.encode(made.capture), source=SERVICE, **more)


def test_the_event_says_where_it_led_and_whom_it_passes_for() -> None:
    made = captured("/?email=ann@mail.example")
    event = told(made, action="a-1")
    data = event.data

    assert (event.source, event.subject, event.time) == (SERVICE, "nospim-capture", made.capture.at)
    assert data.url == made.capture.asked
    assert "ann@mail" not in encode(event).decode()
    assert [url.rpartition("/")[2] for url in data.chain or ()] == ["", "in"]
    assert (data.final or "").endswith("/in")
    assert (data.outcome, data.password_form, data.action) == ("page", True, "a-1")
    assert (data.imitates, data.own_brand) == ("chatter.example", True)
    assert (data.likeness or 0.0) >= PASSES
    assert (data.bits or 0.0) >= 5.0


def test_the_same_record_gives_the_same_event_and_the_guard_can_read_it() -> None:
    made = captured()

    assert told(made) == told(made)
    assert decode(encode(told(made))) == told(made)


@pytest.mark.parametrize(
    ("path", "outcome", "asks"),
    [("/plain", "page", False), ("/file", "download", False), ("/in", "page", True)],
)
def test_how_it_ended_is_told(path: str, outcome: str, asks: bool) -> None:
    data = told(captured(path)).data

    assert (data.outcome, data.password_form) == (outcome, asks)


def test_of_a_link_that_leads_inside_nothing_but_that_is_told() -> None:
    with serving({"/": redirect("http://192.168.0.1/")}) as server:
        fetcher = reaching(("lure.example", server), answer_seconds=5.0)
        made = capture(f"http://lure.example:{server.port}/", fetcher, None, MARKS)

    assert (told(made).data.outcome, told(made).data.imitates) == ("refused", None)


def test_of_what_must_never_be_stored_the_event_holds_the_address_alone() -> None:
    import hashlib

    held = Withheld([hashlib.sha256(LOGIN.encode()).hexdigest()])
    made = captured("/in", withheld=held)
    event = json.loads(encode(told(made)))

    assert set(event["data"]) == {"url", "outcome", "record"}
    assert event["data"]["outcome"] == "withheld"


def test_a_decoy_that_was_given_is_named_by_its_hash() -> None:
    made = captured("/in", plan=DecoyPlan(approved_by="C. Ounsel", seed=b"0123456789abcdef"))

    assert made.decoy is not None
    assert told(made).data.decoy == fingerprint(made.decoy.account)
    assert made.decoy.account not in encode(told(made)).decode()


def test_capture_json_is_as_its_schema_says(tmp_path: Path) -> None:
    schema = build("capture")
    for number, path in enumerate(("/in", "/file", "/plain")):
        prepare(tmp_path / str(number))
        plan = DecoyPlan(approved_by="C. Ounsel", seed=b"0123456789abcdef")
        store(captured(path, plan=plan), tmp_path / str(number))
        record = json.loads((tmp_path / str(number) / "capture.json").read_bytes())

        jsonschema.Draft202012Validator(schema).validate(record)
        known = set(schema["$defs"]["Capture"]["properties"])
        assert set(record) == known


# whom a page passes for

FIELDS = "<form action=/go method=post><input name=u><input type=password name=p></form>"


def share(source: str, url: str = "https://kadu-17.example/x", marks: Marks = MARKS, **more: Any) -> float:
    seen = likeness(read_page(source, url), marks, **more)
    return 0.0 if seen is None or not seen.own else seen.share


@pytest.mark.parametrize(
    "source",
    [
        f"<title>Chatter</title>{FIELDS}",
        f"<title>Ch\u0430tter \u2013 Anmelden</title>{FIELDS}",
        f"<h1>Welcome to Chatter</h1><p>Sign in to Chatter to go on.{FIELDS}",
        f"<a href=https://chatter.example/help>Help</a><h2>Chatter</h2>{FIELDS}",
        f"<title>Photos</title><label>Your Chatter password</label><img src=https://chatter.example/l.png>{FIELDS}",
    ],
)
def test_a_page_dressed_as_the_services_own_passes_for_it(source: str) -> None:
    assert share(source) >= PASSES


@pytest.mark.parametrize(
    "source",
    [
        FIELDS,
        f"<title>Kadu</title><button>Sign in with Chatter</button>{FIELDS}",
        f"<title>Kadu</title><a href=https://chatter.example/auth><img alt=Chatter> Mit Chatter</a>{FIELDS}",
        f"<title>Kadu 17</title><p>We post your news to Chatter and to your page.{FIELDS}",
        f"<title>Kadu</title><a href=https://chatter.example/kadu>Follow us on Chatter</a>{FIELDS}",
        "<title>Chatter</title><p>no form at all",
    ],
)
def test_an_honest_page_of_others_does_not(source: str) -> None:
    assert share(source) < PASSES


@pytest.mark.parametrize("url", ["https://chatter.example/in", "https://login.chatter.example/"])
def test_the_services_own_page_passes_for_nobody(url: str) -> None:
    assert likeness(read_page(f"<title>Chatter</title>{FIELDS}", url), MARKS) is None


def test_the_words_of_the_own_page_are_known_again_without_the_name() -> None:
    words = "One place for all who matter to you. Your messages are safe here and nobody else can read them"
    marks = Marks(brands=BRANDS, wordings=(("chatter.example", pieces(words)),))

    assert share(f"<p>{words}.{FIELDS}", marks=marks) >= PASSES
    assert share(f"<p>Messages from nobody else, for one place you can read.{FIELDS}", marks=marks) < PASSES


def test_a_logo_is_enough() -> None:
    assert share(FIELDS, logos=(("chatter.example", 0.9),)) >= PASSES
    assert share(FIELDS, logos=(("chatter.example", 0.6),)) < PASSES
    assert share(FIELDS, logos=(("examplebank.com", 0.9),)) < PASSES
