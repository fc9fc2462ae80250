"""The operator's own rules and lists, attacked: dear messages, hidden bait, framed pages, victims."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from im_transcript import Transcript
from nospim.engine import Engine
from nospim.policy import Limits, Policy
from nospim.rules import Effect, Rule, RuleSet, Written, compile_rules
from nospim.rules.cost import MOST
from nospim.sharing import Found, choose, render, renew
from share_words import DAY, NOON, account, campaign, infected


def rules(*expressions: str) -> RuleSet:
    made, problems = compile_rules(
        Written(
            rule=Rule(
                id=f"r{n}",
                title="T",
                author="ann",
                expression=expression,
                effect=Effect(label="x"),
            )
        )
        for n, expression in enumerate(expressions)
    )
    assert not problems, [str(p) for p in problems]
    return made.shadowed()


DEAR = rules(
    "links.hosts.exists(h, links.domains.exists(d, d == h))",
    'message.text.matches("(a|b|ab)*c") || message.plain.matches("x[a-z]{1,30}y")',
    "links.hosts.all(h, message.text.contains(h))",
)


@given(
    st.sampled_from(["a" * 4000, "ab" * 100_000, "x" + "a" * 200_000, "\0" * 9000, "\u0430" * 50_000])
    | st.lists(st.integers(0, 10**6), min_size=40, max_size=200).map(
        lambda ns: " ".join(f"http://h{n}.evil{n}.example/{n}" for n in ns)
    )
    | st.text(max_size=300)
)
@settings(max_examples=40)
def test_no_message_makes_a_rule_fail_or_ask_for_more_than_its_bound(text: str) -> None:
    told = Transcript()
    told.say("ann", "bob", text)
    engine = Engine(Policy(limits=Limits(accounts=16)), rules=DEAR)
    engine.step(told.events[0])

    assert engine.broken == {}
    assert all(one.cost <= MOST for one in DEAR.rules)


def test_a_message_cannot_write_a_rules_pattern() -> None:
    written = [
        Written(
            rule=Rule(id=f"r{n}", title="T", author="ann", effect=Effect(label="x"), expression=expression)
        )
        for n, expression in enumerate(['"x".matches(message.text)', "session.client.matches(message.app)"])
    ]
    _, problems = compile_rules(written)

    assert len(problems) == 2
    assert {"written in the rule" in p.reason for p in problems} == {True}


def test_a_page_that_thieves_send_from_two_sets_of_accounts_reaches_no_list_that_blocks() -> None:
    innocent = "http://chess-club.example/programme"
    sets = [("a@x.example", "b@x.example"), ("c@y.example", "d@y.example")]
    campaigns = tuple(campaign(f"c{n}", innocent, accounts=senders) for n, senders in enumerate(sets))
    book = renew(None, choose(Found(campaigns=campaigns), NOON + DAY), {}, NOON + DAY)
    assert book is not None

    blocking = {name: content for name, content in render(book).items() if name != "list.json"}
    assert not [name for name, content in blocking.items() if b"chess-club" in content]


def test_who_was_made_to_look_fake_after_he_was_hijacked_is_on_no_list() -> None:
    mine = account("ann@chat.example", "fake", "c1", "c2")
    campaigns = (
        campaign("c1", accounts=("ann@chat.example", "x@chat.example")),
        campaign("c2", accounts=("ann@chat.example", "y@chat.example")),
        campaign("c3", infections=(infected("ann@chat.example"),)),
    )
    pick = choose(Found(campaigns=campaigns, accounts=(mine,)), datetime(2026, 4, 1, tzinfo=UTC))

    assert pick.listings == ()
