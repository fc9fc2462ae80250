"""What each key of a rule, and each field of a rule's hit, means: the part of `meanings` about rules."""

from __future__ import annotations

from typing import Final

RULE_MEANINGS: Final[dict[str, dict[str, str]]] = {
    "Rule": {
        "id": "Its name: lower-case letters, digits, `.`, `-` and `_`. Reasons call it `rule:ID`.",
        "title": "What it finds, in a few words; a verdict's reason repeats them.",
        "author": "Who wrote it.",
        "expression": "When it hits: an expression over the fields below that is true or false.",
        "effect": "What a hit does.",
        "description": "Why it is there, and whom it may hurt.",
        "owner": "Who answers for it; the author where left out.",
        "state": "`draft`: only checked; `shadow`: hits are recorded and do nothing; `live`: it acts.",
        "expires": "The day (UTC, event time) from whose start it no longer holds; never where left out.",
        "share": "Share of accounts (0 to 1) that it acts on once live; for the others it is a shadow.",
        "max_rate": "Share of messages (0 to 1) above which its hits raise an alarm.",
        "on_alarm": "What an alarm does: `shadow` turns the rule to shadow, `tell` only tells.",
        "test": "Examples that it is held to; unless a draft, one that it hits and one that it does not.",
    },
    "Effect": {
        "add_bits": "Bits added to the log-odds, -12 to 12; negative ones speak for the message.",
        "at_least": "The mildest rung that the message then gets: `warn`, `hold` or `block`.",
        "at_most": "The harshest rung that the message then gets: `allow`, `warn` or `hold`.",
        "label": "A name to find such messages by; it changes nothing.",
    },
    "Example": {
        "expect": "Whether the rule must hit.",
        "given": "Fields and their values; the others are silent.",
        "name": "What to call the test.",
    },
    "RuleHit": {
        "rule": "The rule's id.",
        "version": "The first 12 hex digits of the SHA-256 of what decides in the rule.",
        "state": "`live`, or `shadow`: recorded without an effect.",
        "id": "The id of the message's event.",
        "time": "The event's time.",
        "account": "The account that sent it.",
        "bits": "What it added to the log-odds; 0 in shadow.",
        "before": "The rung of the ladder before any rule.",
        "alone": "The rung with this rule and no other.",
    },
}
