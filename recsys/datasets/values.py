"""How the values of a table are written, where that is said instead of found."""

from __future__ import annotations

import zoneinfo
from typing import Literal

from pydantic import Field, field_validator

from recsys.datasets.formats.settings import FileSettings

Money = Literal["units", "cents", "micros"]
Decimal = Literal[".", ","]
UNITS = ("iso", "s", "ms", "us")


class TableSettings(FileSettings):
    """Files and values of one table."""

    money: Money = "units"
    decimal: Decimal | None = None
    """The sign before the fraction in prices that are texts; without it the whole column decides."""
    time: str = "iso"
    """`iso` (then also other forms are found by the whole column), `s`, `ms` or `us` from the epoch, or a form such
    as `%m/%d/%Y %H:%M`."""
    zone: str | None = None
    """Of times that say none, such as `Europe/Berlin`; without it UTC."""
    nulls: list[str] | dict[str, list[str]] | None = None
    """Words that say nothing, instead of `words.NULLS`; by column (`*` for all others) or for all."""
    flags: dict[str, bool] = Field(default_factory=dict)
    """The shop's word -> whether it says yes, beside those known."""
    negated: list[str] = Field(default_factory=list)
    """Columns of the shop whose yes is our no: `published` where ours is `blocked`."""

    @field_validator("time")
    @classmethod
    def _form(cls, time: str) -> str:
        if time not in UNITS and "%" not in time:
            raise ValueError("iso, s, ms, us, or a form such as %m/%d/%Y %H:%M")
        return time

    @field_validator("zone")
    @classmethod
    def _zone(cls, zone: str | None) -> str | None:
        if zone is not None and zone not in zoneinfo.available_timezones():
            raise ValueError("a time zone such as Europe/Berlin")
        return zone
