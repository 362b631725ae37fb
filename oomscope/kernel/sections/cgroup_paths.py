"""Which of two readings of a line with two paths is meant, where a path holds what separates them."""

MAX_READINGS = 16  # of one line; no honest name holds a separator even once


def first_in_subtree(readings: list[tuple[str, str]]) -> tuple[str, str, bool]:
    """Return the first reading (A, B) whose path B lies in the subtree of A, and whether there are several such."""
    fitting = [(o, t) for o, t in readings if t == o or t.startswith(o.rstrip("/") + "/")]
    return *(fitting or readings)[0], len(fitting or readings) > 1
