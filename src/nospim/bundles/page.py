"""The report as a page: one HTML file with all it needs inside, the twin of the paper."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib.resources import files

import msgspec
from jinja2 import Environment, StrictUndefined

from nospim.bundles.document import Document


def page(document: Document, pictures: Mapping[str, bytes]) -> bytes:
    """The page of a report; pictures: PNG files by their path.  Nothing in it is fetched or run."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("nospim.bundles").joinpath("templates", "report.html.j2").read_text(encoding="utf-8")
    shown = {
        path: f"data:image/png;base64,{base64.b64encode(data).decode()}" for path, data in pictures.items()
    }
    return (
        environment.from_string(source)
        .render(doc=msgspec.to_builtins(document), pictures=shown)
        .encode("utf-8")
    )
