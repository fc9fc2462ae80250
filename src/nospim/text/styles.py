"""Letters in another style (mathematical, full-width, enclosed, flags, struck through) made plain."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from nospim.text.skeleton import lookalikes, replace_each

STYLED_LETTERS: Final = 3
"""Fewest styled letters in a message that count as a disguise: "1ˢᵗ", "№", "ℓ" and a lone "Ⓜ" are usual."""
STRUCK_LETTERS: Final = 3
"""Fewest letters with marks drawn over them that count: languages stack one or two marks, never overlays."""
FLAGS: Final = frozenset(
    re.findall(
        "..",
        "ACADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCPCRCU"
        "CVCWCXCYCZDEDGDJDKDMDODZEAECEEEGEHERESETEUFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHU"
        "ICIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMR"
        "MSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSL"
        "SMSNSOSRSSSTSVSXSYSZTATCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUNUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW",
    )
)
"""Regions that have an emoji flag (UTS 51, emoji-sequences.txt, RGI_Emoji_Flag_Sequence)."""

_REGIONAL: Final = re.compile("[\U0001f1e6-\U0001f1ff]+")
_FIRST_REGIONAL: Final = 0x1F1E6
_WIDE: Final = re.compile("[\uff10-\uff5a]")
_EAST_ASIAN: Final = re.compile("[\u3040-\u30ff\u3100-\u312f\u3400-\u9fff\uac00-\ud7af]")
_MARKS: Final = re.compile(
    "(?<=[\x00-\x7f])[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]+"
)
_OVERLAY: Final = re.compile(
    "[\u0305\u0332\u0333\u0334-\u0338\u033f\u20d0-\u20df\u20e5-\u20f0]|[\u0300-\u036f]{3}"
)


def spell_flags(text: str) -> tuple[str, int]:
    """Regional indicators that do not make flags, as capitals; the text and how many letters they were."""
    letters = 0

    def spell(match: re.Match[str]) -> str:
        nonlocal letters
        run = match.group()
        plain = "".join(chr(ord(c) - _FIRST_REGIONAL + ord("A")) for c in run)
        pairs = re.findall("..", plain)
        if len(run) % 2 == 0 and all(pair in FLAGS for pair in pairs):
            return run
        letters += len(run)
        return plain

    return _REGIONAL.sub(spell, text), letters


def undo_styles(text: str) -> tuple[str, int]:
    """Styled letters and digits as plain ones; the text and how many words were styled beyond the usual."""
    table = lookalikes().styled
    if table.keys().isdisjoint(text):
        return text, 0
    styled = [c for c in text if c in table]
    letters = sum(not table[c].isdigit() for c in styled)
    if _EAST_ASIAN.search(text):  # full-width Latin is at home in Chinese and Japanese
        letters -= sum(bool(_WIDE.match(c)) for c in styled)
    words = 0
    if letters >= STYLED_LETTERS:
        words = sum(any(c in table and not table[c].isdigit() for c in word) for word in text.split())
    return replace_each(table, text), words


def strip_marks(text: str) -> tuple[str, int]:
    """Marks and strokes taken off Latin letters of a case-folded text; and how many words were struck out."""
    text = replace_each(lookalikes().latin, unicodedata.normalize("NFC", text))
    marks = _MARKS.findall(text)
    if not marks:
        return text, 0
    struck = 0
    if sum(bool(_OVERLAY.search(m)) for m in marks) >= STRUCK_LETTERS:
        struck = sum(bool(_MARKS.search(word) and _OVERLAY.search(word)) for word in text.split())
    return _MARKS.sub("", text), struck
