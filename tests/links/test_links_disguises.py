"""Each disguise of an address leads to the key of the plain address."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Final

import pytest
from link_disguises import DISGUISES

from nospim.links import find

ADDRESSES: Final = (
    "https://0qt.uhyoq.com/",
    "https://www.vaaveeasie.qpoftjd.asso.ci/album/853",
    "http://kuronekoyamato-co-jp.shop/news/99b02",
    "https://xvyji8pf.duckdns.org/login/7f25?id=3",
    "http://steannconmunity.com/photos/7fcb78b",
    "https://www.eki.co.jp-cancon.imagedown.com.cn/c6852b93fd",
    "https://411afy9.asia/p/81215",
    "https://somebody.github.io/x/",
    "https://bit.ly/3xYzAb",
)


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguised_address_is_found(name: str) -> None:
    for address in ADDRESSES:
        (plain,) = find(address)
        found = [link.key for link in find(f"hey look {DISGUISES[name](address)} asap")]
        assert plain.key in found, address


def test_of_real_phishing_addresses_hardly_any_disguise_is_missed(shared_data: Path) -> None:
    with gzip.open(
        shared_data / "data/links/jpcert_phishing_2019_2023.csv.gz", "rt", encoding="utf-8"
    ) as file:
        addresses = [row["url"] for row in csv.DictReader(file)][::600]
    plain = {a: find(a)[0].key for a in addresses if a.isascii() and a.count("/") >= 3 and "@" not in a}
    assert len(plain) > 200
    for name, disguise in DISGUISES.items():
        found = sum(key in [k.key for k in find(disguise(a) + " asap")] for a, key in plain.items())
        assert found >= 0.99 * len(plain), name
