"""The files of the page, at addresses that say in which state they are: a browser need not ask for one twice."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files
from pathlib import Path

from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse
from starlette.types import Scope

from deployments.page_script import joined

WEB = Path(str(files("deployments") / "web"))
FOREVER = "public, max-age=31536000, immutable"
ASK = "no-cache"
"""Kept, and asked for by its tag each time."""
WHOLE = "shop.js"
"""`app.js` with all that it imports."""
_NAMED = re.compile(r"[0-9a-f]{16}/")


def state_of(folder: Path, *made: str) -> str:
    """A hash of all files of a folder, and of what is made of them, 16 hexadecimal digits. Modules import each other by
    relative addresses, so one state for all of them reaches every import."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    for text in made:
        digest.update(text.encode())
    return digest.hexdigest()[:16]


_SCRIPT = joined(WEB, "app")
STATE = state_of(WEB, _SCRIPT)


class PageFiles(StaticFiles):
    """`/web/STATE/FILE` for ever; `/web/FILE`, and a state of another release, by their tags."""

    def __init__(self) -> None:
        super().__init__(directory=WEB)

    async def get_response(self, path: str, scope: Scope) -> Response:
        path = path.replace("\\", "/")
        name = _NAMED.sub("", path, count=1) if _NAMED.match(path) else path
        answer = self._whole(scope) if name == WHOLE else await super().get_response(name, scope)
        answer.headers["cache-control"] = FOREVER if path.startswith(f"{STATE}/") else ASK
        return answer

    def _whole(self, scope: Scope) -> Response:
        answer = Response(_SCRIPT, media_type="text/javascript", headers={"etag": f'"{STATE}"'})
        same = self.is_not_modified(answer.headers, Headers(scope=scope))
        return NotModifiedResponse(answer.headers) if same else answer
