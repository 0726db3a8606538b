"""Contrastive training: what belongs together moves together, for both families of encoders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import WrongConfig, WrongData
from recsys.models.text.encoder import FinetuningConfig, TextEncoder, TextEncoderConfig
from recsys.models.text.noise import blur
from recsys.models.text.pair_training import (
    Pairs,
    description_pairs,
    finetune_text_encoder,
    item_item_pairs,
    not_negatives,
    pair_loss,
    pretrain_text_encoder,
    query_item_pairs,
)
from tests.tiny_bert import tiny_bert

KINDS = {
    "sofa": "couch settee",
    "lamp": "light lantern",
    "rug": "carpet mat",
    "mug": "cup beaker",
    "shoe": "sneaker boot",
}
COLOURS = ["red", "blue", "green", "black", "white", "pink"]
TITLES = [f"{colour} {kind}" for kind in KINDS for colour in COLOURS]
DESCRIPTIONS = [f"a {KINDS[kind]} coloured {colour}" for kind in KINDS for colour in COLOURS]
CONFIG = TextEncoderConfig(width=24, vocabulary=300, batch=16, epochs=30, learning_rate=1e-2, noise=0.0)
FINETUNING = FinetuningConfig(batch=16, epochs=12, learning_rate=1e-2, noise=0.0)


def similarity(encoder: TextEncoder, left: str, right: str) -> float:
    vectors = encoder.encode([left, right])
    return float(vectors[0] @ vectors[1])


@pytest.fixture(scope="module")
def pretrained() -> tuple[TextEncoder, list[float]]:
    return pretrain_text_encoder(TITLES, DESCRIPTIONS, CONFIG)


def test_pretraining_lowers_the_loss_and_joins_synonyms(pretrained: tuple[TextEncoder, list[float]]) -> None:
    encoder, losses = pretrained
    assert np.mean(losses[-4:]) < 0.5 * np.mean(losses[:4])
    for kind, others in KINDS.items():
        synonym = others.split()[0]
        strangers = [similarity(encoder, kind, other) for other in KINDS if other != kind]
        assert similarity(encoder, kind, synonym) > max(strangers)


def test_a_transformer_learns_by_the_same_loop(tmp_path: Path) -> None:
    tiny_bert([*TITLES, *DESCRIPTIONS]).save(tmp_path)
    made = {"family": "transformer", "model": str(tmp_path), "max_tokens": 64}
    trained = {"batch": 16, "epochs": 15, "learning_rate": 3e-3, "noise": 0.0}
    config = TextEncoderConfig.parse(made | trained)
    encoder, losses = pretrain_text_encoder(TITLES, DESCRIPTIONS, config)
    assert np.mean(losses[-4:]) < 0.5 * np.mean(losses[:4])
    assert similarity(encoder, "red sofa", "red couch") > similarity(encoder, "red sofa", "red carpet")


def test_finetuning_learns_words_that_no_catalogue_has(pretrained: tuple[TextEncoder, list[float]]) -> None:
    encoder, _ = pretrained
    lamps = np.array([i for i, title in enumerate(TITLES) if "lamp" in title])
    sofas = np.array([i for i, title in enumerate(TITLES) if "sofa" in title])
    queries = ["glowing thing"] * len(lamps) + ["sitting place"] * len(sofas)
    groups = [
        query_item_pairs(queries, np.r_[lamps, sofas], np.ones(len(queries)), TITLES),
        description_pairs(TITLES, DESCRIPTIONS),
    ]
    tuned, losses = finetune_text_encoder(encoder, groups, FINETUNING)
    assert losses[-1] < losses[0]
    before = similarity(encoder, "glowing thing", "red lamp") - similarity(encoder, "glowing thing", "red sofa")
    after = similarity(tuned, "glowing thing", "red lamp") - similarity(tuned, "glowing thing", "red sofa")
    assert after > before + 0.2
    assert similarity(tuned, "sofa", "couch") > similarity(tuned, "sofa", "cup")  # and nothing is forgotten


def test_the_encoder_given_is_not_changed_and_the_seed_decides(pretrained: tuple[TextEncoder, list[float]]) -> None:
    encoder, _ = pretrained
    before = encoder.encode(TITLES)
    noisy = FINETUNING.updated({"noise": 0.5, "epochs": 1})
    pairs = [description_pairs(TITLES, DESCRIPTIONS)]
    first, second = (finetune_text_encoder(encoder, pairs, noisy)[0].encode(TITLES) for _ in range(2))
    other = finetune_text_encoder(encoder, pairs, noisy.updated({"seed": 1}))[0].encode(TITLES)
    np.testing.assert_array_equal(encoder.encode(TITLES), before)
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - other).max() > 1e-3


def test_every_step_is_reported() -> None:
    seen: list[tuple[int, int]] = []
    config = CONFIG.updated({"epochs": 2, "batch": 8})
    _, losses = pretrain_text_encoder(TITLES, DESCRIPTIONS, config, on_step=lambda step, of, _: seen.append((step, of)))
    assert seen == [(step, len(losses)) for step in range(1, len(losses) + 1)]
    assert len(losses) == 2 * 4


keys = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=8)


@given(keys)
def test_only_strangers_are_negatives(keys: list[tuple[int, int]]) -> None:
    left, right = np.array(keys).T
    texts = ["x"] * len(keys)
    masked = not_negatives(Pairs(texts, texts, left, right, np.ones(len(keys), np.float32)))
    for i, (left_i, right_i) in enumerate(keys):
        for j, (left_j, right_j) in enumerate(keys):
            related = left_i in (left_j, right_j) or right_i == right_j
            assert masked[i, j] == (related and i != j)


def test_the_loss_is_the_mean_cross_entropy_of_both_directions() -> None:
    pairs = description_pairs(["a", "b"], ["c", "d"])
    left, right = torch.eye(2), torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    logits = left @ right.T / 0.5
    rows, columns = torch.log_softmax(logits, 1).diagonal(), torch.log_softmax(logits, 0).diagonal()
    assert pair_loss(left, right, pairs, 0.5).item() == pytest.approx(-(rows + columns).mean().item() / 2, rel=1e-5)


def test_repeated_pairs_become_one_that_weighs_more() -> None:
    pairs = query_item_pairs(["q", "p", "q", "q"], np.array([1, 0, 1, 0]), np.array([2.0, 1.0, 2.0, 1.0]), ["a", "b"])
    found = {
        (left, right): float(weight) for left, right, weight in zip(pairs.left, pairs.right, pairs.weight, strict=True)
    }
    assert found.keys() == {("q", "b"), ("q", "a"), ("p", "a")}
    assert found["q", "b"] == pytest.approx(2 * found["q", "a"])  # the root of 4 against 1
    assert found["q", "a"] == pytest.approx(found["p", "a"])
    assert not set(pairs.left_key) & set(pairs.right_key)


def test_without_behaviour_there_are_no_pairs() -> None:
    nothing = np.zeros(0, np.int32)
    assert len(query_item_pairs([], nothing, nothing.astype(float), TITLES)) == 0
    assert len(item_item_pairs(nothing, nothing, nothing.astype(float), TITLES)) == 0


@given(st.text("abc de", max_size=40), st.integers(0, 1000))
def test_noise_takes_little_away(text: str, seed: int) -> None:
    blurred = blur(text, np.random.default_rng(seed))
    assert len(text.split()) - 1 <= len(blurred.split()) <= max(len(text.split()), 1)
    assert abs(len("".join(blurred.split())) - len("".join(text.split()))) <= max(map(len, text.split()), default=0)


def test_a_typing_error_is_one_edit() -> None:
    seen = {blur("necklace", np.random.default_rng(seed)) for seed in range(60)}
    assert len(seen) > 10
    assert all(7 <= len(word) <= 9 and word[0] == "n" for word in seen)


def test_a_transformer_needs_a_name_and_a_catalogue_words() -> None:
    with pytest.raises(WrongConfig, match=r"encoder\.model"):
        pretrain_text_encoder(TITLES, DESCRIPTIONS, TextEncoderConfig(family="transformer"))
    with pytest.raises(WrongData, match=r"items\.title"):
        pretrain_text_encoder(["", " "], ["", ""], CONFIG)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "some/encoder"}, "no model or revision for family=static"),
        ({"family": "transformer", "model": "some/encoder", "width": 64}, "no width or vocabulary"),
        ({"family": "transformer", "model": "some/encoder", "vocabulary": 64}, "no width or vocabulary"),
    ],
)
def test_settings_that_the_family_does_not_read_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(WrongConfig, match=words):
        TextEncoderConfig.parse(settings)
