"""A table as people have them: numbers, text, dates, gaps, and labels in some rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tests.cli.commands import run

KINDS = np.array(["apple", "pear", "plum"])


def fruit(n: int = 240, labeled: int = 60) -> pd.DataFrame:
    """Numbers, text, dates and gaps in each; a name for each row, a constant, and labels in the first rows."""
    rng = np.random.default_rng(0)
    k = rng.integers(0, 3, n)
    table = pd.DataFrame(
        {
            "id": [f"F-{i:04d}" for i in range(n)],
            "weight": rng.normal(150 + 40 * k, 20).round(1),
            "colour": np.where(rng.random(n) < 0.7, KINDS[k], "?"),
            "picked": (pd.Timestamp("2026-08-01") + pd.to_timedelta(20 * k + rng.integers(0, 20, n), "D")).strftime(
                "%Y-%m-%d"
            ),
            "farm": "home",
        }
    )
    table.loc[::7, "weight"] = None
    table.loc[1::9, "picked"] = None
    table["kind"] = np.where(np.arange(n) < labeled, KINDS[k], None)
    table["truth"] = KINDS[k]
    return table


def auto(table: Any, out: Any, *more: Any) -> Any:
    return run("label", table, "-t", "kind", "-i", "truth", "-o", out, "--model", "auto", *more)
