"""Drafts for counsel: certificates for records, a preservation demand and a subpoena schedule, as templates.

They say what was done and leave a blank for everything that a person must know, decide or sign.  No
legal advice.
"""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from nospim.bundles.attribution import last_seen
from nospim.bundles.document import Document
from nospim.bundles.material import Material
from nospim.cases.identify import HOLDERS, leads

NAMES = ("certificate-902-11.md", "certificate-902-13.md", "certificate-902-14.md", "preservation-demand.md",
         "subpoena-schedule.md")  # fmt: skip


def drafts(m: Material, document: Document) -> dict[str, str]:
    """The drafts by their file names."""
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - no HTML
    folder = files("nospim.bundles").joinpath("templates", "drafts")
    hosts = sorted({row["host"] for row in m.tables["links"].every()})
    sign_ins = m.tables["sign_ins"].every()
    addresses = sorted({(row["ip"], row["asn"], row["time"]) for row in sign_ins})
    seen = last_seen(m.tables)
    values = {
        "case": m.case, "source": m.source, "about": dict(document.about), "hosts": hosts,
        "addresses": addresses[:200], "does": m.case.does, "holders": HOLDERS,
        "leads": {name: leads(doe, seen) for name, doe in m.case.does.items()},
        "first": m.figure("first_seen").shown, "last": m.figure("last_seen").shown,
    }  # fmt: skip
    return {
        name: environment.from_string(folder.joinpath(name).read_text(encoding="utf-8")).render(values)
        for name in NAMES
    }
