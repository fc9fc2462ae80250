"""The report as one self-contained page: no script, no outside request, every string escaped."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from nospim.findings import Findings, Summary
from nospim.reports import story, tree, views, words

TEMPLATES: Final = "templates"


def render(findings: Findings, summary: Summary) -> str:
    """The page ``report.html``.

    findings, summary: what the casework concluded; `summary.run` is not used, so that the same input
    gives the same bytes.  Returns HTML5 that refers to nothing outside itself (its Content Security
    Policy allows its own style sheet, by hash, and nothing else).
    """
    css, css_hash = _style()
    return (
        _environment()
        .get_template("report.html")
        .render(css=Markup(css), css_hash=css_hash, **_content(findings, summary))  # noqa: S704 - our own file
    )


def _content(findings: Findings, summary: Summary) -> dict[str, Any]:
    campaigns = story.by_size(findings)
    operators = sorted(findings.operators, key=lambda o: (-len(o.campaigns), not o.linkage, o.source, o.id))
    names = views.name_all(campaigns, operators)
    domains = views.domains(campaigns, names)
    hijacked = views.accounts(findings, ("hijacked",))
    others = views.accounts(findings, ("fake", "abusive"))
    fakes = views.fakes(findings)
    rows, cards = views.MAX_ROWS, views.MAX_CARDS
    linked = [operator for operator in operators if len(operator.campaigns) > 1 or operator.linkage]
    alone = operators[len(linked) :]  # the order puts those that are linked first
    return {
        "title": story.title(findings, summary),
        "story": story.paragraph(findings, summary),
        "figures": story.figures(findings, summary),
        "timeline": views.strips(campaigns, names),
        "cards": [
            views.card(campaign, names, fakes.get(campaign.source, frozenset()))
            for campaign in campaigns[:cards]
        ],
        "briefs": [views.brief(campaign, names) for campaign in campaigns[cards : cards + rows]],
        "more_campaigns": max(0, len(campaigns) - cards - rows),
        "hijacked": [views.account_row(account, names) for account in hijacked[:rows]],
        "more_hijacked": max(0, len(hijacked) - rows),
        "others": [views.account_row(account, names) for account in others[:rows]],
        "more_others": max(0, len(others) - rows),
        "operators": [views.operator_view(operator, names) for operator in linked[:rows]],
        "more_operators": max(0, len(linked) - rows),
        "alone": [views.operator_view(operator, names) for operator in alone[:rows]],
        "more_alone": max(0, len(alone) - rows),
        "domains": domains[:rows],
        "more_domains": max(0, len(domains) - rows),
        "first_rows": views.FIRST_ROWS,
        "shape": tree,
        **_footing(summary),
    }


def _footing(summary: Summary) -> dict[str, Any]:
    """What the page stands on: what was lacking, bounds, counts and versions."""
    return {
        "lacking": [words.plain(sentence, 400) for sentence in summary.lacking],
        "bounds": [
            (words.heading(name), words.number(summary.limits[name])) for name in sorted(summary.limits)
        ],
        "counts": [
            (words.heading(name), words.number(summary.counts[name])) for name in sorted(summary.counts)
        ],
        "versions": [
            ("nospim", words.plain(summary.nospim)),
            ("Wording model", words.plain(summary.model)),
            ("Configuration", words.plain(summary.configuration, 200)),
        ],
    }


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        number=words.number,
        unbroken=words.unbroken,
        count=words.count,
        moment=words.moment,
        short_moment=words.short_moment,
        plain=words.plain,
    )
    return environment


@cache
def _read(name: str) -> str:
    return resources.files(__package__).joinpath(TEMPLATES, name).read_text(encoding="utf-8")


@cache
def _style() -> tuple[str, str]:
    """The style sheet and its hash in the form of Content Security Policy (CSP 3, section 2.3.1)."""
    css = _read("report.css")
    digest = hashlib.sha256(css.encode()).digest()
    return css, "sha256-" + base64.b64encode(digest).decode()
