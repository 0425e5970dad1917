"""Which rows of a table no other row beats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tinyscope._core import InputError

if TYPE_CHECKING:
    import pandas as pd


def pareto(df: pd.DataFrame, *columns: str, maximize: str | Iterable[str] = ()) -> pd.DataFrame:
    """The Pareto front of a table, in the order of its rows.

    Args:
        df: Such as `sweep` returns.
        columns: Names of columns of numbers. Less is better, but for those that begin with "-" or
            stand in `maximize`.
        maximize: Names of which more is better, whether in `columns` or not.

    Returns:
        The rows for which no other row is at least as good in all columns and better in one. Equal
        rows are all there; rows without a number in one of the columns are not.
    """
    import numpy as np

    signs: dict[str, float] = {}
    for column in columns:
        name = column[1:] if column not in df.columns and column.startswith("-") else column
        signs[name] = -1.0 if name != column else 1.0
    for name in [maximize] if isinstance(maximize, str) else maximize:
        signs[name] = -1.0
    if not signs:
        raise InputError("pareto needs at least one column to compare by")
    for name in signs:
        if name not in df.columns:
            raise InputError(
                f"'{name}' is no column of the table: {', '.join(map(str, df.columns))}"
            )
    try:
        costs = df[list(signs)].astype(float).to_numpy() * np.array(list(signs.values()))
    except (TypeError, ValueError) as error:
        raise InputError(f"pareto compares columns of numbers: {error}") from None
    on_front = ~np.isnan(costs).any(axis=1)
    for index in np.flatnonzero(on_front):
        if not on_front[index]:
            continue
        cost = costs[index]
        beaten = (costs >= cost).all(axis=1) & (costs > cost).any(axis=1)
        on_front &= ~beaten
    return df[on_front]
