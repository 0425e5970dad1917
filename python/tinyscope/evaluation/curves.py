"""ROC and precision-recall of one score: samples of equal score stand or fall together."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Curve(NamedTuple):
    """An ROC curve, one value a point: from (0, 0) at threshold infinity to (1, 1)."""

    false_positive_rate: Floats
    true_positive_rate: Floats
    threshold: Floats  # samples of this score or more are taken as positive


def roc_curve(positive: npt.ArrayLike, score: npt.ArrayLike) -> Curve:
    """The ROC curve with one point for each distinct score.

    positive: for each sample whether it is of the class; score: the larger the likelier.
    ValueError if there are no samples of the class, or none of another.
    """
    kinds = np.asarray(positive, dtype=bool)
    why = _one_kind_only(kinds)
    if why:
        raise ValueError(f"no ROC curve: {why}")
    true, false, thresholds = _steps(kinds, np.asarray(score, dtype=np.float64))
    return Curve(
        np.concatenate([[0.0], false / false[-1]]),
        np.concatenate([[0.0], true / true[-1]]),
        np.concatenate([[math.inf], thresholds]),
    )


def roc_auc(positive: npt.ArrayLike, score: npt.ArrayLike) -> tuple[float, str]:
    """(area under the ROC curve, ""), or (nan, why).

    The area is the probability that a sample of the class has a higher score than one that is not,
    equal scores counting half.
    """
    kinds = np.asarray(positive, dtype=bool)
    why = _one_kind_only(kinds)
    if why:
        return math.nan, why
    false, true, _ = roc_curve(kinds, score)
    return float(np.sum(np.diff(false) * (true[1:] + true[:-1]) / 2)), ""  # trapezoids


def average_precision(positive: npt.ArrayLike, score: npt.ArrayLike) -> tuple[float, str]:
    """(sum over thresholds of precision times the recall gained there, ""), or (nan, why)."""
    kinds = np.asarray(positive, dtype=bool)
    if not kinds.any():
        return math.nan, "no sample of this class"
    true, false, _ = _steps(kinds, np.asarray(score, dtype=np.float64))
    gained = np.diff(true / true[-1], prepend=0.0)
    return float(np.sum(gained * true / (true + false))), ""


def _steps(positive: Bools, score: Floats) -> tuple[Floats, Floats, Floats]:
    """Positives and negatives at or above each distinct score, from the highest down."""
    if positive.shape != score.shape or positive.ndim != 1:
        raise ValueError(f"{positive.shape} samples, but {score.shape} scores")
    order = np.argsort(-score, kind="stable")
    positive, score = positive[order], score[order]
    last_of_ties = np.flatnonzero(np.append(score[1:] != score[:-1], True))
    true = np.cumsum(positive)[last_of_ties].astype(float)
    return true, (last_of_ties + 1) - true, score[last_of_ties]


def _one_kind_only(positive: Bools) -> str:
    if not positive.any():
        return "no sample of this class"
    return "no sample of another class" if positive.all() else ""
