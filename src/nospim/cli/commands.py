"""The table of commands: where each one's function is, and the line that ``--help`` shows for it.

A function is named by a string and imported when its command is asked for.  The line repeats the
first sentence of the function's docstring, which `tests/repository` holds to.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Command(NamedTuple):
    """One command.

    group: the word before its name, or empty.
    dash: whether a lone ``-``, which means standard input, is a value and not the start of an option.
    """

    group: str
    name: str
    function: str
    summary: str
    dash: bool = False


GROUPS: Final[dict[str, str]] = {
    "import": "Turn what other programs kept into events.",
    "train": "Make the data that ships with nospim from public sources.",
    "token": "Say who may call the service, and what for.",
    "case": "Keep a file on campaigns, from the first note to a sealed bundle.",
    "takedown": "Track who was asked to take which page down, and what came of it.",
    "ledger": "Keep, seal and check the record of what came in and what was decided.",
    "matrix": "Stand between Matrix servers and the guard.",
    "policy": "Show and check policies: thresholds, lists and switches.",
    "rules": "Check, try, deploy and roll back rules that operators write.",
}
"""Words that commands are grouped under, each with the line that ``--help`` shows for it."""

COMMANDS: Final[tuple[Command, ...]] = (
    Command(
        "",
        "scan",
        "nospim.cli.scan:scan",
        "Scan event logs: who spims whom, from which hijacked accounts, in which campaigns.",
        dash=True,
    ),
    Command(
        "",
        "investigate",
        "nospim.cli.investigate:investigate",
        "Group a long history in batch: near-duplicates, shared infrastructure, and what is too common.",
    ),
    Command(
        "",
        "demo",
        "nospim.cli.demo:demo",
        "Make a small world with attackers in it, scan it, and say where the report is.",
    ),
    Command(
        "",
        "drill",
        "nospim.cli.drill:drill",
        "Write a made-up world to rehearse with: a chat service's events, its attackers, and the truth.",
    ),
    Command(
        "",
        "score",
        "nospim.cli.score:score",
        "Score what a scan wrote against a labelled world.",
    ),
    Command(
        "",
        "capture",
        "nospim.cli.capture:capture",
        "Capture the page behind a link: where it leads, what it asks for, whom it imitates.",
    ),
    Command(
        "",
        "follow",
        "nospim.cli.follow:follow",
        "Follow a growing event log: hand its events to a service, or judge them here.",
    ),
    Command(
        "",
        "serve",
        "nospim.cli.serve:serve",
        "Serve the HTTP API: judge messages before they are delivered, and hand out what to do.",
    ),
    Command(
        "token",
        "new",
        "nospim.cli.token:new",
        "Make a token for the service, and print it once.",
    ),
    Command(
        "token",
        "list",
        "nospim.cli.token:show",
        "List the tokens by name, with their scopes and the day that they were made.",
    ),
    Command(
        "token",
        "revoke",
        "nospim.cli.token:revoke",
        "Make the tokens of a name worthless, at once.",
    ),
    Command(
        "matrix",
        "serve",
        "nospim.cli.matrix:serve",
        "Run the Matrix side: the policy server, the endpoints for Synapse, the carrying out of actions.",
    ),
    Command(
        "matrix",
        "keys",
        "nospim.cli.matrix:keys",
        "Make the keys of a Matrix policy server, and print what rooms have to know.",
    ),
    Command(
        "matrix",
        "join",
        "nospim.cli.matrix:join",
        "Join a room as the policy server, so that the room can name it.",
    ),
    Command(
        "import",
        "wlm",
        "nospim.cli.import_:wlm",
        "Turn Windows Live Messenger histories into events.",
        dash=True,
    ),
    Command(
        "import",
        "mam",
        "nospim.cli.import_:mam",
        "Turn message archives of XMPP servers (XEP-0313) into events.",
        dash=True,
    ),
    Command(
        "import",
        "matrix",
        "nospim.cli.import_:matrix",
        "Turn exports of Matrix rooms into events.",
        dash=True,
    ),
    Command(
        "import",
        "abuse",
        "nospim.cli.import_:abuse",
        "Turn complaints that came by mail into events, and keep the mails.",
        dash=True,
    ),
    Command(
        "ledger",
        "check",
        "nospim.cli.ledger:check",
        "Check a ledger's files: sequences, checksums, leaf hashes, keys; and say what is there.",
    ),
    Command(
        "ledger",
        "expire",
        "nospim.cli.ledger:expire",
        "Destroy the keys of what has been kept as long as the policy says, and record it in the ledger.",
    ),
    Command(
        "ledger",
        "compact",
        "nospim.cli.ledger:compact",
        "Give the space of erased records back; a service may be running.",
    ),
    Command(
        "ledger",
        "hold",
        "nospim.cli.ledger:hold",
        "Keep records readable for a case after their time; a service may be running.",
    ),
    Command(
        "ledger",
        "release",
        "nospim.cli.ledger:release",
        "End a case's hold: records whose time is over are erased at once.",
    ),
    Command(
        "ledger",
        "clocks",
        "nospim.cli.erasure:clocks",
        "Show for each kind of record how long it lives, what there is of it, and what goes next.",
    ),
    Command(
        "ledger",
        "erase",
        "nospim.cli.erasure:erase",
        "Erase one person: what they did, and what was concluded of them; the service must be stopped.",
    ),
    Command(
        "ledger",
        "prove-erasure",
        "nospim.cli.erasure:prove_erasure",
        "Write the proof of an erasure: what was erased, when, by whom, which keys; signed, and checkable.",
    ),
    Command(
        "ledger",
        "check-erasure",
        "nospim.cli.erasure:check_erasure",
        "Check the proof of an erasure, and that what was erased is gone everywhere here.",
    ),
    Command(
        "ledger",
        "accesses",
        "nospim.cli.access:accesses",
        "Show who read content of a ledger: when, who, what, why, and where it went.",
    ),
    Command(
        "ledger",
        "backup",
        "nospim.cli.ledger:backup",
        "Back up a ledger's data, its keys, or both, to two places; a service may be running.",
    ),
    Command(
        "ledger",
        "restore",
        "nospim.cli.ledger:restore",
        "Bring a ledger back from its two backups, check it, and destroy again what was destroyed before.",
    ),
    Command(
        "ledger",
        "change-master",
        "nospim.cli.ledger:change_master",
        "Wrap a ledger's keys by a new master key, so that old copies of them become useless.",
    ),
    Command(
        "ledger",
        "ingest",
        "nospim.cli.evidence:ingest",
        "Take event logs, and what a scan of them concluded, into a ledger.",
    ),
    Command(
        "ledger",
        "events",
        "nospim.cli.evidence:events",
        "Write the events of a ledger as a log again, to scan it.",
    ),
    Command(
        "ledger",
        "new-key",
        "nospim.cli.evidence:new_key",
        "Make a key to sign ledgers with, and print its fingerprint.",
    ),
    Command(
        "ledger",
        "seal",
        "nospim.cli.evidence:seal",
        "Sign a ledger as it stands, and have the signature time-stamped.",
    ),
    Command(
        "ledger",
        "stamp",
        "nospim.cli.evidence:stamp",
        "Renew a ledger's time-stamps before the certificates behind them end.",
    ),
    Command(
        "ledger",
        "change-key",
        "nospim.cli.evidence:change_key",
        "Record in a ledger that another key signs from here on.",
    ),
    Command(
        "ledger",
        "prove",
        "nospim.cli.evidence:prove",
        "Write the receipt of one record: what proves, without the ledger, that it is in there.",
    ),
    Command(
        "ledger",
        "verify",
        "nospim.cli.evidence:verify",
        "Check a ledger, or a receipt: every statement, stamp, hash and content in it.",
    ),
    Command(
        "case",
        "new",
        "nospim.cli.case:new",
        "Open a case on campaigns; who opens it leads it.",
    ),
    Command(
        "case",
        "add",
        "nospim.cli.case:add_",
        "Add a campaign, a captured page, a file, or a person to a case.",
    ),
    Command(
        "case",
        "note",
        "nospim.cli.case:note",
        "Write a note into a case.",
    ),
    Command(
        "case",
        "task",
        "nospim.cli.case:task",
        "Add a task to a case, or say that one is done.",
    ),
    Command(
        "case",
        "state",
        "nospim.cli.case:state",
        "Move a case to another state: open, investigating, referred, filed, decided, closed.",
    ),
    Command(
        "case",
        "hold",
        "nospim.cli.case:hold",
        "Keep what a case rests on from being erased, or lift such a hold.",
    ),
    Command(
        "case",
        "cost",
        "nospim.cli.case:cost",
        "Enter what a case cost: hours of staff, an invoice, or computing.",
    ),
    Command(
        "case",
        "doe",
        "nospim.cli.case:doe",
        "Record a person unknown so far, what would identify them, or their name once it is known.",
    ),
    Command(
        "case",
        "does",
        "nospim.cli.attribution:does",
        "Show the persons unknown so far: what would identify them, whom to ask, with what, and by when.",
    ),
    Command(
        "case",
        "weigh",
        "nospim.cli.attribution:weigh",
        "Weigh a piece of evidence on who is behind the campaigns of a case.",
    ),
    Command(
        "case",
        "hypotheses",
        "nospim.cli.attribution:hypotheses",
        "Compare who could be behind the campaigns of a case: one operator, a shared kit, coincidence, "
        "framing.",
    ),
    Command(
        "case",
        "document",
        "nospim.cli.privilege:document",
        "Add a document to a case; the file stays where it is, and its hash goes into the case.",
    ),
    Command(
        "case",
        "privilege",
        "nospim.cli.privilege:privilege",
        "Show the privilege log of a case: what is withheld, whose it is, and why, without what it says.",
    ),
    Command(
        "case",
        "list",
        "nospim.cli.case:list_",
        "List the cases.",
    ),
    Command(
        "case",
        "show",
        "nospim.cli.case:show",
        "Show a case entry by entry, or who looked at it.",
    ),
    Command(
        "case",
        "seal",
        "nospim.cli.bundle:seal",
        "Seal a case: take its entries into the ledger and sign that.",
    ),
    Command(
        "case",
        "export",
        "nospim.cli.bundle:export",
        "Write a case's bundle: report, exhibits, the rows behind each number, and proofs.",
    ),
    Command(
        "case",
        "verify",
        "nospim.cli.bundle:verify",
        "Check a bundle, by the same file that is inside it.",
    ),
    Command(
        "case",
        "report",
        "nospim.cli.report:report",
        "Report a case to others in a form of theirs; never a victim's name.",
    ),
    Command(
        "case",
        "watch",
        "nospim.cli.watch:watch",
        "Write what a case watches for: an injunction's terms, or an operator's marks.",
    ),
    Command(
        "case",
        "recurs",
        "nospim.cli.watch:recurs",
        "Say which of a case's watched terms a later scan meets, with what speaks for and against.",
    ),
    Command(
        "takedown",
        "new",
        "nospim.cli.takedown:new",
        "Note that a page is to be taken down, and by whom.",
    ),
    Command(
        "takedown",
        "sent",
        "nospim.cli.takedown:sent",
        "Note that somebody was asked to take a page down.",
    ),
    Command(
        "takedown",
        "answer",
        "nospim.cli.takedown:answer",
        "Note what those who were asked answered.",
    ),
    Command(
        "takedown",
        "check",
        "nospim.cli.takedown:check",
        "Look whether pages are gone: fetched in isolation, from the public Internet only.",
    ),
    Command(
        "takedown",
        "drop",
        "nospim.cli.takedown:drop",
        "Ask no more about a page.",
    ),
    Command(
        "takedown",
        "list",
        "nospim.cli.takedown:list_",
        "List a case's takedowns with their dates, answers and what is due.",
    ),
    Command(
        "policy",
        "show",
        "nospim.cli.policy:show",
        "Print a policy with every setting, the defaults included, as TOML.",
    ),
    Command(
        "policy",
        "check",
        "nospim.cli.policy:check",
        "Check a policy file and the list feeds that it names, and print its fingerprint.",
    ),
    Command(
        "policy",
        "dpia",
        "nospim.cli.dpia:dpia",
        "Write the draft of a data-protection impact assessment, filled in from a policy.",
    ),
    Command(
        "rules",
        "check",
        "nospim.cli.rules:check",
        "Check a folder of rules: their form, types, cost and tests.",
    ),
    Command(
        "rules",
        "list",
        "nospim.cli.rules:list_",
        "List the rules of a folder with their state, effect, cost and owner.",
    ),
    Command(
        "rules",
        "test",
        "nospim.cli.rules:test",
        "Run the tests that stand in rule files, and say which rule gave something else.",
    ),
    Command(
        "rules",
        "backtest",
        "nospim.cli.rulebook:backtest",
        "Try rules on past events: what they would have hit, missed and changed, with examples.",
        dash=True,
    ),
    Command(
        "rules",
        "deploy",
        "nospim.cli.rulebook:deploy",
        "Check a folder of rules and put it into force as the next version of a rule book.",
    ),
    Command(
        "rules",
        "rollback",
        "nospim.cli.rulebook:rollback",
        "Put the version of a rule book before the current one into force again, or the one that is named.",
    ),
    Command(
        "rules",
        "history",
        "nospim.cli.rulebook:history",
        "Print who put which version of a rule book into force, when and why.",
    ),
    Command(
        "",
        "publish",
        "nospim.cli.publish:publish",
        "Publish what was learned as lists for others: lures' places and fake accounts, never a victim's.",
    ),
    Command(
        "",
        "statement",
        "nospim.cli.statement:state",
        "Write statements of reasons for actions: what was decided, why, by whom, and how to appeal.",
    ),
    Command(
        "train",
        "wording",
        "nospim.cli.train:train_wording",
        "Train the wording model on public corpora.",
    ),
    Command(
        "train",
        "lookalikes",
        "nospim.cli.train:train_lookalikes",
        "Derive the table of look-alike letters from Unicode's confusables.txt.",
    ),
    Command(
        "",
        "calibrate",
        "nospim.cli.calibrate:calibrate",
        "Fit the calibration of scores on labelled worlds.",
    ),
    Command(
        "",
        "schema",
        "nospim.cli.schema:schema",
        "Print the JSON Schema of a form that nospim reads or writes.",
    ),
)
"""In the order of ``--help``."""
