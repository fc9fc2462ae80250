"""Rules on disk: folders read, versions deployed and rolled back, and rules tried on history."""

from nospim.rulebook.backtest import Backtest, RuleReport
from nospim.rulebook.book import Step, deploy, history, record_demotions, rollback
from nospim.rulebook.load import Loaded, RulesError, load, load_sound
from nospim.rulebook.watch import Watcher

__all__ = [
    "Backtest",
    "Loaded",
    "RuleReport",
    "RulesError",
    "Step",
    "Watcher",
    "deploy",
    "history",
    "load",
    "load_sound",
    "record_demotions",
    "rollback",
]
