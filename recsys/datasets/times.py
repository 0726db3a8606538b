"""Times as people write them: one form for the whole column, found by all its rows or asked for by name."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import polars as pl

UTC = pl.Datetime("us", "UTC")
_NUMBERS = (
    r"^(?P<first>\d{1,2})(?P<sign>[/.\-])(?P<second>\d{1,2})[/.\-](?P<year>\d{4}|\d{2})"
    r"(?:,?[ T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<rest>\d{2}(?:\.\d+)?))?(?P<half>\s*[AaPp]\.?[Mm]\.?)?)?$"
)
_YEAR_FIRST = r"^\d{4}(?:\s*[/.年]|-\d-|-\d\d-\d(?:\D|$))"
_YEAR_MONTH_DAY = r"^(\d{4})\s*[/.年\-]\s*(\d{1,2})\s*[/.月\-]\s*(\d{1,2})(?:日\s*|\.?(?:\s|$))"
_ZONED = r"[Zz]$|:\d{2}(?:[.,]\d+)?\s*[+-]\d{2}(?::?\d{2})?$|\s[+-]\d{4}$"
_NAMED = r"\d{1,2}(?:st|nd|rd|th)?[ .\-](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|" + (
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,2}"
)


class Times(NamedTuple):
    """A column of times."""

    read: pl.Series
    """UTC, null where a text is no time."""
    took: str = ""
    """The form that was found, for people."""
    undecided: int | None = None
    """A row that could be day first or month first, where nothing says which."""
    bare: int = 0
    """Times that say no zone."""
    twice: int = 0
    """Times of the hour that comes twice when clocks go back, taken for the first."""


def by_form(texts: pl.Series, form: str, zone: str | None) -> Times:
    """Times of one form of `strptime`. Raises polars' errors where the form is none."""
    if "%z" in form or "%Z" in form:
        read = texts.str.replace(" ?UTC$", " +0000").str.to_datetime(
            form.replace("%Z", "%z"), strict=False, time_unit="us", time_zone="UTC"
        )
        return Times(read.cast(UTC))
    halves = texts.str.replace_all(r"(?i)\s*([ap])\.?m\.?$", " ${1}m") if "%p" in form else texts
    read = halves.str.to_datetime(form, strict=False, time_unit="us", time_zone=None)
    return _zoned(read, zone, int(read.is_not_null().sum()))


def by_rows(texts: pl.Series, zone: str | None) -> Times:
    """ISO 8601, or else the one form that all texts have."""
    plain = _years_first(texts).str.replace(r"\s*(?:UTC|GMT)$", "Z")
    numeric = plain.str.contains(_NUMBERS).fill_null(False)
    if not numeric.any():
        return _iso(plain, zone)
    figures = _numeric(plain.set(~numeric, None), zone)
    if figures.undecided is not None or (numeric | plain.is_null()).all():
        return figures
    rest = _iso(plain.set(numeric, None), zone)
    read, took = figures.read.zip_with(numeric, rest.read), f"{figures.took} and ISO 8601"
    return Times(read, took, None, figures.bare + rest.bare, figures.twice + rest.twice)


def _iso(plain: pl.Series, zone: str | None) -> Times:
    """ISO 8601, or months by their names."""
    named = bool(plain.str.contains("(?i)" + _NAMED).any())
    bare = ~plain.str.contains(_ZONED).fill_null(True)
    given = pd.Series(plain.to_list(), dtype=object)
    parsed = pd.to_datetime(given, utc=True, format="mixed" if named else "ISO8601", errors="coerce")
    read = pl.Series(parsed.dt.tz_localize(None).to_numpy("datetime64[us]"))
    took = "month by its name" if named else ""
    local = read.set(~bare, None)
    shifted = _zoned(local, zone, int((bare & read.is_not_null()).sum()))
    return shifted._replace(read=shifted.read.zip_with(bare, read.dt.replace_time_zone("UTC")), took=took)


def _years_first(texts: pl.Series) -> pl.Series:
    """`2025/3/9 10:00`, `2025.03.09.` and `2025年3月9日` as ISO 8601 has them."""
    if not texts.str.contains(_YEAR_FIRST).any():
        return texts
    padded = texts.str.replace(_YEAR_MONTH_DAY, "$1-0$2-0$3 ").str.strip_chars()
    return padded.str.replace(r"^(\d{4})-0?(\d{2})-0?(\d{2})\b", "$1-$2-$3")


def _numeric(texts: pl.Series, zone: str | None) -> Times:
    """Day, month and year in figures: a figure over 12 says which is the day, for the whole column."""
    parts = texts.str.extract_groups(_NUMBERS).struct.unnest()
    first, second = (parts[name].cast(pl.Int32) for name in ("first", "second"))
    day_first, month_first = bool((first > 12).any()), bool((second > 12).any())
    dotted = bool((parts["sign"] == ".").any())
    if day_first == month_first and not (dotted and not day_first):
        places = (first.is_not_null() & (first != second)) if not day_first else second > 12
        if places.any():
            return Times(pl.repeat(None, len(texts), dtype=UTC, eager=True), "", int(places.arg_true()[0]))
    days, months = (second, first) if month_first else (first, second)
    read = _assembled(parts, days, months)
    order = "month/day/year" if month_first else "day.month.year" if dotted else "day/month/year"
    return _zoned(read, zone, int(read.is_not_null().sum()))._replace(took=order)


def _assembled(parts: pl.DataFrame, days: pl.Series, months: pl.Series) -> pl.Series:
    half = parts["half"].str.to_lowercase().str.extract("([ap])")
    hour = parts["hour"].cast(pl.Int32)
    clock = (hour % 12 + 12 * (half == "p").cast(pl.Int32)).zip_with(half.is_not_null(), hour).fill_null(0)
    year = parts["year"].cast(pl.Int32)
    century = pl.select(pl.when(year < 70).then(2000).when(year < 100).then(1900).otherwise(0)).to_series()
    frame = pl.DataFrame(
        {
            "day": days,
            "month": months,
            "year": year + century,
            "hour": clock,
            "minute": parts["minute"].cast(pl.Int32).fill_null(0),
            "rest": parts["rest"].cast(pl.Float64).fill_null(0.0),
        }
    )
    text = pl.format(
        "{}-{}-{} {}:{}",
        *(pl.col(name).cast(pl.String).str.zfill(2) for name in ("year", "month", "day", "hour", "minute")),
    )
    moment = text.str.to_datetime("%Y-%m-%d %H:%M", strict=False, time_unit="us")
    return frame.select(moment + pl.duration(microseconds=(pl.col("rest") * 1_000_000).cast(pl.Int64))).to_series()


def _zoned(read: pl.Series, zone: str | None, bare: int) -> Times:
    """Moments of a zone's clocks in UTC."""
    if zone is None:
        return Times(read.dt.replace_time_zone("UTC"), bare=bare)
    early = read.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    late = read.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    return Times(early.cast(UTC), twice=int((early != late).sum()))
