"""The `when` language: what it says yes to, what it refuses and where, and what it makes of missing facts."""

import ast
import operator
from typing import Any

import pytest
from engine_vocabulary import NUMBERS, TEXTS, TRUTHS, VOCABULARY
from hypothesis import given
from hypothesis import strategies as st

from oomscope.causes import WhenError, compile_when

FACTS = {
    "shmem_share": 0.6,
    "lives": 3,
    "usage_bytes": 100,
    "victim_comm": "java",
    "own_limit": True,
    "lifetime": 0,
    "shmem_bytes": 1e200,
}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("shmem_share >= 0.5", True),
        ("shmem_share < 0.5", False),
        ("anon_share < 0.5", None),
        ("0.5 <= shmem_share < 0.7", True),
        ("anon_share < shmem_share < 0.1", False),  # one False settles a chain
        ("own_limit", True),
        ("not own_limit", False),
        ("oom_group", None),
        ("not oom_group", None),
        ("oom_group and not own_limit", False),
        ("oom_group and own_limit", None),
        ("oom_group or own_limit", True),
        ("oom_group or not own_limit", None),
        ("own_limit == True", True),
        ("lives in (1, 2, 3)", True),
        ("lives not in [-1, 0]", True),
        ("victim_comm in ('java', 'node')", True),
        ("'av' in victim_comm", True),
        ("'av' not in victim_comm", False),
        ("'x' in pod", None),
        ("pod is None", True),
        ("pod is not None", False),
        ("pod is None or pod == 'x'", True),
        ("lives is not None and lives > 2", True),
        ("usage_bytes - 1 > 2 * 49 + -lives", True),
        ("usage_bytes / lifetime > 1", None),
        ("anon_share * 0 == 0", None),
        ("shmem_bytes * shmem_bytes > 0", None),  # out of range is unknown, not infinite
        ("  lives\n  > 2 ", True),
        ("True", True),
        ("own_limit or lives>9or oom_group", True),
        ("lives > 2 and\n not (victim_comm == 'node')", True),
    ],
)
def test_condition(text: str, outcome: bool | None) -> None:
    assert compile_when(text, VOCABULARY).evaluate(FACTS) is outcome


def test_missing_facts_are_named_but_not_those_asked_for_with_is_none() -> None:
    compiled = compile_when("pod is None or anon_share > lives and oom_group", VOCABULARY)
    assert compiled.facts == ("pod", "anon_share", "lives", "oom_group")
    assert compiled.missing(FACTS) == ("anon_share", "oom_group")


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("shmem_shar > 0.5", "shmem_shar", "no fact"),
        ("own_limit and lives", "lives", "neither true nor false"),
        ("victim_comm", "victim_comm", "neither true nor false"),
        ("not lives", "lives", "neither true nor false"),
        ("victim_comm > 1", "victim_comm", "not a number"),
        ("victim_comm + 'x' == 'y'", "victim_comm", "not a number"),
        ("victim_comm * 3 == 'y'", "victim_comm", "not a number"),
        ("own_limit + 1 > 0", "own_limit", "not a number"),
        ("victim_comm == 1", "1", "never equal"),
        ("own_limit == 1", "1", "never equal"),
        ("lives in ('a', 2)", "'a'", "never equal"),
        ("lives in lives", "lives", "looks in"),
        ("lives in victim_comm", "lives", "not part of a text"),
        ("lives in (1, shmem_share)", "shmem_share", "literals only"),
        ("lives is 3", "3", "None only"),
        ("lives + 1 is None", "lives + 1", "only a fact"),
        ("lives == None", "None", "only after"),
        ("(1, 2)", "(1, 2)", "outside `in`"),
        ("len(victim_comm) > 3", "len(victim_comm)", "calls"),
        ("__import__('os').system('id')", "__import__('os').system('id')", "calls"),
        ("victim_comm.__class__ == 'x'", "victim_comm.__class__", "attributes"),
        ("victim_comm[0] == 'x'", "victim_comm[0]", "subscripts"),
        ("(lambda: True)", "lambda: True", "functions"),
        ("[x for x in (1, 2)] == 1", "[x for x in (1, 2)]", "comprehensions"),
        ("{x for x in (1, 2)} == 1", "{x for x in (1, 2)}", "comprehensions"),
        ("own_limit if oom_group else own_limit", "own_limit if oom_group else own_limit", "`if`"),
        ("f'{lives}' == 'x'", "f'{lives}'", "f-strings"),
        ("lives ** 9 > 1", "lives ** 9", "not part"),
        ("lives % 2 == 1", "lives % 2", "not part"),
        ("lives // 2 == 1", "lives // 2", "not part"),
        ("lives << 9 > 1", "lives << 9", "not part"),
        ("own_limit & oom_group", "own_limit & oom_group", "not part"),
        ("~lives > 1", "~lives", "not part"),
        ("(x := 3) > 1", ":=", "no place"),
        ("lives > 99999999999999999999", "99999999999999999999", "too large"),
        ("lives > 1e999", "1e999", "too large"),
        ("lives > 2j", "2j", "complex"),
        ("victim_comm == b'x'", "b'x'", "bytes"),
        ("lives > ...", "...", "ellipsis"),
        (r"victim_comm == '\x41'", "\\", "no place"),
        ("lives > 1 # much", "#", "no place"),
        ("lives >", "", "not an expression"),
        ("", "", "not an expression"),
        ("lives > 1; own_limit", ";", "not an expression"),
        ("'é' == 'è' and livs > 1", "livs", "no fact"),
    ],
)
def test_refused_with_its_place(text: str, where: str, message: str) -> None:
    with pytest.raises(WhenError) as error:
        compile_when(text, VOCABULARY)
    problem = error.value.problems[0]
    assert message in problem.message
    if where:
        assert text[problem.start : problem.end] == where


def test_every_defect_of_a_condition_is_told_at_once() -> None:
    with pytest.raises(WhenError) as error:
        compile_when("shmem_shar > 1 and len(pod) > 1 and victim_comm", VOCABULARY)
    assert len(error.value.problems) == 3
    assert error.value.problems[0].tip == "did you mean `shmem_share`?"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 240 + "own_limit" + ")" * 240,
        "not " * 100 + "own_limit",
        "-" * 480 + "1 > 0",
        "1" * 501,
        "lives > " + "9" * 480,
        "\x00",
        "\ud800",
        "own_limit\x0c and",
        "é" * 400,
        "own_limit or " * 38 + "(",
        "lives > 1" + "+(1" * 100 + ")" * 100,
    ],
)
def test_deep_long_or_odd_text_is_refused(text: str) -> None:
    with pytest.raises(WhenError):
        compile_when(text, VOCABULARY)


Value = float | str | bool | None

_OPERATORS: dict[type, Any] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def naive(node: ast.expr, values: dict[str, Any]) -> Value:
    """Kleene's logic, told the slow way: unknown is decided by trying what an unknown truth could be."""
    match node:
        case ast.BoolOp(op=op, values=parts):
            found = [naive(part, values) for part in parts]
            join = all if isinstance(op, ast.And) else any
            low, high = join(one is True for one in found), join(one is not False for one in found)
            return low if low == high else None
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            value = naive(operand, values)
            return None if value is None else not value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = naive(operand, values)
            return None if value is None else -value
        case ast.BinOp(left=left, op=op, right=right):
            a, b = naive(left, values), naive(right, values)
            return (
                None if a is None or b is None or (b == 0 and isinstance(op, ast.Div)) else _OPERATORS[type(op)](a, b)
            )
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            operands = [left, *comparators]
            return naive_and([step(a, op, b, values) for a, op, b in zip(operands, ops, comparators, strict=False)])
        case ast.Name(id=name):
            return values.get(name)
        case ast.Constant(value=value):
            return value
    raise AssertionError(node)


def naive_and(found: list[Value]) -> Value:
    return False if False in found else None if None in found else True


def step(left: ast.expr, op: ast.cmpop, right: ast.expr, values: dict[str, Any]) -> Value:
    a = naive(left, values)
    if isinstance(op, ast.Is | ast.IsNot):
        return (a is None) is isinstance(op, ast.Is)
    if isinstance(op, ast.In | ast.NotIn):
        if isinstance(right, ast.Tuple):
            whole: Any = [naive(one, values) for one in right.elts]
        else:
            whole = naive(right, values)
        return None if a is None or whole is None else (a in whole) is isinstance(op, ast.In)
    b = naive(right, values)
    return None if a is None or b is None else _OPERATORS[type(op)](a, b)


literals = st.integers(0, 9).map(str) | st.sampled_from(["0.5", "2.25"])
words = st.sampled_from(["''", "'a'", "'ab'"])
numbers = st.recursive(
    st.sampled_from(NUMBERS) | literals,
    lambda inner: (
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        | inner.map(lambda x: f"-{x}")
    ),
    max_leaves=4,
)
orders = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
atoms = (
    st.sampled_from([*TRUTHS, "True", "False"])
    | st.tuples(numbers, orders, numbers).map(" ".join)
    | st.tuples(numbers, orders, numbers, orders, numbers).map(" ".join)
    | st.tuples(st.sampled_from([*TEXTS, "'a'"]), st.sampled_from(["==", "!=", "in", "not in"]), words).map(" ".join)
    | st.tuples(words, st.sampled_from(["in", "not in"]), st.sampled_from(TEXTS)).map(" ".join)
    | st.tuples(numbers, st.sampled_from(["in", "not in"]), st.just("(1, 2, 3)")).map(" ".join)
    | st.tuples(st.sampled_from([*NUMBERS, *TEXTS, *TRUTHS]), st.sampled_from(["is None", "is not None"])).map(" ".join)
)
conditions = st.recursive(
    atoms,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({' '.join(t)})")
        | inner.map(lambda x: f"(not {x})")
    ),
    max_leaves=6,
)
tables = st.fixed_dictionaries(
    {
        **{name: st.none() | st.integers(0, 4) | st.sampled_from([0.5, 2.25]) for name in NUMBERS},
        **{name: st.none() | st.sampled_from(["", "a", "abc"]) for name in TEXTS},
        **{name: st.none() | st.booleans() for name in TRUTHS},
    }
)


@given(conditions, tables)
def test_agrees_with_a_naive_evaluator(text: str, values: dict[str, Any]) -> None:
    if len(text) > 500:
        return
    assert compile_when(text, VOCABULARY).evaluate(values) is naive(ast.parse(text, mode="eval").body, values)


@given(conditions, tables, st.data())
def test_learning_a_fact_never_turns_a_known_outcome(text: str, values: dict[str, Any], data: st.DataObject) -> None:
    """Unless the condition asks whether the fact is known."""
    if len(text) > 500 or " is " in text:
        return
    compiled = compile_when(text, VOCABULARY)
    before = compiled.evaluate(values)
    full = {name: data.draw(tables).get(name) if value is None else value for name, value in values.items()}
    if before is not None:
        assert compiled.evaluate(full) is before
    elif not (missing := compiled.missing(values)):
        assert "/" in text  # nothing is missing: a division by zero
    else:
        assert all(values[name] is None for name in missing)


@given(conditions, tables)
def test_what_is_true_has_all_that_it_needs(text: str, values: dict[str, Any]) -> None:
    if len(text) > 500:
        return
    compiled = compile_when(text, VOCABULARY)
    if compiled.evaluate(values):
        assert all(values[name] is not None for name in compiled.true_needs)


@given(st.text(max_size=60) | st.text("lives()[]{}.,'\"+-*/<>=! andornti\n01_", max_size=60))
def test_any_text_is_a_condition_or_a_told_mistake(text: str) -> None:
    try:
        compiled = compile_when(text, VOCABULARY)
    except WhenError as error:
        assert error.problems
        assert all(0 <= problem.start < problem.end for problem in error.problems)
    else:
        assert compiled.evaluate(FACTS) in (True, False, None)
