"""Joining a room as the policy server, so that the room can name it: make_join and send_join.

Source: server-server API 1.18, "Joining Rooms".  A room uses a policy server only while a user of that server
is in it; the user needs no homeserver, only the joining.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlencode

from nospim.errors import NospimError
from nospim.matrix.canonical import ROOM_VERSIONS, content_hash, redacted, sign
from nospim.matrix.federation import Federation
from nospim.matrix.keys import Keys
from nospim.matrix.names import NoSuchServerError

USER: Final = "nospim"
"""The name of the policy server's only user."""


async def join(
    federation: Federation, keys: Keys, room: str, via: str, now: Callable[[], float], user: str = USER
) -> str:
    """Join a room through a server that is in it; gives the user that joined.

    Raises NospimError where that server will not have it.
    """
    member = f"@{user}:{federation.name}"
    versions = urlencode([("ver", version) for version in ROOM_VERSIONS])
    place = f"{quote(room, safe='')}/{quote(member, safe='')}"
    try:
        made = await federation.request("GET", via, f"/_matrix/federation/v1/make_join/{place}?{versions}")
    except NoSuchServerError as error:
        raise NospimError(f"{via} does not let {member} join {room}: {error}") from None
    event, rules = made.get("event"), ROOM_VERSIONS.get(str(made.get("room_version", "1")))
    if not isinstance(event, dict) or rules is None:
        raise NospimError(f"{via} made no event to join {room} with, or one of an unknown room version")
    wanted = {"type": "m.room.member", "state_key": member, "room_id": room}
    if any(event.get(name) != value for name, value in wanted.items()):
        raise NospimError(f"{via} made another event than the joining of {member}; it is not signed")
    event = {k: v for k, v in event.items() if k not in {"signatures", "hashes", "unsigned"}}
    event |= {
        "sender": member,
        "origin_server_ts": int(now() * 1000),
        "content": {"membership": "join", "displayname": "nospim policy server"},
    }
    event["hashes"] = {"sha256": content_hash(event, rules)}
    proof = sign(redacted(event, rules), keys.server, strict=rules.strict)
    event["signatures"] = {federation.name: {keys.server_key_id: proof}}
    # Since version 3 the event's id is a hash that is not in it; the path's last part is then ignored.
    path = f"/_matrix/federation/v2/send_join/{quote(room, safe='')}/%24join?omit_members=true"
    try:
        await federation.request("PUT", via, path, event)
    except NoSuchServerError as error:
        raise NospimError(f"{via} does not let {member} join {room}: {error}") from None
    return member
