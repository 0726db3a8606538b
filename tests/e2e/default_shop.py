"""The shop of `make demo`, built by its command beside the tests that leave a core idle."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WORKSPACE = ROOT / "var" / "margins"
"""Kept between test sessions: what is finished is found by content, so only what changed is made again."""


class DefaultShop:
    """A build under way. It is in the tests' process group, so an interrupt ends it too."""

    def __init__(self) -> None:
        self._out = tempfile.TemporaryDirectory(prefix="vitrine-margins-")
        command = [sys.executable, "-m", "pipelines", "build", "--workspace", str(WORKSPACE), "--out", self._out.name]
        self._build = subprocess.Popen(
            ["nice", *command], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def figures(self) -> dict[str, Any]:
        """report.json, when it is there."""
        _, errors = self._build.communicate(timeout=500)
        assert self._build.returncode == 0, errors
        found: dict[str, Any] = json.loads((Path(self._out.name) / "report.json").read_text())
        return found

    def end(self) -> None:
        self._build.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._build.communicate(timeout=30)
        self._out.cleanup()
