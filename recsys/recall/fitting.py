"""From steps and a catalogue to fitted sources and the weights that fuse them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from recsys.features.asked_again import context_queries, user_queries
from recsys.features.catalogue import Catalogue
from recsys.features.sequences import HeldOut, Sequences
from recsys.models.sequence.encoder import SequenceEncoder
from recsys.models.sequence.training import OnEpoch, TrainedSequence, train_sequence_encoder
from recsys.models.training.checkpoint import Checkpoint
from recsys.models.training.peers import ALONE, Peers
from recsys.recall.config import FusionConfig, RecallConfig
from recsys.recall.fitted import FittedRecall
from recsys.recall.modes import Mode
from recsys.recall.sources import table
from recsys.recall.sources.sequence import SequenceSource
from recsys.recall.sources.source import Evidence, FittedSource, Source
from recsys.recall.sources.tfidf import content_vectors
from recsys.recall.tuning import Tuned, tune_weights
from recsys.schema import Clock
from recsys.slate import Query


def train_sequence(
    catalogue: Catalogue,
    sequences: Sequences,
    valid: HeldOut,
    config: RecallConfig,
    *,
    on_epoch: OnEpoch | None = None,
    peers: Peers = ALONE,
    checkpoint: Checkpoint | None = None,
) -> TrainedSequence:
    """The sequence encoder over this catalogue's words: what a sweep repeats with other settings."""
    content = content_vectors(catalogue.texts(), seed=config.sequence.seed)
    return train_sequence_encoder(
        sequences, content, config.sequence, valid=valid, on_epoch=on_epoch, peers=peers, checkpoint=checkpoint
    )


def fit_recall(
    catalogue: Catalogue, sequences: Sequences, encoder: SequenceEncoder, config: RecallConfig, *, clock: Clock = "wall"
) -> FittedRecall:
    """Fit all sources on the same sequences (the training fold, so that ranking can learn from the rest).

    Args:
        encoder: of `train_sequence`.
    """
    return _fit(Evidence(catalogue, sequences, clock, encoder, config), {})


def refit_counts(
    fitted: FittedRecall, catalogue: Catalogue, sequences: Sequences, config: RecallConfig, *, clock: Clock = "wall"
) -> FittedRecall:
    """The same sources with later steps counted too: what serves. Words and the sequence encoder stay."""
    encoder = fitted.source(SequenceSource).encoder
    kept = {source.facts.name: source for source in fitted.sources if not source.facts.counts_steps}
    return _fit(Evidence(catalogue, sequences, clock, encoder, config), kept)


def _fit(evidence: Evidence, kept: Mapping[str, FittedSource]) -> FittedRecall:
    """The sources of the table in its order, each on those before it; kept ones as they are."""
    sources: list[FittedSource] = []
    for kind in table.FITTED:
        known = kept.get(kind.facts.name)
        sources.append(known or kind.fit(replace(evidence, fitted=tuple(sources))))
    return FittedRecall(tuple(sources), len(evidence.catalogue))


def tune_fusion(sources: Sequence[Source], valid: HeldOut, num_items: int, config: FusionConfig) -> dict[Mode, Tuned]:
    """Weights for requests with a history and for those with one item as context, by what users chose next.

    Args:
        sources: fitted on steps before those of `valid`; lexical sources are of no use here.
        valid: held-out steps; those without a history are passed over.
    """
    known = valid.rows(row for row, history in enumerate(valid.histories) if len(history))
    if not len(known):
        return {}
    drawn = known.sample(config.num_valid, np.random.default_rng(config.seed))
    voting = [source for source in sources if source.facts.votes]
    asked: dict[Mode, list[Query]] = {"user": user_queries(drawn), "context": context_queries(drawn)}
    return {
        mode: tune_weights(queries, drawn.target, voting, mode, num_items=num_items, config=config)
        for mode, queries in asked.items()
    }
