"""A bundle: a true bag, every number with its rows, nobody named, and checked without nospim."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any, cast

import bagit
import pytest
from benchmarks.evidence import SmallCase, files_of
from benchmarks.mutations import resealed
from benchmarks.story import EXPECTED, STORY
from msgspec import Struct
from pypdf import PdfReader

from nospim.bundles import verify
from nospim.bundles.build import harmless
from nospim.errors import NospimError, UsageError
from nospim.ledger.signing import SigningKey

KEY = SigningKey.generate()
PEOPLE = ("ann", "bo", "cy", "dee", "eli", "fay")
"""Accounts of the story; their names must not be in a redacted bundle."""


class Bundle(Struct):
    folder: Path
    files: dict[str, bytes]

    @property
    def facts(self) -> dict[str, object]:
        told: dict[str, object] = json.loads(self.files["data/facts.json"])
        return told


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> SmallCase:
    return SmallCase(tmp_path_factory.mktemp("case"), KEY)


@pytest.fixture(scope="module")
def bundle(case: SmallCase) -> Bundle:
    made = case.bundle(case.folder / "bundle")
    assert made.standard == "a-2b"
    return Bundle(case.folder / "bundle", files_of(case.folder / "bundle"))


@pytest.fixture(scope="module")
def sealed(case: SmallCase) -> Bundle:
    case.bundle(case.folder / "sealed", redact=False, printed=False)
    return Bundle(case.folder / "sealed", files_of(case.folder / "sealed"))


def figures(bundle: Bundle) -> dict[str, str]:
    queries = json.loads(bundle.files["data/facts.json"])["queries"]
    return {figure["key"]: figure["value"] for query in queries for figure in query["figures"]}


def words(bundle: Bundle) -> str:
    reader = PdfReader(io.BytesIO(bundle.files["data/report.pdf"]))
    text = " ".join(page.extract_text() for page in reader.pages)
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


def test_the_bundle_is_a_bag_to_the_library_of_congress_too(bundle: Bundle) -> None:
    bagit.Bag(str(bundle.folder)).validate()


def test_the_figures_are_those_counted_by_hand_and_the_costs(bundle: Bundle) -> None:
    told = figures(bundle)

    assert {key: told[key] for key in EXPECTED} == EXPECTED
    assert (told["cost_staff_usd"], told["cost_invoice_usd"]) == ("297.50", "1250.00")


def test_every_figure_on_the_page_and_on_paper_is_in_the_manifest(bundle: Bundle) -> None:
    told = figures(bundle)
    page = bundle.files["data/report.html"].decode()
    on_page = re.findall(
        r'<data class="figure" value="([^"]*)" data-figure="([^"]*)">([^<]*)</data><sup>(F\d+)<', page
    )
    assert len(on_page) > 30
    on_paper = words(bundle)
    for value, key, shown, ref in on_page:
        assert told[key] == value
        assert f"{shown}{ref}" in on_paper.replace(" UTC" + ref, " UTC" + ref)
    for number in range(1, len(told) + 1):
        assert re.search(rf"\bF{number}\b", on_paper), number


def test_every_exhibit_is_numbered_and_shown_and_every_page_has_its_number(bundle: Bundle) -> None:
    told = json.loads(bundle.files["data/facts.json"])
    numbers = [exhibit["number"] for exhibit in told["exhibits"]]
    assert numbers == [f"EX-{place:03d}" for place in range(1, len(numbers) + 1)]
    steps = {step for exhibit in told["exhibits"] for step in exhibit["steps"]}
    assert steps == {"1", "2", "4", "5", "6", "7", "8", "9", "10", "11", "12"}
    text, page = words(bundle), bundle.files["data/report.html"].decode()
    for number in numbers:
        assert f"Exhibit {number}" in text
        assert f"Exhibit {number}" in page
    pages = PdfReader(io.BytesIO(bundle.files["data/report.pdf"])).pages
    for place, one in enumerate(pages, 1):
        assert f"K-1-{place:06d}" in one.extract_text()


def test_the_paper_keeps_its_fonts_and_its_standard(bundle: Bundle) -> None:
    reader = PdfReader(io.BytesIO(bundle.files["data/report.pdf"]))
    fonts = {
        font.get_object()["/BaseFont"]: font.get_object()
        for page in reader.pages
        for font in cast("dict[str, Any]", page["/Resources"]).get("/Font", {}).values()
    }
    assert fonts
    for name, font in fonts.items():
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor), f"{name} is not inside"
    assert (
        b"pdfaid:part" in bundle.files["data/report.pdf"] or b"/Metadata" in bundle.files["data/report.pdf"]
    )


def test_nobody_is_named_in_a_redacted_bundle(bundle: Bundle) -> None:
    shown = {
        name: data
        for name, data in bundle.files.items()
        if name.startswith("data/") and not name.startswith(("data/case/", "data/verify.py"))
    }
    shown["data/report.pdf"] = words(bundle).encode()
    for name, data in shown.items():
        for person in PEOPLE:
            assert not re.search(rb"(?<![\w-])%b(?![\w-])" % person.encode(), data), f"{person} is in {name}"
        assert b"see you at 8" not in data, name


def test_what_was_withheld_is_logged_with_both_hashes(bundle: Bundle) -> None:
    told = json.loads(bundle.files["data/facts.json"])
    leaves = dict(row.split(",")[::2] for row in bundle.files["data/ledger/records.csv"].decode().split()[1:])

    for one in told["redactions"]:
        assert leaves[str(one["record"])] == one["leaf"]
        assert re.fullmatch(r"[0-9a-f]{64}", one["shown"])


def test_privileged_notes_are_withheld_and_the_case_still_follows(bundle: Bundle) -> None:
    opened = [
        b64decode(json.loads(line)["body"]) for line in bundle.files["data/case/opened.jsonl"].splitlines()
    ]
    entries = bundle.files["data/case/entries.txt"].split()

    assert len(entries) == len(opened) + 1
    assert b"the page moved" in b"".join(opened)
    assert not any(b"ask the registrar first" in data for data in bundle.files.values())


def test_sealed_originals_open_every_record_but_what_counsel_withholds(
    case: SmallCase, sealed: Bundle
) -> None:
    rows = list(csv.reader(io.StringIO(sealed.files["data/ledger/records.csv"].decode())))[1:]
    opened = [json.loads(line) for line in sealed.files["data/ledger/originals.jsonl"].splitlines()]

    withheld = case.places[3]  # the note marked privileged
    assert [one["seq"] for one in opened] == [int(row[0]) for row in rows if int(row[0]) != withheld]
    assert not any(b"ask the registrar first" in b64decode(one["body"]) for one in opened)
    assert json.loads(b64decode(opened[0]["body"])) == STORY[opened[0]["seq"]][1]
    assert b"ann" in sealed.files["data/tables/messages.csv"]
    assert verify.check(sealed.files, [KEY.fingerprint]).proved


def test_an_original_that_was_changed_is_found_even_under_the_true_key(sealed: Bundle) -> None:
    lines = sealed.files["data/ledger/originals.jsonl"].splitlines(keepends=True)
    told = json.loads(lines[0])
    told["body"] = told["body"][:40] + ("A" if told["body"][40] != "A" else "B") + told["body"][41:]
    lines[0] = json.dumps(told).encode() + b"\n"
    files = resealed(sealed.files | {"data/ledger/originals.jsonl": b"".join(lines)}, KEY)

    with pytest.raises(verify.Wrong, match="was changed"):
        verify.check(files, [KEY.fingerprint])


@pytest.mark.parametrize(
    ("name", "cell", "other"),
    [
        ("sign_ins", b"198.51.100.9", b"198.51.100.8"), ("sign_ins", b"666", b"667"),
        ("messages", b"2026-03-02T12:00:05.000000Z", b"2026-03-02T12:00:06.000000Z"),
        ("accounts", b",fake,", b",hijacked,"), ("links", b"http://bad.example/1", b"http://bad.example/2"),
        ("clean_up", b"end_sessions", b"recall"),
    ],
)  # fmt: skip
def test_a_cell_that_is_not_what_the_ledger_committed_to_is_found_even_under_the_true_key(
    bundle: Bundle, sealed: Bundle, name: str, cell: bytes, other: bytes
) -> None:
    path = f"data/tables/{name}.csv"
    for made in (bundle, sealed):
        assert cell in made.files[path]
        changed = made.files[path].replace(cell, other, 1)
        told = json.loads(made.files["data/facts.json"])
        for query in told["queries"]:  # an insider makes the figures right again
            if query["file"] == path:
                tallies = [verify.Tally(figure, query["columns"]) for figure in query["figures"]]
                for row in verify.table({path: changed}, path, query["columns"]):
                    for tally in tallies:
                        tally.add(row)
                for tally, figure in zip(tallies, query["figures"], strict=True):
                    figure["value"] = tally.value()
        facts = json.dumps(told).encode()
        files = resealed(made.files | {path: changed, "data/facts.json": facts}, KEY)
        with pytest.raises(verify.Wrong, match=r"something else than record|not what its figures give"):
            verify.check(files, [KEY.fingerprint])


def test_every_row_that_can_be_bound_is_and_fields_are_shown_sparingly(
    bundle: Bundle, sealed: Bundle
) -> None:
    for made in (bundle, sealed):
        bound, rows = verify.check(made.files, [KEY.fingerprint]).bound
        assert bound == rows > 15
    shown = bundle.files["data/ledger/bindings.jsonl"]
    assert b"198.51.100.9" in shown
    assert b"see you at 8" not in shown
    assert b"look " not in shown


def test_fields_that_contradict_the_original_are_found(sealed: Bundle) -> None:
    lines = sealed.files["data/ledger/bindings.jsonl"].splitlines(keepends=True)
    told = json.loads(lines[0])
    told["rest"] = told["rest"][1:]
    lines[0] = json.dumps(told).encode() + b"\n"
    files = resealed(sealed.files | {"data/ledger/bindings.jsonl": b"".join(lines)}, KEY)
    with pytest.raises(verify.Wrong, match="is not what the ledger committed to"):
        verify.check(files, [KEY.fingerprint])


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--fingerprint", KEY.fingerprint), 0, "origin proved"),
        (("--fingerprint", KEY.fingerprint.upper()), 0, "origin proved"),
        ((), 4, "consistent, origin unproved"),
        (("--fingerprint", "0" * 64), 4, "consistent, origin unproved"),
    ],
)
def test_a_stranger_checks_it_with_one_file(
    bundle: Bundle, tmp_path: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    alone = tmp_path / "verify.py"
    alone.write_bytes(bundle.files["data/verify.py"])
    # -I: neither the checkout, nor anything that points to it, can be imported.
    command = [sys.executable, "-I", str(alone), str(bundle.folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (status, said)


def test_the_stranger_is_told_what_is_wrong(bundle: Bundle, tmp_path: Path) -> None:
    alone = tmp_path / "verify.py"
    alone.write_bytes(bundle.files["data/verify.py"])
    copy = tmp_path / "copy"
    for name, data in bundle.files.items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(data)
    (copy / "data" / "tables" / "messages.csv").write_bytes(b"nothing")
    command = [sys.executable, "-I", str(alone), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "WRONG: data/tables/messages.csv was changed\n")
    (copy / "data" / "link").symlink_to("/etc/hostname")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "no plain file" in done.stdout) == (1, True)
    assert subprocess.run([*command, "--nothing"], capture_output=True, check=False).returncode == 2


def test_the_provenance_graph_conforms_to_case(bundle: Bundle) -> None:
    graph = bundle.folder / "data" / "provenance.jsonld"
    command = [sys.executable, "-c", "from case_utils.case_validate import main; main()", str(graph)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.stdout.splitlines()[:2] == ["Validation Report", "Conforms: True"], done.stderr
    told = json.loads(graph.read_bytes())["@graph"]
    numbers = [node["case-investigation:exhibitNumber"] for node in told if "exhibitNumber" in str(node)]
    assert numbers == [one["number"] for one in json.loads(bundle.files["data/facts.json"])["exhibits"]]


def test_the_checker_shares_no_code_and_needs_one_package() -> None:
    source = Path(verify.__file__).read_text(encoding="utf-8")
    imported = set(re.findall(r"^(?:import|from) (\w+)", source, re.M))

    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def test_the_same_case_makes_the_same_paper(case: SmallCase, bundle: Bundle) -> None:
    case.bundle(case.folder / "again")
    again = files_of(case.folder / "again")

    for name in ("data/report.pdf", "data/report.html", "data/facts.json", "data/tables/messages.csv"):
        assert again[name] == bundle.files[name], name


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("+1 a", "'+1 a"), ("-x", "'-x"), ("@x", "'@x"),
        ("\t=1", "'\t=1"), ("'=1", "''=1"),
        ("-1.50", "-1.50"), ("12", "12"), ("P-00001", "P-00001"), ("", ""),
    ],
)  # fmt: skip
def test_no_cell_of_a_table_is_a_formula(cell: str, written: str) -> None:
    assert harmless(cell) == written


def test_a_bundle_is_never_written_over_nor_made_with_another_key(case: SmallCase, bundle: Bundle) -> None:
    with pytest.raises(UsageError, match="never written over"):
        case.bundle(bundle.folder)
    case.key, true = SigningKey.generate(), case.key
    try:
        with pytest.raises(NospimError, match="sealed with this key"):
            case.bundle(case.folder / "other")
    finally:
        case.key = true
