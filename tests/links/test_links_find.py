"""Links are found in chat, however they are disguised, and chat without links has none."""

from __future__ import annotations

import pytest

from nospim.links import find


def urls(text: str) -> list[str]:
    return [link.url for link in find(text)]


@pytest.mark.parametrize(
    ("text", "url", "trick"),
    [
        ("https://0qt[.]uhyoq[.]com/", "https://0qt.uhyoq.com/", "defanged"),
        ("https://www . vaa . qpo . asso . ci/x", "https://www.vaa.qpo.asso.ci/x", "split"),
        ("https://www\u200b.vaa\u200b.asso\u200b.ci/album/853", "https://www.vaa.asso.ci/album/853", "split"),
        ("hxxps://evil[dot]com/a.", "https://evil.com/a", "defanged"),
        ("evil dot com", "http://evil.com/", "defanged"),
    ],
)
def test_a_disguised_address_is_found(text: str, url: str, trick: str) -> None:
    (link,) = find("hey look " + text)
    assert link.url == url
    assert trick in link.tricks


@pytest.mark.parametrize(
    "text", ["ok.see you", "e.g. this", "Node.js", "at 5 a.m", "file.txt", "bye.im going", "me@evil.com"]
)
def test_chat_is_not_a_link(text: str) -> None:
    assert urls(text) == []
