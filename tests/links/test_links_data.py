"""The shipped lists: small, with their source named, and made from the published ones by one command."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from nospim.links import LinkLists, build_data
from nospim.links.lists import DATA_FILES, ungrouped

DATA = resources.files("nospim.links").joinpath("data")
MAX_BYTES = 200_000
"""No list is worth more of a download."""


def test_every_file_is_small_and_named_in_the_notice() -> None:
    notice = DATA.joinpath("NOTICE.txt").read_text(encoding="utf-8")
    for file in DATA.iterdir():
        assert len(file.read_bytes()) <= MAX_BYTES, file.name
        assert file.name == "NOTICE.txt" or file.name in notice


def test_the_shipped_lists_are_those_that_the_command_makes(shared_data: Path, tmp_path: Path) -> None:
    build_data.build(shared_data / "data/links", tmp_path)
    for name in DATA_FILES.values():
        assert (tmp_path / name).read_bytes() == DATA.joinpath(name).read_bytes(), name


def test_hosts_survive_packing() -> None:
    hosts = frozenset({"a.com", "b.com", "x.y.co.uk", "bit.ly"})
    assert ungrouped(build_data.grouped(hosts).decode()) == hosts


def test_the_lists_are_read_once() -> None:
    assert LinkLists.shipped() is LinkLists.shipped()
