"""How a training runs, whatever the model. Nothing here needs torch."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from recsys.config import HOW, Config


class TrainingConfig(Config):
    """Settings of the one training loop; those of a model's training build on it."""

    seed: int = 0
    """Of weights, order, noise, dropout and draws."""
    device: Annotated[str, HOW] = Field("auto", pattern=r"^(auto|cpu|cuda|cuda:\d+)$")
    """`cpu`, `cuda`, `cuda:1`, or `auto`: a graphics card where there is one. On a card products are in bfloat16."""
    num_threads: Annotated[int, HOW] = Field(1, ge=1)
    """Of torch; two threads under load are slower than one."""
    checkpoint_s: Annotated[float, HOW] = Field(60.0, ge=0)
    """Seconds between checkpoints, from which the same command goes on when it was ended; 0: after every step."""
