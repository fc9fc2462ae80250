"""``./dev bench``: choose a measurement; without a word, speed and memory, then the parts."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from benchmarks import parts, quality, scan

app = App(name="./dev bench", help="Measure nospim: speed, memory and quality.", help_format="plaintext")
app.command(scan.main, name="scan")
app.command(parts.main, name="parts")
app.command(quality.main, name="quality")


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


if __name__ == "__main__":
    app()
