"""Made-up sign-in pages: imitations are known, other people's are left alone, and a table says how often."""

from __future__ import annotations

from random import Random

from benchmarks.sign_ins.brands import logo, make_brands
from benchmarks.sign_ins.variants import HARD, OTHERS_OWN, READ, own_of

from benchmarks import brand as bench
from nospim.capture.interface import Request
from nospim.capture.likeness import PASSES

BRANDS = make_brands(12, 4)


def jobs() -> list[bench.Job]:
    return [
        bench.Job(n, one, tuple(BRANDS[(n + k + 1) % 12] for k in range(5)), False)
        for n, one in enumerate(BRANDS)
    ]


def test_brands_are_the_same_each_time_and_no_two_alike() -> None:
    assert make_brands(12, 4) == BRANDS
    assert len({one.domain for one in BRANDS}) == len(BRANDS)
    assert len({logo(one) for one in BRANDS}) == len(BRANDS)


def test_imitations_that_their_source_gives_away_are_found_and_others_are_not_taken_for_one() -> None:
    done = [one for job in jobs() for one in bench.tried(job)]

    assert {one.kind for one in done} == {*READ, *OTHERS_OWN, *HARD}
    assert [one.kind for one in done if one.bad and one.shares[0] < PASSES] == []
    assert [
        one.kind for one in done if not one.bad and one.kind in OTHERS_OWN and one.shares[1] >= PASSES
    ] == []


def test_the_table_pools_imitations_and_keeps_hard_pages_apart() -> None:
    done = [
        bench.Tried("clone", True, (0.9, 0.9), 0.0),
        bench.Tried("disguised", True, (0.1, 0.9), 0.0),
        bench.Tried("plain", False, (0.0, 0.6), 0.0),
        bench.Tried(next(iter(HARD)), False, (0.9, 0.9), 0.0),
    ]

    lines = {line[:2]: line[2:] for line in bench.table(done)}

    assert lines["imitations found", "all"][0].startswith("1 of 2, 50.0%")
    assert lines["imitations found", "all"][1].startswith("2 of 2, 100.0%")
    assert lines["honest pages taken for one", "all"][1].startswith("1 of 1")
    assert lines["honest, and hard", next(iter(HARD))][0].startswith("1 of 1")


def test_a_local_site_gives_its_files_and_nothing_else() -> None:
    own = own_of(BRANDS[0], logo(BRANDS[0]))
    site = READ["clone"](own, Random(1))
    fetcher = bench.LocalSite(site)

    def status(url: str) -> int:
        return fetcher.fetch(Request(url=url, headers=())).status

    assert (status(site.url), status(f"{site.url}logo.svg")) == (200, 200)
    assert (status(f"{site.url}other"), status("https://elsewhere.example/")) == (404, 404)
