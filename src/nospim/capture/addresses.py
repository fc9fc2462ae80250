"""Which IP addresses and host names a capture may reach: those of the public Internet, and nothing else.

Source: IANA's registries of special-purpose addresses (RFC 6890 and what followed, as of 2025), of
special-use names (RFC 6761), and OWASP's cheat sheet on server-side request forgery (SSRF).
"""

from __future__ import annotations

import ipaddress
from typing import Final

from msgspec import Struct

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_V4: Final = """
0.0.0.0/8 this network (RFC 791)
10.0.0.0/8 a private network (RFC 1918)
100.64.0.0/10 a carrier's shared space (RFC 6598)
127.0.0.0/8 this machine (RFC 1122)
168.63.129.16/32 a cloud's own service (Azure)
169.254.0.0/16 link-local, where clouds keep their metadata (RFC 3927)
172.16.0.0/12 a private network (RFC 1918)
192.0.0.0/24 for protocols (RFC 6890)
192.0.2.0/24 for documentation (RFC 5737)
192.31.196.0/24 a sink for reverse look-ups (RFC 7535)
192.52.193.0/24 for multicast tunnels (RFC 7450)
192.88.99.0/24 a 6to4 relay (RFC 7526)
192.168.0.0/16 a private network (RFC 1918)
192.175.48.0/24 a sink for reverse look-ups (RFC 7534)
198.18.0.0/15 for measurements (RFC 2544)
198.51.100.0/24 for documentation (RFC 5737)
203.0.113.0/24 for documentation (RFC 5737)
224.0.0.0/4 multicast (RFC 5771)
240.0.0.0/4 reserved, or the broadcast address (RFC 1112)
"""
_V6: Final = """
2001::/23 for protocols and Teredo tunnels (RFC 2928, RFC 4380)
2001:db8::/32 for documentation (RFC 3849)
2002::/16 a 6to4 tunnel, which holds an IPv4 address (RFC 3056)
2620:4f:8000::/48 a sink for reverse look-ups (RFC 7534)
3fff::/20 for documentation (RFC 9637)
"""
_V6_OUTSIDE: Final = """
::/128 no address (RFC 4291)
::1/128 this machine (RFC 4291)
::ffff:0:0/96 an IPv4 address in disguise (RFC 4291)
::ffff:0:0:0/96 an IPv4 address in disguise (RFC 2765)
::/96 an IPv4 address in disguise (RFC 4291)
64:ff9b::/96 a NAT64 address, which holds an IPv4 address (RFC 6052)
64:ff9b:1::/48 a NAT64 address, which holds an IPv4 address (RFC 8215)
100::/64 a black hole (RFC 6666)
5f00::/16 for segment routing (RFC 9602)
fc00::/7 a private network (RFC 4193)
fe80::/10 link-local (RFC 4291)
fec0::/10 site-local (RFC 3879)
ff00::/8 multicast (RFC 4291)
"""
GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
"""The only part of IPv6 that is handed out to the Internet; the rest is refused, named below or not."""

_LOCAL_SUFFIXES: Final = (
    "localhost", "local", "internal", "intranet", "private", "corp", "home", "lan", "localdomain",
    "home.arpa", "in-addr.arpa", "ip6.arpa", "onion", "i2p", "alt",
)  # fmt: skip
"""Names of this machine and of private networks (RFC 6761, 6762, 7686, 8375, 9476; ICANN's `internal`, 2024;
`corp`, `home` and `lan` are in common private use), and of other networks than the Internet."""


def _table(text: str) -> tuple[tuple[Network, str], ...]:
    rows = [line.partition(" ") for line in text.split("\n") if line]
    return tuple((ipaddress.ip_network(network), meaning) for network, _, meaning in rows)


_REFUSED: Final = _table(_V4) + _table(_V6) + _table(_V6_OUTSIDE)


class AddressRules(Struct, frozen=True, kw_only=True):
    """Which addresses may be reached.

    also_refused: networks of the operator's own that stand on public addresses.
    unsafe_allow_loopback_for_tests: pairs of a host name and a port that a test's own server on 127.0.0.1
    answers for.  No option, setting or environment variable reaches it; `test_capture_doors` holds that.
    """

    also_refused: tuple[Network, ...] = ()
    unsafe_allow_loopback_for_tests: frozenset[tuple[str, int]] = frozenset()

    def excepts(self, host: str, port: int) -> bool:
        """Is this a test's own server?"""
        return (host, port) in self.unsafe_allow_loopback_for_tests

    def against(self, address: str) -> str:
        """Why an IP address may not be reached: what it is, in words; empty where it may."""
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return "no IP address"
        for network, meaning in _REFUSED:
            if ip in network:
                return meaning
        if isinstance(ip, ipaddress.IPv6Address):
            if ip.scope_id is not None or ip not in GLOBAL_V6:
                return "outside of what is handed out to the Internet (RFC 4291)"
            if (int(ip) >> 32) & 0xFDFFFFFF == 0x5EFE:
                return "an ISATAP tunnel, which holds an IPv4 address (RFC 5214)"
        for network in self.also_refused:
            if ip in network:
                return f"in {network}, which the operator refuses"
        return ""


def against_name(host: str) -> str:
    """Why a host name may not be looked up; empty where it may.  host: lower case, no IP address."""
    bare = host.rstrip(".")
    if "." not in bare:
        return "a name without a dot is one of a private network"
    for suffix in _LOCAL_SUFFIXES:
        if bare == suffix or bare.endswith("." + suffix):
            return f"names under .{suffix} are not the Internet's"
    return ""
