"""Checks a sealed bundle, on its own: one file, Python's standard library and the package cryptography.

    python3 verify.py BUNDLE --fingerprint HEX [--authority-root ROOTS.pem]

The fingerprint of the signing key, and the root certificate of the time-stamp authority, must come to you
by another way than the bundle.  Exit status: 0 all holds and the origin is proved; 4 all fits together, and
the origin is unproved for want of what must come from outside; 1 something is wrong, and the line says what.

This file shares no code with the program that made the bundle.  Read it before you trust it.  What it checks:
 1 the files are those of a bag (RFC 8493), no more and no fewer, and each has the hash in the manifest;
 2 the seal signs the manifest and its time-stamp (Ed25519, in a DSSE envelope that has one form only);
 3 the ledger's signed heads follow each other, and the seal is signed with the key in force at the last one;
 4 the records that rows rest on are in the tree of the last head (RFC 9162), and opened ones have their hash;
 5 every row rests on such a record, cells that are bound to a field of it are what the ledger committed
 to, and every figure follows from its rows by the operation that it names;
 6 exhibits are numbered without gaps, and the page shows the figures as they are;
 7 time-stamps (RFC 3161) hold under the given roots.
"""

import base64
import csv
import hashlib
import hmac
import io
import json
import os
import re
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

PROVED, WRONG, USAGE, UNPROVED = 0, 1, 2, 4
SEAL = "application/vnd.nospim.bundle-seal+json"
HEAD = "application/vnd.nospim.ledger-head+json"
CHANGE = "application/vnd.nospim.key-change+json"
TAGS = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt")
UNLISTED = {"tagmanifest-sha256.txt", "seal.json", "stamp.tsr"}
HEX = re.compile(r"[0-9a-f]{64}\Z")

Files = Mapping[str, bytes]


class Wrong(Exception):  # noqa: N818 - it is what the verdict says
    """Something in the bundle is not as it should be."""


def need(fits: object, why: str) -> None:
    """Raise Wrong unless it fits."""
    if not fits:
        raise Wrong(why)


def sha(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def parse(data: bytes, what: str) -> Any:
    """JSON, with no name twice in one object."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len({name for name, _ in pairs}) == len(pairs), f"{what} has a name twice")
        return dict(pairs)

    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"{what} is no JSON: {error}") from None


# 1 ---------------------------------------------------------------- the bag


def listed(data: bytes, what: str) -> dict[str, str]:
    """A manifest of a bag: path to SHA-256, in the one form that is written: sorted, no line twice."""
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise Wrong(f"{what} is no text") from None
    need(lines.pop() == "", f"{what} does not end with a line end")
    found: dict[str, str] = {}
    for line in lines:
        digest, _, path = line.partition("  ")
        need(
            HEX.match(digest) and path and path not in found, f"{what} has a line that is none: {line[:80]!r}"
        )
        need(".." not in path.split("/") and not path.startswith("/"), f"{what} leads out of the bundle")
        found[path] = digest
    need(list(found) == sorted(found), f"{what} is not sorted")
    return found


def check_bag(files: Files) -> str:
    """Check the bag; returns the SHA-256 of its tag manifest, which stands for all of it."""
    for name in (*TAGS, "tagmanifest-sha256.txt", "seal.json"):
        need(name in files, f"{name} is missing")
    need(
        files["bagit.txt"] == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bagit.txt is changed",
    )
    tags = listed(files["tagmanifest-sha256.txt"], "tagmanifest-sha256.txt")
    need(tuple(tags) == TAGS, "tagmanifest-sha256.txt does not list the bag's own files")
    payload = listed(files["manifest-sha256.txt"], "manifest-sha256.txt")
    extra = set(files) - set(payload) - set(TAGS) - UNLISTED
    need(not extra, f"files that do not belong: {', '.join(sorted(extra)[:3])}")
    for path, digest in (*tags.items(), *payload.items()):
        need(path in files, f"{path} is missing")
        need(sha(files[path]) == digest, f"{path} was changed")
    need(all(path.startswith("data/") for path in payload), "manifest-sha256.txt lists more than the payload")
    return sha(files["tagmanifest-sha256.txt"])


# 2, 3 ------------------------------------------------- signed statements


def statement(data: bytes, what: str) -> tuple[str, bytes, dict[str, bytes]]:
    """The kind, content and signatures of a DSSE envelope in the one form that is written."""
    told = parse(data, what)
    try:
        payload = base64.b64decode(told["payload"], validate=True)
        signatures = {one["keyid"]: base64.b64decode(one["sig"], validate=True) for one in told["signatures"]}
        again = json.dumps(
            {
                "payload": base64.b64encode(payload).decode(),
                "payloadType": told["payloadType"],
                "signatures": [
                    {"keyid": k, "sig": base64.b64encode(v).decode()} for k, v in signatures.items()
                ],
            },
            sort_keys=True,
            separators=(",", ":"),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Wrong(f"{what} is no signed statement") from None
    need(again.encode() == data, f"{what} is not written in the one form")
    return told["payloadType"], payload, signatures


def check_signatures(data: bytes, what: str, keys: Sequence[str]) -> None:
    """Check that exactly these keys (public, hex) signed an envelope."""
    kind, payload, signatures = statement(data, what)
    need(sorted(signatures) == sorted(fingerprint(key) for key in keys), f"{what} is signed by others")
    encoded = kind.encode()
    signed = b"DSSEv1 %d %b %d %b" % (len(encoded), encoded, len(payload), payload)
    for key in keys:
        try:
            public = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
            public.verify(signatures[fingerprint(key)], signed)
        except (InvalidSignature, ValueError):
            raise Wrong(f"the signature of {what} does not fit") from None


def fingerprint(key: str) -> str:
    """The name of a public key (hex): SHA-256 of its bytes."""
    need(HEX.match(key), "a public key is not written as one")
    return sha(bytes.fromhex(key))


class Chain:
    """The ledger's statements, checked: the last head, the key in force, and which keys are trusted."""

    def __init__(self, envelopes: Sequence[bytes], trusted: Sequence[str]) -> None:
        need(envelopes, "the bundle has no head of the ledger")
        self.key = ""
        self.head: dict[str, Any] = {}
        self.believed = {name.lower() for name in trusted}
        before, name = None, None
        for number, data in enumerate(envelopes):
            what = f"statement {number} of the ledger"
            kind, payload, _ = statement(data, what)
            told = parse(payload, what)
            try:
                need(told["number"] == number, f"{what} is out of its place")
                need(told["previous"] == before, f"{what} does not name the one before")
                need(name in {None, told["ledger"]}, f"{what} is of another ledger")
                if kind == HEAD:
                    self._head(told, data, what)
                else:
                    need(kind == CHANGE, f"{what} is of an unknown kind")
                    self._change(told, data, what)
                name = told["ledger"]
            except (KeyError, TypeError):
                raise Wrong(f"{what} lacks something") from None
            before = sha(data)
        need(kind == HEAD, "the last statement of the ledger is no head")

    def _head(self, told: dict[str, Any], data: bytes, what: str) -> None:
        need(self.key in {"", told["key"]}, f"{what} is signed with a key that was not in force")
        check_signatures(data, what, [told["key"]])
        if self.head:
            need(told["size"] >= self.head["size"], f"{what}: the ledger shrank")
            same = told["size"] != self.head["size"] or told["root"] == self.head["root"]
            need(same, f"{what}: the ledger was forked")
        size: Any = told["size"]
        need(type(size) is int and HEX.match(told["root"]), f"{what} has no size or root")
        self.key, self.head = told["key"], told

    def _change(self, told: dict[str, Any], data: bytes, what: str) -> None:
        need(told["old"] == self.key, f"{what} changes a key that was not in force")
        rotated = told["reason"] == "rotated"
        need(rotated or told["reason"] in {"lost", "stolen"}, f"{what} gives no reason")
        check_signatures(data, what, [told["old"], told["new"]] if rotated else [told["new"]])
        if rotated and fingerprint(told["old"]) in self.believed:
            self.believed.add(fingerprint(told["new"]))
        self.key = told["new"]

    @property
    def proved(self) -> bool:
        """Whether the key in force is one that somebody trusts."""
        return fingerprint(self.key) in self.believed


def check_seal(files: Files, manifest: str, chain: Chain) -> None:
    """Check that the seal signs this bag and its time-stamp with the key in force."""
    kind, payload, _ = statement(files["seal.json"], "the seal")
    need(kind == SEAL, "the seal is of an unknown kind")
    seal = parse(payload, "the seal")
    need(isinstance(seal, dict), "the seal is none")
    check_signatures(files["seal.json"], "the seal", [chain.key])
    need(seal.get("manifest") == manifest, "the seal is of another bundle")
    stamp = files.get("stamp.tsr")
    need(seal.get("stamp") == (None if stamp is None else sha(stamp)), "the time-stamp is not the sealed one")


# 4 ------------------------------------------------------------- the tree


def check_tree(head: Mapping[str, Any], leaves: Mapping[int, bytes], proof: bytes) -> None:
    """Check that all these leaves are in the head's tree, with the hashes of what lies between them."""
    numbers = sorted(leaves)
    size = head["size"]
    need(numbers and numbers[0] >= 0 and numbers[-1] < size, "a record is not below the head's size")
    lines = proof.decode("ascii", "replace").split("\n")
    need(lines.pop() == "" and all(map(HEX.match, lines)), "the proof is no list of hashes")
    rest = iter(lines)

    def first_from(low: int) -> int:
        left, right = 0, len(numbers)
        while left < right:
            middle = (left + right) // 2
            left, right = (middle + 1, right) if numbers[middle] < low else (left, middle)
        return left

    def rebuilt(low: int, high: int) -> bytes:
        place = first_from(low)
        if place == len(numbers) or numbers[place] >= high:
            given = next(rest, None)
            need(given is not None, "the proof is cut short")
            return bytes.fromhex(str(given))
        if high - low == 1:
            return leaves[low]
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        left = rebuilt(low, middle)
        return hashlib.sha256(b"\x01" + left + rebuilt(middle, high)).digest()

    need(rebuilt(0, size).hex() == head["root"], "the records are not those that the ledger's head signed")
    need(next(rest, None) is None, "the proof is longer than it should be")


def check_records(files: Files, head: Mapping[str, Any]) -> dict[int, str]:
    """Check the records and what is opened of them; returns their kinds by number."""
    leaves: dict[int, bytes] = {}
    kinds: dict[int, str] = {}
    for row in table(files, "data/ledger/records.csv", ["seq", "kind", "leaf"]):
        seq = number(row[0])
        need(HEX.match(row[2]) and seq not in leaves, "a record is told twice, or its leaf is no hash")
        leaves[seq], kinds[seq] = bytes.fromhex(row[2]), row[1]
    need(list(leaves) == sorted(leaves), "the records are not in order")
    proof = files.get("data/ledger/proof.txt")
    need(proof is not None, "the proof is missing")
    check_tree(head, leaves, proof or b"")
    for name in ("data/ledger/originals.jsonl", "data/ledger/fields.jsonl", "data/case/opened.jsonl"):
        for line in files.get(name, b"").splitlines():
            told = parse(line, name)
            try:
                salt, body = (base64.b64decode(told[k], validate=True) for k in ("salt", "body"))
                leaf = leaves[told["seq"]]
            except (KeyError, TypeError, ValueError):
                raise Wrong(f"{name} opens a record that is not there") from None
            need(hashlib.sha256(b"\0" + salt + body).digest() == leaf, f"record {told['seq']} was changed")
    return kinds


# 5 ------------------------------------------------------ rows and figures


def number(text: str) -> int:
    """A whole number as it is written, without signs or leading zeros."""
    need(re.fullmatch(r"0|[1-9][0-9]{0,18}", text), f"{text[:40]!r} is no whole number")
    return int(text)


def table(files: Files, path: str, columns: Sequence[str]) -> Iterator[list[str]]:
    """The rows of a CSV file that has these columns."""
    need(path in files, f"{path} is missing")
    try:
        rows = csv.reader(io.StringIO(files[path].decode("utf-8"), newline=""), strict=True)
        need(next(rows, None) == list(columns), f"{path} has other columns")
        for row in rows:
            need(len(row) == len(columns), f"{path} has a row that is too short or too long")
            yield row
    except (csv.Error, UnicodeDecodeError):
        raise Wrong(f"{path} is no CSV") from None


class Tally:
    """One figure while its rows go by."""

    def __init__(self, figure: Mapping[str, Any], columns: Sequence[str]) -> None:
        self.figure, self.operation = figure, figure["operation"]
        self.column = columns.index(figure["column"]) if figure["column"] else -1
        self.where = figure["where"] and (columns.index(figure["where"][0]), figure["where"][1])
        self.rows, self.seen, self.cells = 0, set[str](), list[str]()
        self.total, self.places = Decimal(0), 0

    def add(self, row: Sequence[str]) -> None:
        """Take in a row."""
        if self.where and row[self.where[0]] != self.where[1]:
            return
        self.rows += 1
        value = row[self.column] if self.column >= 0 else ""
        if value == "":
            return
        if self.operation == "distinct":
            self.seen.add(value)
        elif self.operation == "sum":
            need(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value), f"{value[:40]!r} cannot be summed")
            self.total += Decimal(value)
            self.places = max(self.places, len(value.partition(".")[2]))
        elif self.operation != "count":
            self.cells.append(value)

    def value(self) -> str:
        """The figure as it is written."""
        if self.operation == "count":
            return str(self.rows)
        if self.operation == "distinct":
            return str(len(self.seen))
        if self.operation == "sum":
            return f"{self.total:.{self.places}f}"
        if not self.cells:
            return ""
        if self.operation == "median":
            middle = statistics.median(map(Decimal, self.cells))
            return f"{middle:.2f}".rstrip("0").rstrip(".")
        need(self.operation in {"min", "max"}, f"the operation {self.operation!r} is unknown")
        numbers = all(re.fullmatch(r"[0-9]+", cell) for cell in self.cells)
        pick: Callable[..., str] = min if self.operation == "min" else max
        return pick(self.cells, key=int) if numbers else pick(self.cells)


def check_figures(files: Files, facts: Mapping[str, Any], kinds: Mapping[int, str]) -> dict[str, str]:
    """Take every figure again from its rows, each of which rests on a record; returns the figures."""
    taken: dict[str, str] = {}
    for query in facts["queries"]:
        columns = query["columns"]
        tallies = [Tally(figure, columns) for figure in query["figures"]]
        rows = 0
        for row in table(files, query["file"], columns):
            rows += 1
            need(number(row[0]) in kinds, f"a row of {query['file']} rests on no record")
            for tally in tallies:
                tally.add(row)
        need(rows == query["rows"], f"{query['file']} has {rows} rows, and {query['rows']} are told")
        for tally in tallies:
            told, found = tally.figure["value"], tally.value()
            need(
                told == found, f"the figure {tally.figure['key']} is {found} by its rows, and {told} is told"
            )
            need(tally.figure["key"] not in taken, f"the figure {tally.figure['key']} is told twice")
            taken[tally.figure["key"]] = found
    for one in facts["ranges"]:
        check_range(one, taken)
    return taken


def check_range(one: Mapping[str, Any], figures: Mapping[str, str]) -> None:
    """Multiply a statute's amounts again."""
    statute = one["statute"]
    low, high = (figures.get(statute[f"counts_{end}"]) for end in ("low", "high"))
    most = high if low is None or high is None else str(max(number(low), number(high)))
    for end, units, factor in (("low", low, 1), ("high", most, statute["multiplier"])):
        expected = ""
        if units is not None:
            total = number(units) * Decimal(statute[end])
            total = min(total, Decimal(statute["cap"])) if statute["cap"] else total
            expected = f"{total * factor:.2f}"
        need(one[end] == expected, f"the range of {statute['id']} is not what its figures give")


def check_bindings(files: Files, facts: Mapping[str, Any], kinds: Mapping[int, str]) -> tuple[int, int]:
    """Check cells against the fields of their records; returns how many rows are bound, and how many could
    be.

    The ledger holds, in records of the kind "fields", hashes over commitments to the fields of other records.
    A bundle opens some of those. Rows of records that it names as unbound are not checked; it says how many.
    """
    roots = committed_roots(files, kinds)
    originals = originals_of(files)
    known: dict[int, dict[str, Any]] = {}
    for line in files.get("data/ledger/bindings.jsonl", b"").splitlines():
        told = parse(line, "data/ledger/bindings.jsonl")
        seq = told["seq"]
        opened = {path: (value, bytes.fromhex(salt)) for path, value, salt in told["opened"]}
        hashes_of = [bytes.fromhex(one) for one in told["rest"]]
        hashes_of += [field_hash(salt, path, value) for path, (value, salt) in opened.items()]
        need(seq not in known and len(opened) == len(told["opened"]), "a record is bound twice")
        right = fields_hash(seq, hashes_of) == roots.get((told["at"], seq))
        need(right, f"what is shown of record {seq} is not what the ledger committed to")
        if seq in originals:
            need(whole_hash(seq, *originals[seq]) == roots[told["at"], seq], f"record {seq} has other fields")
        known[seq] = {path: parse(value.encode(), "a field") for path, (value, _) in opened.items()}
    unbound = set(facts["unbound"])
    need(not unbound & set(known), "a record is bound and told as unbound")
    bound = rows = 0
    for query in facts["queries"]:
        columns = query["columns"]
        places = [(columns.index(column), path, how) for column, path, how in query.get("bound", ())]
        for row in table(files, query["file"], columns) if places else ():
            rows, seq = rows + 1, number(row[0])
            need(seq in known or seq in unbound, f"a row of {query['file']} is bound to nothing")
            if seq in known:
                bound += 1
                for place, path, how in places:
                    fits = cell_fits(row[place], known[seq].get(path), how)
                    need(fits, f"a row of {query['file']} shows something else than record {seq} at {path}")
    return bound, rows


def committed_roots(files: Files, kinds: Mapping[int, str]) -> dict[tuple[int, int], bytes]:
    """The hashes that records of the kind "fields" hold, by that record and the one they are of."""
    roots = {}
    for line in files.get("data/ledger/fields.jsonl", b"").splitlines():
        opened = parse(line, "data/ledger/fields.jsonl")
        need(kinds.get(opened["seq"]) == "fields", "fields are committed to in a record of another kind")
        told = parse(base64.b64decode(opened["body"]), "a record of fields")
        for seq, digest in told["roots"]:
            roots[opened["seq"], seq] = bytes.fromhex(digest)
    return roots


def originals_of(files: Files) -> dict[int, tuple[bytes, bytes]]:
    """Salt and body of each record that a sealed volume opens."""
    found = {}
    for line in files.get("data/ledger/originals.jsonl", b"").splitlines():
        told = parse(line, "data/ledger/originals.jsonl")
        found[told["seq"]] = (base64.b64decode(told["salt"]), base64.b64decode(told["body"]))
    return found


def field_hash(salt: bytes, path: str, value: str) -> bytes:
    """The commitment to one field."""
    name = path.encode("utf-8", "surrogatepass")
    return hashlib.sha256(b"\x02" + salt + name + b"\0" + value.encode("ascii")).digest()


def fields_hash(seq: int, commitments: Sequence[bytes]) -> bytes:
    """The hash over a record's commitments."""
    need(all(len(one) == 32 for one in commitments), "a commitment is no hash")
    return hashlib.sha256(b"\x03" + seq.to_bytes(8, "big") + b"".join(sorted(commitments))).digest()


def whole_hash(seq: int, salt: bytes, body: bytes) -> bytes:
    """The hash over the commitments to all fields of a record that is open."""
    found, waiting = [], [("", json.loads(body))]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict) and value:
            waiting += [
                (path + "/" + key.replace("~", "~0").replace("/", "~1"), inner)
                for key, inner in value.items()
            ]
        else:
            text = json.dumps(value, separators=(",", ":"), sort_keys=True)
            label = b"nospim-field/1" + path.encode("utf-8", "surrogatepass")
            found.append(field_hash(hmac.digest(salt, label, "sha256"), path, text))
    return fields_hash(seq, found)


def cell_fits(cell: str, value: Any, how: str) -> bool:
    """Whether a cell is what its field gives; a field that is not shown or of another kind gives an empty
    one."""
    if re.match(r"'[=+\-@\t\r']", cell):
        cell = cell[1:]  # the apostrophe that keeps a spreadsheet from taking it for a formula
    if how == "among":
        return isinstance(value, list) and cell in value
    if how == "time":
        if not isinstance(value, str) or not cell:
            return not cell
        apart = datetime.fromisoformat(cell) - datetime.fromisoformat(value)
        return abs(apart.total_seconds()) < 0.000_002
    if how == "whole":
        whole = type(value) is int and 0 <= value <= 1 << 53
        return cell == (str(value) if whole else "")
    need(how == "text", f"a cell is bound by {how!r}, which is unknown")
    return cell == (value if isinstance(value, str) else "").encode("utf-8", "replace").decode()


# 6 ------------------------------------------------- exhibits and the page


def check_exhibits(files: Files, facts: Mapping[str, Any], kinds: Mapping[int, str]) -> None:
    """Check numbers, files and records of the exhibits, and the log of what was redacted."""
    there = {path for path in files if path.startswith("data/exhibits/")}
    told = set()
    for place, exhibit in enumerate(facts["exhibits"], 1):
        need(exhibit["number"] == f"EX-{place:03d}", f"exhibit {place} is numbered {exhibit['number']}")
        for part in exhibit["files"]:
            need(
                part["path"] in files and sha(files[part["path"]]) == part["sha256"],
                f"{part['path']} differs",
            )
            told.add(part["path"])
        for seq in exhibit["records"]:
            need(seq in kinds, f"exhibit {exhibit['number']} rests on no record")
    need(there == told, "there are exhibits that the report does not tell of, or fewer than it tells")
    for one in facts["redactions"]:
        need(one["record"] in kinds, "something redacted rests on no record")
        need(one["exhibit"] in {e["number"] for e in facts["exhibits"]}, "a redaction is in no exhibit")


def check_page(files: Files, figures: Mapping[str, str]) -> None:
    """Check that the page shows each figure as it is; the PDF is set from the same content."""
    page = files.get("data/report.html", b"").decode("utf-8", "replace")
    shown = re.findall(r'<data class="figure" value="([^"]*)" data-figure="([^"]*)">', page)
    need(shown, "the page shows no figure")
    for value, key in shown:
        need(figures.get(key) == value, f"the page shows {value} for {key}, which is {figures.get(key)}")


def check_case(files: Files, facts: Mapping[str, Any]) -> None:
    """Check that the case's entries follow each other; withheld ones show their hash only."""
    opened = {}
    for line in files.get("data/case/opened.jsonl", b"").splitlines():
        body = base64.b64decode(parse(line, "an entry of the case")["body"])
        opened[sha(body)] = body
    seen, documents, before = set(opened), dict[str, str](), ""
    names = files.get("data/case/entries.txt", b"").decode("ascii", "replace").split()
    for place, name in enumerate(names):
        if name in opened:
            told = parse(opened.pop(name), f"entry {place} of the case")
            fits = (
                told["number"] == place and told["previous"] == before and told["case"] == facts["case"]["id"]
            )
            need(fits, f"entry {place} of the case does not follow the one before")
            if told["decision"]["type"] == "document_added":
                base = told["decision"]["path"].rpartition("/")[2]
                documents[f"data/documents/{place:06d}-{base}"] = told["decision"]["digest"]
        before = name
    need(not opened, "an entry is shown that is not in the case")
    columns = ["entry", "date", "author", "kind", "title", "claim", "sha256"]
    logged = [(row[0], row[6]) for row in table(files, "data/case/privilege-log.csv", columns)]
    hidden = [(str(place), name) for place, name in enumerate(names) if name not in seen]
    need(logged == hidden, "the privilege log does not list what is withheld, or more than that")
    papers = {path for path in files if path.startswith("data/documents/")}
    need(
        papers == set(documents), "there are documents that the case does not tell of, or fewer than it tells"
    )
    for path, digest in documents.items():
        need(sha(files[path]) == digest, f"{path} is not the document that was added to the case")


# 7 ---------------------------------------------------------- time-stamps


def der(data: bytes, at: int = 0) -> tuple[int, int, int]:
    """The tag of a DER value and where its content begins and ends."""
    need(at + 2 <= len(data), "the time-stamp is cut short")
    tag, length, start = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        need(0 < count <= 4 and start + count <= len(data), "the time-stamp has a length that is none")
        length, start = int.from_bytes(data[start : start + count], "big"), start + count
    need(start + length <= len(data), "the time-stamp is cut short")
    return tag, start, start + length


def parts(data: bytes) -> list[tuple[int, bytes, bytes]]:
    """The values inside a DER value's content: tag, content, and all of it."""
    found, at = [], 0
    while at < len(data):
        tag, start, end = der(data, at)
        found.append((tag, data[start:end], data[at:end]))
        at = end
    return found


OIDS = {
    bytes.fromhex("2a864886f70d010702"): "signed data",
    bytes.fromhex("2a864886f70d0109100104"): "time-stamp",
    bytes.fromhex("2a864886f70d010903"): "content type",
    bytes.fromhex("2a864886f70d010904"): "digest",
    bytes.fromhex("2a864886f70d010910022f"): "certificate v2",
    bytes.fromhex("2a864886f70d010910020c"): "certificate v1",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}


def check_stamp(answer: bytes, covers: bytes, roots: Sequence[x509.Certificate]) -> datetime:
    """Check an answer of a time-stamp authority (RFC 3161) over some bytes; returns its time."""
    try:
        return _check_stamp(answer, covers, roots)
    except (ValueError, IndexError, TypeError, x509.ExtensionNotFound, InvalidSignature) as error:
        raise Wrong(f"the time-stamp does not hold ({type(error).__name__})") from None


def _check_stamp(answer: bytes, covers: bytes, roots: Sequence[x509.Certificate]) -> datetime:
    tag, start, end = der(answer)
    need(tag == 0x30 and end == len(answer), "the time-stamp is no answer of an authority")
    status, token = parts(answer[start:end])
    need(parts(status[1])[0][1] == b"\0", "the authority did not grant the time-stamp")
    kind, content = parts(token[1])
    need(OIDS.get(kind[1]) == "signed data", "the time-stamp is no signed data")
    signed = parts(parts(content[1])[0][1])
    inner = parts(signed[2][1])
    need(OIDS.get(inner[0][1]) == "time-stamp", "what was signed is no time-stamp")
    info = parts(inner[1][1])[0][1]
    sets = [parts(part[1]) for part in signed[3:] if part[0] == 0xA0]
    given = list({x509.load_der_x509_certificate(one[2]): None for some in sets for one in some})
    (signer,) = parts(signed[-1][1])
    fields = parts(signer[1])
    sid, digest = parts(fields[1][1]), OIDS.get(parts(fields[2][1])[0][1], "")
    issuer, serial = sid[0][2], int.from_bytes(sid[1][1], "big")
    (certificate,) = [c for c in given if c.serial_number == serial and c.issuer.public_bytes() == issuer]
    need(fields[3][0] == 0xA0 and digest, "the time-stamp's signature covers nothing")
    attributes = {OIDS.get(parts(a[1])[0][1]): parts(parts(a[1])[1][1])[0] for a in parts(fields[3][1])}
    need(
        OIDS.get(attributes["content type"][1]) == "time-stamp", "the time-stamp is signed as something else"
    )
    need(attributes["digest"][1] == hashlib.new(digest, info).digest(), "the time-stamp was changed")
    named = attributes.get("certificate v2") or attributes.get("certificate v1") or (0, b"", b"")
    own = certificate.public_bytes(_DER)
    fits = hashlib.sha256(own).digest() in named[1] or hashlib.sha1(own).digest() in named[1]  # noqa: S324
    need(fits, "the time-stamp names another certificate than the one that signed it")
    check_signed(certificate, fields[5][1], b"\x31" + fields[3][2][1:], digest)
    time = check_info(info, covers)
    check_certificates(certificate, given, roots, time)
    return time


def check_signed(certificate: x509.Certificate, signature: bytes, data: bytes, digest: str) -> None:
    """Check a signature with a certificate's key."""
    key = certificate.public_key()
    algorithm = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[digest]
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(algorithm))
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, data)
    else:
        raise Wrong("the authority signs with a kind of key that is not known here")


def check_info(info: bytes, covers: bytes) -> datetime:
    """Check what a time-stamp is over; returns its time."""
    fields = parts(info) if info[:1] != b"\x30" else parts(parts(info)[0][1])
    algorithm, imprint = parts(fields[2][1])
    name = OIDS.get(parts(algorithm[1])[0][1], "")
    need(name in {"sha256", "sha384", "sha512"}, "the time-stamp's hash is not known here")
    need(imprint[1] == hashlib.new(name, covers).digest(), "the time-stamp is over something else")
    text = fields[4][1].decode("ascii")
    form = "%Y%m%d%H%M%S.%fZ" if "." in text else "%Y%m%d%H%M%SZ"
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def check_certificates(
    signer: x509.Certificate,
    given: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    time: datetime,
) -> None:
    """Check that the signer may stamp, and leads to a root that is trusted, all of them valid at the time."""
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    stamping = list(usage.value) == [x509.oid.ExtendedKeyUsageOID.TIME_STAMPING]
    need(usage.critical and stamping, "the certificate may not stamp times")
    current = signer
    for _ in range(6):
        valid = current.not_valid_before_utc <= time <= current.not_valid_after_utc
        need(valid, "a certificate of the authority was not valid then")
        if current in roots:
            return
        for above in (*roots, *given):
            if above.subject == current.issuer and above != current:
                current.verify_directly_issued_by(above)
                need(
                    above.extensions.get_extension_for_class(x509.BasicConstraints).value.ca,
                    "a certificate of the authority may issue none",
                )
                current = above
                break
        else:
            break
    raise Wrong("the time-stamp does not lead to a root that you trust")


_DER = __import__("cryptography.hazmat.primitives.serialization", fromlist=["Encoding"]).Encoding.DER


# --------------------------------------------------------------- all of it


class Result:
    """What was found: the last head, whether the origin is proved, the times that are proved, and how many
    rows are bound to fields of their records, of how many that could be."""

    def __init__(
        self,
        head: Mapping[str, Any],
        proved: bool,
        stamps: int,
        times: Sequence[datetime],
        bound: tuple[int, int],
    ) -> None:
        self.bound = bound
        self.head, self.proved, self.stamps, self.times = head, proved, stamps, times


def check(files: Files, trusted: Sequence[str] = (), roots: Sequence[x509.Certificate] = ()) -> Result:
    """Check a whole bundle; raises Wrong with the first thing that is wrong."""
    manifest = check_bag(files)
    names = sorted(path for path in files if path.startswith("data/ledger/heads/") and path.endswith(".json"))
    expected = [f"data/ledger/heads/{place:09d}.json" for place in range(len(names))]
    need(names == expected, "a statement of the ledger is missing")
    envelopes = [files[name] for name in names]
    chain = Chain(envelopes, trusted)
    check_seal(files, manifest, chain)
    kinds = check_records(files, chain.head)
    facts = parse(files.get("data/facts.json", b""), "data/facts.json")
    try:
        figures = check_figures(files, facts, kinds)
        bound = check_bindings(files, facts, kinds)
        check_exhibits(files, facts, kinds)
        check_case(files, facts)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Wrong(f"data/facts.json lacks something: {type(error).__name__} {error}") from None
    check_page(files, figures)
    times = []
    stamps = 1 if "stamp.tsr" in files else 0
    if stamps and roots:
        times.append(check_stamp(files["stamp.tsr"], bytes.fromhex(manifest), roots))
    for place, envelope in enumerate(envelopes):
        answers: list[bytes] = []
        while (path := f"data/ledger/heads/{place:09d}.{len(answers) + 1}.tsr") in files:
            covers = b"".join(hashlib.sha256(each).digest() for each in (envelope, *answers))
            if roots:
                times.append(check_stamp(files[path], covers, roots))
            answers.append(files[path])
        stamps += len(answers)
    return Result(chain.head, chain.proved and len(times) == stamps, stamps, times, bound)


class Folder(Mapping[str, bytes]):
    """The files of a folder, read when asked for; links and other things that are no files are refused."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = {}
        for place, folders, names in os.walk(folder):
            for name in (*folders, *names):
                path = Path(place) / name
                need(not path.is_symlink() and (path.is_file() or path.is_dir()), f"{path} is no plain file")
            for name in names:
                path = Path(place) / name
                self.names[path.relative_to(folder).as_posix()] = path

    def __getitem__(self, name: str) -> bytes:
        return self.names[name].read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def main(words: Sequence[str]) -> int:
    """Check the bundle that the words name; returns the exit status."""
    trusted, roots, folders = [], [], []
    rest = iter(words)
    for word in rest:
        if word == "--fingerprint":
            trusted.append(next(rest, ""))
        elif word == "--authority-root":
            roots += x509.load_pem_x509_certificates(Path(next(rest, "")).read_bytes())
        else:
            folders.append(word)
    if len(folders) != 1 or folders[0].startswith("-") or not Path(folders[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return USAGE
    try:
        result = check(Folder(Path(folders[0])), trusted, roots)
    except Wrong as error:
        print(f"WRONG: {error}")
        return WRONG
    print(
        f"consistent: {result.head['size']} records, head {result.head['number']}, root {result.head['root']}"
    )
    print(f"rows bound to fields of their records: {result.bound[0]} of {result.bound[1]}")
    for time in result.times:
        print(f"stamped {time.isoformat()}")
    if len(result.times) < result.stamps:
        print(f"{result.stamps} time-stamps were not checked: give --authority-root, from elsewhere")
    print("origin proved" if result.proved else "consistent, origin unproved")
    return PROVED if result.proved else UNPROVED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
