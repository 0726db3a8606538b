"""Proof that this shop sold a slot at a price: signed at the slate, shown again with the click.

Without it a client could invent clicks on campaigns, or name its own price. Form: `v1.CLAIM.SIGNATURE`, the claim as
JSON in URL-safe base64, signed with HMAC-SHA256 (RFC 2104) over `v1.CLAIM` as it stands, so that no two tokens say
the same thing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, fields

from recsys.errors import NotAllowed

VERSION = "v1"
MAX_LENGTH = 4096


@dataclass(frozen=True, slots=True)
class Claim:
    """One sponsored item of one slate, and what a click on it costs the campaign."""

    slate_id: str
    item_id: str
    campaign_id: str
    price_cpc_micros: int


_NAMES = sorted(field.name for field in fields(Claim))
_AS_JSON = json.JSONEncoder(separators=(",", ":")).encode


def sign(claim: Claim, key: bytes) -> str:
    """The token of a claim. Raises ValueError for ids so long that it would not be taken back."""
    text = _AS_JSON({name: getattr(claim, name) for name in _NAMES})
    body = f"{VERSION}.{_encode(text.encode())}"
    token = f"{body}.{_signature(body, key)}"
    if len(token) > MAX_LENGTH:
        raise ValueError(f"a token of {len(token)} characters; ids may not be that long")
    return token


def verify(token: str, key: bytes) -> Claim:
    """The claim of a token that `sign` made with the same key. Raises NotAllowed for anything else."""
    body, _, signature = token.rpartition(".")
    right = token.isascii() and len(token) <= MAX_LENGTH and body.startswith(f"{VERSION}.")
    if not right or not hmac.compare_digest(signature, _signature(body, key)):
        raise NotAllowed("ad_token", "a token that came with this slate", token[:40], "Send it as it was received.")
    claim = body.removeprefix(f"{VERSION}.")
    return Claim(**json.loads(base64.urlsafe_b64decode(claim + "=" * (-len(claim) % 4))))


def _signature(body: str, key: bytes) -> str:
    return _encode(hmac.digest(key, body.encode("ascii"), hashlib.sha256))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
