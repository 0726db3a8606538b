"""The report of `evaluate` as one page that needs nothing else; its figures are those of report.json."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from pipelines.evaluation import opening
from pipelines.evaluation.charts import bars, curves, reliability, spans
from pipelines.evaluation.markup import STYLE, card, figure, interval, row, table
from pipelines.evaluation.opening import Figures

NO_LOG = (
    "The shop has no log yet. What is served to people, stage by stage, by how often an item was chosen, and whether "
    "chances come true: all of that is measured on events, and is absent until there are some."
)
"""Why figures are absent."""


def render(figures: Figures) -> str:
    """HTML of a report; sections without figures are left out."""
    sections = (
        _head,
        opening.verdict,
        opening.glossary,
        _cards,
        _recommendation,
        opening.reranking,
        opening.few_events,
        _buckets,
        opening.searches,
        opening.wanted,
        _stages,
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
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><main>{body}</main>'
        "</body></html>\n"
    )


def _head(figures: Figures) -> Iterable[str]:
    yield f"<h1>Evaluation of release {escape(figures['release'])}</h1>"


def _cards(figures: Figures) -> Iterable[str]:
    yield f'<p class="dim">{escape(figures["protocol"])}</p>'
    cards = []
    served = figures["recommendation"].get("served")
    if served:
        cards += [("recall@10", served["recall_at_10"]), ("ndcg@10", served["ndcg_at_10"])]
    if "prediction" in figures:
        cards += [(f"{name} AUC", one["auc"]) for name, one in (figures["prediction"] or {}).items()]
    cards += [("bayes AUC of clicks", figures["data"]["bayes_auc"])] if "bayes_auc" in figures["data"] else []
    yield '<div class="cards">' + "".join(card(*one) for one in cards) + "</div>"


def _recommendation(figures: Figures) -> Iterable[str]:
    rows = figures["recommendation"]
    yield "<h2>Recommendation: what was served against held-out events</h2>"
    if not rows and not figures["data"].get("steps", 1):
        yield f"<p>{NO_LOG}</p>"
        return
    if not rows:
        yield "<p>No user has a step to be tested on: nothing could be measured.</p>"
        return
    shown = table(
        ("", "recall@10", "95 % interval", "ndcg@10", "95 % interval", "cases"),
        [
            (
                name,
                one["recall_at_10"],
                interval(one["recall_interval"]),
                one["ndcg_at_10"],
                interval(one["ndcg_interval"]),
                one["cases"],
            )
            for name, one in rows.items()
        ],
    )
    metrics = {"recall@10": "recall_at_10", "ndcg@10": "ndcg_at_10"}
    groups = {metric: {name: one[key] for name, one in rows.items()} for metric, key in metrics.items()}
    yield row(shown, figure(bars(groups, "mean over users")))


def _stages(figures: Figures) -> Iterable[str]:
    if stages := figures.get("stages"):
        yield "<h2>Stage by stage</h2><p>Where the chosen item is after each stage; a source is judged alone.</p>"
        shown = table(
            ("stage", "recall@10", "ndcg@10", "recall@200"),
            [(one["stage"], one["recall_at_10"], one["ndcg_at_10"], one["recall_at_200"]) for one in stages],
        )
        metrics = {"recall@10": "recall_at_10", "ndcg@10": "ndcg_at_10"}
        values = {one["stage"]: {metric: one[key] for metric, key in metrics.items()} for one in stages}
        yield row(shown, figure(bars(values, "mean over users", lying=True)))


def _buckets(figures: Figures) -> Iterable[str]:
    buckets = figures.get("buckets")
    if not buckets or not any(one["cases"] for one in buckets):
        return
    yield "<h2>By how often the item was chosen before</h2>"
    names = list(dict.fromkeys(name for one in buckets for name in one["recall_at_10"]))
    shown = table(
        ("events before", "items", "of all", "shown to anybody", "of all places", "cases", *names),
        [
            (
                one["bucket"],
                one["items"],
                one["item_share"],
                one["shown"],
                one["place_share"],
                one["cases"],
                *map(one["recall_at_10"].get, names),
            )
            for one in buckets
        ],
    )
    recall = {one["bucket"]: one["recall_at_10"] for one in buckets if one["cases"]}
    yield row(shown, figure(bars(recall, "recall@10")))


def _groups(figures: Figures) -> Iterable[str]:
    if groups := figures.get("groups"):
        yield "<h2>Order of ids inside one day</h2>"
        yield (
            "<p>Events of one day may be stored in the order of their ids. Users whose last pair of ids ascends and "
            "those where it descends are shown apart; no model reads ids or their order.</p>"
        )
        yield table(
            ("last pair", "cases", "recall@10", "ndcg@10"),
            [(name, one["cases"], one["recall_at_10"], one["ndcg_at_10"]) for name, one in groups.items()],
        )


def _search(figures: Figures) -> Iterable[str]:
    if search := figures.get("search"):
        yield "<h2>Search: against true relevance</h2>"
        yield table(
            ("", "ndcg@10", "95 % interval", "queries"),
            [(name, one["ndcg_at_10"], interval(one["ndcg_interval"]), one["queries"]) for name, one in search.items()],
        )


def _closed_loop(figures: Figures) -> Iterable[str]:
    if loop := figures.get("closed_loop"):
        yield "<h2>Closed loop: what simulated shoppers do with the slates</h2>"
        surfaces = sorted({surface for one in loop.values() for surface in one["by_surface"]})
        yield "<p>Mean true click probability of what was shown, had it been looked at.</p>"
        yield table(
            ("policy", "p(click)", "95 % interval", *surfaces, "expected clicks a slate", "slates"),
            [
                (
                    name,
                    one["mean_p_click"],
                    interval(one["p_click_interval"]),
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
        shown = table(
            ("", "AUC", "log loss", "calibration error", "rows"),
            [
                (name, one["auc"], one["log_loss"], one["calibration_error"], one["rows"])
                for name, one in prediction.items()
            ],
        )
        yield row(shown, figure(reliability({name: one["bins"] for name, one in prediction.items()})))
    elif note := figures.get("ranking_note"):
        yield f"<h2>Prediction</h2><p>{escape(note)}</p>"


def _losses(figures: Figures) -> Iterable[str]:
    losses = {name: values for name, values in figures.get("losses", {}).items() if values}
    if losses:
        yield "<h2>Training</h2>"
        yield row(*(figure(curves({name: values}, "", ""), name) for name, values in losses.items()))


def _latency(figures: Figures) -> Iterable[str]:
    if stages := figures.get("latency_ms"):
        yield "<h2>Time of one request, in one process</h2>"
        shown = table(
            ("stage", "median ms", "95 % ms"), [(name, one["p50"], one["p95"]) for name, one in stages.items()]
        )
        yield row(shown, figure(spans(stages)))


def _data(figures: Figures) -> Iterable[str]:
    yield "<h2>Data, artifacts, machine</h2>"
    tables = (("", ""), "data"), (("artifact", "key"), "artifacts"), (("machine", ""), "machine")
    yield row(*(table(head, list(figures[name].items())) for head, name in tables))
