"""The pages for admins: every setting of the modules is on them, and what they tell to do works."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest
from ejabberd_server import LIBRARIES, NO_EJABBERD
from ejabberd_server import serving as ejabberd
from guard_process import running
from prosody_server import serving
from xmpp_people import people, until
from xmpp_scene import run

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to"


def settings(page: str) -> set[str]:
    """The names in the first column of the page's table of settings."""
    text = (HOW_TO / page).read_text(encoding="utf-8").partition("## Settings")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \|", text, re.M)
    return {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}


def test_every_setting_of_the_prosody_module_is_documented() -> None:
    source = (ROOT / "integrations/prosody/mod_nospim/mod_nospim.lua").read_text(encoding="utf-8")
    asked = set(re.findall(r'get_option\w*\("(nospim_\w+)"', source))

    assert asked
    assert settings("protect-prosody.md") == asked


def test_every_setting_of_the_ejabberd_module_is_documented() -> None:
    source = (ROOT / "integrations/ejabberd/mod_nospim.erl").read_text(encoding="utf-8")
    options = source.partition("mod_options(_Host) ->")[2].partition("].")[0]
    asked = set(re.findall(r"\{(\w+), ", options))

    assert asked
    assert settings("protect-ejabberd.md") == asked


def test_the_page_for_prosody_leads_to_a_refused_lure(tmp_path: Path) -> None:
    page = (HOW_TO / "protect-prosody.md").read_text(encoding="utf-8")
    policy = re.findall(r"```toml\n(.*?)```", page, re.S)[0]
    lure = re.findall(r"Send somebody `([^`]+)`", page)[0]
    token = tmp_path / "nospim-token"

    with running(tmp_path / "guard", policy) as guard:
        token.write_text(guard.token + "\n")
        options = f'nospim_token_file = "{token}"'
        with serving(tmp_path / "server", guard, ["ann", "bob"], options) as server:

            async def scene() -> None:
                async with people(server.port, "ann", "bob") as (ann, bob):
                    ann.say("bob@localhost", "hello")
                    ann.say("bob@localhost", lure)
                    await until(lambda: len(ann.refused) == 1)
                    await until(lambda: bob.heard() == ["hello"])

            run(scene())


def test_the_page_for_ejabberd_leads_to_a_refused_lure(tmp_path: Path) -> None:
    page = (HOW_TO / "protect-ejabberd.md").read_text(encoding="utf-8")
    policy = re.findall(r"```toml\n(.*?)```", page, re.S)[0]
    lure = re.findall(r"Send somebody `([^`]+)`", page)[0]
    (compiling,) = re.findall(r"^erlc .*$", page, re.M)
    (options,) = re.findall(r"```sh\n(ERL_OPTIONS=.*?)\n```", page, re.S)
    (module,) = re.findall(r"```yaml\nmodules:\n(  mod_nospim:.*?)```", page, re.S)
    assert re.findall(r"-pa (\S+)\"", options) == re.findall(r"-o (\S+)", compiling)
    if not LIBRARIES or shutil.which("erlc") is None:
        pytest.skip(NO_EJABBERD)

    ebin, token = tmp_path / "ebin", tmp_path / "nospim-token"
    ebin.mkdir()
    here = re.sub(r"-o \S+", f"-o {ebin}", compiling)
    subprocess.run(here, shell=True, cwd=ROOT, check=True, capture_output=True)  # noqa: S602 - as a person types it
    assert {path.stem for path in ebin.glob("*.beam")} >= {"mod_nospim"}

    with running(tmp_path / "guard", policy) as guard:
        token.write_text(guard.token + "\n")
        written = textwrap.dedent(module).replace("/etc/ejabberd/nospim-token", str(token))
        assert str(token) in written
        written += f'  url: "{guard.url}"\n'
        with ejabberd(tmp_path / "server", None, ["ann", "bob"], written, ebin=ebin) as server:

            async def scene() -> None:
                async with people(server.port, "ann", "bob") as (ann, bob):
                    ann.say("bob@localhost", "hello")
                    ann.say("bob@localhost", lure)
                    await until(lambda: len(ann.refused) == 1)
                    await until(lambda: bob.heard() == ["hello"])

            run(scene())
