"""Who died, where, and whose limit it was: the facts that are read, never inferred."""

from oomscope.report.fields import Doc, Part, Phrase, amount, code, number, rows, say, sub, text
from oomscope.report.words import ABSENT, SCOPES, plural
from oomscope.units import size

_SHORT_ID = 12
_NO_LIMIT = 1 << 60  # the kernel prints "no limit" as a number near 2^63


def victim_words(incident: Doc) -> Phrase:
    """`java (pid 4711)`, with the count of further victims."""
    victims = rows(incident, "victims")
    if not victims:
        return say("victim " + ABSENT)
    first = victims[0]
    pid = first.get("pid")
    more = f" and {len(victims) - 1} more" if len(victims) > 1 else None
    return say(code(first.get("comm")) or "a process", f" (pid {pid})" if pid is not None else None, more)


def place_words(incident: Doc) -> Phrase:
    """The victim's workload in its orchestrator's words; its cgroup path where nothing better is known."""
    load = sub(incident, "workload")
    return _pod(load) or _container(load) or _unit(load) or _path(incident)


def pod_words(incident: Doc) -> Phrase:
    """The victim's pod without its container, whose id changes with every restart; nothing outside Kubernetes."""
    return _pod({**sub(incident, "workload"), "container": None, "container_id": None})


def _pod(load: Doc) -> Phrase:
    if not (load.get("pod") or load.get("pod_uid")):
        return ()
    pod = "/".join(p for p in (text(load, "namespace"), text(load, "pod")) if p)
    named: tuple[str | Part | None, ...] = ("pod ", code(pod)) if pod else ("pod uid ", code(load.get("pod_uid")))
    holder = code(load.get("container")) or code(str(load.get("container_id") or "")[:_SHORT_ID])
    return say("container ", holder, " of ", *named) if holder else say(*named)


def _container(load: Doc) -> Phrase:
    name = load.get("container") or str(load.get("container_id") or "")[:_SHORT_ID]
    return say(f"{text(load, 'orchestrator', 'a')} container ", code(name)) if name else ()


def _unit(load: Doc) -> Phrase:
    return say("unit ", code(load.get("unit"))) if load.get("unit") else ()


def _path(incident: Doc) -> Phrase:
    victims = rows(incident, "victims")
    path = incident.get("task_memcg") or (victims[0].get("task_memcg") if victims else None)
    return say("cgroup ", code(path)) if str(path or "").startswith("/") else ()


def workload_name(incident: Doc) -> Phrase:
    """The workload in as few words as name it: `shop/cart-7d9 · app`, a unit, else the victim."""
    load = sub(incident, "workload")
    pod = "/".join(p for p in (text(load, "namespace"), text(load, "pod")) if p)
    if pod:
        return say(code(pod), " · " if load.get("container") else None, code(load.get("container")))
    return place_words(incident) or victim_words(incident)


def limit_words(incident: Doc) -> Phrase:
    """Whose limit was hit and how large it is."""
    killer = incident.get("killer")
    if killer not in (None, "kernel"):
        return say("no kernel limit: the threshold of ", code(str(killer)))
    if sub(incident, "verdict").get("cause") == "manual":
        return say("no limit: the kill was asked for")
    scope = incident.get("scope")
    if scope is None:
        return say(ABSENT)
    words = SCOPES.get(str(scope)) or text(incident, "scope")
    limit = number(sub(incident, "memcg"), "limit_bytes")
    if limit is not None and limit >= _NO_LIMIT:
        return say(words, ": the cgroup itself has none")
    return say(words, f": {size(limit)}" if limit is not None else None)


def _limit(amount: float) -> str:
    return "no limit" if amount >= _NO_LIMIT else size(amount)


def counters(incident: Doc) -> str:
    """`usage 64.0 MiB of 64.0 MiB, failcnt 87` of the limit's owner; empty for a node-wide OOM."""
    memcg = sub(incident, "memcg")
    if not memcg:
        return ""
    limit = number(memcg, "limit_bytes")
    words = [f"usage {amount(memcg, 'usage_bytes')}", f"limit {_limit(limit) if limit is not None else ABSENT}"]
    if memcg.get("working_set_bytes") is not None:
        words.append(f"working set {amount(memcg, 'working_set_bytes')}")
    if memcg.get("failcnt") is not None:
        words.append(f"limit hit {plural(memcg['failcnt'], 'time')} (failcnt)")
    swap = number(memcg, "swap_limit_bytes")
    if memcg.get("swap_usage_bytes") is not None:
        bound = "" if swap is None else ", no swap limit" if swap >= _NO_LIMIT else f" of {size(swap)}"
        words.append(f"swap {amount(memcg, 'swap_usage_bytes')}{bound}")
    return " · ".join(words)


def invoker_words(incident: Doc) -> Phrase:
    """The task whose allocation invoked the oom-killer, and what it asked for."""
    invoker = sub(incident, "invoker")
    if not invoker.get("comm"):
        return say(ABSENT)
    flags = invoker.get("gfp_flags") or ()
    mask = "|".join(str(f) for f in flags) or invoker.get("gfp_mask")
    order, pid = invoker.get("order"), invoker.get("pid")
    return say(
        code(invoker.get("comm")),
        f" (pid {pid})" if pid is not None else None,
        ", order " + str(order) if order is not None else None,
        ", " if mask else None,
        code(str(mask)) if mask else None,
    )
