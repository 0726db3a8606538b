"""Where the next page of a slate begins: a short opaque text that the client sends back with the same request.

It holds the slate's id and seed, the time and a digest of the request, and the items already shown, as eight-byte
hashes of their ids, so that it survives a change of release. The next page is the same request without those items.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recsys.errors import WrongData

_HEAD = struct.Struct("<B16sQd8sI")
_VERSION = 1
MAX_SHOWN = 2000
"""Items after which a slate ends."""


@dataclass(frozen=True)
class Cursor:
    slate_id: str  # 32 hexadecimal digits
    seed: int
    at_s: float
    request: bytes  # 8 bytes: digest of what was asked
    offset: int
    """Position of the next item; fewer than `shown` where dropped duplicates were shown as sponsored."""
    shown: NDArray[np.uint64]  # (K,) hashes of item ids

    def encode(self) -> str:
        head = _HEAD.pack(_VERSION, bytes.fromhex(self.slate_id), self.seed, self.at_s, self.request, self.offset)
        body = head + self.shown.astype("<u8").tobytes()
        return base64.urlsafe_b64encode(struct.pack("<I", zlib.crc32(body)) + body).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, request: bytes) -> Self:
        """Read a client's cursor. Raises WrongData where it is damaged or belongs to another request."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            check, body = struct.unpack("<I", raw[:4])[0], raw[4:]
            version, slate, seed, at_s, asked, offset = _HEAD.unpack(body[: _HEAD.size])
            shown = np.frombuffer(body[_HEAD.size :], "<u8")
        except (ValueError, struct.error):
            raise WrongData("cursor", "the cursor of an earlier answer", text) from None
        if zlib.crc32(body) != check or version != _VERSION or len(shown) > MAX_SHOWN:
            raise WrongData("cursor", "the cursor of an earlier answer, unchanged", text)
        if asked != request:
            raise WrongData("cursor", "the request it came from", "another query, filter or user", "Leave it out.")
        return cls(slate.hex(), seed, at_s, asked, offset, shown.astype(np.uint64))


def digest(text: str) -> bytes:
    """Eight bytes that stand for a request."""
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def hash_ids(item_ids: Iterable[str]) -> NDArray[np.uint64]:
    """Eight-byte hashes, equal in every process and release."""
    return np.array([int.from_bytes(digest(item_id), "little") for item_id in item_ids], np.uint64)
