"""The sequence encoder learns what it should, and numpy says what torch said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch

from recsys.errors import WrongArtifact, WrongConfig, WrongData
from recsys.features.sequences import HeldOut, Sequences, held_out
from recsys.models.sequence.encoder import SequenceConfig, SequenceEncoder
from recsys.models.sequence.training import SequenceModel, TrainedSequence, train_sequence_encoder
from recsys.slate import History
from recsys.splits import TEST, TRAIN, VALID

NUM_ITEMS, RING = 60, 50
CONFIG = SequenceConfig(width=32, epochs=12, batch_steps=256, learning_rate=5e-3, dropout=0.1)


def content() -> np.ndarray:
    """Neighbours on the ring look alike, and the last ten items look like the first ten."""
    angle = 2 * np.pi * np.r_[np.arange(RING), np.arange(NUM_ITEMS - RING)] / RING
    waves = [wave(k * angle) for k in (1, 2, 3, 5) for wave in (np.cos, np.sin)]
    return (np.stack(waves, axis=1) / 2).astype(np.float32)


def ring(num_users: int = 300, length: int = 7) -> pa.Table:
    """Everybody walks around a ring of items, two steps at a time."""
    start = np.random.default_rng(0).integers(0, RING, num_users)
    index = (start[:, None] + 2 * np.arange(length)) % RING
    folds = [TRAIN] * (length - 2) + [VALID, TEST]
    return pa.table(
        {
            "user_id": np.repeat([f"u{user}" for user in range(num_users)], length),
            "index": index.ravel().astype(np.int32),
            "at_s": np.tile(np.arange(length, dtype=float), num_users),
            "bought": np.ones(index.size, bool),
            "fold": np.tile(folds, num_users).astype(np.int8),
        }
    )


def training() -> tuple[Sequences, HeldOut]:
    steps = ring()
    train = Sequences.from_steps(steps.filter(pc.equal(steps["fold"], TRAIN)), NUM_ITEMS)
    return train, held_out(steps, VALID, NUM_ITEMS)


@pytest.fixture(scope="module")
def trained() -> TrainedSequence:
    train, valid = training()
    return train_sequence_encoder(train, content(), CONFIG, valid=valid)


def history(*items: int) -> History:
    return History(np.array(items, np.int32), np.arange(len(items), dtype=float), np.ones(len(items), bool))


def test_it_learns_to_walk(trained: TrainedSequence) -> None:
    assert trained.epochs[-1]["loss"] < trained.epochs[0]["loss"]
    assert max(epoch["ndcg_at_10"] for epoch in trained.epochs) > 0.9
    scores = trained.encoder.item_table[:RING] @ trained.encoder.encode(history(10, 12, 14))
    assert int(scores.argmax()) == 16


def test_order_matters(trained: TrainedSequence) -> None:
    forward, backward = (trained.encoder.encode(history(*items)) for items in ((10, 12, 14), (14, 12, 10)))
    assert forward @ backward < 0.9


def test_a_new_item_stands_where_its_content_puts_it(trained: TrainedSequence) -> None:
    table = trained.encoder.item_table
    new = RING + 4  # looks like item 4, and nobody ever chose it
    assert np.argsort(-(table[:RING] @ table[new]))[:5].tolist().count(4) == 1
    assert trained.encoder.vectors_of(content()[[new]])[0] == pytest.approx(table[new], abs=1e-5)


def test_the_same_seed_gives_the_same_weights_and_another_does_not() -> None:
    train, valid = training()
    short = CONFIG.model_copy(update={"epochs": 1})
    first, second = (train_sequence_encoder(train, content(), short, valid=valid).encoder for _ in range(2))
    other = train_sequence_encoder(train, content(), short.model_copy(update={"seed": 1}), valid=valid).encoder
    assert np.array_equal(first.item_table, second.item_table)
    assert not np.array_equal(first.item_table, other.item_table)


@pytest.mark.parametrize("length", [1, 3, 50, 80])
def test_numpy_says_what_torch_says(length: int) -> None:
    train, _ = training()
    config = SequenceConfig(width=32, dropout=0.0)
    model = SequenceModel(train, content(), config, torch.Generator().manual_seed(3))
    with torch.no_grad():
        model.positions_LD.normal_()
    items = np.random.default_rng(0).integers(0, NUM_ITEMS, length)
    recent = torch.from_numpy(items[-config.max_length :])[None]
    with torch.no_grad():
        hidden = model.hidden(model.items(), recent)[0, -1].numpy()
    expected = hidden / np.linalg.norm(hidden)
    assert model.encoder().encode(history(*items)) == pytest.approx(expected, abs=1e-5)


def test_the_callback_hears_every_pass_and_stops_the_training() -> None:
    heard: list[int] = []

    def on_epoch(epoch: int, metrics: Mapping[str, float]) -> bool:
        assert {"loss", "recall_at_10", "ndcg_at_10", "seconds"} <= metrics.keys()
        heard.append(epoch)
        return epoch == 1

    train, valid = training()
    trained = train_sequence_encoder(train, content(), CONFIG, valid=valid, on_epoch=on_epoch)
    assert heard == [0, 1]
    assert len(trained.epochs) == 2


def test_a_large_catalogue_is_sampled_and_still_learned() -> None:
    train, valid = training()
    config = CONFIG.model_copy(update={"sampled_above": 10, "num_sampled": 40})
    trained = train_sequence_encoder(train, content(), config, valid=valid)
    assert max(epoch["ndcg_at_10"] for epoch in trained.epochs) > 0.8


def test_saved_and_loaded_it_says_the_same(trained: TrainedSequence, tmp_path: Path) -> None:
    trained.encoder.save(tmp_path)
    loaded = SequenceEncoder.load(tmp_path)
    assert np.array_equal(loaded.encode(history(1, 3)), trained.encoder.encode(history(1, 3)))
    (tmp_path / "sequence.safetensors").write_bytes(b"damaged")
    with pytest.raises(WrongArtifact, match="a saved sequence encoder") as refused:
        SequenceEncoder.load(tmp_path)
    assert refused.value.kind == "recall"


def test_wrong_input_is_named(trained: TrainedSequence) -> None:
    train, valid = training()
    with pytest.raises(WrongConfig, match="heads"):
        train_sequence_encoder(train, content(), SequenceConfig(width=32, heads=5), valid=valid)
    lonely = Sequences.from_steps(ring(5, 3).filter(pc.equal(ring(5, 3)["fold"], TRAIN)), NUM_ITEMS)
    with pytest.raises(WrongData, match="two steps"):
        train_sequence_encoder(lonely, content(), CONFIG, valid=valid)
    with pytest.raises(ValueError, match="empty"):
        trained.encoder.encode(History())
