"""How the doors say no: the only place that knows status codes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from deployments.entrance.shapes import ErrorOut
from recsys.errors import (
    NotAllowed,
    NotFound,
    NotIdentified,
    TooMany,
    Unavailable,
    VersionsDiffer,
    VitrineError,
    WrongData,
)

STATUS: dict[type[VitrineError], int] = {
    WrongData: 422,
    NotFound: 404,
    NotIdentified: 401,
    NotAllowed: 403,
    TooMany: 429,
    Unavailable: 503,
    VersionsDiffer: 503,
}
REFUSALS = {
    401: "A key or token that is missing or does not hold.",
    403: "A token that this shop did not give out.",
    404: "An item, or a campaign, that does not exist.",
    408: "Not sent or not answered within the deadline.",
    413: "A body above the stated size.",
    422: "A body or field of another shape; the error names it.",
    429: "More than the caller may ask for: ask again after Retry-After seconds.",
    500: "A mistake of the server.",
    503: "Full, or the store or a stage does not answer: ask again after Retry-After seconds.",
}
CLOSE = {"connection": "close"}
MOST_ECHOED = 200
"""Characters of what came that an error repeats."""
MOST_SAID = 1000
"""Characters of anything else that it says."""


def refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    """What the document of the API says of these codes."""
    return {code: {"model": ErrorOut, "description": REFUSALS[code]} for code in codes}


def add_refusals(api: FastAPI) -> None:
    """Every error of the doors in one shape."""
    api.add_exception_handler(VitrineError, _refused)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http_error)
    api.add_exception_handler(TimeoutError, _timed_out)
    api.add_exception_handler(Exception, _broken)


def full(most: int, of: str = "requests") -> Response:
    return _error(503, "gateway", f"at most {most} {of} at a time", "more", "Ask again.")


def crowded(most: int) -> Response:
    """One address asks for too much at once."""
    headers = {"retry-after": "1"}
    return _error(429, "address", f"at most {most} requests at a time from one", "more", "Ask again.", headers=headers)


def forbidden(field: str, wanted: str, got: str, remedy: str = "") -> Response:
    return _error(403, field, wanted, got, remedy)


def too_large(most: int) -> Response:
    return _error(413, "body", f"at most {most} bytes", "more", "Send smaller batches.", headers=CLOSE)


def slow() -> Response:
    """The rest of a body that was not waited for is not read either."""
    return _error(408, "body", "a whole body in time", "a part", "Send it again.", headers=CLOSE)


def _error(
    status: int,
    field: str,
    wanted: str,
    got: object,
    remedy: str = "",
    message: str = "",
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    wanted, got = wanted[:MOST_SAID], got[:MOST_ECHOED] if isinstance(got, str) else got
    said = message[:MOST_SAID] or f"{field[:MOST_ECHOED]}: wanted {wanted}, got {got}. {remedy}".strip()
    body = {"field": field[:MOST_ECHOED], "wanted": wanted, "got": got, "remedy": remedy, "message": said}
    return JSONResponse({"error": body}, status, {**({"retry-after": "1"} if status == 503 else {}), **(headers or {})})


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, VitrineError)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 503)
    got = error.got if isinstance(error.got, int | None) else str(error.got)
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, TooMany | Unavailable):
        headers["retry-after"] = str(max(1, math.ceil(error.retry_after_s)))
    return _error(status, error.field, error.wanted, got, error.remedy, str(error), headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return _error(422, "body", "JSON", f"{first['ctx']['error']} at character {first['loc'][-1]}")
    if isinstance(first.get("input"), bytes):  # left unread, because it does not say that it is JSON
        given = request.headers.get("content-type", "none")
        return _error(422, "content-type", "application/json", given)
    field = ".".join(str(part) for part in first["loc"][1:]) or "body"
    return _error(422, field, first["msg"].removeprefix("Value error, "), repr(first.get("input")))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # the framework could not read the body: no UTF-8, too deep, a number too long
        return _error(422, "body", "JSON in UTF-8 of reasonable depth and numbers", "something else")
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        return _error(405, "method", allowed, request.method, headers=error.headers)
    return _error(error.status_code, "path", "a door of this API (see /docs)", request.url.path)


async def _timed_out(_: Request, __: Exception) -> Response:
    return late()


async def _broken(_: Request, __: Exception) -> Response:
    """A mistake of ours; the log has its trace, the answer only its shape."""
    return _error(500, "gateway", "an answer", "a mistake of the server", "Report the request id.")


def late() -> JSONResponse:
    return _error(408, "deadline", "a whole request and its answer in time", "neither in time", "Ask again.")
