"""Text encoders: one small interface, the same vectors after a night on disk."""

from __future__ import annotations

import copy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import WrongArtifact, WrongConfig
from recsys.models.text.encoder import TextEncoder
from recsys.models.text.families import load_text_encoder
from recsys.models.text.static import StaticEncoder
from recsys.models.text.transformer import TransformerEncoder
from tests.tiny_bert import tiny_bert

TEXTS = ["oak desk lamp", "brass floor lamp", "红色 连衣裙", "running shoes for women", "竹制砧板 家用"] * 4


@pytest.fixture(scope="module")
def static() -> StaticEncoder:
    return StaticEncoder.fresh(TEXTS, vocabulary=200, width=16, rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def transformer() -> TransformerEncoder:
    return tiny_bert(TEXTS)


@pytest.fixture(params=["static", "transformer"])
def encoder(request: pytest.FixtureRequest) -> TextEncoder:
    found: TextEncoder = request.getfixturevalue(request.param)
    return found


def test_vectors_have_length_one_and_the_stated_width(encoder: TextEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.width)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


def test_a_text_has_one_vector_whatever_stands_beside_it(encoder: TextEncoder) -> None:
    together = encoder.encode(TEXTS[:5])
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS[:5]])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert np.ptp(together @ together.T) > 0.05  # and not all the same


def test_case_and_accents_do_not_matter(static: StaticEncoder) -> None:
    np.testing.assert_array_equal(static.encode(["Oak LÁMP"]), static.encode(["oak lamp"]))


def test_it_encodes_the_same_after_a_night_on_disk(encoder: TextEncoder, tmp_path: Path) -> None:
    encoder.save(tmp_path / "encoder")
    opened = load_text_encoder(tmp_path / "encoder")
    assert type(opened) is type(encoder)
    assert opened.width == encoder.width
    np.testing.assert_array_equal(opened.encode(TEXTS), encoder.encode(TEXTS))


def test_no_texts_are_no_vectors(encoder: TextEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.width)


@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_text_has_a_finite_vector_and_an_unknown_one_is_zero(static: StaticEncoder, texts: list[str]) -> None:
    lengths = np.linalg.norm(static.encode([*texts, "", "☃"]), axis=1)
    assert np.all(np.isclose(lengths, 1, atol=1e-5) | (lengths == 0))
    assert lengths[-2:].tolist() == [0, 0]


def test_a_vector_is_the_mean_of_its_pieces(static: StaticEncoder) -> None:
    (pieces,) = static.pieces(["oak floor lamp"])
    mean = static.table[pieces].mean(axis=0)
    np.testing.assert_allclose(static.encode(["oak floor lamp"])[0], mean / np.linalg.norm(mean), atol=1e-6)


def test_only_so_many_pieces_of_a_text_are_read(static: StaticEncoder) -> None:
    short = StaticEncoder(static.tokenizer, static.table, max_tokens=3)
    assert [len(pieces) for pieces in short.pieces(["oak desk lamp brass floor lamp", ""])] == [3, 0]


def test_a_saved_transformer_opens_by_its_path(transformer: TransformerEncoder, tmp_path: Path) -> None:
    transformer.save(tmp_path)
    named = TransformerEncoder.from_name(str(tmp_path))
    np.testing.assert_array_equal(named.encode(TEXTS), transformer.encode(TEXTS))


def test_a_model_that_is_nowhere_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(WrongConfig, match=r"encoder\.model"):
        TransformerEncoder.from_name(str(tmp_path))


@pytest.mark.parametrize("revision", [None, "main", "HEAD"])
def test_a_hub_name_without_a_revision_that_stays_is_refused_before_any_download(revision: str | None) -> None:
    with pytest.raises(
        WrongConfig, match=r"encoder\.revision: wanted a commit \(40 hex digits\) or a tag of some/model"
    ):
        TransformerEncoder.from_name("some/model", revision)


def test_model_and_tokenizer_are_asked_for_at_the_revision(
    transformer: TransformerEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub's cache as it lies on disk, two commits of one model: the commit named is opened, without a network."""
    commits = {"a" * 40: transformer, "b" * 40: tiny_bert(TEXTS, seed=1)}
    for commit, encoder in commits.items():
        encoder.save(tmp_path / "models--some--model" / "snapshots" / commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("transformers.utils.hub.TRANSFORMERS_CACHE", str(tmp_path), raising=False)
    for commit, encoder in commits.items():
        opened = TransformerEncoder.from_name("some/model", commit)
        np.testing.assert_allclose(opened.encode(TEXTS[:2]), encoder.encode(TEXTS[:2]), atol=1e-5)
    with pytest.raises(WrongConfig, match=r"encoder\.model"):
        TransformerEncoder.from_name("some/model", "c" * 40)


def test_a_folder_takes_no_revision(transformer: TransformerEncoder, tmp_path: Path) -> None:
    transformer.save(tmp_path)
    with pytest.raises(WrongConfig, match=r"encoder\.revision: wanted none"):
        TransformerEncoder.from_name(str(tmp_path), "a" * 40)


def test_a_damaged_encoder_is_refused_by_name(static: StaticEncoder, tmp_path: Path) -> None:
    with pytest.raises(WrongArtifact, match="a text encoder"):
        load_text_encoder(tmp_path)
    static.save(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}", "utf-8")
    with pytest.raises(WrongArtifact, match="a static text encoder"):
        load_text_encoder(tmp_path)


def test_a_static_encoder_is_served_without_torch(static: StaticEncoder, tmp_path: Path) -> None:
    static.save(tmp_path)
    code = f"""
import sys
from pathlib import Path
from recsys.models.text.families import load_text_encoder
assert load_text_encoder(Path({str(tmp_path)!r})).encode(["oak lamp"]).any()
assert not {{"torch", "transformers", "faiss"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_threads_that_share_an_encoder_get_what_one_alone_gets(encoder: TextEncoder) -> None:
    texts = [[f"{text} {number}" for text in TEXTS] for number in range(12)]
    alone = [encoder.encode(some) for some in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(encoder.encode, texts))
    assert all(np.allclose(one, other, atol=1e-6) for one, other in zip(alone, together, strict=True))


def test_a_tokenizer_is_set_before_threads_meet(transformer: TransformerEncoder) -> None:
    """`transformers` sets it again in the call where it is not set so: other threads then get `Already borrowed`."""
    fresh = TransformerEncoder(transformer.model, copy.deepcopy(transformer.tokenizer))
    backend = fresh.tokenizer.backend_tokenizer
    before = backend.truncation, backend.padding
    assert None not in before
    fresh.encode(["red shoes", ""])
    assert (backend.truncation, backend.padding) == before
