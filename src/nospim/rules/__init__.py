"""Rules that operators write over signals and fields: checked, bounded in cost, and asked about messages.

Pure: rules come in as values and nothing here opens a file (`nospim.rulebook` does).
"""

from nospim.rules.apply import Bounds, Ruled, RuleHit, apply
from nospim.rules.compiler import RulesExtraError, compile_rules
from nospim.rules.definition import Effect, Example, Problem, Rule, Written
from nospim.rules.fields import FIELDS, Facts, Field
from nospim.rules.rates import Alarm, RateMeter, Window, alarm, to_demote
from nospim.rules.ruleset import RuleSet

__all__ = [
    "FIELDS",
    "Alarm",
    "Bounds",
    "Effect",
    "Example",
    "Facts",
    "Field",
    "Problem",
    "RateMeter",
    "Rule",
    "RuleHit",
    "RuleSet",
    "Ruled",
    "RulesExtraError",
    "Window",
    "Written",
    "alarm",
    "apply",
    "compile_rules",
    "to_demote",
]
