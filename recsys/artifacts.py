"""Versioned artifacts: the only reader and writer of what pipelines leave behind and deployments load.

    <workspace>/<kind>/<key>/manifest.json + files     one artifact, complete or absent
    <workspace>/<kind>/current                         the key in use, moved atomically
    <workspace>/<kind>/.unfinished-<key>/              what work that was ended goes on from, gone when it is finished

A key is the content of everything that went in (kind, configuration, code, parents, inputs), so equal work is found
again whatever its files are called. A folder is written under a temporary name, synced, then renamed: a kill at any
moment leaves the old artifact or the new one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from recsys.errors import WrongArtifact

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
UNFINISHED = ".unfinished-"
UNFINISHED_DAYS = 7
"""How long work that nobody goes on with is kept."""
MISSING = "none"
"""What an error got where there is no artifact at all."""


@dataclass(frozen=True)
class Manifest:
    """What an artifact says of itself."""

    kind: str
    key: str
    config: dict[str, Any]
    parents: dict[str, str]  # role -> key
    inputs: dict[str, str]  # name -> digest of what came from outside
    code: str
    metrics: dict[str, Any] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True)
class Artifact:
    """A finished, checked folder."""

    path: Path
    manifest: Manifest

    @property
    def key(self) -> str:
        return self.manifest.key


@dataclass(frozen=True)
class Recipe:
    """Everything that decides an artifact's content, known before it is made."""

    kind: str
    config: Mapping[str, Any]
    code: str
    parents: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        text = json.dumps([SCHEMA_VERSION, asdict(self)], sort_keys=True, ensure_ascii=False, default=dict)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class Workspace:
    """A folder of artifacts."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    def path(self, kind: str, key: str) -> Path:
        return self.root / kind / key

    def find(self, recipe: Recipe) -> Artifact | None:
        """The finished artifact of this recipe, or None. A damaged one is treated as absent and removed."""
        path = self.path(recipe.kind, recipe.key)
        if not path.exists():
            return None
        try:
            return read(path, recipe.kind)
        except WrongArtifact:
            shutil.rmtree(path)
            return None

    def make(self, recipe: Recipe, fill: Callable[[Path], Mapping[str, Any] | None]) -> Artifact:
        """Write the artifact, or find it. `fill(folder)` writes its files and returns its metrics."""
        found = self.find(recipe)
        if found is not None:
            return found
        home = self.root / recipe.kind
        home.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        folder = Path(tempfile.mkdtemp(prefix=f".{os.getpid()}-", dir=home))
        try:
            metrics = dict(fill(folder) or {})
            manifest = Manifest(
                recipe.kind,
                recipe.key,
                json.loads(json.dumps(dict(recipe.config))),
                dict(recipe.parents),
                dict(recipe.inputs),
                recipe.code,
                metrics,
                _checksums(folder),
            )
            (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1, ensure_ascii=False), "utf-8")
            _sync(folder)
            folder.chmod(0o755)
            _rename(folder, home / recipe.key)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        _sweep(home)
        return read(home / recipe.key, recipe.kind)

    def tidy(self) -> None:
        """Remove unfinished artifacts of this process, which tasks of its own may have written to until they ended."""
        for path in self.root.glob(f"*/.{os.getpid()}-*"):
            shutil.rmtree(path, ignore_errors=True)

    def open(self, kind: str, key: str) -> Artifact:
        """A finished artifact by its key, checked. Raises WrongArtifact."""
        return read(self.path(kind, key), kind)

    def point(self, kind: str, key: str) -> None:
        """Make this the current artifact of its kind, atomically."""
        if not self.path(kind, key).is_dir():
            raise WrongArtifact(f"{kind}/current", "the key of a finished artifact", key)
        write_text(self.root / kind / "current", key)

    def remove(self, kind: str, key: str) -> None:
        """Remove an artifact: it is gone at once, whole, also where the process ends before its files are."""
        gone = Path(tempfile.mkdtemp(prefix=f".{os.getpid()}-", dir=self.root / kind))
        self.path(kind, key).rename(gone / key)
        shutil.rmtree(gone)

    def current(self, kind: str) -> Artifact:
        """The artifact in use. Raises WrongArtifact when there is none, or it is damaged."""
        pointer = self.root / kind / "current"
        if not pointer.exists():
            raise WrongArtifact(f"{self.root}/{kind}", f"a finished {kind} artifact", MISSING, kind=kind)
        return read(self.path(kind, pointer.read_text("utf-8").strip()), kind)

    def parent(self, artifact: Artifact, role: str, kind: str | None = None) -> Artifact:
        """The artifact that this one was made from."""
        if role not in artifact.manifest.parents:
            raise WrongArtifact(f"{artifact.path}", f"a parent called {role}", sorted(artifact.manifest.parents))
        return read(self.path(kind or role, artifact.manifest.parents[role]), kind or role)


def unfinished(folder: Path, recipe: Recipe) -> Path:
    """Where work on this recipe keeps what the next process goes on from; made by who writes there.

    Args:
        folder: that the work fills.
    """
    return folder.parent / f"{UNFINISHED}{recipe.key}"


def read(path: Path, kind: str) -> Artifact:
    """Open an artifact and check its kind, version and every checksum. Raises WrongArtifact."""
    try:
        manifest = Manifest(**json.loads((path / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise WrongArtifact(str(path), f"a {kind} artifact with a {MANIFEST}", error, kind=kind) from None
    if manifest.schema_version != SCHEMA_VERSION:
        raise WrongArtifact(f"{path}: schema_version", str(SCHEMA_VERSION), manifest.schema_version, kind=kind)
    if manifest.kind != kind:
        raise WrongArtifact(f"{path}: kind", kind, manifest.kind)
    found = _checksums(path)
    for name in sorted(manifest.checksums.keys() | found.keys()):
        if manifest.checksums.get(name) != found.get(name):
            raise WrongArtifact(f"{path / name}", "the file its manifest names", "another or none", kind=kind)
    return Artifact(path, manifest)


def digest_files(paths: Iterable[Path]) -> str:
    """One digest for the content of files in order, whatever they are called."""
    total = hashlib.sha256()
    for path in paths:
        total.update(bytes.fromhex(_sha256(path)))
    return total.hexdigest()


def write_text(path: Path, text: str) -> None:
    """Replace a small file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _checksums(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _rename(folder: Path, target: Path) -> None:
    try:
        folder.rename(target)
    except OSError:
        if not (target / MANIFEST).exists():  # else another process was first, with the same content
            raise


def _sweep(home: Path) -> None:
    """Remove what killed writers left, and unfinished work that is finished by now, or given up."""
    for path in home.glob(f"{UNFINISHED}*"):
        with suppress(FileNotFoundError):  # another process sweeps too
            given_up = time.time() - path.stat().st_mtime > UNFINISHED_DAYS * 86400
            if given_up or (home / path.name.removeprefix(UNFINISHED)).exists():
                shutil.rmtree(path, ignore_errors=True)
    for path in home.glob(".*-*"):
        pid = path.name[1:].split("-")[0]
        if path.is_dir() and pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(path, ignore_errors=True)
