"""Bodies unpacked within bounds, and bytes into text by the rules that browsers follow for charsets."""

from __future__ import annotations

import codecs
import re
import zlib
from typing import Final

from nospim.capture.interface import Cut
from nospim.capture.limits import MAX_UNPACKED

MAX_LAYERS: Final = 2
"""Content encodings on top of each other that are undone; honest servers use one."""
_STEP: Final = 64 * 1024
_GZIP: Final = b"\x1f\x8b"
_META: Final = re.compile(rb"<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)
_HEAD: Final = 4096
"""Bytes at the start in which a page may name its charset (the standard says 1,024; browsers are kinder)."""
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_RENAMED: Final = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
                   "gb2312": "gb18030", "gbk": "gb18030", "utf-16": "utf-16-le", "x-sjis": "cp932",
                   "shift_jis": "cp932", "ks_c_5601-1987": "cp949", "euc-kr": "cp949"}  # fmt: skip
"""What a label means to a browser where Python takes it more narrowly (WHATWG Encoding Standard, 4.2)."""


def unpacked(body: bytes, encoding: str, limit: int = MAX_UNPACKED) -> tuple[bytes, Cut]:
    """A body without its Content-Encoding, at most `limit` bytes, and why it is not whole.

    encoding: the header's value.  gzip and deflate are undone, at most twice over; others stay as they are.
    """
    cut: Cut = ""
    layers = [name.strip().lower() for name in encoding.split(",") if name.strip()]
    if len(layers) > MAX_LAYERS:
        return body[:limit], "encoding"
    for name in reversed(layers):
        if name in {"identity", ""}:
            continue
        if name not in {"gzip", "x-gzip", "deflate"}:
            return body[:limit], "encoding"
        body, worse = _inflated(body, name == "deflate", limit)
        cut = cut or worse
    return body[:limit], cut or ("packing" if len(body) > limit else "")


def _inflated(body: bytes, deflate: bool, limit: int) -> tuple[bytes, Cut]:
    window = 47 if not deflate else 15 if _has_zlib_head(body) else -15
    machine = zlib.decompressobj(window)
    out = bytearray()
    rest = body
    try:
        while rest:
            out += machine.decompress(rest, _STEP)
            rest = machine.unconsumed_tail
            if len(out) > limit:
                return bytes(out[:limit]), "packing"
            if machine.eof and machine.unused_data.startswith(_GZIP):
                rest = machine.unused_data  # a further member, which browsers read as well
                machine = zlib.decompressobj(window)
    except zlib.error:
        return bytes(out), "connection" if out else "encoding"
    return bytes(out), "" if machine.eof else "connection"


def _has_zlib_head(body: bytes) -> bool:
    """Whether "deflate" means zlib's form (RFC 1950), as it should, or bare deflate, as it often does."""
    return len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0


def text_of(body: bytes, content_type: str) -> str:
    """A page's bytes as text, never raising: byte-order mark, then header, then <meta>, then UTF-8 where it
    fits, else windows-1252 (the order of the HTML standard, 13.2.3)."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    stated = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", content_type, re.I)
    named = _META.search(body[:_HEAD])
    for label in (stated[1] if stated else "", named[1].decode("ascii") if named else ""):
        name = _known(label.lower())
        if name:
            return body.decode(name, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _known(label: str) -> str:
    """The codec for a label, empty for none and for codecs that are no charsets ("hex", "zip", "idna")."""
    name = _RENAMED.get(label, label)
    try:
        found = codecs.lookup(name) if name else None
        if found is None or not getattr(found, "_is_text_encoding", True):
            return ""
        "a".encode(name)
        b"a".decode(name, "replace")
    except (LookupError, UnicodeError, ValueError, TypeError):
        return ""
    return (
        "" if name in {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "utf_7"} else name
    )
