"""The families of text encoders, and the three choices between them: open one, make a fresh one, make one trainable.

It stands on top of the package: no encoder knows of another. Torch and transformers are imported inside, where the
family needs them, so that a static encoder is served without.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recsys.errors import WrongArtifact, WrongConfig, WrongData
from recsys.models.text.encoder import SETTINGS, TextEncoder, TextEncoderConfig
from recsys.models.text.static import StaticEncoder

if TYPE_CHECKING:
    from recsys.models.text.towers import Tower


def load_text_encoder(folder: Path) -> TextEncoder:
    """Open what `save` wrote; torch is imported only for a transformer. Raises WrongArtifact."""
    try:
        family = json.loads((folder / SETTINGS).read_text("utf-8"))["family"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WrongArtifact(str(folder), "a text encoder", error, kind="encoder") from None
    if family == "static":
        return StaticEncoder.load(folder)
    if family == "transformer":
        from recsys.models.text.transformer import TransformerEncoder

        return TransformerEncoder.load(folder)
    raise WrongArtifact(f"{folder}: family", "static or transformer", family)


def new_text_encoder(texts: Sequence[str], config: TextEncoderConfig) -> TextEncoder:
    """An encoder to be trained: fresh (static) or published (transformer). Raises WrongConfig, WrongData."""
    if config.family == "transformer":
        if config.model is None:
            raise WrongConfig("encoder.model", "a hub name or local path for a transformer", "none")
        from recsys.models.text.transformer import TransformerEncoder

        return TransformerEncoder.from_name(config.model, config.revision, max_tokens=config.max_tokens)
    if not any(text.strip() for text in texts):
        raise WrongData("items.title", "some text to learn from", "none")
    rng = np.random.default_rng(config.seed)
    return StaticEncoder.fresh(
        texts, vocabulary=config.vocabulary, width=config.width, rng=rng, max_tokens=config.max_tokens
    )


def tower_of(encoder: TextEncoder) -> Tower:
    """The trainable form of an encoder. Raises TypeError for one of no family."""
    if isinstance(encoder, StaticEncoder):
        from recsys.models.text.towers import StaticTower

        return StaticTower(encoder)
    from recsys.models.text.transformer import TransformerEncoder, TransformerTower

    if isinstance(encoder, TransformerEncoder):
        return TransformerTower(encoder)
    raise TypeError(f"{type(encoder).__name__} cannot be trained: it is of no family")
