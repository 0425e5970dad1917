"""Figures of a classifier from its answers: plain counting, numpy only.

Classes are texts or numbers. An answer of None means that there was none; it counts as wrong for
the sample's class and for no other. Where a figure is not defined (0 / 0) it is nan and
`Classification.undefined` says why; in means over classes such a figure counts as 0, as
scikit-learn does it, and classes that occur neither in the truth nor in the answers are left out.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tinyscope.evaluation.curves import Curve, average_precision, roc_auc, roc_curve

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def confusion_matrix(
    truth: Sequence[Hashable], answers: Sequence[Hashable | None], labels: Sequence[Hashable]
) -> Counts:
    """How often each class was answered for each class.

    Returns counts of shape (labels, labels + 1): rows are the truth, columns the answers, the last
    column counts samples without an answer. ValueError for lengths that differ, and for a class
    that is not among the labels.
    """
    if len(truth) != len(answers):
        raise ValueError(f"{len(truth)} true classes, but {len(answers)} answers")
    place = {label: number for number, label in enumerate(labels)}
    if len(place) != len(labels):
        raise ValueError("a label is given twice")
    counts = np.zeros((len(labels), len(labels) + 1), dtype=np.int64)
    for true, answer in zip(truth, answers):
        for label in (true, answer):
            if label is not None and label not in place:
                raise ValueError(f"class {label!r} is not among the labels {list(labels)}")
        if true is None:
            raise ValueError("a true class is None")
        counts[place[true], len(labels) if answer is None else place[answer]] += 1
    return counts


def wilson_interval(right: int, total: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Where the true share lies with 95 % confidence, after `right` of `total` (Wilson, 1927)."""
    if total == 0:
        return math.nan, math.nan
    share = right / total
    middle = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


@dataclass(frozen=True)
class ClassFigures:
    """One class against all others."""

    label: Hashable
    support: int  # samples that are of this class
    answered: int  # samples for which it was the answer
    right: int
    precision: float  # right of those answered
    recall: float  # right of those that are of the class; also called sensitivity
    specificity: float  # of the others, those for which it was not the answer
    f1: float  # harmonic mean of precision and recall
    auc: float  # area under the ROC curve of its score; nan without scores
    average_precision: float


@dataclass(frozen=True)
class Classification:
    """All figures of a classifier on one set of samples; make it with classify()."""

    labels: tuple[Hashable, ...]
    confusion: Counts  # (labels, labels + 1), see confusion_matrix()
    per_class: tuple[ClassFigures, ...]
    roc: dict[Hashable, Curve]
    undefined: dict[str, str] = field(default_factory=dict)  # figure -> why it is nan

    @property
    def samples(self) -> int:
        return int(self.confusion.sum())

    @property
    def right(self) -> int:
        return int(np.trace(self.confusion))

    @property
    def unanswered(self) -> int:
        return int(self.confusion[:, -1].sum())

    @property
    def accuracy(self) -> float:
        return self.right / self.samples if self.samples else math.nan

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """95 % confidence, from the number of samples alone."""
        return wilson_interval(self.right, self.samples)

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall of the classes that occur in the truth."""
        recalls = [figures.recall for figures in self.per_class if figures.support]
        return float(np.mean(recalls)) if recalls else math.nan

    def macro(self, figure: str) -> float:
        """Mean of a field of ClassFigures over the classes that occur, each counting the same."""
        return self._mean(figure, weighted=False)

    def weighted(self, figure: str) -> float:
        """Mean of a field of ClassFigures, each class counting with its samples."""
        return self._mean(figure, weighted=True)

    def figures_of(self, label: Hashable) -> ClassFigures:
        for figures in self.per_class:
            if figures.label == label:
                return figures
        raise ValueError(f"class {label!r} is not among the labels {list(self.labels)}")

    def summary(self) -> dict[str, float]:
        """The figures over all classes by name: what one compares models by."""
        figures = {"accuracy": self.accuracy, "balanced_accuracy": self.balanced_accuracy}
        for name in ("precision", "recall", "f1"):
            figures["macro_" + name] = self.macro(name)
            figures["weighted_" + name] = self.weighted(name)
        figures["macro_sensitivity"] = self.macro("recall")
        figures["macro_specificity"] = self.macro("specificity")
        figures["macro_auc"] = self.macro("auc")
        figures["macro_average_precision"] = self.macro("average_precision")
        return figures

    def _mean(self, figure: str, weighted: bool) -> float:
        rows = [row for row in self.per_class if row.support or row.answered]
        values = np.array([getattr(row, figure) for row in rows], dtype=float)
        weights = np.array([row.support if weighted else 1 for row in rows], dtype=float)
        if figure in ("auc", "average_precision"):
            # A class without a curve says nothing, rather than 0.
            weights, values = weights[~np.isnan(values)], values[~np.isnan(values)]
        if not weights.sum():
            return math.nan
        return float(np.average(np.nan_to_num(values, nan=0.0), weights=weights))


def classify(
    truth: Sequence[Hashable],
    answers: Sequence[Hashable | None],
    *,
    labels: Sequence[Hashable] | None = None,
    scores: npt.ArrayLike | None = None,
) -> Classification:
    """Counts answers against the truth.

    truth, answers: one class a sample; an answer may be None. labels: all classes in the order of
    tables and of the columns of scores; left out: those that occur, sorted as texts. scores:
    (samples, labels), the larger the likelier; rows with nan are left out of the curves.
    ValueError for shapes or classes that do not fit.
    """
    if labels is None:
        found = set(truth) | {answer for answer in answers if answer is not None}
        labels = sorted(found, key=str)
    confusion = confusion_matrix(truth, answers, labels)
    table = _checked_scores(scores, len(truth), len(labels))
    undefined: dict[str, str] = {}
    rows: list[ClassFigures] = []
    roc: dict[Hashable, Curve] = {}
    for number, label in enumerate(labels):
        auc = precision = math.nan
        why_auc = why_precision = "no scores"
        if table is not None:
            known = ~np.isnan(table).any(axis=1)
            positive = np.array([true == label for true in truth], dtype=bool)[known]
            score = table[known, number]
            auc, why_auc = roc_auc(positive, score)
            precision, why_precision = average_precision(positive, score)
            if not why_auc:
                roc[label] = roc_curve(positive, score)
        for figure, why in (("auc", why_auc), ("average_precision", why_precision)):
            if why:
                undefined[f"{label}.{figure}"] = why
        rows.append(_one_class(label, number, confusion, auc, precision, undefined))
    return Classification(tuple(labels), confusion, tuple(rows), roc, undefined)


def _checked_scores(scores: npt.ArrayLike | None, samples: int, labels: int) -> Floats | None:
    if scores is None:
        return None
    table = np.asarray(scores, dtype=np.float64)
    if table.shape != (samples, labels):
        raise ValueError(
            f"scores have shape {table.shape}; {samples} samples and {labels} labels need "
            f"({samples}, {labels})"
        )
    return table


def _one_class(
    label: Hashable,
    number: int,
    confusion: Counts,
    auc: float,
    mean_precision: float,
    undefined: dict[str, str],
) -> ClassFigures:
    right = int(confusion[number, number])
    support, answered = int(confusion[number].sum()), int(confusion[:, number].sum())
    others = int(confusion.sum()) - support

    def share(part: int, whole: int, figure: str, why: str) -> float:
        if whole:
            return part / whole
        undefined[f"{label}.{figure}"] = why
        return math.nan

    return ClassFigures(
        label=label,
        support=support,
        answered=answered,
        right=right,
        precision=share(right, answered, "precision", "never answered"),
        recall=share(right, support, "recall", "no sample of this class"),
        specificity=share(
            others - (answered - right), others, "specificity", "no sample of another class"
        ),
        f1=share(2 * right, support + answered, "f1", "no sample of this class, never answered"),
        auc=auc,
        average_precision=mean_precision,
    )
