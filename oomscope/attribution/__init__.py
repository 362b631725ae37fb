"""Weighs the evidence that the cause files name, and says how sure that makes."""

from .cause import BRANCHES, CAUSES, UNDETERMINED, Cause
from .causefile import index_text, load_bundled, load_dir
from .ruleset import failing_examples, rules_hash
from .verdict import Evidence, Question, Ranked, Remedy, Undecided, Verdict
from .vocabulary import Facts, FactSpec, FactTable, Vocabulary
from .weigh import judge
from .when import Compiled, WhenError, compile_when

__all__ = [
    "BRANCHES",
    "CAUSES",
    "UNDETERMINED",
    "Cause",
    "Compiled",
    "Evidence",
    "FactSpec",
    "FactTable",
    "Facts",
    "Question",
    "Ranked",
    "Remedy",
    "Undecided",
    "Verdict",
    "Vocabulary",
    "WhenError",
    "compile_when",
    "failing_examples",
    "index_text",
    "judge",
    "load_bundled",
    "load_dir",
    "rules_hash",
]
