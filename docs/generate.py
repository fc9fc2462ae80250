"""Writes the generated parts of the reference documentation: schemas, and tables between markers.

Run it as ``./dev docs``.  Everything comes from the classes and the command line themselves, and
`tests/repository` fails where a page has fallen behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from nospim.cli import application
from nospim.cli.meanings import meaning
from nospim.cli.schema import FORMS, LINES, build, render
from nospim.facts.catalogue import QUERIES
from nospim.rules import FIELDS, Rule
from nospim.service import openapi
from nospim.service.metrics import HELP
from nospim.service.problems import TYPES, problem

REFERENCE: Final = Path(__file__).resolve().parent / "reference"
MARKED: Final = re.compile(
    r"(?P<open><!-- generated: (?P<name>[a-z-]+) \(mend with: \./dev docs\) -->\n)"
    r".*?"
    r"(?P<close><!-- end of generated part -->)",
    re.DOTALL,
)
HEADER: Final = ("| field | form | meaning |", "|---|---|---|")
WIDEST_CHOICE: Final = 12
"""A form with more choices than this says only its type."""


def pages() -> dict[Path, str]:
    """Every page with a generated part, and the text that it should have."""
    wanted = {REFERENCE / f"{form}.schema.json": render(form) for form in FORMS}
    wanted[REFERENCE / "openapi.json"] = openapi.render()
    for path in sorted(REFERENCE.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if MARKED.search(text):
            wanted[path] = MARKED.sub(_fill, text)
    return wanted


def main() -> None:
    """Write the pages that have fallen behind, and say which."""
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(REFERENCE.parent.parent)}")


def _fill(found: re.Match[str]) -> str:
    made = "\n".join(PARTS[found["name"]]())
    return f"{found['open']}{made.strip()}\n{found['close']}"


def attributes() -> Iterator[str]:
    """The attributes that every event has."""
    definition = build("events")["$defs"]["MessageSent"]
    yield from HEADER
    for name in ("specversion", "source", "id", "type", "time", "subject", "data"):
        varies = {"type": "one of the types below", "data": "object"}
        form = varies.get(name) or _form(definition["properties"][name])
        yield _row(name, form, required=True, meaning=definition["properties"][name]["description"])


def event_types() -> Iterator[str]:
    """One table for each set of types that have the same data."""
    schema = build("events")
    definitions = schema["$defs"]
    by_data: dict[str, list[str]] = {}
    for tag, pointer in schema["discriminator"]["mapping"].items():
        by_data.setdefault(_data_of(definitions[_last(pointer)]), []).append(tag)
    for data, tags in by_data.items():
        yield "### " + ", ".join(f"`{tag}`" for tag in tags)
        yield ""
        yield from _table(definitions[data])
    for name in sorted({"Ref", "Attachment"} & set(definitions)):
        yield f"### {name}"
        yield ""
        yield from _table(definitions[name])


def outputs() -> Iterator[str]:
    """One section for each file that a scan writes."""
    told: set[str] = set()
    for form, (kind, _) in LINES.items():
        file = f"{form}.json" if form == "summary" else f"{form}.jsonl"
        schema = build(form)
        definitions = schema["$defs"]
        yield f"## `{file}`"
        yield ""
        title = schema["title"].partition(": ")[2].capitalize()
        yield f"{title}. Schema: [{form}.schema.json]({form}.schema.json)."
        yield ""
        yield from _table(definitions[kind.__name__])
        for name in _used_by(kind.__name__, definitions):
            if name in told:
                continue
            told.add(name)
            yield f"### {name}"
            yield ""
            yield from _table(definitions[name])


def commands() -> Iterator[str]:
    """What every command says of itself."""
    made = application().generate_docs(heading_level=1)
    yield made[made.index("\n## nospim ") :].strip()


def rule_keys() -> Iterator[str]:
    """The keys of a rule, of its effect and of a test."""
    definitions = msgspec.json.schema(Rule)["$defs"]
    for name, heading in (("Rule", "A rule"), ("Effect", "Its effect"), ("Example", "A test")):
        for field, described in definitions[name]["properties"].items():
            described["description"] = meaning(name, field)
        yield f"### {heading}"
        yield ""
        yield from _table(definitions[name])


def rule_fields() -> Iterator[str]:
    """Every field that an expression may ask about."""
    yield "| field | type | silent | meaning |"
    yield "|---|---|---|---|"
    for field in FIELDS:
        yield f"| `{field.name}` | {field.kind} | `{json.dumps(field.silent)}` | {field.meaning} |"


def calls() -> Iterator[str]:
    """One line for each call of the HTTP API, and its parameters."""
    yield "| call | token's scope | what it does |"
    yield "|---|---|---|"
    for path, methods in openapi.build()["paths"].items():
        for method, call in methods.items():
            if method != "parameters":
                told = call["responses"].get("403", {}).get("description", "none")
                scope = told.removeprefix("Needs the scope ").rstrip(".")
                named = [f"`{p['name']}`: {p['description']}" for p in call.get("parameters", ())]
                yield f"| `{method.upper()} {path}` | {scope} | {' '.join([call['summary'], *named])} |"


def problems() -> Iterator[str]:
    """The kinds of problem documents."""
    yield "| status | type | title |"
    yield "|---|---|---|"
    for status, (_, title) in TYPES.items():
        yield f"| {status} | `{problem(status, '').type}` | {title} |"


def metrics() -> Iterator[str]:
    """Every metric, named as Prometheus reads it."""
    yield "| metric | kind | meaning |"
    yield "|---|---|---|"
    for name, (kind, text) in HELP.items():
        yield f"| `{name}{'_total' * (kind == 'counter')}` | {kind} | {text} |"


def _used_by(owner: str, definitions: dict[str, Any]) -> list[str]:
    """The names of the definitions that one leads to, in the order of its fields."""
    found: list[str] = []
    for name in re.findall(r"#/\$defs/(\w+)", str(definitions[owner])):
        for each in (name, *_used_by(name, definitions)):
            if each not in found:
                found.append(each)
    return found


def _table(definition: dict[str, Any]) -> Iterator[str]:
    required = set(definition.get("required", ()))
    if not definition["properties"]:
        yield "No fields of its own."
    else:
        yield from HEADER
    for name, field in definition["properties"].items():
        yield _row(name, _form(field), required=name in required, meaning=field["description"])
    yield ""


def _row(name: str, form: str, *, required: bool, meaning: str) -> str:
    shown = f"**`{name}`**" if required else f"`{name}`"
    form = form if required else form.removesuffix(" or null")  # it may as well be left out
    return f"| {shown} | {form} | {meaning} |"


def _form(field: dict[str, Any]) -> str:
    """The form of a value in words, without limits that only guard against nonsense."""
    if "$ref" in field:
        return _last(field["$ref"])
    if "enum" in field:
        return _choices(field["enum"])
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_form(each) for each in field["anyOf"]))
    if field.get("type") == "array":
        item = _form(field.get("items", {}))
        return f"list of ({item})" if " or " in item else f"list of {item}"
    if field.get("format") == "date-time":
        return "time"
    kind = str(field.get("type", "any"))
    return "true or false" if kind == "boolean" else kind


def _choices(values: list[Any]) -> str:
    if len(values) > WIDEST_CHOICE:
        return "string"
    return ", ".join("null" if value is None else f"`{value}`" for value in values)


def _data_of(event: dict[str, Any]) -> str:
    return _last(event["properties"]["data"]["$ref"])


def _last(pointer: str) -> str:
    """The name at the end of a pointer such as ``#/$defs/Reason``."""
    return pointer.rpartition("/")[2]


def figures() -> Iterator[str]:
    """The figures of a case, by the queries that they come from."""
    for query in QUERIES:
        yield from ("", f"## {query.title}", "", f"Query `{query.id}`. {query.rule}", "")
        yield from ("| figure | what it is | taken by |", "|---|---|---|")
        for figure in query.figures:
            how = figure.operation + (f" of `{figure.column}`" if figure.column else " of rows")
            how += f" where `{figure.where[0]}` is {figure.where[1]}" if figure.where else ""
            yield f"| `{figure.key}` | {figure.title} | {how} |"


PARTS: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "attributes": attributes,
    "event-types": event_types,
    "outputs": outputs,
    "commands": commands,
    "calls": calls,
    "problems": problems,
    "metrics": metrics,
    "rule-keys": rule_keys,
    "rule-fields": rule_fields,
    "figures": figures,
}

if __name__ == "__main__":
    main()
