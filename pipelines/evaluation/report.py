"""The report of `evaluate` as one page that needs nothing else; its figures are those of report.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from pipelines.evaluation.charts import bars, curves, reliability, spans

Figures = Mapping[str, Any]
NO_LOG = (
    "The shop has no log yet. What is served to people, stage by stage, by how often an item was chosen, and whether "
    "chances come true: all of that is measured on events, and is absent until there are some."
)
"""Why figures are absent."""

_STYLE = """
:root{color-scheme:light}body{margin:0;background:#f8fafc;color:#0f172a;font:15px/1.55 system-ui,sans-serif}
main{max-width:1000px;margin:auto;padding:28px 20px 60px}h1{margin:0;font-size:26px}h2{margin:36px 0 8px;font-size:18px}
p{margin:6px 0;max-width:75ch}.dim{color:#64748b}.cards{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0}
.card{background:#fff;border:1px solid #e2e8f0;border-radius:10px;padding:10px 16px;min-width:120px}
.card b{display:block;font-size:22px;font-variant-numeric:tabular-nums}.card span{color:#64748b;font-size:13px}
table{border-collapse:collapse;background:#fff;border:1px solid #e2e8f0;font-variant-numeric:tabular-nums;margin:10px 0}
th,td{padding:5px 12px;text-align:right;border-bottom:1px solid #eef2f7}th{color:#64748b;font-weight:600;font-size:13px}
th:first-child,td:first-child{text-align:left}svg{max-width:100%;height:auto}.wide{overflow-x:auto}
figure{margin:10px 0;background:#fff;border:1px solid #e2e8f0;border-radius:10px;padding:12px;width:fit-content}
figcaption{color:#64748b;font-size:13px}.row{display:flex;flex-wrap:wrap;gap:0 12px;align-items:start}
"""


def render(figures: Figures) -> str:
    """HTML of a report; sections without figures are left out."""
    sections = (
        _summary,
        _recommendation,
        _stages,
        _buckets,
        _groups,
        _search,
        _closed_loop,
        _prediction,
        _losses,
        _latency,
        _data,
    )
    body = "\n".join(part for section in sections for part in section(figures))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>vitrine: {escape(figures['release'])}</title>"
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>{body}</main>'
        "</body></html>\n"
    )


def _summary(figures: Figures) -> Iterable[str]:
    yield f"<h1>Evaluation of release {escape(figures['release'])}</h1>"
    yield f'<p class="dim">{escape(figures["protocol"])}</p>'
    cards = []
    served = figures["recommendation"].get("served")
    if served:
        cards += [("recall@10", served["recall_at_10"]), ("ndcg@10", served["ndcg_at_10"])]
    if "prediction" in figures:
        cards += [(f"{name} AUC", one["auc"]) for name, one in (figures["prediction"] or {}).items()]
    cards += [("bayes AUC of clicks", figures["data"]["bayes_auc"])] if "bayes_auc" in figures["data"] else []
    yield '<div class="cards">' + "".join(_card(*card) for card in cards) + "</div>"


def _recommendation(figures: Figures) -> Iterable[str]:
    rows = figures["recommendation"]
    yield "<h2>Recommendation: what was served against held-out events</h2>"
    if not rows and not figures["data"].get("steps", 1):
        yield f"<p>{NO_LOG}</p>"
        return
    if not rows:
        yield "<p>No user has a step to be tested on: nothing could be measured.</p>"
        return
    table = _table(
        ("", "recall@10", "95 % interval", "ndcg@10", "95 % interval", "cases"),
        [
            (
                name,
                one["recall_at_10"],
                _interval(one["recall_interval"]),
                one["ndcg_at_10"],
                _interval(one["ndcg_interval"]),
                one["cases"],
            )
            for name, one in rows.items()
        ],
    )
    metrics = {"recall@10": "recall_at_10", "ndcg@10": "ndcg_at_10"}
    groups = {metric: {name: one[key] for name, one in rows.items()} for metric, key in metrics.items()}
    yield _row(table, _figure(bars(groups, "mean over users")))


def _stages(figures: Figures) -> Iterable[str]:
    if stages := figures.get("stages"):
        yield "<h2>Stage by stage</h2><p>Where the chosen item is after each stage; a source is judged alone.</p>"
        table = _table(
            ("stage", "recall@10", "ndcg@10", "recall@200"),
            [(one["stage"], one["recall_at_10"], one["ndcg_at_10"], one["recall_at_200"]) for one in stages],
        )
        metrics = {"recall@10": "recall_at_10", "ndcg@10": "ndcg_at_10"}
        values = {one["stage"]: {metric: one[key] for metric, key in metrics.items()} for one in stages}
        yield _row(table, _figure(bars(values, "mean over users", lying=True)))


def _buckets(figures: Figures) -> Iterable[str]:
    if buckets := figures.get("buckets"):
        yield "<h2>By how often the item was chosen before</h2>"
        names = list(buckets[0]["recall_at_10"])
        table = _table(
            ("events before", "cases", *names),
            [(one["bucket"], one["cases"], *(one["recall_at_10"][name] for name in names)) for one in buckets],
        )
        yield _row(table, _figure(bars({one["bucket"]: one["recall_at_10"] for one in buckets}, "recall@10")))


def _groups(figures: Figures) -> Iterable[str]:
    if groups := figures.get("groups"):
        yield "<h2>Order of ids inside one day</h2>"
        yield (
            "<p>Events of one day may be stored in the order of their ids. Users whose last pair of ids ascends and "
            "those where it descends are shown apart; no model reads ids or their order.</p>"
        )
        yield _table(
            ("last pair", "cases", "recall@10", "ndcg@10"),
            [(name, one["cases"], one["recall_at_10"], one["ndcg_at_10"]) for name, one in groups.items()],
        )


def _search(figures: Figures) -> Iterable[str]:
    if search := figures.get("search"):
        yield "<h2>Search: against true relevance</h2>"
        yield _table(
            ("", "ndcg@10", "95 % interval", "queries"),
            [
                (name, one["ndcg_at_10"], _interval(one["ndcg_interval"]), one["queries"])
                for name, one in search.items()
            ],
        )


def _closed_loop(figures: Figures) -> Iterable[str]:
    if loop := figures.get("closed_loop"):
        yield "<h2>Closed loop: what simulated shoppers do with the slates</h2>"
        surfaces = sorted({surface for one in loop.values() for surface in one["by_surface"]})
        yield "<p>Mean true click probability of what was shown, had it been looked at.</p>"
        yield _table(
            ("policy", "p(click)", "95 % interval", *surfaces, "expected clicks a slate", "slates"),
            [
                (
                    name,
                    one["mean_p_click"],
                    _interval(one["p_click_interval"]),
                    *map(one["by_surface"].get, surfaces),
                    one["expected_clicks_per_slate"],
                    one["num_slates"],
                )
                for name, one in loop.items()
            ],
        )


def _prediction(figures: Figures) -> Iterable[str]:
    if prediction := figures.get("prediction"):
        yield "<h2>Prediction and calibration</h2>"
        table = _table(
            ("", "AUC", "log loss", "calibration error", "rows"),
            [
                (name, one["auc"], one["log_loss"], one["calibration_error"], one["rows"])
                for name, one in prediction.items()
            ],
        )
        yield _row(table, _figure(reliability({name: one["bins"] for name, one in prediction.items()})))
    elif note := figures.get("ranking_note"):
        yield f"<h2>Prediction</h2><p>{escape(note)}</p>"


def _losses(figures: Figures) -> Iterable[str]:
    losses = {name: values for name, values in figures.get("losses", {}).items() if values}
    if losses:
        yield "<h2>Training</h2>"
        yield _row(*(_figure(curves({name: values}, "", ""), name) for name, values in losses.items()))


def _latency(figures: Figures) -> Iterable[str]:
    if stages := figures.get("latency_ms"):
        yield "<h2>Time of one request, in one process</h2>"
        table = _table(
            ("stage", "median ms", "95 % ms"), [(name, one["p50"], one["p95"]) for name, one in stages.items()]
        )
        yield _row(table, _figure(spans(stages)))


def _data(figures: Figures) -> Iterable[str]:
    yield "<h2>Data, artifacts, machine</h2>"
    tables = (("", ""), "data"), (("artifact", "key"), "artifacts"), (("machine", ""), "machine")
    yield _row(*(_table(head, list(figures[name].items())) for head, name in tables))


def _card(name: str, value: float) -> str:
    return f'<div class="card"><b>{_cell(value)}</b><span>{escape(name)}</span></div>'


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _figure(svg: str, caption: str = "") -> str:
    return f"<figure>{f'<figcaption>{escape(caption)}</figcaption>' if caption else ''}{svg}</figure>"


def _row(*parts: str) -> str:
    return f'<div class="row">{"".join(parts)}</div>'


def _interval(pair: Sequence[float]) -> str:
    return f"{pair[0]:.4f} to {pair[1]:.4f}"


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 10 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else escape(str(value))
