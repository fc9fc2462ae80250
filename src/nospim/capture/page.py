"""What the source of a page tells, read without running it: `read_page` gives the `Page`.

Pure: the same text and address give the same value.  Nothing of the page is executed, and nothing fetched.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from nospim.capture.html import parsed, within
from nospim.capture.interface import Form, Page
from nospim.capture.jumps import base_of
from nospim.capture.limits import MAX_FORMS, MAX_HTML, MAX_PARTS
from nospim.capture.target import joined
from nospim.links import key_of

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_HIDDEN: Final = 20
MAX_HIDDEN_TAGS: Final = 2000
"""Pieces of markup hidden in scripts that are read, and tags of each."""
MAX_TEXT: Final = 20_000
"""Characters of visible text that are kept: a login page has a few hundred."""
MAX_NAME: Final = 200
"""Characters of a heading or a button that are kept."""
_OFFERS: Final = "a, button, input[type=submit], input[type=button]"
_DOORS: Final = ("button", *(f"a[href*={word}]" for word in ("auth", "sso", "connect", "social", "login")))
_ELSEWHERE: Final = ", ".join(f"{door}, {door} img" for door in _DOORS)
"""Buttons and links that lead to signing in elsewhere, and the pictures in them."""
_NAMING: Final = frozenset({"og:site_name", "application-name", "apple-mobile-web-app-title", "og:title"})
_UNSEEN: Final = "script, style, noscript, template, head"
_FIELDS: Final = "input, select, textarea, button"
_IN_FORMS: Final = "form input, form select, form textarea, form button"
_SECRET: Final = re.compile(
    r"pass(?:w|$|[^a-z])|passw|passwd|\bpwd|kennwort|contrase|mot.?de.?passe|senha", re.I
)
_ADDRESS: Final = re.compile(
    r"saved from url=\(\d+\)\s*(\S{1,2048})|Mirrored from\s+(\S{1,2048})\s+by HTTrack", re.I
)
_VEILED: Final = re.compile(r"(?:unescape|decodeURIComponent|atob)\s*\(\s*([\"'])([^\"']{24,2000000})\1")
_HABITS: Final = tuple(
    (name, re.compile(pattern, re.I | re.S))
    for name, pattern in (
        ("veiled", r"document\s*\.\s*write(?:ln)?\s*\(\s*(?:unescape|atob|decodeURIComponent)"),
        ("veiled", r"eval\s*\(\s*(?:unescape|atob|String\s*\.\s*fromCharCode)"),
        ("no_right_click", r"oncontextmenu\s*=\s*[\"']?\s*return\s+false"),
        ("no_right_click", r"contextmenu[\"'].{0,80}?preventDefault"),
        ("no_source_keys", r"keyCode\s*={2,3}\s*123|event\.key\s*={2,3}\s*[\"']F12"),
        ("to_messenger", r"api\.telegram\.org/bot|discord(?:app)?\.com/api/webhooks"),
        (
            "to_form_mailer",
            r"formspree\.io|formsubmit\.co|submit-form\.com|getform\.io|smtpjs\.com|emailjs\.com",
        ),
    )
)
"""Tricks seen in phishing kits (Oest et al. 2018; Bijmans et al. 2021), each by what its source says."""


def read_page(text: str, url: str) -> Page:
    """The page with this source at this address; any text is one.

    text: cut at `limits.MAX_HTML` characters and `MAX_TAGS` tags.  What a script hides by unescape or Base64
    is read as well.
    Raises html.ExtraMissingError where the extra `capture` is not installed.
    """
    source, too_long = within(text)
    tree = parsed(source)
    forms = list(_forms(tree, url))
    hidden = [within(piece, MAX_HIDDEN_TAGS)[0] for piece in _unveiled(source)]
    veiled = [parsed(piece) for piece in hidden]
    for inner in veiled:
        forms.extend(_forms(inner, url))
    domain = domain_of(url)
    base = base_of(tree, url)
    parts, images = _parts(tree, base), _images(tree, base)
    saved = _ADDRESS.search(source)
    habits = [name for name, pattern in _HABITS if pattern.search(source)]
    habits += ["too_long"] if too_long else []
    return Page(
        url=url,
        title=next((title for each in (tree, *veiled) if (title := _title(each))), ""),
        text=" ".join(filter(None, map(_visible, (source, *hidden))))[:MAX_TEXT],
        forms=tuple(forms[:MAX_FORMS]),
        images=images,
        borrowed=_others(parts, domain),
        leads_to=_others(_attributes(tree, "a[href]", "href", base), domain),
        saved_from=(saved[1] or saved[2]) if saved else "",
        habits=tuple(dict.fromkeys(habits)),
        headings=tuple(dict.fromkeys(text for each in (tree, *veiled) for text in _headings(each))),
        offers=_texts([node for each in (tree, *veiled) for node in each.css(_OFFERS)[:MAX_PARTS]]),
    )


def _title(tree: LexborHTMLParser) -> str:
    title = tree.css_first("title")
    return " ".join((title.text() or "").split())[:500] if title is not None else ""


def domain_of(url: str) -> str:
    """The registrable domain of an address, empty where it has none."""
    link = key_of(url) if url.startswith(("http:", "https:")) else None
    return link.domain if link is not None else ""


def _visible(source: str) -> str:
    tree = parsed(source)
    tree.strip_tags(["script", "style", "noscript", "template", "head"])
    text = tree.body.text(separator=" ") if tree.body is not None else ""
    return " ".join(text.split())[:MAX_TEXT]


def _headings(tree: LexborHTMLParser) -> tuple[str, ...]:
    """What headings, labels, fields and pictures are called, but in buttons to sign in elsewhere."""
    elsewhere = {node.mem_id for node in tree.css(_ELSEWHERE)}
    named = _texts(tree.css("h1, h2, h3, legend, label, caption")[:MAX_PARTS])
    told = [
        value
        for node in tree.css("img[alt], input[placeholder], [aria-label], meta[content]")[:MAX_PARTS]
        if node.mem_id not in elsewhere and (value := _called(node))
    ]
    return tuple(dict.fromkeys([*named, *(" ".join(value.split())[:MAX_NAME] for value in told)]))


def _called(node: LexborNode) -> str:
    of = node.attributes
    if node.tag == "meta":
        known = (of.get("property") or of.get("name") or "").lower()
        return (of.get("content") or "") if known in _NAMING else ""
    return of.get("alt") or of.get("placeholder") or of.get("aria-label") or ""


def _texts(nodes: list[LexborNode]) -> tuple[str, ...]:
    said = (" ".join((node.text() or node.attributes.get("value") or "").split()) for node in nodes)
    return tuple(dict.fromkeys(text[:MAX_NAME] for text in said if text))


def _forms(tree: LexborHTMLParser, url: str) -> Iterator[Form]:
    base = base_of(tree, url)
    for node in tree.css("form")[:MAX_FORMS]:
        inside = node.css(_FIELDS)
        if name := node.attributes.get("id"):
            inside += [f for f in tree.css(_FIELDS) if f.attributes.get("form") == name]
        for action in _actions(node, inside):
            yield _form(action, node.attributes.get("method") or "get", inside, base, url)
    owned = {field.mem_id for field in tree.css(_IN_FORMS)}
    loose = [f for f in tree.css(_FIELDS) if f.mem_id not in owned and not f.attributes.get("form")]
    if any(_is_secret(field) for field in loose):
        yield _form(None, "", loose, base, url)


def _actions(form: LexborNode, fields: list[LexborNode]) -> list[str | None]:
    """Where a form posts: its own target, or those that its buttons put in its place."""
    own = form.attributes.get("action") or ""
    buttons = [f.attributes.get("formaction") for f in fields if f.attributes.get("formaction")]
    return list(dict.fromkeys([own, *buttons]))[:3]


def _form(action: str | None, method: str, fields: list[LexborNode], base: str, url: str) -> Form:
    where = "" if action is None else joined(base, action) if action else url
    if where and not where.startswith(("http:", "https:")):
        where = where if where.startswith("mailto:") else ""
    target = domain_of(where)
    return Form(
        action=where,
        method="post" if method.strip().lower() == "post" else "get" if action is not None else "",
        asks_password=any(_is_secret(field) for field in fields),
        fields=tuple((f.attributes.get("name") or "", _kind(f)) for f in fields[:MAX_FORMS]),
        elsewhere=where.startswith("mailto:") or bool(target and target != domain_of(url)),
    )


def _kind(field: LexborNode) -> str:
    if field.tag != "input":
        return str(field.tag)
    return (field.attributes.get("type") or "text").strip().lower()[:20]


def _is_secret(field: LexborNode) -> bool:
    """A password field, or a text field that is called one (kits hide the letters by style instead)."""
    kind = _kind(field)
    if kind == "password":
        return True
    if kind not in {"text", "tel", "textarea"}:
        return False
    told = (field.attributes.get(n) or "" for n in ("name", "id", "placeholder", "aria-label"))
    return "password" in (field.attributes.get("autocomplete") or "") or any(_SECRET.search(t) for t in told)


def _unveiled(source: str) -> Iterator[str]:
    """Markup that scripts write from escaped or Base64 literals."""
    for found in list(_VEILED.finditer(source))[:MAX_HIDDEN]:
        literal = found[2]
        for text in (_from_base64(literal), unquote(re.sub(r"%u([0-9a-fA-F]{4})", _wide, literal))):
            if "<" in text and re.search(r"<(?:form|input|meta)\b", text, re.I):
                yield text[:MAX_HTML]


def _wide(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def _from_base64(literal: str) -> str:
    try:
        return base64.b64decode(literal, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _parts(tree: LexborHTMLParser, base: str) -> list[str]:
    found = _attributes(tree, "img[src], script[src], iframe[src]", "src", base)
    return found + _attributes(tree, "link[rel=stylesheet][href], link[rel*=icon][href]", "href", base)


def _images(tree: LexborHTMLParser, base: str) -> tuple[str, ...]:
    icons = _attributes(tree, "link[rel*=icon][href]", "href", base, data=True)
    logos = _attributes(
        tree, "img[src*=logo], img[class*=logo], img[id*=logo], img[alt*=logo]", "src", base, data=True
    )
    rest = _attributes(tree, "img[src]", "src", base, data=True)
    return tuple(dict.fromkeys(icons + logos + rest))[:MAX_PARTS]


def _attributes(tree: LexborHTMLParser, which: str, name: str, base: str, *, data: bool = False) -> list[str]:
    found: list[str] = []
    for node in tree.css(which)[:MAX_PARTS]:
        value = (node.attributes.get(name) or "").strip()
        if value[:5].lower() == "data:":
            if data and len(value) < 200_000:
                found.append(value)
            continue
        where = joined(base, value) if value else ""
        if where.startswith(("http:", "https:")):
            found.append(where)
    return found


def _others(addresses: list[str], own: str) -> tuple[str, ...]:
    """Registrable domains among addresses that are not the page's own, in order."""
    domains = dict.fromkeys(map(domain_of, dict.fromkeys(addresses)))
    return tuple(domain for domain in domains if domain and domain != own)
