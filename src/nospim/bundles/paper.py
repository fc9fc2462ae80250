"""The report on paper: PDF/A, set by typst without a network, the same bytes for the same report."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

import msgspec

from nospim.bundles.document import Document
from nospim.errors import NospimError, UsageError

try:
    import typst
except ImportError:
    raise UsageError("typst is not installed; reports need the extra: pip install 'nospim[cases]'") from None

STANDARD: Final[Literal["a-2b"]] = "a-2b"
"""PDF/A-2b (ISO 19005-2): fonts inside, nothing that a reader would have to fetch or run."""
_FONTS: Final = ("/usr/share/fonts/truetype/noto", "/usr/share/fonts/opentype/noto")
"""Where Debian keeps fonts for scripts that typst's own do not have (fonts-noto-core, fonts-noto-cjk)."""


def paper(document: Document, pictures: Mapping[str, bytes]) -> tuple[bytes, str]:
    """The report as a PDF, and the standard that it keeps.

    Where a script has no font on this machine, the archive standard cannot be kept: letters would be
    missing.  Then they are set as boxes, the standard is empty, and the page has the words.
    Raises NospimError where it cannot be set at all.
    """
    with tempfile.TemporaryDirectory(prefix="nospim-") as name:
        folder = Path(name)
        source = files("nospim.bundles").joinpath("templates", "report.typ")
        (folder / "report.typ").write_bytes(source.read_bytes())
        for path, data in pictures.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        inputs = {"data": msgspec.json.encode(document).decode()}
        fonts = [font for font in _FONTS if Path(font).is_dir()]
        for standard in (STANDARD, ""):
            try:
                made = typst.compile(
                    str(folder / "report.typ"),
                    root=str(folder),
                    font_paths=fonts,
                    ignore_system_fonts=True,
                    sys_inputs=inputs,
                    pdf_standards=[STANDARD] if standard else [],
                )
            except RuntimeError as error:
                reason = str(error).splitlines()[0] if str(error) else "unknown"
                continue
            return bytes(made), standard
    raise NospimError(f"the report cannot be set on paper: {reason}")
