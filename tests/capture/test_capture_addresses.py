"""Which addresses and names a capture may reach."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nospim.capture.addresses import AddressRules, against_name
from nospim.capture.target import Refusal, Target, joined, target_of

RULES = AddressRules()

REFUSED = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::10.0.0.1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2600::5efe:127.0.0.1",
    "2600::200:5efe:10.0.0.1",
]
ALLOWED = ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.1.2.3", "223.255.255.1",
           "2606:4700:4700::1111", "2a00:1450:4001:831::200e", "2001:4860:4860::8888"]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_the_internets_is_refused_with_its_reason(address: str) -> None:
    assert "RFC" in RULES.against(address) or "cloud" in RULES.against(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_an_address_of_the_internet_is_let_through(address: str) -> None:
    assert RULES.against(address) == ""


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "1.2.3.4.5", "::g", "1.2.3.4/8", "0x7f000001"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert RULES.against(text) == "no IP address"


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_gets_through(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if not RULES.against(str(address)):
        assert address.is_global
        assert not address.is_private
        assert not address.is_loopback
        assert not address.is_link_local
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_gets_through_inside_an_ipv6_one(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    carried = [number, 0xFFFF << 32 | number, 0xFFFF << 48 | number, 0x64FF9B << 96 | number]
    carried += [
        0x2002 << 112 | number << 80,
        0x20010000 << 96 | number,
        0x2600 << 112 | 0x5EFE << 32 | number,
    ]

    assert all(RULES.against(str(ipaddress.IPv6Address(one))) for one in carried)


def test_an_operators_own_network_is_refused_as_well() -> None:
    rules = AddressRules(also_refused=(ipaddress.ip_network("8.8.8.0/24"),))

    assert "operator" in rules.against("8.8.8.8")
    assert rules.against("8.8.9.8") == ""


PRIVATE = """
localhost intranet db printer.local vault.internal a.localhost nas.lan. x.corp router.home.arpa hidden.onion
1.0.0.127.in-addr.arpa
"""


@pytest.mark.parametrize("host", PRIVATE.split())
def test_names_of_private_networks_are_not_looked_up(host: str) -> None:
    assert against_name(host)


@pytest.mark.parametrize(
    "host", ["example.com", "xn--80ak6aa92e.com", "local.example.com", "my-internal.net"]
)
def test_names_of_the_internet_are_looked_up(host: str) -> None:
    assert against_name(host) == ""


ATTACKS = {
    "decimal": ("http://2130706433/", "address"),
    "hexadecimal": ("http://0x7f000001/", "address"),
    "octal": ("http://0177.0.0.1/", "address"),
    "short": ("http://127.1/", "address"),
    "metadata": ("http://169.254.169.254/latest/meta-data/", "address"),
    "metadata, decimal": ("http://2852039166/", "address"),
    "wide digits": ("http://１２７.０.０.１/", "address"),
    "circled digits": ("http://①②⑦.⓪.⓪.①/", "address"),
    "Chinese full stops": ("http://127。0。0。1/", "address"),
    "percent-encoded": ("http://%31%32%37.0.0.1/", "address"),
    "loopback, version 6": ("http://[::1]/", "address"),
    "mapped": ("http://[::ffff:127.0.0.1]/", "address"),
    "mapped, hexadecimal": ("http://[::ffff:7f00:1]/", "address"),
    "NAT64": ("http://[64:ff9b::7f00:1]/", "address"),
    "localhost": ("http://LOCALHOST/", "name"),
    "localhost with a dot": ("http://localhost./", "name"),
    "soft hyphen": ("http://local\u00adhost/", "name"),
    "user name before": ("http://example.com@127.0.0.1/", "credentials"),
    "password": ("http://user:secret@example.com/", "credentials"),
    "backslash": ("http://127.0.0.1\\@example.com/", "address"),
    "port": ("http://example.com:22/", "port"),
    "port of Redis": ("http://example.com:6379/", "port"),
    "file": ("file:///etc/passwd", "scheme"),
    "gopher": ("gopher://127.0.0.1:6379/_FLUSHALL", "scheme"),
    "ftp": ("ftp://example.com/", "scheme"),
    "javascript": ("javascript:alert(1)", "scheme"),
    "data": ("data:text/html,hello", "scheme"),
    "no address": ("http://", "scheme"),
    "too long": ("http://example.com/" + "a" * 9000, "size"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_address_that_reaches_inside_is_refused_before_any_look_up(attack: str) -> None:
    url, why = ATTACKS[attack]
    target = target_of(url, RULES)

    assert isinstance(target, Refusal)
    assert target.why == why


def test_a_public_address_becomes_a_target_without_its_fragment() -> None:
    target = target_of("HTTPS://Example.COM:443/a/../b?c=d#e", RULES)

    assert isinstance(target, Target)
    assert (target.url, target.authority, target.path) == (
        "https://example.com/b?c=d",
        "example.com",
        "/b?c=d",
    )


@given(st.text(max_size=80))
def test_any_text_is_a_target_or_a_refusal(text: str) -> None:
    for url in (text, "http://" + text, joined("http://example.com/a", text)):
        target = target_of(url, RULES)
        if isinstance(target, Target):
            assert target.port in {80, 443}
            assert target.literal or against_name(target.host) == ""


@pytest.mark.parametrize(
    ("reference", "where"),
    [
        ("/b", "http://a.example/b"),
        ("//b.example/c", "http://b.example/c"),
        ("\\\\b.example\\c", "http://b.example/c"),
        ("/\\b.example/c", "http://b.example/c"),
        (" \tht\ntps://b.example/ ", "https://b.example/"),
        ("?q=1\\2", "http://a.example/x/y?q=1\\2"),
        ("http:\\\\b.example", "http://b.example"),
        ("#top", "http://a.example/x/y"),
    ],
)
def test_references_are_joined_as_browsers_join_them(reference: str, where: str) -> None:
    assert joined("http://a.example/x/y", reference) == where
