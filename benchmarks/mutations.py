"""``./dev bench mutations``: change a sealed bundle in very many ways, and count those that go unnoticed.

Three people try.  A *vandal* changes bytes, drops, swaps and cuts files.  A *forger* makes the bag's
hashes right again after each change, and may sign with a key of his own.  An *insider* has the true key and
seals again; he can lie about what nobody can check, so only changes that contradict the proofs count here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.evidence import SmallCase, files_of
from nospim.bundles import verify
from nospim.bundles.build import SEAL
from nospim.ledger.signing import SigningKey, Statement, sign

Files = dict[str, bytes]
OUTSIDE = ("tagmanifest-sha256.txt", "seal.json", "stamp.tsr")


def unnoticed(files: Files, trusted: str, roots: tuple[Any, ...] = ()) -> bool:
    """Whether a bundle passes as proved."""
    try:
        return verify.check(files, [trusted], roots).proved
    except verify.Wrong:
        return False


def rehashed(files: Files) -> Files:
    """The bundle with its manifests made right again."""
    payload = {name: data for name, data in files.items() if name.startswith("data/")}
    files = dict(files)
    files["manifest-sha256.txt"] = _lines(payload)
    tags = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt")
    files["tagmanifest-sha256.txt"] = _lines({name: files.get(name, b"") for name in tags})
    return files


def resealed(files: Files, key: SigningKey) -> Files:
    """The bundle with manifests and seal made again, signed with a key."""
    files = rehashed(files)
    told = json.loads(Statement(files["seal.json"]).payload)
    told["manifest"] = hashlib.sha256(files["tagmanifest-sha256.txt"]).hexdigest()
    told["stamp"] = hashlib.sha256(files["stamp.tsr"]).hexdigest() if "stamp.tsr" in files else None
    files["seal.json"] = sign(json.dumps(told).encode(), SEAL, [key])
    return files


def _lines(files: Files) -> bytes:
    return "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())
    ).encode()


def _flip(files: Files, chance: random.Random) -> Files | None:
    name = chance.choice(list(files))
    data = bytearray(files[name])
    if not data:
        return None
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return files | {name: bytes(data)}


def _drop(files: Files, chance: random.Random) -> Files:
    files = dict(files)
    del files[chance.choice(list(files))]
    return files


def _add(files: Files, chance: random.Random) -> Files:
    return files | {f"data/{chance.randrange(10**9)}.txt": b"more"}


def _swap(files: Files, chance: random.Random) -> Files | None:
    one, other = chance.sample(list(files), 2)
    return None if files[one] == files[other] else files | {one: files[other], other: files[one]}


def _cut(files: Files, chance: random.Random) -> Files | None:
    name = chance.choice(list(files))
    return files | {name: files[name][: chance.randrange(len(files[name]))]} if files[name] else None


def _grow(files: Files, chance: random.Random) -> Files:
    name = chance.choice(list(files))
    at = chance.randint(0, len(files[name]))
    return files | {name: files[name][:at] + chance.choice([b"\n", b" ", b"0", b"\0"]) + files[name][at:]}


def _splice(files: Files, chance: random.Random) -> Files | None:
    """A line of a file at another place of it, or of another file."""
    name, other = chance.choice(list(files)), chance.choice(list(files))
    lines, taken = files[name].splitlines(keepends=True), files[other].splitlines(keepends=True)
    if not lines or not taken:
        return None
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(taken))
    data = b"".join(lines)
    return None if data == files[name] else files | {name: data}


def _reorder(files: Files, chance: random.Random) -> Files | None:
    name = chance.choice(list(files))
    lines = files[name].splitlines(keepends=True)
    chance.shuffle(lines)
    data = b"".join(lines)
    return None if data == files[name] else files | {name: data}


VANDAL: tuple[Callable[[Files, random.Random], Files | None], ...] = (
    _flip, _flip, _flip, _flip, _drop, _add, _swap, _cut, _grow, _splice, _reorder,
)  # fmt: skip


def vandal(files: Files, chance: random.Random) -> Files | None:
    """One change by somebody who only breaks things."""
    return chance.choice(VANDAL)(files, chance)


def forger(files: Files, chance: random.Random, own: SigningKey) -> Files | None:
    """One change in the payload, with everything made right again that needs no key, or signed with his
    own."""
    payload = {name: data for name, data in files.items() if name.startswith("data/")}
    changed = vandal(payload, chance)
    if changed is None:
        return None
    rest = {name: data for name, data in files.items() if name not in payload}
    way = chance.randrange(3)
    if way == 0:
        return rehashed(changed | rest)
    if way == 1:
        return resealed(changed | rest, own)
    return resealed(_own_heads(changed) | rest, own)


def _own_heads(files: Files) -> Files:
    """The ledger's statements signed again with the forger's key, which they name."""
    own = SigningKey.generate()
    before = None
    for name in sorted(n for n in files if n.startswith("data/ledger/heads/") and n.endswith(".json")):
        try:
            statement = Statement(files[name])
            told = json.loads(statement.payload)
            told |= {"key": own.public.hex(), "previous": before}
        except Exception:  # noqa: BLE001 - it was broken in whatever way before
            return files
        files = files | {name: sign(json.dumps(told).encode(), statement.kind, [own])}
        before = hashlib.sha256(files[name]).hexdigest()
    return files


def _facts(files: Files, change: Callable[[dict[str, Any]], None]) -> Files:
    told = json.loads(files["data/facts.json"])
    change(told)
    return files | {"data/facts.json": json.dumps(told, indent=1).encode()}


def _figure(files: Files, chance: random.Random) -> Files:
    """Another value of a figure."""

    def change(told: dict[str, Any]) -> None:
        query = chance.choice([query for query in told["queries"] if query["figures"]])
        figure = chance.choice(query["figures"])
        figure["value"] = (
            str(int(figure["value"]) + 1) if figure["value"].isdigit() else figure["value"] + "1"
        )

    return _facts(files, change)


def _row(files: Files, chance: random.Random) -> Files | None:
    """A row of a table taken out, or put in twice."""
    name = chance.choice([n for n in files if n.startswith("data/tables/")])
    lines = files[name].splitlines(keepends=True)
    if len(lines) < 2:
        return None
    at = chance.randrange(1, len(lines))
    lines[at : at + 1] = [lines[at]] * chance.choice([0, 2])
    return files | {name: b"".join(lines)}


def _origin(files: Files, chance: random.Random) -> Files | None:
    """A row that says it rests on a record that is not there."""
    name = chance.choice([n for n in files if n.startswith("data/tables/")])
    lines = files[name].splitlines(keepends=True)
    if len(lines) < 2:
        return None
    at = chance.randrange(1, len(lines))
    lines[at] = b"%d," % chance.randrange(10**6, 10**7) + lines[at].split(b",", 1)[1]
    return files | {name: b"".join(lines)}


def _cell(files: Files, chance: random.Random) -> Files | None:
    """A cell that is bound to a field of its record, with another letter, where no figure is taken of it."""
    query = next(q for q in json.loads(files["data/facts.json"])["queries"] if q["id"] == "sign_ins")
    lines = files[query["file"]].split(b"\r\n")
    at = chance.randrange(1, len(lines) - 1)
    cells = lines[at].split(b",")
    place = query["columns"].index(chance.choice(["time", "country", "client"]))
    if not cells[place]:
        return None
    cells[place] = b"9" + cells[place][1:] if cells[place][:1] != b"9" else b"8" + cells[place][1:]
    lines[at] = b",".join(cells)
    return files | {query["file"]: b"\r\n".join(lines)}


def _binding(files: Files, chance: random.Random) -> Files:
    """What is shown of a record's fields, changed."""
    lines = files["data/ledger/bindings.jsonl"].splitlines(keepends=True)
    at = chance.randrange(len(lines))
    told = json.loads(lines[at])
    way = chance.randrange(3)
    if way == 0:
        told["opened"][0][1] = '"something else"'
    elif way == 1:
        told["rest"].append("0" * 64)
    else:
        told["seq"] += 1
    lines[at] = json.dumps(told).encode() + b"\n"
    return files | {"data/ledger/bindings.jsonl": b"".join(lines)}


def _proof(files: Files, chance: random.Random) -> Files:
    """A hash of the proof, or a leaf, changed, dropped or repeated."""
    name = chance.choice(["data/ledger/proof.txt", "data/ledger/records.csv"])
    lines = files[name].splitlines(keepends=True)
    at = chance.randrange(0 if name.endswith("txt") else 1, len(lines))
    way = chance.randrange(3)
    if way == 0:
        line = bytearray(lines[at])
        place = chance.randrange(len(line) - 66 if name.endswith("csv") else 0, len(line) - 2)
        line[place] = (line[place] - 47) % 10 + 48 if 48 <= line[place] <= 57 else 48
        lines[at] = bytes(line)
    else:
        lines[at : at + 1] = [lines[at]] * (0 if way == 1 else 2)
    return files | {name: b"".join(lines)}


def _head(files: Files, chance: random.Random) -> Files | None:
    """A head with another time, size, root or place, not signed again; or one taken out."""
    names = sorted(n for n in files if n.startswith("data/ledger/heads/") and n.endswith(".json"))
    name = chance.choice(names)
    if chance.randrange(5) == 0:
        left = dict(files)
        del left[name]
        return left if name != names[-1] else None  # a shorter chain is a true one; its head is too small
    envelope = json.loads(files[name])
    told = json.loads(base64.b64decode(envelope["payload"]))
    field = chance.choice(["at", "size", "root", "number", "previous"])
    told[field] = {
        "at": "2020-01-01T00:00:00Z", "size": told["size"] + 1, "root": "0" * 64,
        "number": told["number"] + 1, "previous": "0" * 64,
    }[field]  # fmt: skip
    envelope["payload"] = base64.b64encode(json.dumps(told).encode()).decode()
    return files | {name: json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode()}


def _exhibit(files: Files, chance: random.Random) -> Files:
    """An exhibit left out of the list, numbered anew, or with another file."""

    def change(told: dict[str, Any]) -> None:
        way, exhibits = chance.randrange(3), told["exhibits"]
        at = chance.randrange(len(exhibits))
        if way == 0:
            del exhibits[at]
        elif way == 1:
            exhibits[at]["number"] = "EX-099"
        else:
            exhibits[at]["files"][0]["sha256"] = "0" * 64

    return _facts(files, change)


def _page(files: Files, chance: random.Random) -> Files:
    """A page that shows another figure."""
    parts = files["data/report.html"].split(b'<data class="figure" value="')
    at = chance.randrange(1, len(parts))
    parts[at] = b"9" + parts[at]
    return files | {"data/report.html": b'<data class="figure" value="'.join(parts)}


def _entry(files: Files, chance: random.Random) -> Files:
    """An entry of the case opened to something else, or its hash changed."""
    lines = files["data/case/opened.jsonl"].splitlines(keepends=True)
    at = chance.randrange(len(lines))
    told = json.loads(lines[at])
    body = bytearray(base64.b64decode(told["body"]))
    body[chance.randrange(len(body))] ^= 1
    told["body"] = base64.b64encode(bytes(body)).decode()
    lines[at] = json.dumps(told).encode() + b"\n"
    return files | {"data/case/opened.jsonl": b"".join(lines)}


INSIDER: tuple[Callable[[Files, random.Random], Files | None], ...] = (
    _figure, _row, _origin, _cell, _binding, _proof, _head, _exhibit, _page, _entry,
)  # fmt: skip


def insider(files: Files, chance: random.Random, key: SigningKey) -> Files | None:
    """One change that contradicts the proofs, sealed again with the true key."""
    changed = chance.choice(INSIDER)(files, chance)
    return None if changed is None or changed == files else resealed(changed, key)


def mutants(
    files: Files, key: SigningKey, own: SigningKey, count: int, seed: int
) -> Iterator[tuple[str, int, Files]]:
    """So many changed bundles, with who changed them: of a hundred, 90 by vandals, 7 forgers, 3 insiders."""
    chance = random.Random(seed)
    made = 0
    while made < count:
        dice = chance.randrange(100)
        if dice < 90:
            who, changed = "vandal", vandal(files, chance)
        elif dice < 97:
            who, changed = "forger", forger(files, chance, own)
        else:
            who, changed = "insider", insider(files, chance, key)
        if changed is not None and changed != files:
            yield who, made, changed
            made += 1


def main(*, count: int = 1_000_000, seed: int = 1) -> None:
    """Change a small sealed bundle in so many ways, and count the changes that go unnoticed.

    Parameters
    ----------
    count
        How many changes.
    seed
        Of their choice.
    """
    key, own = SigningKey.generate(), SigningKey.generate()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        SmallCase(folder, key).bundle(folder / "bundle", printed=False)
        files = files_of(folder / "bundle")
    if not unnoticed(files, key.fingerprint):
        raise ValueError("the bundle that nobody changed does not pass")
    # The processor's time, so that what else the machine does counts little.
    started, passed, tried = time.process_time(), 0, {"vandal": 0, "forger": 0, "insider": 0}
    for who, _, changed in mutants(files, key, own, count, seed):
        tried[who] += 1
        passed += unnoticed(changed, key.fingerprint)
    took = timedelta(seconds=round(time.process_time() - started))
    told = ", ".join(f"{number:,} by {who}s" for who, number in tried.items())
    print(f"{count:,} changes ({told}) in {took} of one processor: {passed} unnoticed")
    print("the unchanged bundle passes")
