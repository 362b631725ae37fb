"""Weighs the evidence that the cause files name, and says how sure that makes."""

from oomscope.causes.files.cause import BRANCHES, UNDETERMINED, Cause
from oomscope.causes.files.load import index_text, load_bundled, load_dir
from oomscope.causes.files.ruleset import branches_of, failing_examples, rules_hash
from oomscope.causes.language.vocabulary import Facts, FactSpec, FactTable, Vocabulary
from oomscope.causes.language.when import Compiled, WhenError, compile_when
from oomscope.causes.weighing.shapes import Evidence, Question, Ranked, Remedy, Undecided
from oomscope.causes.weighing.verdict import Verdict
from oomscope.causes.weighing.weigh import judge

__all__ = [
    "BRANCHES",
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
    "branches_of",
    "compile_when",
    "failing_examples",
    "index_text",
    "judge",
    "load_bundled",
    "load_dir",
    "rules_hash",
]
