"""Where each exhibit comes from, as a graph in CASE/UCO (JSON-LD), which forensic tools exchange.

Source: CASE 1.5 and the UCO under it (caseontology.org): an investigation, provenance records for the
exhibits, their files with hashes, the tool, and the actions that made them.  Pure; names of nodes follow from
the case alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from nospim.bundles.document import Exhibit
from nospim.bundles.material import Material
from nospim.ledger.heads import Head

CONTEXT: Final = {
    "kb": "http://example.org/kb/",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
Node = dict[str, Any]


def provenance(m: Material, exhibits: Sequence[Exhibit], head: Head) -> bytes:
    """The graph of a case's exhibits."""
    names = _Names(uuid5(NAMESPACE_URL, f"nospim:{head.ledger}:{m.case.id}"))
    tool: Node = {
        "@id": names("tool", "nospim"),
        "@type": "uco-tool:Tool",
        "uco-core:name": "nospim",
        "uco-tool:version": head.nospim,
    }
    graph: list[Node] = [tool]
    for exhibit in exhibits:
        graph += _exhibit(exhibit, names, tool, head)
    members = [{"@id": node["@id"]} for node in graph]
    investigation: Node = {
        "@id": names("investigation", m.case.id),
        "@type": "case-investigation:Investigation",
        "uco-core:name": f"{m.case.id}: {m.case.opened.title}",
        "uco-core:object": members,
    }
    told = {"@context": CONTEXT, "@graph": [investigation, *graph]}
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


class _Names:
    """Names of nodes: a word, and a UUID that follows from the case and what the node is of."""

    def __init__(self, space: UUID) -> None:
        self._space = space

    def __call__(self, kind: str, of: str) -> str:
        return f"kb:{kind}-{uuid5(self._space, f'{kind}:{of}')}"


def _exhibit(exhibit: Exhibit, names: _Names, tool: Node, head: Head) -> list[Node]:
    files = [_file(f"exhibits/{name}", data, names) for name, data in exhibit.content]
    record: Node = {
        "@id": names("provenance", exhibit.number),
        "@type": "case-investigation:ProvenanceRecord",
        "uco-core:description": f"{exhibit.title}. Rests on {len(exhibit.records)} records of the ledger.",
        "case-investigation:exhibitNumber": exhibit.number,
        "uco-core:object": [{"@id": file["@id"]} for file in files],
    }
    action: Node = {
        "@id": names("action", exhibit.number),
        "@type": "case-investigation:InvestigativeAction",
        "uco-core:name": "composed from the ledger",
        "uco-core:description": f"From head {head.number} of the ledger: {head.size} records, {head.root}.",
        "uco-action:endTime": {"@type": "xsd:dateTime", "@value": head.at.isoformat()},
        "uco-action:instrument": {"@id": tool["@id"]},
        "uco-action:result": [{"@id": record["@id"]}, *({"@id": file["@id"]} for file in files)],
    }
    return [*files, record, action]


def _file(path: str, data: bytes, names: _Names) -> Node:
    return {
        "@id": names("file", path),
        "@type": "uco-observable:File",
        "uco-core:hasFacet": [
            {
                "@id": names("file-facet", path),
                "@type": "uco-observable:FileFacet",
                "uco-observable:fileName": path.rpartition("/")[2],
                "uco-observable:filePath": f"data/{path}",
                "uco-observable:sizeInBytes": {"@type": "xsd:integer", "@value": str(len(data))},
            },
            {
                "@id": names("content-facet", path),
                "@type": "uco-observable:ContentDataFacet",
                "uco-observable:hash": {
                    "@id": names("hash", path),
                    "@type": "uco-types:Hash",
                    "uco-types:hashMethod": "SHA256",
                    "uco-types:hashValue": {
                        "@type": "xsd:hexBinary",
                        "@value": sha256(data).hexdigest().upper(),
                    },
                },
            },
        ],
    }
