"""Settings of the gate; without torch, for the command line reads them."""

from __future__ import annotations

from pydantic import Field

from recsys.config import Config


class ExposureConfig(Config):
    """How far an item may move by itself between two releases."""

    requests: int = Field(300, ge=0)
    """People's requests among those of the gate whose pages are compared."""
    most_rise: float = Field(0.2, gt=0)
    """By how much the part of people's pages with an item may rise, beside what may be chance."""
    errors: float = Field(3.0, ge=0)
    """Standard errors that may be chance: thousands of items are looked at."""
    first: int = Field(3, ge=1)
    """Places of a visitors' list, at home or in a category, to which no item may jump,"""
    most_places: int = Field(50, ge=1)
    """from more than so many places behind."""


class GateConfig(Config):
    """What a new release must reach beside the live one."""

    requests: int = Field(1000, ge=1)
    """Validation requests that both answer, drawn at random."""
    slates: int = Field(300, ge=0)
    """Validation slates on which the calibration of both is checked."""
    least_recall_ratio: float = Field(0.85, ge=0)
    """Served recall@10, as a share of the live release's."""
    least_ndcg_ratio: float = Field(0.85, ge=0)
    """Served ndcg@10, as a share of the live release's."""
    most_calibration_rise: float = Field(0.02, ge=0)
    """By how much the calibration error of p_ctr may exceed the live release's."""
    most_latency_ratio: float = Field(1.5, gt=0)
    """Median time of a request, as a share of the live release's."""
    exposure: ExposureConfig = ExposureConfig()
    """How far items may rise."""
    force: bool = False
    """Release it whatever the gate says; the manifest then has `forced`."""
