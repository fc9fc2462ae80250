"""The command ``nospim demo``: a made-up world, scanned, so that a newcomer sees what a scan gives."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console


def demo(out: Path = Path("nospim-demo")) -> int:
    """Make a small world with attackers in it, scan it, and say where the report is.

    Parameters
    ----------
    out
        Folder for the world (in `world`) and for what the scan finds.

    Returns the exit status.
    """
    from nospim.cli.scan import scan  # noqa: PLC0415 - the drill and the scan load only when needed
    from nospim.drill import demo_plan, generate, write_world  # noqa: PLC0415

    plan = demo_plan()
    console = Console()
    console.print(
        f"A made-up service of {plan.accounts} people over {plan.days} days, "
        f"with attackers in it (seed {plan.seed}).",
        highlight=False,
    )
    world = out / "world"
    write_world(generate(plan), world)
    status = scan([str(world / "events.jsonl.gz")], out=out)
    console.print(
        f"how well it did: nospim score {world} {out}", highlight=False, markup=False, soft_wrap=True
    )
    return status
