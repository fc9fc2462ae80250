"""The report on paper: PDF/A, set by typst without a network, the same bytes for the same report."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from nospim.bundles.document import Document
from nospim.errors import NospimError, UsageError

try:
    import typst
except ImportError:
    raise UsageError("typst is not installed; reports need the extra: pip install 'nospim[cases]'") from None

STANDARD: Final[Literal["a-2b"]] = "a-2b"
"""PDF/A-2b (ISO 19005-2): fonts inside, nothing that a reader would have to fetch or run."""
_SCARCE: Final = (
    re.compile("[^\n\t\u0020-\u007e\u00a0-\u02ff\u0370-\u052f\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20ac]"),
    re.compile("[^\n\t\u0020-\u007e]"),
)
"""Letters that typst's own fonts may lack: all but European scripts and punctuation; then all but ASCII."""
_FONTS: Final = ("/usr/share/fonts/truetype/noto", "/usr/share/fonts/opentype/noto")
"""Where Debian keeps fonts for scripts that typst's own do not have (fonts-noto-core, fonts-noto-cjk)."""


SPELLED: Final = "a-2b, letters spelled out"
"""What is said of a PDF in which letters that no font here has are written as [U+1F381]."""


def paper(document: Document, pictures: Mapping[str, bytes]) -> tuple[bytes, str]:
    """The report as a PDF, and the standard that it keeps: `STANDARD` or `SPELLED`.

    The archive standard forbids letters without a font.  Where a script or a picture sign has none on this
    machine, each such letter is spelled out by its number in Unicode; the page has the letters themselves.
    Raises NospimError where it cannot be set.
    """
    with tempfile.TemporaryDirectory(prefix="nospim-") as name:
        folder = Path(name)
        source = files("nospim.bundles").joinpath("templates", "report.typ")
        (folder / "report.typ").write_bytes(source.read_bytes())
        for path, data in pictures.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        content, reason = msgspec.to_builtins(document), ""
        for scarce in (None, *_SCARCE):
            try:
                made = _set(folder, content if scarce is None else _spelled(content, scarce))
            except RuntimeError as error:  # most likely a letter without a font; else the last try says it
                reason = (str(error).splitlines() or ["unknown"])[0]
                continue
            return made, STANDARD if scarce is None else SPELLED
    raise NospimError(f"the report cannot be set on paper: {reason}")


def _spelled(value: Any, scarce: re.Pattern[str]) -> Any:
    """A copy of a JSON-like value whose texts have no letter without a font."""
    if isinstance(value, str):
        return scarce.sub(lambda found: f"[U+{ord(found[0]):04X}]", value)
    if isinstance(value, dict):
        return {name: _spelled(each, scarce) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(each, scarce) for each in value]
    return value


def _set(folder: Path, content: Any) -> bytes:
    made = typst.compile(
        str(folder / "report.typ"),
        root=str(folder),
        font_paths=[font for font in _FONTS if Path(font).is_dir()],
        ignore_system_fonts=True,
        sys_inputs={"data": msgspec.json.encode(content).decode()},
        pdf_standards=[STANDARD],
    )
    return bytes(made)
