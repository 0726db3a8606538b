"""A folder of links to the files of another, for a library that writes where it reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def links_to(folder: Path) -> Iterator[Path]:
    """Gone when the block ends; what was opened stays mapped."""
    # a thread of tantivy may still put a lock file there while the folder is emptied: that is no failure of the index
    with TemporaryDirectory(prefix="vitrine-lexical-", ignore_cleanup_errors=True) as links:
        for path in folder.iterdir():
            (Path(links) / path.name).symlink_to(path.resolve())
        yield Path(links)
