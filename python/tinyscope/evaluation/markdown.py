"""An evaluation as Markdown tables."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinyscope.evaluation.evaluation import Evaluation


def markdown(evaluation: Evaluation) -> str:
    """Headline, cost, figures by class, confusion matrix, notes."""
    figures = evaluation.classification
    low, high = figures.accuracy_interval
    blocks = [
        f"## {_cell(evaluation.target)} on {_cell(evaluation.board)}",
        f"**{figures.accuracy:.2%}** accuracy: {figures.right} of {figures.samples} samples right "
        f"(95 % interval {low:.2%} to {high:.2%}); balanced accuracy "
        f"{figures.balanced_accuracy:.2%}, macro F1 {_number(figures.macro('f1'))}, macro AUC "
        f"{_number(figures.macro('auc'))}.",
    ]
    cost = evaluation.cost_texts()
    if cost:
        timed = len(evaluation.timing)
        blocks.append(f"Full timing, {timed} samples: " + "; ".join(cost) + ".")
    blocks.append(_per_class(evaluation))
    blocks.append(_confusion(evaluation))
    if evaluation.notes:
        blocks.append("\n".join(f"- {_cell(note)}" for note in evaluation.notes))
    return "\n\n".join(blocks) + "\n"


def _per_class(evaluation: Evaluation) -> str:
    head = ["class", "samples", "precision", "recall (sensitivity)", "specificity", "F1", "AUC"]
    rows = []
    for row in evaluation.classification.per_class:
        shares = (row.precision, row.recall, row.specificity, row.f1, row.auc)
        rows.append([str(row.label), str(row.support), *(_number(share) for share in shares)])
    return _table(head, rows)


def _confusion(evaluation: Evaluation) -> str:
    counts = evaluation.confusion
    head = ["truth \\ answer", *map(str, counts.columns)]
    rows = [[str(label), *map(str, row)] for label, row in zip(counts.index, counts.to_numpy())]
    return _table(head, rows)


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.4f}"
