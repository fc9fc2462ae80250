"""Documentation keeps up: generated parts are current, links lead somewhere, commands are told of."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import jsonschema
import pytest

from nospim import __version__
from nospim.cli.commands import COMMANDS, Command
from nospim.cli.schema import FORMS, LINES, build
from nospim.events import MessageSent, decode

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)

DEV_TASKS = re.findall(r'^    "([a-z]+)": \(', (ROOT / "dev").read_text(encoding="utf-8"), re.M)


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATED: dict[Path, str] = generator().pages()


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the usual hosts make them."""
    headings = re.findall(
        r"^#+ +(.+)$", re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL), re.M
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", GENERATED, ids=lambda p: p.name)
def test_the_generated_part_is_what_would_be_generated_now(path: Path) -> None:
    there = path.read_text(encoding="utf-8") if path.exists() else ""

    assert there == GENERATED[path], f"{path.relative_to(ROOT)} has fallen behind; mend it with: ./dev docs"


def test_every_generated_page_is_looked_at() -> None:
    assert {p.name for p in GENERATED} == {f"{form}.schema.json" for form in FORMS} | {
        "cli.md",
        "events.md",
        "figures.md",
        "http.md",
        "openapi.json",
        "outputs.md",
        "rules.md",
    }


@pytest.mark.parametrize("form", FORMS)
def test_a_published_schema_is_a_schema_and_explains_every_field(form: str) -> None:
    schema = build(form)

    jsonschema.Draft202012Validator.check_schema(schema)
    for name, definition in schema["$defs"].items():
        for field, described in definition.get("properties", {}).items():
            assert described["description"].endswith("."), f"{name}.{field}"


def test_every_file_of_a_scan_that_has_a_form_has_a_schema() -> None:
    page = (DOCS / "reference" / "outputs.md").read_text(encoding="utf-8")

    for form in LINES:
        assert f"## `{form}.json" in page


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.function)
def test_the_help_of_a_command_is_the_first_sentence_of_its_function(command: Command) -> None:
    module, _, name = command.function.partition(":")
    said = getattr(importlib.import_module(module), name).__doc__

    assert said.strip().splitlines()[0] == command.summary


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.function)
def test_every_command_is_in_the_reference(command: Command) -> None:
    words = " ".join(filter(None, ["nospim", command.group, command.name]))

    assert re.search(rf"^#+ {words}$", (DOCS / "reference" / "cli.md").read_text(encoding="utf-8"), re.M)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{target} leads nowhere"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), f"{target}: no such heading"


@pytest.mark.parametrize(
    "page", [p for p in PAGES if DOCS in p.parents], ids=lambda p: str(p.relative_to(ROOT))
)
def test_every_page_can_be_reached_from_the_index(page: Path) -> None:
    index = DOCS / "index.md"
    linked = {
        (DOCS / t.partition("#")[0]).resolve()
        for t in re.findall(r"\]\(([^)\s]+)\)", index.read_text(encoding="utf-8"))
    }

    assert page == index or page in linked, "docs/index.md has no link to it"


def test_the_readme_shows_the_two_commands_and_the_changelog_the_version() -> None:
    readme, changelog = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CHANGELOG.md"))

    assert "./dev demo" in readme
    assert "./dev test" in readme
    assert re.search(rf"^## \[?{re.escape(__version__)}\b", changelog, re.M)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_json_examples_are_json(page: Path) -> None:
    for example in re.findall(r"```json\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        json.loads(example)


def test_the_first_example_of_an_event_is_one() -> None:
    page = (DOCS / "reference" / "events.md").read_text(encoding="utf-8")
    example = re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0]

    assert isinstance(decode(example.encode()), MessageSent)
    jsonschema.validate(json.loads(example), build("events"))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_that_a_page_shows_is_one(page: Path) -> None:
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    shown = re.findall(r"^ *(?:\./dev )?nospim ([a-z]+)", "\n".join(blocks), re.M)
    tasks = re.findall(r"^ *\./dev ([a-z]+)", "\n".join(blocks), re.M)

    assert set(shown) <= {command.group or command.name for command in COMMANDS}
    assert set(tasks) <= set(DEV_TASKS)


def test_the_dev_script_is_executable_and_needs_only_the_standard_library() -> None:
    dev = ROOT / "dev"
    imported = re.findall(r"^\s*(?:import|from) (\w+)", dev.read_text(encoding="utf-8"), re.M)

    assert dev.stat().st_mode & 0o111
    assert set(imported) <= set(sys.stdlib_module_names)
