"""Reports and takedowns on the command line: the gate, the files, and no canary in anything that leaves."""

from __future__ import annotations

import email
import json
from pathlib import Path

import pytest
from benchmarks.story import STORY

from nospim.cli import run
from nospim.ledger.folder import writer

DAY = 20514
NAMES = {
    '"ann"': '"canary-ann@chat.example"', '"bo"': '"canary-bo@chat.example"',
    '"fay"': '"canary-fay@other.example"',
    '"cy"': '"canary-cy@chat.example"', '"score": 0.9,': '"score": 0.999,',
    "http://bad.example/1": "http://bad-pictures.example/u/canary-ann@chat.example?for=canary-bo",
}  # fmt: skip
CONTACTS = """
[reporter]
org = "Chat Example"
mail = "abuse@chat.example"
domain = "chat.example"

[[contact]]
role = "host"
name = "Bad Hosting"
mail = "abuse@hosting.example"
below = ["bad-pictures.example"]

[[contact]]
role = "registrar"
name = "Names Ltd"
mail = "abuse@names.example"
below = ["example"]
"""


class Desk:
    """Somebody at the command line with a case whose people are canaries, and what was printed."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.contacts = folder / "contacts.toml"
        self.contacts.write_text(CONTACTS)
        journal = writer(folder / "ledger")
        for kind, row in STORY:
            text = json.dumps(row)
            for name, canary in NAMES.items():
                text = text.replace(name, canary)
            journal.append(kind, text.encode(), day=DAY)
        journal.close()

    def says(self, *words: object, by: str = "lea") -> tuple[int, str]:
        status = run([str(word) for word in (*words, "--by", by, "--cases", self.folder / "cases")])
        captured = self.capsys.readouterr()
        return status, captured.out + captured.err

    def report(self, form: str, out: str, *words: object, approver: str = "lea") -> tuple[int, str]:
        return self.says(
            "case", "report", "K-1", "--form", form, "--out", self.folder / out, "--contacts", self.contacts,
            "--to", "abuse desks", "--ground", "legitimate interest", "--approver", approver, *words,
        )  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(tmp_path, capsys)
    words = (
        "case",
        "new",
        "K-1",
        "--title",
        "Pictures",
        "--campaign",
        "c-1",
        "--ledger",
        tmp_path / "ledger",
    )
    assert made.says(*words)[0] == 0
    return made


@pytest.mark.parametrize(("form", "files"), [("stix", 1), ("misp", 1), ("xarf", 2), ("arf", 2), ("xmpp", 1)])
def test_a_report_leaves_with_approval_and_without_a_canary(desk: Desk, form: str, files: int) -> None:
    status, said = desk.report(form, "out")

    assert status in {0, 3}, said
    written = sorted((desk.folder / "out").iterdir())
    assert len(written) == files
    for path in written:
        text = path.read_text().lower().replace("%40", "@")
        for canary in ("canary-ann", "canary-bo", "canary-cy"):
            assert canary not in text, path
        assert "look http" not in text
        assert ("canary-fay" in text) == (form == "xmpp")
    assert (
        "exported: to=abuse desks, ground=legitimate interest, approver=lea"
        in desk.says("case", "show", "K-1")[1]
    )


def test_the_mail_goes_to_the_host_and_to_the_registrar(desk: Desk) -> None:
    desk.report("arf", "out")
    mails = [email.message_from_bytes(path.read_bytes()) for path in sorted((desk.folder / "out").iterdir())]

    assert [mail["To"] for mail in mails] == ["abuse@hosting.example", "abuse@names.example"]
    assert all("bad-pictures.example" in mail["Subject"] for mail in mails)


def test_reported_pages_are_tracked_once(desk: Desk) -> None:
    status, said = desk.report("arf", "out", "--track")
    assert (status, said.count("takedown ")) == (0, 2)
    assert "Bad Hosting (host)" in said
    assert "takedown " not in desk.report("xarf", "again", "--track")[1]
    assert len(desk.says("takedown", "list", "K-1", "--due")[1].splitlines()) == 3


def test_an_account_of_the_service_itself_is_not_reported_to_it(desk: Desk) -> None:
    status, said = desk.report("xmpp", "out")

    assert (status, len(list((desk.folder / "out").iterdir()))) == (3, 1)
    assert "canary-ann@chat.example: it is an account of this service itself" in said


def test_nothing_leaves_without_approval_or_over_something_else(desk: Desk) -> None:
    status, said = desk.report("stix", "out", approver="nobody")
    assert (status, "may not approve" in said, (desk.folder / "out").exists()) == (1, True, False)
    assert desk.report("stix", "out")[0] == 0
    assert desk.report("stix", "out")[0] == 2


def test_the_services_own_names_and_pages_without_a_contact_are_said_to_be_left_out(desk: Desk) -> None:
    policy = desk.folder / "policy.toml"
    policy.write_text('[lists]\nown_names = ["bad-pictures.example"]\n')
    status, said = desk.report("xarf", "out", "--policy", policy)
    assert (status, "nothing that may be reported" in said) == (1, True)
    desk.contacts.write_text(CONTACTS.partition("[[contact]]")[0])
    status, said = desk.report("xarf", "out")
    assert (status, "has nobody for it" in said) == (1, True)


def test_a_takedown_from_the_note_to_the_table(desk: Desk) -> None:
    status, said = desk.says(
        "takedown", "new", "K-1", "http://bad-pictures.example/u?email=canary-bo@chat.example",
        "--contact", "Bad Hosting",
    )  # fmt: skip
    assert (status, said) == (0, "takedown 1: http://bad-pictures.example/u\n")
    assert desk.says("takedown", "list", "K-1", "--due")[0] == 4
    assert desk.says("takedown", "sent", "K-1", "1", "--channel", "mail")[0] == 0
    assert desk.says("takedown", "answer", "K-1", "1", "accepted", "--told", "within a day")[0] == 0
    assert desk.says("takedown", "list", "K-1", "--due")[0] == 0
    status, said = desk.says("takedown", "list", "K-1", "--csv", desk.folder / "t.csv")
    assert (status, "accepted" in said, "canary" in said) == (0, True, False)
    assert "within a day" in (desk.folder / "t.csv").read_text()
    assert desk.says("takedown", "drop", "K-1", "1", "--reason", "the name ended")[0] == 0
    assert desk.says("takedown", "answer", "K-1", "9", "refused")[0] == 1
    assert "takedown_sent: takedown=1, channel=mail" in desk.says("case", "show", "K-1")[1]


def test_a_table_that_would_name_somebody_is_not_written(desk: Desk) -> None:
    desk.says("takedown", "new", "K-1", "http://bad-pictures.example/", "--contact", "Bad Hosting")
    desk.says("takedown", "sent", "K-1", "1", "--channel", "mail for canary-bo@chat.example")
    status, said = desk.says("takedown", "list", "K-1", "--csv", desk.folder / "t.csv")

    assert (status, "would name 1 of those" in said, "canary" in said) == (1, True, False)
    assert not (desk.folder / "t.csv").exists()
