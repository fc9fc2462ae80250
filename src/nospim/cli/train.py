"""The commands under ``nospim train``, which make the data that `nospim.text` ships."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nospim.errors import NospimError
from nospim.quality import lookalikes
from nospim.quality import train_wording as training
from nospim.quality.wording_figures import Shares, f1_on_texting, reliability, shares_elsewhere


def train_wording(data: Path, out: Path) -> None:
    """Train the wording model on public corpora.

    Parameters
    ----------
    data
        Folder with the corpora's files, as docs/explanation/wording-model.md names them.
    out
        File to write the model to.
    """
    console = Console()
    trained = training.train_wording(data)
    content = trained.model.encode()
    out.write_bytes(content)
    header = trained.model.header
    console.print(Text(f"wrote {out}: {header.version}, {header.count} weights, {len(content)} bytes"))
    held = header.training["held_out"]
    console.print(Text(", ".join(f"{name} {value}" for name, value in held.items())))
    console.print(Text(f"F1 on the SMS Spam Collection, held out: {f1_on_texting(trained):.4f}"))
    console.print(_reliability_table(reliability(trained)))
    elsewhere = shares_elsewhere(trained, data)
    if elsewhere:
        console.print(_share_table(elsewhere))


def train_lookalikes(confusables: Path, out: Path) -> None:
    """Derive the table of look-alike letters from Unicode's confusables.txt.

    Parameters
    ----------
    confusables
        The file confusables.txt of UTS 39.
    out
        File to write the table to.
    """
    try:
        text = confusables.read_text(encoding="utf-8")
        version, mapping = lookalikes.parse_confusables(text.splitlines())
    except (OSError, ValueError) as error:
        raise NospimError(f"cannot read {confusables}: {error}") from None
    out.write_text(lookalikes.derive(version, mapping), encoding="utf-8", newline="\n")
    Console().print(Text(f"wrote {out}: Unicode {version}, {len(mapping)} mappings read"))


def _reliability_table(rows: list[tuple[int, float, float]]) -> Table:
    table = Table(title="Bits on held-out groups")
    for column in ("said", "found", "share of rows"):
        table.add_column(column, justify="right")
    for said, found, share in rows:
        table.add_row(str(said), f"{found:.2f}", f"{share:.3f}")
    return table


def _share_table(sets: list[Shares]) -> Table:
    table = Table(title="Elsewhere, per cent of messages (training wordings left out)")
    table.add_column("")
    for found in sets:
        table.add_column(found.name, justify="right")
    table.add_row("messages", *(str(found.rows) for found in sets))
    for at, limit in enumerate((1, 2, 3)):
        table.add_row(f"{limit} bits or more", *(f"{100 * found.bits[at]:.3f}" for found in sets))
    for kind in sorted({cue for found in sets for cue in found.cues}):
        table.add_row(kind.replace("_", " "), *(f"{100 * found.cues.get(kind, 0):.3f}" for found in sets))
    for kind in sorted({kind for found in sets for kind in found.disguises}):
        table.add_row(f"disguise: {kind}", *(f"{100 * found.disguises.get(kind, 0):.3f}" for found in sets))
    return table
