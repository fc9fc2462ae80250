"""Training the wording model on small corpora made up here: grouping, honesty, the same bytes twice."""

from __future__ import annotations

import gzip
import json
import random
import re
from pathlib import Path

import pytest

from nospim.cli.train import train_lookalikes
from nospim.cli.train import train_wording as command
from nospim.errors import NospimError
from nospim.quality.corpora import Row, irc_lines, read
from nospim.quality.train_wording import FEWEST_DOCUMENTS, train_wording, weighted_figures
from nospim.quality.wording_figures import f1_on_texting, reliability, shares_elsewhere
from nospim.text import WordingModel, fingerprint
from nospim.text.features import bucket

HAM = tuple(
    re.findall(
        r"\S+",
        "dinner home tonight train late mother office weekend movie sleep lecture coffee sister rain",
    )
)
SPAM = tuple(
    re.findall(
        r"\S+",
        "prize winner claim cash voucher subscribe channel ringtone offer bonus credit lottery reward txt",
    )
)


def sentence(draw: random.Random, words: tuple[str, ...], number: int) -> str:
    return " ".join(
        [*draw.sample(words, 6), f"nonce{'abcdefghij'[number % 10]}{chr(97 + number // 10 % 26)}"]
    )


def corpora(folder: Path, rows: int = 150) -> Path:
    draw = random.Random(4)
    for file in ("uci_sms", "smishing_new", "youtube_comments"):
        lines = []
        for number in range(rows):
            lines.append({"label": "ham", "text": sentence(draw, HAM, number)})
            lines.append({"label": "spam", "text": sentence(draw, SPAM, number)})
        write(folder / f"{file}.jsonl.gz", "\n".join(map(json.dumps, lines)))
    chat = [f"[10:0{n % 10}] <ann{n}> bob: {sentence(draw, HAM, n)}" for n in range(rows * 9)]
    write(folder / "ubuntu_irc.txt.gz", "# file a\n=== ann has joined\n" + "\n".join(chat))
    return folder


def write(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


@pytest.fixture
def needs_learn() -> None:
    pytest.importorskip("sklearn", reason="the extra 'learn' is not installed")


def row(spam: bool, corpus: str = "uci") -> Row:
    return Row(corpus, spam, "", [], fingerprint(""), 0)


@pytest.mark.usefixtures("needs_learn")
def test_the_same_corpora_give_the_same_bytes_and_a_model_that_tells_them_apart(tmp_path: Path) -> None:
    folder = corpora(tmp_path)
    one, two = train_wording(folder), train_wording(folder)
    assert one.model.encode() == two.model.encode()
    assert one.model.version.startswith("wording-")
    assert one.model.bits("claim your prize now winner") >= 2000
    assert one.model.bits("dinner tonight after the train home") <= -1000
    assert one.model.header.training["held_out"]["auc"] >= 0.99
    assert f1_on_texting(one) >= 0.95
    assert {corpus["file"] for corpus in one.model.header.training["corpora"]} == {
        "uci_sms.jsonl.gz",
        "smishing_new.jsonl.gz",
        "youtube_comments.jsonl.gz",
        "ubuntu_irc.txt.gz",
    }
    assert all(-4 <= said <= 6 for said, _, _ in reliability(one))


@pytest.mark.usefixtures("needs_learn")
def test_what_few_people_wrote_is_not_learned(tmp_path: Path) -> None:
    folder = corpora(tmp_path)
    secret = [{"label": "ham", "text": f"dinner with grandmother {word}"} for word in HAM + SPAM][
        : FEWEST_DOCUMENTS - 1
    ]
    old = gzip.decompress((folder / "uci_sms.jsonl.gz").read_bytes()).decode()
    write(folder / "uci_sms.jsonl.gz", old + "\n" + "\n".join(map(json.dumps, secret)))
    model = train_wording(folder).model
    assert bucket("grandmother") not in model.weights
    assert bucket("dinner") in model.weights


@pytest.mark.usefixtures("needs_learn")
def test_the_command_writes_a_model_that_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "wording.model"
    command(corpora(tmp_path), out)
    assert WordingModel.decode(out.read_bytes()).header.count > 0
    said = capsys.readouterr().out
    assert "weights" in said
    assert "recall_at_0.1%_false" in said
    assert "Bits on held-out groups" in said


@pytest.mark.usefixtures("needs_learn")
def test_elsewhere_wordings_of_the_training_are_left_out(tmp_path: Path) -> None:
    trained = train_wording(corpora(tmp_path))
    known = trained.rows[0].plain
    write(
        tmp_path / "nus_sms_en.jsonl.gz",
        "\n".join(
            json.dumps({"text": text}) for text in (known, "is this you in the video", "see you at home")
        ),
    )
    nus, irc = shares_elsewhere(trained, tmp_path)
    assert (nus.name, nus.rows) == ("NUS SMS Corpus, ham", 2)
    assert nus.cues == {"hints_at_pictures_of_you": 0.5}
    assert irc.name == "Ubuntu IRC, ham"


def test_near_duplicates_share_a_group_and_each_wording_is_read_once(tmp_path: Path) -> None:
    folder = corpora(tmp_path, rows=1)
    texts = [
        "please claim your weekly lottery prize at the office before friday evening",
        "please claim your weekly lottery prize at the office before sunday evening",
        "please claim your weekly lottery prize at the office before sunday evening!! 5",
        "nothing like it at all here",
    ]
    write(folder / "uci_sms.jsonl.gz", "\n".join(json.dumps({"label": "spam", "text": t}) for t in texts))
    rows, sources = read(folder)
    groups = [r.group for r in rows if r.corpus == "uci"]
    assert len(groups) == 3
    assert groups[0] == groups[1] != groups[2]
    assert (sources[0].ham, sources[0].spam) == (0, 3)


def test_a_missing_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(NospimError, match=r"cannot read the corpus .*uci_sms"):
        read(tmp_path)


def test_without_the_extra_the_error_says_which(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr("nospim.quality.train_wording.import_module", absent)
    with pytest.raises(NospimError, match=r"extra 'learn' .*numpy is missing"):
        train_wording(tmp_path)


def test_irc_lines_are_what_was_said() -> None:
    lines = [
        "# file",
        "=== x has joined #ubuntu",
        "[09:14] <ann> bob: try again",
        "[09:15] <bob> note: it works",
        "junk",
    ]
    assert list(irc_lines(lines)) == ["try again", "it works"]


@pytest.mark.parametrize(
    ("bits", "auc"),
    [([3.0, 2.0, -1.0, -2.0], 1.0), ([-2.0, -1.0, 2.0, 3.0], 0.0), ([3.0, -1.0, 2.0, -2.0], 0.75)],
)
def test_figures_of_a_ranking(bits: list[float], auc: float) -> None:
    figures = weighted_figures(bits, [row(True), row(True), row(False), row(False)])
    assert figures["auc"] == auc


def test_lookalikes_are_derived_by_the_command(tmp_path: Path) -> None:
    source, out = tmp_path / "confusables.txt", tmp_path / "lookalikes.txt"
    source.write_text("# Version: 17.0.0\n0430 ; 0061 ; MA # a\n", encoding="utf-8")
    train_lookalikes(source, out)
    assert "[lookalike]\na\tАа\n" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [None, "nothing of the kind"])
def test_a_file_that_is_no_table_is_refused(content: str | None, tmp_path: Path) -> None:
    source = tmp_path / "confusables.txt"
    if content is not None:
        source.write_text(content, encoding="utf-8")
    with pytest.raises(NospimError, match="cannot read"):
        train_lookalikes(source, tmp_path / "out")


def test_the_shipped_model_is_what_its_command_makes_of_the_recorded_inputs(
    needs_learn: None, shared_data: Path
) -> None:
    folder = shared_data / "data" / "text"
    shipped = WordingModel.load()
    rows, sources = read(folder)
    recorded = {c["file"]: (c["sha256"], c["ham"], c["spam"]) for c in shipped.header.training["corpora"]}
    assert {s.corpus.file: (s.sha256, s.ham, s.spam) for s in sources} == recorded
    assert len({r.group for r in rows}) == shipped.header.training["held_out"]["groups"]
