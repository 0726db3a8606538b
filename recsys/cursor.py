"""Where the next page of a slate begins: a short opaque text that the client sends back with the same request.

It holds the slate's id and seed, the time and a digest of the request, and the items already shown, as eight-byte
hashes of their ids, so that it survives a change of release. The next page is the same request without those items.
It is signed with the shop's key (HMAC-SHA256, RFC 2104): who could write one could choose the seed of the logged
randomisation, or put impressions into the slate of somebody else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recsys.errors import WrongData

_HEAD = struct.Struct("<B16sQd8sI")
_VERSION = 2
_SIGNATURE_BYTES = 16
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

    def encode(self, key: bytes) -> str:
        head = _HEAD.pack(_VERSION, bytes.fromhex(self.slate_id), self.seed, self.at_s, self.request, self.offset)
        body = head + self.shown.astype("<u8").tobytes()
        return base64.urlsafe_b64encode(_signature(body, key) + body).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, request: bytes, key: bytes) -> Self:
        """Read a client's cursor. Raises WrongData where `encode` with this key did not make it for this request."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
            version, slate, seed, at_s, asked, offset = _HEAD.unpack(body[: _HEAD.size])
            shown = np.frombuffer(body[_HEAD.size :], "<u8")
        except (ValueError, struct.error):
            raise WrongData("cursor", "the cursor of an earlier answer", text) from None
        if not hmac.compare_digest(signature, _signature(body, key)) or version != _VERSION:
            raise WrongData("cursor", "the cursor of an earlier answer, unchanged", text)
        if asked != request:
            raise WrongData("cursor", "the request it came from", "another query, filter or user", "Leave it out.")
        return cls(slate.hex(), seed, at_s, asked, offset, shown.astype(np.uint64))


def _signature(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)[:_SIGNATURE_BYTES]


def digest(text: str) -> bytes:
    """Eight bytes that stand for a request."""
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def hash_ids(item_ids: Iterable[str]) -> NDArray[np.uint64]:
    """Eight-byte hashes, equal in every process and release."""
    return np.array([int.from_bytes(digest(item_id), "little") for item_id in item_ids], np.uint64)
