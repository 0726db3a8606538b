"""A training's state on disk: complete or absent, whatever ends the process."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import tempfile
import time
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

log = logging.getLogger(__name__)

FILE = "training.pt"
_DIGEST_BYTES = 32


class Checkpoint:
    """The newest state of one training, in a folder that is made when there is something to keep.

    Several processes that train the same may share it: each reads once and replaces it whole.

    Args:
        folder: of this training alone; whoever finishes the work removes it.
        every_s: seconds between two states; 0 keeps each.
    """

    def __init__(self, folder: Path, every_s: float) -> None:
        self._path, self._every_s = folder / FILE, every_s
        self._kept_at_s = time.monotonic()

    def due(self) -> bool:
        """Whether it is time for another."""
        return time.monotonic() - self._kept_at_s >= self._every_s

    def write(self, state: dict[str, Any]) -> None:
        """Replace the state: tensors and plain values. A disk that refuses costs the checkpoint, not the training."""
        buffer = io.BytesIO()
        torch.save(state, buffer)
        try:
            _replace(self._path, buffer.getvalue())
        except OSError as error:
            log.warning("no checkpoint in %s: %s", self._path.parent, error)
        self._kept_at_s = time.monotonic()

    def read(self) -> dict[str, Any] | None:
        """The state, on the CPU; None where there is none. A damaged one is passed over with a warning."""
        try:
            content = self._path.read_bytes()
            if hashlib.sha256(content[_DIGEST_BYTES:]).digest() != content[:_DIGEST_BYTES]:
                raise ValueError("its content is not what was written")
            return dict(torch.load(io.BytesIO(content[_DIGEST_BYTES:]), map_location="cpu", weights_only=True))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RuntimeError, UnpicklingError) as error:
            log.warning("a damaged checkpoint is passed over: %s: %s", self._path, error)
            return None


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
