"""The plots of a report as SVG text that a page can hold: no script, no outside file."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "vitrine",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#94a3b8",
    "axes.labelcolor": "#475569",
    "xtick.color": "#475569",
    "ytick.color": "#475569",
    "axes.grid": True,
    "grid.color": "#e2e8f0",
    "axes.axisbelow": True,
    "legend.frameon": False,
}
"""Of our charts alone: whoever draws others in this process keeps theirs."""

COLOURS = ("#0f766e", "#d97706", "#64748b", "#7c3aed", "#be123c", "#2563eb")
_numbers = count()


@rc_context(STYLE)
def bars(groups: Mapping[str, Mapping[str, float]], label: str, *, lying: bool = False) -> str:
    """Groups of bars, one colour a series: {group: {series: value}}.

    Args:
        lying: bars from left to right, first on top: for many groups, or long names.
    """
    series = list(dict.fromkeys(name for values in groups.values() for name in values))
    standing = {"width": max(5.0, 0.9 * len(groups) + 2)}
    figure, axes = _canvas(**({"height": 0.3 * len(groups) * len(series) + 1.0} if lying else standing))
    width = 0.8 / max(len(series), 1)
    for place, name in enumerate(series):
        at = [group + place * width for group in range(len(groups))]
        heights = [values.get(name, 0.0) for values in groups.values()]
        draw = axes.barh if lying else axes.bar
        draw(at, heights, width * 0.92, label=name, color=_colour(place))
    ticks = [group + 0.4 - width / 2 for group in range(len(groups))]
    (axes.set_yticks if lying else axes.set_xticks)(ticks, list(groups))
    (axes.set_xlabel if lying else axes.set_ylabel)(label)
    axes.grid(visible=False, axis="y" if lying else "x")
    if lying:
        axes.invert_yaxis()
    axes.legend(ncols=len(series), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return _svg(figure)


@rc_context(STYLE)
def curves(series: Mapping[str, Sequence[float]], across: str, label: str) -> str:
    """Lines over their steps, one colour a series."""
    figure, axes = _canvas(width=4.3, height=2.4)
    for place, (name, values) in enumerate(series.items()):
        mark = "o" if len(values) <= 30 else None
        axes.plot(range(1, len(values) + 1), values, label=name, color=_colour(place), marker=mark, markersize=3)
    axes.set_xlabel(across)
    axes.set_ylabel(label)
    if len(series) > 1:
        axes.legend()
    return _svg(figure)


@rc_context(STYLE)
def reliability(bins: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    """Predicted against observed rates; on the diagonal is calibrated. {model: [{predicted, observed, count}]}."""
    figure, axes = _canvas(width=4.2, height=3.6)
    top = max((max(one["predicted"], one["observed"]) for rows in bins.values() for one in rows), default=1.0) * 1.05
    axes.plot([0, top], [0, top], color="#94a3b8", linestyle="--", linewidth=1)
    for place, (name, rows) in enumerate(bins.items()):
        axes.plot(
            [one["predicted"] for one in rows],
            [one["observed"] for one in rows],
            marker="o",
            markersize=4,
            label=name,
            color=_colour(place),
        )
    axes.set_xlabel("predicted")
    axes.set_ylabel("observed")
    axes.legend()
    return _svg(figure)


@rc_context(STYLE)
def spans(stages: Mapping[str, Mapping[str, float]]) -> str:
    """Time of each stage, median to 95th percentile: {stage: {p50, p95}}."""
    figure, axes = _canvas(height=0.42 * len(stages) + 1.0)
    names = list(stages)[::-1]
    axes.barh(names, [stages[name]["p95"] for name in names], 0.55, color="#99f6e4", label="95 %")
    axes.barh(names, [stages[name]["p50"] for name in names], 0.55, color=_colour(0), label="median")
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("ms")
    axes.legend()
    return _svg(figure)


def _canvas(width: float = 5.6, height: float = 3.0) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")  # no pyplot: nothing is kept
    return figure, figure.add_subplot()


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    svg = re.sub(r'height="[\d.]+pt" ', "", text[text.index("<svg") :], count=1)  # follows from the width
    prefix = f"c{next(_numbers)}-"  # ids are unique within the page
    return re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{prefix}", svg)


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]
