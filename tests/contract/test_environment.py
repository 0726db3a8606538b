"""A variable of the environment that is named anywhere is read, and one that is read is documented."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from recsys.config import MachineSettings

ROOT = Path(__file__).resolve().parents[2]
PREFIX = str(MachineSettings.model_config["env_prefix"])


def named(*places: str) -> set[str]:
    """Settings named in files that git knows, by their field's name."""
    listed = subprocess.run(["git", "ls-files", *places], cwd=ROOT, capture_output=True, text=True, check=True)
    found: set[str] = set()
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix not in (".png", ".svg", ".ico") and path.is_file():
            found |= set(re.findall(rf"\b{PREFIX}([A-Z][A-Z_]*[A-Z])\b", path.read_text("utf-8", "replace")))
    return {name.lower() for name in found}


def test_what_is_named_is_read_and_what_is_read_is_documented() -> None:
    """The changelog may name what is gone."""
    assert named(".", ":!CHANGELOG.md") == set(MachineSettings.model_fields)
    assert named("README.md", "docs", "*/README.md") == set(MachineSettings.model_fields)
