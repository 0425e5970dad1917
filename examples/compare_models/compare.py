#!/usr/bin/python3
"""float32, int8, pruned and distilled versions of one model: what each costs and how good it is.

    compare.py [--board BOARD] [--samples N] [--workers N] [--plot FILE.png] [--markdown FILE.md]

Every sample runs on the simulated chip; accuracy is what the chip answers.
"""

import argparse
import pathlib

import pandas as pd
import tinyscope

HERE = pathlib.Path(__file__).resolve().parent
MODELS = ("float32", "int8", "pruned", "distilled")
COLUMNS = {
    "accuracy": "{:.2%}".format,
    "accuracy_low": "{:.1%}".format,
    "accuracy_high": "{:.1%}".format,
    "macro_auc": "{:.4f}".format,
    "model_bytes": "{:,.0f}".format,
    "latency_ms": "{:.3f}".format,
    "cycles": "{:,.0f}".format,
    "energy_uj": "{:.2f}".format,
    "arena_bytes": "{:,.0f}".format,
    "ram_bytes": "{:,.0f}".format,
    "flash_bytes": "{:,.0f}".format,
}


def compared(board, samples, workers, kernels):
    """A row for each model."""
    rows = {}
    for name in MODELS:
        model = HERE / f"{name}.tflite"
        found = tinyscope.evaluate(
            model,
            HERE / "test.npz",
            board=board,
            kernels=kernels,
            samples=samples,
            full_timing=3,
            workers=workers,
        )
        print(found.summary(), end="\n\n", flush=True)
        low, high = found.classification.accuracy_interval
        rows[name] = {
            "accuracy_low": low,
            "accuracy_high": high,
            "macro_auc": found.figures["macro_auc"],
            "model_bytes": model.stat().st_size,
            **found.metrics,
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table[[column for column in COLUMNS if column in table]]


def plot(table, board, path):
    """Four panels: accuracy, latency, energy, memory."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(9.5, 5.2), layout="constrained")
    figure.suptitle(f"One gesture network in four versions on {board} (made-up data)")
    names = list(table.index)[::-1]
    rows = table.loc[names]
    # Okabe and Ito's colours, which everybody can tell apart.
    colours = dict(zip(MODELS, ("#0072B2", "#E69F00", "#009E73", "#CC79A7")))
    bar = {"color": [colours[name] for name in names], "height": 0.62}

    shares = 100 * rows["accuracy"]
    spread = [shares - 100 * rows["accuracy_low"], 100 * rows["accuracy_high"] - shares]
    panel = axes[0, 0]
    for name, share, low, high in zip(names, shares, *spread):
        # Points, as an axis that does not begin at 0 makes bars lie.
        style = {"color": colours[name], "capsize": 4, "markersize": 8}
        panel.errorbar(share, name, xerr=[[low], [high]], fmt="o", **style)
        above = {"xytext": (0, 8), "textcoords": "offset points", "ha": "center"}
        panel.annotate(f"{share:.1f}", (share, name), **above)
    panel.set_ylim(-0.5, len(names) - 0.3)
    panel.set_xlabel("accuracy and its 95 % interval, %")

    for panel, column, label, form in (
        (axes[0, 1], "latency_ms", "latency, ms", "{:.2f}"),
        (axes[1, 0], "energy_uj", "energy of an inference, µJ", "{:.1f}"),
    ):
        if column not in rows:
            panel.set_axis_off()
            continue
        panel.barh(names, rows[column], **bar)
        panel.set_xlabel(label)
        _labelled(panel, rows[column], form)

    panel = axes[1, 1]
    flash, ram = rows["model_bytes"] / 1024, rows["arena_bytes"] / 1024
    panel.barh(names, flash, **bar)
    panel.barh(names, ram, left=flash, alpha=0.45, **bar)
    panel.set_xlabel("model in flash (dark) and arena in RAM (light), KiB")
    _labelled(panel, flash + ram, "{:.1f}")
    for panel in axes.flat:
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


def _labelled(panel, values, form):
    panel.set_xlim(0, 1.18 * values.max())
    for name, value in values.items():
        panel.text(value + 0.01 * values.max(), name, form.format(value), va="center")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--board", default="nano33ble-sense")
    parser.add_argument("--kernels", default="dsp")
    parser.add_argument("--samples", type=int, help="only so many of the test set's 300")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--plot", type=pathlib.Path)
    parser.add_argument("--markdown", type=pathlib.Path)
    chosen = parser.parse_args()
    table = compared(chosen.board, chosen.samples, chosen.workers, chosen.kernels)
    shown = {name: form for name, form in COLUMNS.items() if name in table}
    print(table.to_string(formatters=shown))
    if chosen.markdown:
        rows = ["| model | " + " | ".join(shown) + " |", "| --- |" + " ---: |" * len(shown)]
        for name, row in table.iterrows():
            rows.append(f"| {name} | " + " | ".join(f(row[c]) for c, f in shown.items()) + " |")
        chosen.markdown.write_text("\n".join(rows) + "\n")
    if chosen.plot:
        plot(table, chosen.board, chosen.plot)


if __name__ == "__main__":
    main()
