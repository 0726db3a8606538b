"""mapping: print a mapping for a shop's own files: that of a known export, or one proposed from what is seen.

    python -m pipelines mapping --format shopify                 the preset as it is written
    python -m pipelines mapping --data my-shop > mapping.yaml    a proposal, with its doubts as comments

It writes nothing. Saved as mapping.yaml in the folder of the data, `clean` and `build` read by it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from pipelines.running.job import Job
from recsys.artifacts import Workspace
from recsys.config import FLAG, Config
from recsys.datasets.presets.reading import NAMES, preset_text
from recsys.datasets.proposing.proposal import proposed
from recsys.errors import WrongConfig


class MappingConfig(Config):
    """Settings of `mapping`."""

    data: Path | None = None
    """Folder of a shop's own data."""
    format: Annotated[str | None, FLAG] = None
    """Name of a known export, whose mapping is printed."""


def run(workspace: Workspace, config: MappingConfig, job: Job) -> None:
    """Print it on standard output. Raises WrongConfig, WrongData."""
    if (config.data is None) == (config.format is None):
        came = "none" if config.data is None else "both"
        raise WrongConfig(
            "data", "either a folder (--data) or a format (--format)", came, f"Formats: {', '.join(NAMES)}"
        )
    sys.stdout.write(
        preset_text(config.format) if config.format is not None else proposed(config.data or Path()).text()
    )
