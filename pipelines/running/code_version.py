"""Which code decided an artifact's content: the sources of its verb, and of all that they import from this project."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

MACHINERY = ("pipelines.plan", "pipelines.running", "recsys.artifacts", "recsys.config", "recsys.errors")
"""In no version: how work is run, kept, set and refused, and not what comes out of it. A bar retrains nothing."""
_parsing = Lock()  # ast.parse of several threads at once fails in CPython 3.11


@cache
def code_version(*modules: str) -> str:
    """Digest of the sources of modules and of all they import from this project, directly or not; without machinery."""
    seen: dict[str, bytes] = {}
    todo = list(modules)
    while todo:
        name = todo.pop()
        source = _source(name)
        if name in seen or source is None or _is_machinery(name):
            continue
        seen[name] = source
        todo += _imports(source, name)
    return hashlib.sha256(b"".join(seen[name] for name in sorted(seen))).hexdigest()[:16]


def _is_machinery(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in MACHINERY)


def _imports(source: bytes, module: str) -> list[str]:
    package = module.split(".")[0]
    names = []
    with _parsing:
        tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.split(".")[0] in {package, "recsys"}]


@cache
def _source(module: str) -> bytes | None:
    """Source of a module, found without importing anything; None for a name inside a module."""
    top, *rest = module.split(".")
    spec = find_spec(top)  # of a dotted name it would import the parents, and torch with them
    for location in (spec and spec.submodule_search_locations) or ():
        base = Path(location).joinpath(*rest)
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file():
                return path.read_bytes()
    return None
