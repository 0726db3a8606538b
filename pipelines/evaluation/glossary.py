"""The words of a report, for who reads one for the first time."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "request": "One page asked for: home, a search, the page of an item, a cart.",
    "held out": "Of the end of the log, and shown to nothing that was trained: what it is judged by.",
    "chosen": "Clicked, kept as a favourite, put into the cart, bought or reviewed.",
    "recall@10": "Share of requests in which the item that was chosen next stands among the first ten.",
    "ndcg@10": "The same, and a place near the top counts more: 1 at the first place, 0 behind the tenth.",
    "95 % interval": "Drawn again from other people of the same kind, 95 of 100 reports would lie inside.",
    "better, worse": "The whole interval of the difference lies on one side of nothing; else it may be chance.",
    "served list": "What people see: fused by recall, then put in order by the ranking model.",
    "fused list": "What the sources of recall propose, mixed, before the ranking model.",
    "source": "One way to find items: the same words, bought together, popular, new, a person's past.",
    "popularity": "The simple list that shows everybody what was chosen most.",
    "co-visitation": "The simple list of what others chose beside what this person chose.",
    "coverage": "Share of items that stand in the list of at least one person.",
    "place": "One position in one list: ten lists of twenty have two hundred places.",
    "p_ctr, p_cvr": "Predicted chance of a click when seen; of a purchase when clicked.",
    "AUC": "Chance that an item that was clicked was given a higher p_ctr than one that was not; .5 is guessing.",
    "calibration error": "How far predicted chances lie from what happened, on average.",
    "match": "An item that the index finds for the words of a search.",
}
"""Word -> what it means; each stands in a report, on the page or as a name of its JSON."""
