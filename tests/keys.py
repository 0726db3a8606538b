"""Keys of a shop, and who asks shows each door the one that it takes."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path

import httpx

from deployments.entrance.access import Caller
from deployments.gateway import Gateway
from deployments.replicas.stages import open_store
from recsys.records import SCOPES, Scope
from recsys.stores.access_keys import AccessKeys
from recsys.stores.database import Engine, open_database, store_url

WRITING = ("PUT", "PATCH", "DELETE")


class Keys(httpx.Auth):
    """A key of each scope. A request that names none gets the one that its door takes."""

    def __init__(self, engine: Engine) -> None:
        made = AccessKeys(engine)
        self.secrets: Mapping[Scope, str] = {
            scope: made.make(f"{scope} of the tests", scope).secret for scope in SCOPES
        }

    def bearer(self, scope: Scope) -> dict[str, str]:
        """The header of this scope."""
        return {"authorization": f"Bearer {self.secrets[scope]}"}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """A client with `auth=keys` asks with the right one."""
        for name, value in self.bearer(scope_of(request.method, request.url.path)).items():
            request.headers.setdefault(name, value)
        yield request


def scope_of(method: str, path: str) -> Scope:
    """Whose door it is."""
    if method in WRITING:
        return "storekeeper"
    return "operator" if path.endswith("/readyz") else "shop"


SERVER = Caller("shop", "tests", None, None)
"""Who speaks for anybody, past the doors."""


def keys_of(gateway: Gateway) -> Keys:
    """New keys, which this gateway knows at once."""
    keys = Keys(open_store(gateway.config))
    gateway.access.look()
    return keys


def keys_in(store: Path) -> Keys:
    """New keys in the SQLite file of a shop, also one that is not there yet; a shop that runs knows them soon."""
    return Keys(open_database(store_url(store)))
