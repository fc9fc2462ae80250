"""``./dev bench``: choose a measurement; without a word, speed and memory, then the parts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cyclopts import App

from benchmarks import (
    ablation,
    benign,
    brand,
    casework,
    history,
    journal,
    kills,
    load,
    mutations,
    parts,
    quality,
    recall,
    robust,
    rules,
    scan,
    spread,
    sweep,
    synapse,
    xmpp,
)
from benchmarks import range as attackers_range
from nospim.errors import NospimError

app = App(
    name="./dev bench",
    help="Measure nospim: speed, memory and quality.",
    help_format="plaintext",
    version_flags=(),
    result_action="return_value",
)
app.command(scan.main, name="scan")
app.command(parts.main, name="parts")
app.command(quality.main, name="quality")
app.command(ablation.main, name="ablation")
app.command(spread.main, name="spread")
app.command(robust.main, name="robust")
app.command(attackers_range.main, name="range")
app.command(sweep.main, name="sweep")
app.command(xmpp.main, name="xmpp")
app.command(benign.main, name="benign")
app.command(rules.main, name="rules")
app.command(brand.main, name="brand")
app.command(load.main, name="load")
app.command(journal.main, name="journal")
app.command(kills.main, name="kills")
app.command(mutations.main, name="mutations")
app.command(casework.main, name="casework")
app.command(history.main, name="history")
app.command(synapse.main, name="synapse")
app.command(recall.main, name="recall")


@app.default
def everything(*, world: Path | None = None) -> None:
    """Measure speed, memory and where the time goes.

    Parameters
    ----------
    world
        Folder with events.jsonl or events.jsonl.gz; without it a drill is made on the spot.
    """
    scan.main(world=world)
    print()
    parts.main(world=world)


def main(arguments: Sequence[str]) -> int:
    """Run one measurement; returns the exit status, having said in one line why it is not 0."""
    try:
        app(list(arguments))
    except (NospimError, OSError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(
            f"bench: a measurement failed ({' '.join(error.cmd[1:4])}); its reason is above", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
