"""The links that honest people share: popular places, the long tail, shorteners, small new sites."""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.peace.rates import rate
from nospim.errors import NospimError

ALPHABET: Final = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
REMEMBERED: Final = 400
"""Shares of a copy's past that the next one may repeat."""
PAGES: Final = ("/watch?v={t}", "/{t}", "/news/{n}/{w}-{w2}", "/p/{t}", "/{w}/{w2}", "/item/{n}", "/@{w}", "")
ANYONE: Final = (
    "https://docs.google.com/document/d/{t}{t}/edit", "https://sites.google.com/view/{w}-{w2}",
    "https://{w}{n}.wordpress.com/{w2}", "https://{w}{n}.blogspot.com/", "https://{w}{n}.github.io/",
    "https://forms.gle/{t}{t}", "https://www.dropbox.com/s/{t}{t}/{w}.pdf", "https://drive.google.com/file/d/{t}{t}",
    "https://imgur.com/a/{t}", "https://chat.whatsapp.com/{t}{t}", "https://t.me/{w}{n}",
)  # fmt: skip
ENDINGS: Final = (
    "com",
    "net",
    "org",
    "info",
    "de",
    "co.uk",
    "fr",
    "es",
    "nl",
    "xyz",
    "site",
    "club",
    "shop",
    "me",
)
WORD: Final = re.compile(r"[a-z]{4,9}")


class Addresses:
    """Draws links.  data: folder with the folder ``links``; raises NospimError for what is missing."""

    def __init__(self, data: Path, rng: Random) -> None:
        folder = data / "links"
        self._rng = rng
        try:
            lists = [_lines(folder / f"{name}.txt.gz") for name in ("tranco10k", "majestic10k")]
            self._shorteners = _lines(folder / "url_shorteners.txt.gz")
            with gzip.open(folder / "labelled_urls.csv.gz", "rt", encoding="utf-8") as rows:
                self._tail: list[str] = [
                    row["url"] for row in csv.DictReader(rows) if row["label"] == "benign"
                ]
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise NospimError(f"cannot read the links in {folder}: {error}") from None
        self._popular = list(dict.fromkeys(host for pair in zip(*lists, strict=False) for host in pair))
        rng.shuffle(self._popular)
        self._words: list[str] = sorted(
            {w for host in self._popular for w in WORD.findall(host)} - {"login", "secure"}
        )

    def share(self, past: list[str]) -> str:
        """A link as somebody shares it: one that was shared before in `past`, or another."""
        rng = self._rng
        again = bool(past) and rng.random() < rate("shared on")
        url: str = rng.choice(past) if again else self.page()
        if len(past) < REMEMBERED:
            past.append(url)
        else:
            past[rng.randrange(REMEMBERED)] = url
        return url

    def page(self) -> str:
        """A link nobody shared yet."""
        rng = self._rng
        kind = rng.random()
        if kind < 0.45:
            host = self._popular[int(len(self._popular) ** rng.random()) - 1]
            return self.dressed(f"{host}{self.fill(rng.choice(PAGES))}")
        if kind < 0.7:
            return str(rng.choice(self._tail))
        if kind < 0.82:
            return self.dressed(f"{rng.choice(self._shorteners)}/{self.token(6)}")
        if kind < 0.88:
            return self.fill(rng.choice(ANYONE))
        return self.dressed(f"{self.site()}{self.fill(rng.choice(PAGES))}")

    def site(self) -> str:
        """The name of a small site that is on no list."""
        rng = self._rng
        between = rng.choice(("", "", "-"))
        return f"{rng.choice(self._words)}{between}{rng.choice(self._words)}.{rng.choice(ENDINGS)}"

    def dressed(self, bare: str) -> str:
        """With a scheme, or as people type it."""
        start = self._rng.random()
        return bare if start < 0.1 else f"http://{bare}" if start < 0.35 else f"https://{bare}"

    def fill(self, page: str) -> str:
        """A page's pattern with words, tokens and numbers."""
        rng = self._rng
        if "{" not in page:
            return page
        return str(page).format(
            t=self.token(rng.randrange(6, 12)), n=rng.randrange(100, 10**6), w=self.word(), w2=self.word()
        )

    def word(self) -> str:
        """A word of an address."""
        return self._rng.choice(self._words)

    def token(self, length: int) -> str:
        """Letters and digits as shorteners make them."""
        return "".join(self._rng.choices(ALPHABET, k=length))


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.strip() for line in lines if line.strip()]
