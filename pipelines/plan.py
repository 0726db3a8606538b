"""The plan: which verb makes what, of what, and when. A table, no engine: the command line and courses run the verbs.

when      building   in the order in which a shop is built
          choice     by who wants it
          serving    while the shop is served
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from recsys.artifacts import MISSING
from recsys.errors import VitrineError, WrongArtifact


class Step(NamedTuple):
    """What a verb is for."""

    makes: str | None
    """Kind of the artifact; None for courses, which make what their verbs make, and for what acts on a served shop."""
    needs: tuple[str, ...]
    """Kinds that it is handed."""
    when: Literal["building", "choice", "serving"]


PARTS = ("clean", "features", "split", "encoder", "embeddings", "recall", "index", "ranker")
"""Kinds that a release holds together."""
PLAN = {
    "simulate": Step("raw", (), "building"),
    "clean": Step("clean", ("raw",), "building"),  # or the data of a shop
    "featurize": Step("features", ("clean",), "building"),
    "split": Step("split", ("features",), "building"),
    "pretrain": Step("pretrained", ("features",), "building"),
    "finetune": Step("encoder", ("pretrained", "features", "split"), "building"),
    "embed": Step("embeddings", ("encoder", "features"), "building"),
    "build_index": Step("index", ("features", "split", "embeddings"), "building"),
    "train_recall": Step("recall", ("features", "split"), "building"),
    "train_ranker": Step("ranker", ("features", "split", "encoder", "index", "recall"), "building"),
    "release": Step("release", PARTS, "building"),
    "evaluate": Step("report", ("release", "split"), "building"),
    "simulate_campaigns": Step("campaigns", ("clean",), "choice"),
    "mapping": Step(None, (), "choice"),
    "tune": Step("sweep", ("features", "split"), "choice"),
    "build": Step(None, (), "building"),
    "ask": Step(None, ("release",), "choice"),
    "visit": Step(None, ("release",), "serving"),
    "credit": Step("served", ("clean",), "serving"),  # that of the live release
    "learn": Step(None, ("release",), "serving"),
    "online": Step("online", ("served",), "serving"),
    "change_items": Step(None, ("release",), "serving"),
    "put_campaigns": Step(None, ("clean",), "serving"),
    "keys": Step(None, (), "serving"),
}
"""Verb -> what it is for."""
COURSES = ("build", "learn", "online")
"""They run other verbs, which know none."""
MAKERS = {step.makes: verb for verb, step in PLAN.items() if step.makes is not None}
"""Kind of artifact -> the verb that makes it."""
ROLES = {"sequence": "recall"}
"""What an artifact calls a parent -> its kind, where the two differ: `recall` may keep another's sequence encoder."""


def kind_of(role: str) -> str:
    """Kind of the artifact that has this role among another's parents."""
    return ROLES.get(role, role)


def command(verb: str) -> str:
    """What is typed for a verb."""
    return f"python -m pipelines {verb}"


def explained(error: VitrineError) -> str:
    """An error with the command that makes again what is missing or damaged: the library knows kinds, not commands."""
    if not isinstance(error, WrongArtifact) or error.kind not in MAKERS:
        return str(error)
    more = "" if error.got == MISSING else f", then what is made from it; or {command('build')}, which does both"
    return f"{error} Run: {command(MAKERS[error.kind])}{more}"
