"""What an evaluation found: figures of the answers, and beside them what an answer costs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinyscope.evaluation.classification import Classification, classify
from tinyscope.evaluation.curves import Curve

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1
NO_ANSWER = "(no answer)"
# Metrics of Report.metrics that are shown, and their units.
_SHOWN = {
    "latency_ms": ("latency", "ms"),
    "cycles": ("cycles", ""),
    "energy_uj": ("energy", "uJ"),
    "ram_bytes": ("RAM", "bytes"),
    "flash_bytes": ("flash", "bytes"),
}


@dataclass(frozen=True)
class Answered:
    """One sample, its class and what the firmware said."""

    name: str
    label: str
    answer: str | None
    scores: tuple[float, ...] | None
    why: str  # there is no answer


class Evaluation:
    """Answers of one firmware or model to one dataset. Same inputs, same evaluation.

    Figures that are not defined are nan (null in JSON); `undefined` says why.
    """

    def __init__(
        self,
        *,
        target: str,
        board: str,
        path: str,
        dataset: str,
        labels: Sequence[str],
        answers: Sequence[Answered],
        timing: Sequence[tuple[str, dict[str, float]]],
        notes: Sequence[str] = (),
    ) -> None:
        self.target, self.board, self.path, self.dataset = target, board, path, dataset
        self.answers = tuple(answers)
        self.notes = tuple(notes)
        """What one has to know to read the figures, in sentences."""
        self._timing = tuple(timing)
        given = {answer.answer for answer in answers if answer.answer is not None}
        self.labels = (*labels, *sorted(given - set(labels)))
        """Classes of the dataset, then what firmware answered besides."""

    @cached_property
    def classification(self) -> Classification:
        """All figures of the answers."""
        return classify(
            [answer.label for answer in self.answers],
            [answer.answer for answer in self.answers],
            labels=self.labels,
            scores=self._scores(),
        )

    @property
    def accuracy(self) -> float:
        return self.classification.accuracy

    @property
    def undefined(self) -> dict[str, str]:
        """Why a figure is nan, by "class.figure"."""
        return {str(name): why for name, why in self.classification.undefined.items()}

    @property
    def figures(self) -> dict[str, float]:
        """accuracy, balanced_accuracy, macro_f1 and so on, by name."""
        return self.classification.summary()

    @property
    def metrics(self) -> dict[str, float]:
        """Means of what was timed, by the names of `Report.metrics`, and `accuracy`."""
        means = {name: row["mean"] for name, row in self._cost_rows().items()}
        return {"accuracy": self.accuracy, **means}

    @cached_property
    def confusion(self) -> pd.DataFrame:
        """Counts; rows: the truth, columns: the answers, and "(no answer)" if there are such."""
        import pandas as pd

        counts = pd.DataFrame(
            self.classification.confusion,
            index=pd.Index(self.labels, name="truth"),
            columns=pd.Index([*self.labels, NO_ANSWER], name="answer"),
        )
        return counts if self.classification.unanswered else counts.drop(columns=NO_ANSWER)

    @cached_property
    def per_class(self) -> pd.DataFrame:
        """A row for each class: support, answered, right, precision, recall, sensitivity (the
        same), specificity, f1, auc, average_precision; each class against all others."""
        import pandas as pd

        rows = pd.DataFrame([asdict(row) for row in self.classification.per_class])
        rows.insert(rows.columns.get_loc("recall") + 1, "sensitivity", rows["recall"])
        return rows.set_index("label")

    @cached_property
    def roc(self) -> dict[str, pd.DataFrame]:
        """By class, one against all others: false_positive_rate, true_positive_rate, threshold.

        Empty without scores; classes of which there are no samples have none.
        """
        import pandas as pd

        curves: dict[Any, Curve] = dict(self.classification.roc)
        return {str(label): pd.DataFrame(curve._asdict()) for label, curve in curves.items()}

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """A row for each sample: sample, truth, answer (None: there was none), right, why, and a
        column "score: CLASS" for each class where there are scores."""
        import pandas as pd

        frame = pd.DataFrame(
            {
                "sample": [answer.name for answer in self.answers],
                "truth": [answer.label for answer in self.answers],
                "answer": [answer.answer for answer in self.answers],
                "right": [answer.answer == answer.label for answer in self.answers],
                "why": [answer.why for answer in self.answers],
            }
        )
        scores = self._scores()
        if scores is not None:
            for number, label in enumerate(self.labels):
                frame[f"score: {label}"] = [row[number] for row in scores]
        return frame

    @cached_property
    def timing(self) -> pd.DataFrame:
        """A row for each sample with full timing, a column for each of `Report.metrics`."""
        import pandas as pd

        names = pd.Index([name for name, _ in self._timing], name="sample")
        return pd.DataFrame([metrics for _, metrics in self._timing], index=names)

    @cached_property
    def cost(self) -> pd.DataFrame:
        """mean, min and max of each metric over the samples that ran with full timing."""
        import pandas as pd

        return pd.DataFrame.from_dict(
            self._cost_rows(), orient="index", columns=["mean", "min", "max"]
        )

    def as_dict(self) -> dict[str, Any]:
        """All of it, as JSON has it: nan is None."""
        figures = self.classification
        low, high = figures.accuracy_interval
        content = {
            "schema": SCHEMA_VERSION,
            "target": self.target,
            "board": self.board,
            "path": self.path,
            "dataset": self.dataset,
            "samples": figures.samples,
            "right": figures.right,
            "unanswered": figures.unanswered,
            "figures": self.figures,
            "accuracy_interval_95": [low, high],
            "labels": list(self.labels),
            "confusion": figures.confusion.tolist(),
            "per_class": [asdict(row) for row in figures.per_class],
            "undefined": self.undefined,
            "roc": {
                str(label): [list(map(float, values)) for values in curve]
                for label, curve in figures.roc.items()
            },
            "cost": self._cost_rows(),
            "timing": [{"sample": name, "metrics": metrics} for name, metrics in self._timing],
            "predictions": [asdict(answer) for answer in self.answers],
            "notes": list(self.notes),
        }
        plain: dict[str, Any] = _without_nan(content)
        return plain

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """As JSON, byte for byte the same for the same inputs; written to `path` if given."""
        return _written(json.dumps(self.as_dict(), indent=1, ensure_ascii=False) + "\n", path)

    def to_markdown(self, path: str | PathLike[str] | None = None) -> str:
        """Tables for a pull request or a page; written to `path` if given."""
        from tinyscope.evaluation.markdown import markdown

        return _written(markdown(self), path)

    def summary(self) -> str:
        """A few lines for a terminal."""
        figures = self.classification
        low, high = figures.accuracy_interval
        lines = [
            f"{self.target} on {self.board}: {figures.right} of {figures.samples} right, accuracy "
            f"{figures.accuracy:.2%} (95 % interval {low:.2%} to {high:.2%})",
            f"balanced accuracy {figures.balanced_accuracy:.2%}, macro F1 {figures.macro('f1'):.4f}"
            + ("" if not figures.roc else f", macro AUC {figures.macro('auc'):.4f}"),
        ]
        if figures.unanswered:
            lines.append(f"samples without an answer, which count as wrong: {figures.unanswered}")
        for text in self.cost_texts():
            lines.append(text)
        return "\n".join([*lines, *self.notes])

    def cost_texts(self) -> list[str]:
        """What the timed samples cost, a line each figure."""
        rows = self._cost_rows()
        lines = []
        for name, (title, unit) in _SHOWN.items():
            if name not in rows:
                continue
            low, mean, high = (_short(rows[name][key]) for key in ("min", "mean", "max"))
            spread = "" if low == high else f" ({low} to {high})"
            lines.append(f"{title} {mean}{' ' + unit if unit else ''}{spread}")
        return lines

    def __repr__(self) -> str:
        return f"<Evaluation: {self.summary().splitlines()[0]}>"

    def _repr_html_(self) -> str:
        html: str = self.per_class.to_html(float_format="{:.4f}".format)
        return f"<pre>{self.summary()}</pre>{html}{self.confusion.to_html()}"

    def _cost_rows(self) -> dict[str, dict[str, float]]:
        rows: dict[str, dict[str, float]] = {}
        for name in dict.fromkeys(key for _, metrics in self._timing for key in metrics):
            values = [metrics[name] for _, metrics in self._timing if name in metrics]
            rows[name] = {
                "mean": math.fsum(values) / len(values),
                "min": min(values),
                "max": max(values),
            }
        return rows

    def _scores(self) -> list[list[float]] | None:
        """(samples, labels); nan where a sample has none; None if no sample has any."""
        if all(answer.scores is None for answer in self.answers):
            return None
        width = len(self.labels)
        rows = []
        for answer in self.answers:
            scores = list(answer.scores or ())
            whole = answer.scores is not None and len(scores) == width
            rows.append(scores if whole else [math.nan] * width)
        return rows


def _short(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _without_nan(value: Any) -> Any:
    """JSON has neither nan nor infinity: None, and "inf" for the first threshold of a curve."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf"
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return value


def _written(text: str, path: str | PathLike[str] | None) -> str:
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text
