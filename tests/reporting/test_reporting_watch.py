"""Recidivism: what a case watches for, and what of it a later scan meets, fact told from inference."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import msgspec
import pytest

from nospim.capture import Marks, capture
from nospim.capture.interface import Capture
from nospim.cases.decisions import Term
from nospim.cli import run
from nospim.errors import UsageError
from nospim.findings import Campaign, Linkage, Lure, Operator
from nospim.ledger.folder import writer
from nospim.reporting.watch import TOO_MANY, checked, met, terms_of
from report_words import CANARIES, HERE, OPERATOR, campaign

sys.path.append(str(Path(__file__).resolve().parents[1] / "capture"))
from hostile import answer, reaching, serving

WORDING = "look at these pictures of you from last summer"
BODY = "<title>Album</title><p>Pay to wallet canary-coin-77 or ask Boris Badenov"
BAD = "http://evil-login.example/album"


def term(kind: str, value: str) -> Term:
    return checked(Term(kind=kind, value=value, basis="order of 3 May, 2"))  # type: ignore[arg-type]


def one(*links: str, **more: object) -> Campaign:
    return campaign("c-9", *(links or (BAD,)), **more)


def found(wanted: Term, *campaigns: Campaign, operators: tuple[Operator, ...] = ()) -> list[tuple[str, str]]:
    return [(hit.campaign, hit.grade) for hit in met([wanted], campaigns or (one(),), operators)]


def test_a_link_to_a_watched_domain_is_a_fact() -> None:
    assert found(term("domain", "Evil-Login.example")) == [("c-9", "fact")]
    assert found(term("domain", "evil-login.example"), one("http://www.sub.evil-login.example/x")) == [
        ("c-9", "fact")
    ]
    assert found(term("domain", "evil-login.example/album")) == [("c-9", "fact")]
    for other in (
        "login.example",
        "evil-login.example/al",
        "notevil-login.example",
        "evil-login.example/other",
    ):
        assert found(term("domain", other)) == []


def test_a_page_where_anyone_may_publish_is_watched_alone() -> None:
    page = term("domain", "https://sites.google.com/view/lure")
    assert found(page, one("https://sites.google.com/view/lure/2")) == [("c-9", "fact")]
    assert found(page, one("https://sites.google.com/view/lure-not")) == []


def test_a_network_is_a_fact_where_it_joins_and_an_inference_where_only_lures_came_from_it() -> None:
    watched = term("network", "198.51.100.7/25")
    here = Operator(id="o-9", source=HERE, campaigns=("c-9",), linkage=OPERATOR.linkage)
    shared = Linkage(kind="network", value="198.51.100.0/24", grade="fact", for_="", joins=False)
    common = Operator(id="o-9", source=HERE, campaigns=("c-9",), linkage=(shared,))

    assert found(watched, operators=(here,)) == [("c-9", "fact")]
    assert found(watched, operators=(common,)) == []
    assert found(watched, one(networks=("198.51.100.0/24",))) == [("c-9", "inference")]
    assert found(watched, one(networks=("AS64500", "2001:db8::/48"))) == []


def test_a_wording_is_an_inference_and_a_few_words_are_none() -> None:
    alike = one(lures=(Lure(example="Look at these pictures of you from last SUMMER!", messages=3),))
    assert found(term("wording", WORDING), alike) == [("c-9", "inference")]
    other = one(lures=(Lure(example="see you at the club on monday evening", messages=3),))
    assert found(term("wording", WORDING), other) == []


def captures() -> list[Capture]:
    with serving({"/album": answer(BODY)}) as server:
        fetcher = reaching(("evil-login.example", server), answer_seconds=5.0)
        return [capture(f"http://evil-login.example:{server.port}/album", fetcher, None, Marks()).capture]


def test_a_kit_a_payment_and_a_name_are_looked_for_on_captured_pages() -> None:
    pages = captures()
    wanted = [
        term("kit", hashlib.sha256(BODY.encode()).hexdigest()),
        term("payment", "Canary-Coin-77"),
        term("name", "boris badenov"),
        term("kit", "0" * 64),
        term("name", "boris baden"),
    ]
    hits = met(wanted, (one(),), (), pages)

    assert [(hit.term.kind, hit.grade) for hit in hits] == [
        ("kit", "fact"), ("payment", "fact"), ("name", "inference"),
    ]  # fmt: skip
    assert all(hit.speaks_for and hit.speaks_against for hit in hits)
    assert met(wanted, (one("http://elsewhere.example/"),), (), pages) == ()


def test_a_term_that_many_campaigns_meet_is_said_to_tell_little() -> None:
    many = [campaign(f"c-{number}", BAD) for number in range(TOO_MANY + 1)]
    hits = met([term("domain", "evil-login.example")], many)

    assert len(hits) == TOO_MANY + 1
    assert all("so it tells little" in hit.speaks_against for hit in hits)
    assert "little" not in met([term("domain", "evil-login.example")], many[:2])[0].speaks_against


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("domain", "google.com", "others publish there"),
        ("domain", "github.io", "others publish there"),
        ("domain", "bit.ly", "others publish there"),
        ("domain", "co.uk", "others publish there"),
        ("domain", "com", "others publish there"),
        ("network", "0.0.0.0/0", "so wide"),
        ("network", "10.0.0.0/8", "so wide"),
        ("network", "here", "it is like"),
        ("kit", "abc", "SHA-256"),
        ("wording", "hi there", "said by anybody"),
        ("name", "Al", "too short"),
    ],
)
def test_terms_that_would_meet_everybody_are_refused(kind: str, value: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        term(kind, value)


def test_an_operators_marks_become_terms_without_anybodys_name_or_words() -> None:
    lure = (Lure(example=WORDING, messages=9), Lure(example="another one of many words", messages=1))
    campaigns = (
        campaign("c-1", BAD, "https://www.google.com/", lures=lure),
        campaign("c-x", "http://no.example/"),
    )
    terms = terms_of(OPERATOR, campaigns)

    assert [(each.kind, each.value) for each in terms] == [
        ("domain", "evil-login.example"), ("network", "198.51.100.0/24"), ("wording", WORDING),
    ]  # fmt: skip
    assert "canary" not in msgspec.json.encode(terms).decode().lower()


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan = tmp_path / "scan"
    scan.mkdir()
    lure = (Lure(example=WORDING, messages=9),)
    (scan / "campaigns.jsonl").write_bytes(msgspec.json.encode(campaign("c-1", BAD, lures=lure)) + b"\n")
    (scan / "operators.jsonl").write_bytes(msgspec.json.encode(OPERATOR) + b"\n")
    writer(tmp_path / "ledger").close()

    def case(*words: object) -> tuple[int, str]:
        status = run(["case", *map(str, words), "--by", "lea", "--cases", str(tmp_path / "cases")])
        told = capsys.readouterr()
        return status, told.out + told.err

    case("new", "K-1", "--title", "Pictures", "--campaign", "c-1", "--ledger", tmp_path / "ledger")
    assert case("recurs", "K-1", scan)[0] == 2
    assert case("watch", "K-1", "--term", "domain=bad.example")[0] == 2  # whom is it about?
    status, said = case(
        "watch", "K-1", "--title", "Injunction 7", "--term", "domain=bad.example", "--basis", "clause 2"
    )
    assert (status, said) == (0, "case K-1 watches for 1 terms: Injunction 7\n")
    assert case("recurs", "K-1", scan) == (0, "Injunction 7: 0 matches in 1 campaigns\n")
    status, said = case("watch", "K-1", "--operator", "o-1", "--scan", scan)
    assert (status, said) == (0, "case K-1 watches for 4 terms: Injunction 7\n")
    status, said = case("recurs", "K-1", scan)
    assert status == 4
    assert "fact: domain evil-login.example [operator o-1] in campaign c-1 (operator o-1)" in said
    assert "inference: wording" in said
    assert said.count("  for: ") == said.count("  against: ") == 3
    assert not [name for name in CANARIES if name in said]
    assert case("watch", "K-1", "--clear")[1].startswith("case K-1 watches for 0 terms")
    assert "watch_set" in case("show", "K-1")[1]
    assert case("watch", "K-1", "--term", "colour=red")[0] == 2
    assert case("watch", "K-1", "--operator", "o-7", "--scan", scan)[0] == 2
