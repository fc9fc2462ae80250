"""Makes the shipped lists from the published ones: `python -m nospim.links.build_data SOURCES`.

SOURCES is a folder with `tranco10k.txt.gz`, `majestic10k.txt.gz`, `dynamic_dns.txt.gz` and
`url_shorteners.txt.gz`, one host a line, as in the MISP warning lists of the same names (CC0).  Run by a
maintainer to update the package's data, never by the program; the same sources give the same bytes.
"""

from __future__ import annotations

import gzip
import sys
from collections import defaultdict
from pathlib import Path

import zstandard

from nospim.links.hosts import facts_of
from nospim.links.lists import DATA_FILES, LinkLists, hosts_in, load_hand_written

LEVEL = 22
"""Strongest zstd level: built once, read often."""


def grouped(hosts: frozenset[str]) -> bytes:
    """Hosts in the shipped form: a line for each parent, "parent label label ...", all sorted."""
    families: dict[str, list[str]] = defaultdict(list)
    for host in sorted(hosts):
        label, _, parent = host.partition(".")
        families[parent].append(label)
    return "".join(f"{parent} {' '.join(labels)}\n" for parent, labels in sorted(families.items())).encode()


def read(path: Path) -> frozenset[str]:
    """Hosts of one published list, without comments and leading dots."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return frozenset(host.lstrip(".") for host in hosts_in(lines.read()))


def popular_domains(hosts: frozenset[str], lists: LinkLists) -> frozenset[str]:
    """Registrable domains of popular hosts, without shorteners, platforms and dynamic DNS."""
    facts = [facts_of(host, lists) for host in sorted(hosts)]
    return frozenset(
        f.domain
        for f in facts
        if f.known and f.place == "own" and not f.dynamic and f.domain not in lists.dynamic
    )


def build(sources: Path, target: Path) -> None:
    """Write the three derived files into `target`; raises OSError when a source is missing."""
    dynamic = read(sources / "dynamic_dns.txt.gz")
    shorteners = read(sources / "url_shorteners.txt.gz")
    lists = load_hand_written(shorteners=shorteners, dynamic=dynamic, popular=frozenset())
    hosts = read(sources / "tranco10k.txt.gz") | read(sources / "majestic10k.txt.gz")
    derived = {
        "dynamic": dynamic,
        "shorteners": shorteners,
        "popular": popular_domains(hosts, lists),
    }
    for name, names in derived.items():
        packed = zstandard.ZstdCompressor(level=LEVEL).compress(grouped(names))
        (target / DATA_FILES[name]).write_bytes(packed)
        sys.stdout.write(f"{DATA_FILES[name]}: {len(names)} names, {len(packed)} bytes\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m nospim.links.build_data SOURCES (the folder of the published lists)")
    build(Path(sys.argv[1]), Path(__file__).with_name("data"))
