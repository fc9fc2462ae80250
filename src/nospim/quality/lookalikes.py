"""Derives the compact table of look-alike letters that `nospim.text` ships from Unicode's own table.

Input is ``confusables.txt`` of UTS 39 (Unicode Security Mechanisms, section 4); only the mappings that
end in ASCII letters or digits are kept, because those are what spimmers use and what our wording reads.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final

SECTIONS: Final = ("styled", "latin", "lookalike", "weak")
STYLED_BLOCKS: Final = (
    (0x02B0, 0x02B8),  # modifier letters (superscript letters)
    (0x02E0, 0x02E4),  # and the rest of them
    (0x1D00, 0x1D6A),  # phonetic extensions: small capitals, superscript letters
    (0x1D9B, 0x1DBF),  # phonetic extensions supplement: superscript letters
    (0x2C7C, 0x2C7D),  # subscript j and superscript v
    (0x2070, 0x209C),  # superscripts and subscripts
    (0x2460, 0x24FF),  # enclosed alphanumerics
    (0x2776, 0x2793),  # dingbat circled digits
    (0xFF10, 0xFF5A),  # full-width forms
    (0x1D400, 0x1D7FF),  # mathematical alphanumeric symbols
    (0x1F100, 0x1F189),  # enclosed alphanumeric supplement
    (0x1FBF0, 0x1FBF9),  # segmented digits
)
LETTERLIKE: Final = "ℂℊℋℌℍℎℐℑℒℓℕℙℚℛℜℝℤℨ\u212aℬℭℯℰℱℳℴℹ"
"""Letters of the block Letterlike Symbols that are plain letters in another style (not ™, ℃, №, Ω)."""
SQUARED: Final = ((0x1F130, "SQUARED"), (0x1F150, "NEGATIVE CIRCLED"), (0x1F170, "NEGATIVE SQUARED"))
"""Rows of 26 enclosed capitals; the last two have no compatibility mapping, so they are counted off."""
MAX_TARGET: Final = 3
_ASCII: Final = re.compile(r"[a-z0-9]+")
_MARKS: Final = frozenset({"Mn", "Me"})

UNICODE_LICENCE: Final = (
    "Derived from Unicode data files. Copyright (C) 1991-2025 Unicode, Inc. Unicode License v3, SPDX",
    'Unicode-3.0, https://www.unicode.org/license.txt. THE DATA FILES AND SOFTWARE ARE PROVIDED "AS IS".',
)


def parse_confusables(lines: Iterable[str]) -> tuple[str, dict[str, str]]:
    """The Unicode version and the mapping {character: prototype} of a ``confusables.txt``.

    Raises ValueError naming the line that is not of the file's form, or when no version is given.
    """
    version, mapping = "", {}
    for number, line in enumerate(lines, 1):
        text = line.lstrip("\ufeff").strip()
        if found := re.match(r"#\s*Version:\s*(\S+)", text):
            version = found.group(1)
        fields = text.partition("#")[0].split(";")
        if len(fields) < 3:
            continue
        try:
            source, target = (_characters(part) for part in fields[:2])
        except ValueError:
            raise ValueError(
                f"confusables.txt line {number} is not 'hex ; hex ; MA': {text[:60]!r}"
            ) from None
        mapping[source] = target
    if not version or not mapping:
        raise ValueError("this is not a confusables.txt: it names no '# Version:' or holds no mapping")
    return version, mapping


def _characters(field: str) -> str:
    return "".join(chr(int(code, 16)) for code in field.split())


def digest_of(mapping: dict[str, str]) -> str:
    """SHA-256 of the mappings alone, sorted, so that comments and order of the file do not matter."""
    text = "".join(f"{_hex(k)};{_hex(v)}\n" for k, v in sorted(mapping.items()))
    return sha256(text.encode("ascii")).hexdigest()


def _hex(text: str) -> str:
    return " ".join(f"{ord(c):04X}" for c in text)


def _without_marks(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if unicodedata.category(c) not in _MARKS)


def _target(text: str) -> str | None:
    folded = text.casefold()
    return folded if len(folded) <= MAX_TARGET and _ASCII.fullmatch(folded) else None


def _styled() -> Iterator[tuple[str, str]]:
    for first, last in STYLED_BLOCKS:
        for code in range(first, last + 1):
            if target := _plain_of_styled(chr(code)):
                yield chr(code), target
    for char in LETTERLIKE:
        yield char, unicodedata.normalize("NFKC", char).casefold()
    for start, _ in SQUARED:
        for offset in range(26):
            yield chr(start + offset), chr(ord("a") + offset)
    for code in (*range(0x0250, 0x02B0), *range(0x1D00, 0x1D30), *range(0xA730, 0xA7B0)):
        found = re.fullmatch(r"LATIN LETTER SMALL CAPITAL ([A-Z])", unicodedata.name(chr(code), ""))
        if found:
            yield chr(code), found.group(1).lower()


def _plain_of_styled(char: str) -> str | None:
    text = unicodedata.normalize("NFKC", char)
    return None if text == char else _target(text.strip("().,"))


def _candidates(char: str, mapping: dict[str, str]) -> list[str]:
    """What a character looks like, its lower-case form first: the text is case-folded as well."""
    folded = char.casefold()
    found = [mapping[c] for c in (folded, char) if len(c) == 1 and c in mapping]
    return [c for c in found if c != char]


def derive(version: str, mapping: dict[str, str]) -> str:
    """The text of ``lookalikes.txt``: a header and four sections of lines "target TAB characters".

    styled: letters in another style; latin: Latin letters with marks or strokes; lookalike: letters of
    other scripts whose prototype is ASCII; weak: those that only resemble it (prototype with a mark, or
    a small capital).  Every target is 1 to 3 of [a-z0-9].
    """
    tables: dict[str, dict[str, str]] = {name: {} for name in SECTIONS}
    tables["styled"].update(_styled())
    styled = tables["styled"]
    for code in (
        *range(0xC0, 0x250),
        *range(0x250, 0x2B0),
        *range(0x1E00, 0x1F00),
        *range(0x2C60, 0x2C80),
        *range(0xA720, 0xA800),
        *range(0xAB30, 0xAB70),
        *range(0xFB00, 0xFB07),
    ):
        if chr(code) not in styled and _is_latin(chr(code)):
            _add_latin(chr(code), mapping, tables["latin"])
    for char in sorted({*mapping, *(c.upper() for c in mapping if len(c.upper()) == 1)}):
        if len(char) == 1 and char.isalnum() and not (char.isascii() or char.isdecimal() or char in styled):
            _add_other(char, mapping, tables)
    for small, target in styled.items():  # к, м, н, т: the table maps the Latin small capitals to *them*
        other = mapping.get(small, "")
        if (
            len(other) == 1
            and other.isalpha()
            and not (other.isascii() or other in tables["lookalike"] or _is_latin(other))
        ):
            tables["weak"].setdefault(other, target)
    return _render(version, mapping, tables)


def _is_latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN")


def _add_latin(char: str, mapping: dict[str, str], table: dict[str, str]) -> None:
    own = _target(_without_marks(char))
    if own is None:
        own = next((t for c in _candidates(char, mapping) if (t := _target(_without_marks(c)))), None)
    if own:
        table[char] = own


def _add_other(char: str, mapping: dict[str, str], tables: dict[str, dict[str, str]]) -> None:
    if _is_latin(char):
        return
    looks = _candidates(char, mapping)
    strict = next((t for c in looks if (t := _target(c)) and len(t) == 1), None)
    if strict:
        tables["lookalike"][char] = strict
        return
    for look in looks:
        base = _without_marks(look)
        weak = _target(tables["styled"].get(base, base))
        if weak and len(weak) == 1:
            tables["weak"][char] = weak
            return


def _render(version: str, mapping: dict[str, str], tables: dict[str, dict[str, str]]) -> str:
    lines = [
        "# Look-alike letters, and what they stand for in plain lower case (read by nospim.text.skeleton)",
        f"# Source: UTS 39 confusables.txt, Unicode {version}, {len(mapping)} mappings; sha256 of them as",
        f"# sorted 'hex;hex' lines: {digest_of(mapping)}",
        f"# Styles and marks: Unicode {unicodedata.unidata_version} (compatibility mappings and names)",
        *(f"# {line}" for line in UNICODE_LICENCE),
        "# Made by: nospim train lookalikes",
    ]
    for name in SECTIONS:
        lines.append(f"[{name}]")
        by_target: dict[str, list[str]] = {}
        for char, target in tables[name].items():
            by_target.setdefault(target, []).append(char)
        lines += [f"{target}\t{''.join(sorted(set(chars)))}" for target, chars in sorted(by_target.items())]
    return "\n".join(lines) + "\n"
