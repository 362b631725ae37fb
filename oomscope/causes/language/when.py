"""The language of `when`: conditions over facts, checked node by node and against each fact's kind before they run.

sample:: shmem_share >= 0.5 and not limit_owner_is_victim
sample:: 0.25 <= shmem_share < 0.5
sample:: victim_comm in ("java", "node") or "GC Thread" in victim_comm
sample:: slab_bytes + pgtables_bytes > 0.3 * usage_bytes
sample:: lives is not None
There are no calls, attributes, subscripts, comprehensions, powers and no arithmetic on text. A condition that rests on
a missing fact is unknown. Nothing is ever handed to `eval`: what was checked becomes closures.
"""

import ast
import math
import re
import warnings
from collections.abc import Callable
from typing import NamedTuple

from oomscope.causes.language import three_valued
from oomscope.causes.language.needs import needs_of
from oomscope.causes.language.suggest import did_you_mean
from oomscope.causes.language.vocabulary import Kind, Values, Vocabulary

MAX_LENGTH = 500
_MAX_DEPTH = 20
_MAX_NUMBER = 2**63
_MAX_TEXT = 200


class Problem(NamedTuple):
    """One defect of an expression; `start` and `end` are characters of it."""

    start: int
    end: int
    message: str
    tip: str = ""


class WhenError(ValueError):
    """An expression outside the language. Carries every defect that was found in it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


class Compiled(NamedTuple):
    """A checked condition."""

    evaluate: Callable[[Values], bool | None]
    facts: tuple[str, ...]  # in the order in which they are written
    needed: tuple[str, ...]  # those whose absence makes the outcome unknown: not the ones that stand in `is None` only
    true_needs: frozenset[str] = frozenset()  # facts that have to be known for it to be true

    def missing(self, values: Values) -> tuple[str, ...]:
        """Return the facts that would have to be known."""
        return tuple(name for name in self.needed if values.get(name) is None)


def compile_when(text: str, vocabulary: Vocabulary) -> Compiled:
    """Check an expression and make it runnable. Raises WhenError with every defect."""
    checker = _Checker(text, vocabulary)
    root = _parse(text)
    truth = checker.truth(root)
    if checker.problems:
        raise WhenError(checker.problems)
    return Compiled(truth, tuple(checker.facts), tuple(checker.needed), needs_of(root)[0])


def _parse(text: str) -> ast.expr:
    whole = (0, max(len(text), 1))
    if len(text) > MAX_LENGTH:
        raise WhenError([Problem(*whole, f"longer than {MAX_LENGTH} characters", "split it into several clues")])
    for forbidden in ("\\", "#", ":="):
        if (at := text.find(forbidden)) >= 0:
            raise WhenError([Problem(at, at + len(forbidden), f"`{forbidden}` has no place in a condition")])
    lead = len(text) - len(text.lstrip())
    line = text[lead:].replace("\n", " ").replace("\r", " ")
    try:
        return _parsed_quietly(line) if _GLUED.search(line) else ast.parse(line, mode="eval").body
    except SyntaxError as error:
        at = lead + max((error.offset or 1) - 1, 0)
        raise WhenError([Problem(at, at + 1, f"not an expression: {error.msg}")]) from None
    except (ValueError, MemoryError, RecursionError):
        raise WhenError([Problem(*whole, "not an expression: nested too deep, or a character that none has")]) from None


# Python warns of `1and x`. Only there is it silenced, for that takes as long as parsing does.
_GLUED = re.compile(r"\b\d[\w.]*?(?:and|or|not|in|is|if|else|for)\b")


def _parsed_quietly(line: str) -> ast.expr:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(line, mode="eval").body


class _Typed(NamedTuple):
    """A checked term; kind None is one whose defect has been reported already."""

    kind: Kind | None
    term: three_valued.Term


_BROKEN = _Typed(None, three_valued.literal(None))
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_REFUSED: dict[type[ast.expr], str] = {
    ast.Call: "calls are",
    ast.Attribute: "attributes are",
    ast.Subscript: "subscripts are",
    ast.Lambda: "functions are",
    ast.IfExp: "`if` is",
    ast.JoinedStr: "f-strings are",
    ast.ListComp: "comprehensions are",
    ast.SetComp: "comprehensions are",
    ast.DictComp: "comprehensions are",
    ast.GeneratorExp: "comprehensions are",
    ast.Starred: "`*` is",
    ast.Await: "`await` is",
    ast.Tuple: "a list outside `in` is",
    ast.List: "a list outside `in` is",
}


def _compared(
    left: ast.expr, first: three_valued.Term, op: ast.cmpop, right: ast.expr, second: three_valued.Term
) -> three_valued.Truth:
    if isinstance(left, ast.Name) and isinstance(right, ast.Constant):
        return three_valued.compared_with(left.id, type(op).__name__, right.value)
    return three_valued.compared(first, type(op).__name__, second)


class _Checker:
    """Walks one expression once: checks kinds, collects defects and facts, builds closures."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.lead = len(text) - len(text.lstrip())
        self.vocabulary = vocabulary
        self.problems: list[Problem] = []
        self.facts: dict[str, None] = {}
        self.needed: dict[str, None] = {}

    def refuse(self, node: ast.expr, message: str, tip: str = "") -> _Typed:
        line = self.text[self.lead :].encode("utf-8", "surrogatepass")
        start = len(line[: node.col_offset].decode("utf-8", "replace"))
        end = len(line[: node.end_col_offset or node.col_offset].decode("utf-8", "replace"))
        self.problems.append(Problem(self.lead + start, self.lead + max(end, start + 1), message, tip))
        return _BROKEN

    def truth(self, node: ast.expr, depth: int = 0) -> three_valued.Truth:
        """Return a term that must be true or false."""
        kind, term = self.term(node, depth)
        if kind in ("number", "text"):
            tip = "compare it, for instance with `> 0`" if kind == "number" else "compare it with `==` or `in`"
            self.refuse(node, f"a {kind} is neither true nor false", tip)
        return term

    def term(self, node: ast.expr, depth: int) -> _Typed:
        if depth > _MAX_DEPTH:
            return self.refuse(node, f"nested deeper than {_MAX_DEPTH}", "split it into several clues")
        match node:  # the most frequent first
            case ast.Name():
                return self.fact(node, node.id)
            case ast.Compare():
                return _Typed("truth", self.comparison(node, depth))
            case ast.Constant():
                return self.constant(node, node.value)
            case ast.BoolOp():
                terms = tuple(self.truth(value, depth + 1) for value in node.values)
                return _Typed(
                    "truth", (three_valued.all_of if isinstance(node.op, ast.And) else three_valued.any_of)(terms)
                )
            case ast.UnaryOp(op=ast.Not()):
                return _Typed("truth", three_valued.negated(self.truth(node.operand, depth + 1)))
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign):
                return _Typed(
                    "number", three_valued.signed(self.number(node.operand, depth), isinstance(sign, ast.USub))
                )
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as op, right=right):
                a, b = self.number(left, depth), self.number(right, depth)
                return _Typed("number", three_valued.calculated(a, type(op).__name__, b))
        what = _REFUSED.get(type(node), "this is")
        return self.refuse(node, f"{what} not part of the language", "see rules/README.md for what is")

    def number(self, node: ast.expr, depth: int) -> three_valued.Term:
        kind, term = self.term(node, depth + 1)
        if kind not in ("number", None):
            self.refuse(node, f"a {kind} is not a number", "`+ - * /` and an order are for numbers")
        return term

    def fact(self, node: ast.expr, name: str, needed: bool = True) -> _Typed:
        spec = self.vocabulary.get(name)
        if spec is None:
            return self.refuse(
                node, f"no fact is called `{name}`", did_you_mean(name, (*self.vocabulary, "True", "False"))
            )
        self.facts[name] = None
        if needed:
            self.needed[name] = None
        return _Typed(spec.kind, three_valued.fact(name))

    def constant(self, node: ast.expr, value: object) -> _Typed:
        match value:
            case bool():
                return _Typed("truth", three_valued.literal(value))
            case int() | float() if abs(value) < _MAX_NUMBER and math.isfinite(value):
                return _Typed("number", three_valued.literal(value))
            case str() if len(value) <= _MAX_TEXT:
                return _Typed("text", three_valued.literal(value))
            case None:
                return self.refuse(node, "None stands only after `is` or `is not`", "write `fact is None`")
            case int() | float() | str():
                return self.refuse(node, "this literal is too large")
        return self.refuse(node, f"{type(value).__name__} literals are not part of the language")

    def comparison(self, node: ast.Compare, depth: int) -> three_valued.Truth:
        """Return a chain of comparisons, each pair on its own: `a < b < c` is `a < b and b < c`."""
        operands = [node.left, *node.comparators]
        pairs = zip(operands, node.ops, operands[1:], strict=False)
        steps = tuple(self.step(left, op, right, depth + 1) for left, op, right in pairs)
        return steps[0] if len(steps) == 1 else three_valued.all_of(steps)

    def step(self, left: ast.expr, op: ast.cmpop, right: ast.expr, depth: int) -> three_valued.Truth:
        match op:
            case ast.Is() | ast.IsNot():
                return self.identity(left, right, isinstance(op, ast.Is))
            case ast.In() | ast.NotIn():
                return self.membership(left, type(op).__name__, right, depth)
            case _ if isinstance(op, _ORDER):
                a, b = self.number(left, depth), self.number(right, depth)
                return _compared(left, a, op, right, b)
        first, second = self.term(left, depth), self.term(right, depth)
        if first.kind and second.kind and first.kind != second.kind:
            self.refuse(right, f"a {first.kind} is never equal to a {second.kind}")
        return _compared(left, first.term, op, right, second.term)

    def identity(self, left: ast.expr, right: ast.expr, is_none: bool) -> three_valued.Truth:
        if not (isinstance(right, ast.Constant) and right.value is None):
            self.refuse(right, "`is` compares with None only", "use `==`")
        if not isinstance(left, ast.Name):
            self.refuse(left, "only a fact can be None")
            return three_valued.literal(None)
        self.fact(left, left.id, needed=False)
        return three_valued.is_none(left.id, is_none)

    def membership(self, left: ast.expr, op: str, right: ast.expr, depth: int) -> three_valued.Truth:
        """Return `fact in (literals)`, or text in a text."""
        item = self.term(left, depth)
        if isinstance(right, ast.Tuple | ast.List):
            values = self.literals(right, item.kind)
            if isinstance(left, ast.Name):
                return three_valued.compared_with(left.id, op, values)
            return three_valued.compared(item.term, op, three_valued.literal(values))
        whole = self.term(right, depth)
        if whole.kind not in ("text", None):
            self.refuse(right, "`in` looks in a list of literals or in a text")
        elif item.kind not in ("text", None):
            self.refuse(left, f"a {item.kind} is not part of a text")
        return three_valued.compared(item.term, op, whole.term)

    def literals(self, node: ast.Tuple | ast.List, kind: Kind | None) -> tuple[object, ...]:
        values: list[object] = []
        for element in node.elts:
            negative = isinstance(element, ast.UnaryOp) and isinstance(element.op, ast.USub)
            inner = element.operand if isinstance(element, ast.UnaryOp) and negative else element
            if not isinstance(inner, ast.Constant):
                self.refuse(element, "a list holds literals only")
                continue
            typed = self.number(element, 0) if negative else None
            found = _Typed("number", typed) if typed else self.constant(inner, inner.value)
            if found.kind and kind and found.kind != kind:
                self.refuse(element, f"a {kind} is never equal to a {found.kind}")
            values.append(found.term({}))
        return tuple(values)
