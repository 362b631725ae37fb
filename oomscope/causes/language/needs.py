"""Which facts have to be known for a condition to be true: without one of them it need not be evaluated."""

import ast
from collections.abc import Iterable

Names = frozenset[str]
_NONE: Names = frozenset()


def needs_of(node: ast.expr) -> tuple[Names, Names]:
    """Return the facts without which a checked expression cannot be true, and those without which it cannot be false."""
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            either = [needs_of(value) for value in values]
            return _union(true for true, _ in either), _common([false for _, false in either])
        case ast.BoolOp(values=values):
            either = [needs_of(value) for value in values]
            return _common([true for true, _ in either]), _union(false for _, false in either)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            true, false = needs_of(operand)
            return false, true
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Is()]):
            return _NONE, frozenset({name})
        case ast.Compare(left=ast.Name(id=name), ops=[ast.IsNot()]):
            return frozenset({name}), _NONE
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            return _chain(left, ops, comparators)
    names = _names(node)
    return names, names


def _chain(left: ast.expr, ops: list[ast.cmpop], comparators: list[ast.expr]) -> tuple[Names, Names]:
    """`a < b < c` is `a < b and b < c`: true needs all of them, false only one of the pairs."""
    operands = [left, *comparators]
    pairs = [
        _names(a) | _names(b)
        for a, b, op in zip(operands, operands[1:], ops, strict=False)
        if not isinstance(op, ast.Is | ast.IsNot)
    ]
    return _union(pairs), pairs[0] if len(pairs) == len(ops) == 1 else _NONE


def _names(node: ast.expr) -> Names:
    return frozenset(one.id for one in ast.walk(node) if isinstance(one, ast.Name))


def _union(sets: Iterable[Names]) -> Names:
    return _NONE.union(*sets)


def _common(sets: list[Names]) -> Names:
    return sets[0].intersection(*sets[1:])
