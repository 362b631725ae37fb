"""The document as pandas tables. Nothing else in the report needs pandas."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas


def frames(doc: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]]) -> "dict[str, pandas.DataFrame]":
    """One table per kind of row; every row names its `incident`. Sizes are bytes, what is not known is missing."""
    import pandas as pd

    incidents, victims, tasks, evidence = [], [], [], []
    for one in doc["incidents"]:
        key = {"incident": one["id"]}
        flat = {k: v for k, v in one.items() if not isinstance(v, (dict, list))}
        verdict = one["verdict"]
        told = {f"verdict_{k}": verdict[k] for k in ("cause", "probability", "words")}
        memcg = {f"memcg_{k}": v for k, v in (one["memcg"] or {}).items() if k != "stat"}
        workload = {f"workload_{k}": v for k, v in one["workload"].items() if not isinstance(v, list)}
        incidents.append(
            {**key, **{k: v for k, v in flat.items() if k != "id"}, **one["time"], **told, **memcg, **workload}
        )
        victims += [{**key, **{k: v for k, v in row.items() if k != "reaped"}} for row in one["victims"]]
        tasks += [{**key, **row} for row in one["tasks"]]
        evidence += [{**key, **row} for row in verdict["evidence"]]
    rows = [{"incident": name, **values} for name, values in facts.items()]
    tables = {"incidents": incidents, "victims": victims, "tasks": tasks, "evidence": evidence, "facts": rows}
    return {name: pd.DataFrame(table) for name, table in tables.items()}
