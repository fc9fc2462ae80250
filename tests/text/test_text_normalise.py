"""What `normalise` makes of messages: disguises undone and named, real chat left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.text import DISGUISES, Normal, normalise

DISGUISED = [
    ("your page will be d e l e t e d", "your page will be deleted", "spaced"),
    ("v.o.t.e.s for me", "votes for me", "spaced"),
    ("d_e_l_e_t_e_d", "deleted", "spaced"),
    ("d . e . l . e . t . e", "delete", "spaced"),
    ("d e l e t e d   y o u   m y", "deleted you my", "spaced"),
    ("п а р о л ь", "пароль", "spaced"),
    ("d\u200be\u200bl\u200be\u200bted", "deleted", "zero_width"),
    ("pass\u2060word", "password", "zero_width"),
    ("pass\u200dword", "password", "zero_width"),
    ("p\ufe0fassword", "password", "zero_width"),
    ("pass\U000e0061word", "password", "zero_width"),
    ("p\u00adassword", "password", "zero_width"),
    ("微\u200b信", "微信", "zero_width"),
    ("pаypаl lоgin", "paypal login", "homoglyph"),  # Cyrillic а and о
    ("gοοgle", "google", "homoglyph"),  # Greek omicron
    ("вitсoin", "bitcoin", "homoglyph"),
    ("дeньги", "деньги", "homoglyph"),  # a Latin e in a Russian word
    ("HOBOCTИ", "новости", "homoglyph"),
    ("ᎠᎬᏞᎬᎢᎬ ᗪᗴᒪᗴ", "delete ᗪᗴᒪᗴ", "homoglyph"),  # whole words in Cherokee letters
    ("𝐅𝐑𝐄𝐄 𝓰𝓲𝓯𝓽", "free gift", "styled"),
    ("ｆｒｅｅ gift", "free gift", "styled"),
    ("ⓕⓡⓔⓔ 🄵🅁🄴🄴 🅵🆁🅴🅴", "free free free", "styled"),
    ("ᴛʜɪs ɪs ʏᴏᴜ", "this is you", "styled"),
    ("f̶r̶e̶e̶ ̶g̶i̶f̶t̶", "free gift", "styled"),
    ("🇫 🇷 🇪 🇪", "free", "styled"),
    ("my p4ssw0rd", "my password", "leet"),
    ("fr33 v1deo", "free video", "leet"),
    ("c@sh pa$$word 0nline", "cash password online", "leet"),
    ("c1ick to w1nner", "click to winner", "leet"),
    ("now \u202edrowssap\u202c please", "now password please", "bidi"),
    ("pass\u2066word\u2069s", "passwords", "bidi"),
    ("p🔥a🔥s🔥s🔥w🔥o🔥r🔥d", "password", "emoji_split"),
    ("加🔥微🔥信", "加微信", "emoji_split"),
    ("ｄｏｎ＇ｔ ｅｎｔｅｒ ｉｔ", "don't enter it", "styled"),
    ("d❤o❤n❤'❤t e🔥n🔥t🔥e🔥r", "don't enter", "emoji_split"),
    ("d.o.n.'.t e.n.t.e.r", "don't enter", "spaced"),
]


@pytest.mark.parametrize(("text", "plain", "kind"), DISGUISED)
def test_a_disguise_is_undone_and_named(text: str, plain: str, kind: str) -> None:
    normal = normalise(text)
    assert normal.plain == plain
    assert kind in normal.disguises
    assert normal.disguised >= 1


REAL = [
    ("gr8 c u l8r b4 2nite", "gr8 c u l8r b4 2nite"),
    ("some1 told me 2day at 10pm", "some1 told me 2day at 10pm"),
    ("mp3s and the iphone4 cost $300, on 12.05.2011", "mp3s and the iphone4 cost $300, on 12.05.2011"),
    ("r u o k", "r u o k"),
    ("u.s.a. e.g. p.s.", "u.s.a. e.g. p.s."),
    ("ask user@h0st.com or http://g00gle.com/l0gin", "ask user@h0st.com or http://g00gle.com/l0gin"),
    ("run i386 or x86 with utf8", "run i386 or x86 with utf8"),
    ("h1n1 md5sum x11vnc left4dead mp3s", "h1n1 md5sum x11vnc left4dead mp3s"),
    ("@ann1e echo $path and sell $aapl", "@ann1e echo $path and sell $aapl"),
    ("モー♪トゥ☆ミ 理検○なの", "モー♪トゥ☆ミ 理検○なの"),
    ("Привет, как дела?", "привет, как дела?"),
    ("Скинь SMSки и PDFку в Telegram", "скинь smsки и pdfку в telegram"),
    ("καλημέρα σου", "καλημέρα σου"),
    ("你好，今天晚上一起吃饭吗", "你好，今天晚上一起吃饭吗"),
    ("加QQ群 OK", "加qq群 ok"),
    ("ＯＫ、ｗｗｗ 笑", "ok、www 笑"),  # full-width letters are at home in Japanese
    ("नमस्ते दोस्त", "नमस्ते दोस्त"),
    ("क्\u200dष", "क्ष"),  # a joiner that Devanagari needs
    ("می\u200cخواهم", "میخواهم"),  # a non-joiner that Persian needs
    ("สวัสดี\u200bครับ", "สวัสดีครับ"),  # a break that Thai needs
    ("\u200fשלום\u200e ok", "שלום ok"),
    ("see \u2068Ann\u2069 there", "see ann there"),  # isolates that clients put around names
    ("\ufeffhello", "hello"),
    ("👨\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3", "👨👩👧 ❤ 1"),
    ("🇩🇪🇫🇷 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🇩🇪🇫🇷 🏴"),
    ("i❤u lol😂ok", "i ❤ u lol 😂 ok"),
    ("Donau\u00addampf\u00adschiff", "donaudampfschiff"),  # soft hyphens from a web page
    ("Crème brûlée, Straße, łódź, Ångström", "creme brulee, strasse, lodz, angstrom"),
    ("1ˢᵗ № 5 ™", "1st № 5 ™"),
]


@pytest.mark.parametrize(("text", "plain"), REAL)
def test_real_chat_is_not_called_a_disguise(text: str, plain: str) -> None:
    assert normalise(text) == Normal(plain, (), 0)


def test_disguised_words_are_counted() -> None:
    assert normalise("pаypаl wants your p4ssw0rd and аccount").disguised == 3


def test_two_kinds_are_named_in_order() -> None:
    assert normalise("p4ssw0rd for pаypаl").disguises == ("homoglyph", "leet")


def test_acronyms_with_dots_are_joined_but_are_no_disguise() -> None:
    assert normalise("a.s.a.p please") == Normal("asap please", (), 0)


def test_typographic_signs_are_plain_ones() -> None:
    assert normalise("don’t “wait”…\u00a0now") == Normal('don\'t "wait"... now', (), 0)


def test_white_space_is_squeezed() -> None:
    assert normalise("  a \t b\n\nc  ").plain == "a b c"


@given(st.text(max_size=200))
def test_any_text_has_a_plain_reading(text: str) -> None:
    normal = normalise(text)
    assert normal.plain == " ".join(normal.plain.split())
    assert not {"\u200b", "\u2060", "\u202e", "\ufe0f"} & set(normal.plain)
    assert not any("A" <= char <= "Z" for char in normal.plain)
    assert set(normal.disguises) <= set(DISGUISES)
    assert (normal.disguised > 0) == bool(normal.disguises)


@given(st.text(alphabet="aeоаpс13@$.\u200b\u202e \u0336🔥🇩🇪ⓐ", max_size=40))
def test_attackers_alphabets_are_read_too(text: str) -> None:
    assert normalise(text) == normalise(text)
    assert "\u200b" not in normalise(text).plain


@given(st.lists(st.sampled_from(["love", "dinner", "tonight", "привет", "你好", "καλά", "ok"]), max_size=8))
def test_plain_words_pass_unchanged(words: list[str]) -> None:
    text = " ".join(words)
    assert normalise(text).disguises == ()
    assert len(normalise(text).plain.split()) == len(words)
