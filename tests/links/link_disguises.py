"""Ways in which spimmers write an address so that filters miss it and people do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Disguise = Callable[[str], str]

CYRILLIC: Final = str.maketrans("aeopcyx", "аеорсух")
FULL_WIDTH: Final = {n: n + 0xFEE0 for n in range(0x21, 0x7F)}


def parts(url: str) -> tuple[str, str, str]:
    """Scheme, host and rest (which begins with a slash)."""
    scheme, _, after = url.partition("://")
    host, slash, rest = after.partition("/")
    return scheme, host, slash + rest


def on_host(change: Disguise) -> Disguise:
    def disguise(url: str) -> str:
        scheme, host, rest = parts(url)
        return f"{scheme}://{change(host)}{rest}"

    return disguise


def on_scheme(change: Disguise) -> Disguise:
    def disguise(url: str) -> str:
        scheme, host, rest = parts(url)
        return change(scheme) + host + rest

    return disguise


def between(mark: str, every: int) -> Disguise:
    def disguise(text: str) -> str:
        return mark.join(text[i : i + every] for i in range(0, len(text), every))

    return disguise


DISGUISES: Final[dict[str, Disguise]] = {
    "plain": lambda url: url,
    "brackets": on_host(lambda h: h.replace(".", "[.]")),
    "round brackets": on_host(lambda h: h.replace(".", "(.)")),
    "braces": on_host(lambda h: h.replace(".", "{.}")),
    "last dot in brackets": on_host(lambda h: "[.]".join(h.rsplit(".", 1))),
    "dot word in brackets": on_host(lambda h: h.replace(".", "[dot]")),
    "dot word in round brackets": on_host(lambda h: h.replace(".", "(DOT)")),
    "dot word apart": on_host(lambda h: h.replace(".", " dot ")),
    "spaces around dots": on_host(lambda h: h.replace(".", " . ")),
    "space after dots": on_host(lambda h: h.replace(".", ". ")),
    "space before dots": on_host(lambda h: h.replace(".", " .")),
    "spaced brackets": on_host(lambda h: h.replace(".", " [.] ")),
    "line break after first dot": on_host(lambda h: h.replace(".", ".\n", 1)),
    "backslash dots": on_host(lambda h: h.replace(".", "\\.")),
    "zero-width before dots": on_host(lambda h: h.replace(".", "\u200b.")),
    "zero-width every letter": on_host(between("\u200b", 1)),
    "zero-width joiner in all": between("\u2060", 5),
    "soft hyphens": on_host(between("\u00ad", 3)),
    "direction marks": lambda url: "\u202d" + url + "\u202c",
    "full-width dots": on_host(lambda h: h.replace(".", "．")),
    "ideographic full stops": on_host(lambda h: h.replace(".", "。")),
    "half-width full stops": on_host(lambda h: h.replace(".", "｡")),
    "one-dot leaders": on_host(lambda h: h.replace(".", "․")),
    "full-width letters": on_host(lambda h: h.translate(FULL_WIDTH)),
    "full-width address": lambda url: url.translate(FULL_WIDTH),
    "capitals": on_host(str.upper),
    "capital scheme": on_scheme(lambda s: s.upper() + "://"),
    "hxxp": on_scheme(lambda s: s.replace("tt", "xx") + "://"),
    "hXXp in brackets": on_scheme(lambda s: s.replace("tt", "XX") + "[:]//"),
    "h**p": on_scheme(lambda s: s.replace("tt", "**") + "://"),
    "scheme in brackets": on_scheme(lambda s: s + "[://]"),
    "scheme apart": on_scheme(lambda s: s + " :// "),
    "backslashes": on_scheme(lambda s: s + ":\\\\"),
    "one slash": on_scheme(lambda s: s + ":/"),
    "Cyrillic scheme": on_scheme(lambda s: s.translate(str.maketrans("p", "р")) + "://"),
    "full-width colon": on_scheme(lambda s: s + "：//"),
    "user name in front": on_host(lambda h: "login.bank.example@" + h),
    "user and password in front": on_host(lambda h: "a:b@" + h),
    "percent-encoded": on_host(lambda h: "".join(f"%{ord(c):02x}" if c.isalnum() else c for c in h)),
    "percent-encoded dots": on_host(lambda h: h.replace(".", "%2e")),
    "final dot": on_host(lambda h: h + "."),
    "port": on_host(lambda h: h + ":8443"),
    "in brackets": lambda url: f"({url})",
    "in quotes": lambda url: f"“{url}”",
    "in bold": lambda url: f"**{url}**",
    "Markdown": lambda url: f"[your photo]({url})",
    "HTML": lambda url: f'<a href="{url}">your photo</a>',
    "end of sentence": lambda url: url + "!!!",
    "question": lambda url: url + "?",
    "glued words": lambda url: "photo:" + url,
    "after Chinese": lambda url: "看这里" + url,
    "before Chinese": lambda url: url + "。谢谢",
    "redirector": lambda url: "https://www.google.com/url?q=" + url.replace(":", "%3A").replace("/", "%2F"),
}
"""Name of a disguise -> the address disguised; each keeps host and path for a reader."""
