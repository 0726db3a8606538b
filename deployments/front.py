"""The front door: every room's doors behind one entrance."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from ray import serve
from starlette_compress import CompressMiddleware

from deployments.curl import DocumentedApi
from deployments.entrance.admission import Admission
from deployments.entrance.origins import Origins
from deployments.entrance.refusals import add_refusals, refusals
from deployments.entrance.segments import Segments
from deployments.entrance.shield import Shield
from deployments.entrance.watch import Watch
from deployments.first_answers import FirstDesk
from deployments.gateway import Gateway
from deployments.operator.doors import operator_doors
from deployments.page import page_doors
from deployments.page_files import PageFiles
from deployments.shopper.doors import shopper_doors
from deployments.shopper.sessions import session_doors
from deployments.storekeeper.doors import storekeeper_doors

SMALLEST = 2_000
"""Bytes of an answer that is worth packing: a page of results is 14 kB, an answer to events .1 kB."""
BROTLI, GZIP = 3, 4
"""How hard a body is packed. A page of 24 results (15 kB): brotli 2.6 kB for .11 ms of CPU, gzip 2.8 kB for .16 ms;
more costs twice as much for 6 % less."""


def serve_api() -> FastAPI:
    """The API of the replica it runs in; Serve calls this there."""
    context = serve.get_replica_context
    return http_api(lambda: context().servable_object, replica=lambda: context().replica_id.unique_id)


def http_api(gateway: Callable[[], Gateway], *, replica: Callable[[], str] | None = None) -> FastAPI:
    """The doors over a gateway.

    Args:
        replica: name of this replica among those that Serve has, whose proxy adds the request id to answers; None
            without Serve.
    """
    api = DocumentedApi(
        title="vitrine",
        version="1",
        description="Search, recommendations and sponsored placements, decided together.",
        responses=refusals(408, 413, 500, 503),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would lead to whatever host a path or header names
    )
    api.add_middleware(Segments)
    api.add_middleware(CompressMiddleware, minimum_size=SMALLEST, zstd=False, brotli_quality=BROTLI, gzip_level=GZIP)
    api.add_middleware(Admission, config=lambda: gateway().config, says_id=replica is None, replica=replica or str)
    api.add_middleware(Origins, config=lambda: gateway().config.origins)
    api.add_middleware(Shield)
    api.add_middleware(Watch)
    add_refusals(api)
    api.state.access = lambda: gateway().access
    api.mount("/web", PageFiles(), name="web")
    api.include_router(shopper_doors(lambda: gateway().shop, lambda: gateway().events, lambda: gateway().sessions))
    api.include_router(session_doors(lambda: gateway().sessions))
    api.include_router(storekeeper_doors(lambda: gateway().storekeeper))
    api.include_router(operator_doors(lambda: gateway().operator))
    first = FirstDesk(lambda: gateway().access, lambda: gateway().shop, lambda: gateway().sessions)
    api.include_router(page_doors(lambda item_id: item_id in gateway().shop.catalogue.row, first.answers))
    return api
