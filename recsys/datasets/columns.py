"""Columns of foreign tables, read into our types with a word about what cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from recsys.datasets import amounts, times
from recsys.datasets.currencies import AMBIGUOUS, SIGNS, USUAL, codes
from recsys.datasets.formats.read import read_file
from recsys.datasets.formats.together import taken, together
from recsys.datasets.plain_columns import PlainColumns, finite
from recsys.datasets.values import UNITS, TableSettings
from recsys.datasets.words import DASHES, said, said_of_stock
from recsys.errors import WrongConfig, WrongData

_PER_UNIT = {"units": 1_000_000, "cents": 10_000, "micros": 1}
_PER_TICK = {"s": 1_000_000, "ms": 1_000, "us": 1}
_VISIBLE = ("visible", "published", "active", "enabled", "public", "live", "status", "in_stock")


def read_files(
    paths: Iterable[Path], source: str, strict: bool, settings: TableSettings | None = None, table: str = "items"
) -> Reading:
    """All files as one table being read, by their suffixes; cells of rows come as texts. Raises WrongData.

    Args:
        source: what the files are called together.
        strict: whether an unreadable value is an error; else it becomes a null.
        settings: how files and values are written, as far as that is said.
        table: what notes call the table.
    """
    settings = settings or TableSettings()
    reads = {path: read_file(path, settings) for path in paths}
    files = tuple((path.name, len(read.frame)) for path, read in reads.items())
    return Reading(together(reads), source, strict, files, table, settings, taken(reads, source, table))


@dataclass(frozen=True)
class Reading(PlainColumns):
    """A foreign table being read. Every method takes the name of a column, or None for a column of nulls."""

    def note_flags(self, columns: dict[str, str | None]) -> None:
        """Say where a column looks like the contrary of ours and the mapping does not say so."""
        for ours, name in columns.items():
            if name is not None and name.lower() in _VISIBLE and name not in self.settings.negated:
                self.note(name, f"read as {ours} as it stands: `negated: [{name}]` turns it", len(self.frame))

    def note_cut_ids(self, names: Iterable[str | None]) -> None:
        """Say where a spreadsheet wrote long ids as `4.00124E+12`: their last digits are gone."""
        for name in names:
            cut = self.text(name).str.contains(r"^\d[.,]\d+[eE]\+\d+$").fill_null(False)
            self.note(name, "ids that a spreadsheet cut, such as 4.00124E+12: export them as text", int(cut.sum()))

    def path(self, name: str | None, separator: str) -> pl.Series:
        """Lists of texts; a column of texts is divided at the separator."""
        column = self._column(name)
        lists = isinstance(column.dtype, pl.List) and not column.dtype.inner.is_nested()
        parts = column.cast(pl.List(pl.String)) if lists else self.text(name).str.split(separator)
        tidy = parts.list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))
        return tidy.fill_null([])

    def number(self, name: str | None, whole: bool = False) -> pl.Series:
        """Finite numbers; where one has a comma, the whole column says what it means, as in prices.

        Args:
            whole: of a column that has no fractions, so that `1.234` proves a point between thousands.
        """
        given = self._plain(name)
        numbers = given
        if whole and given.dtype == pl.String and _thousands(given):
            self.note(
                name, "points taken for signs between thousands", int(given.str.contains(".", literal=True).sum())
            )
            numbers = given.str.replace_all(".", "", literal=True)
        elif given.dtype == pl.String and given.str.contains(",", literal=True).any():
            numbers = self._amounts(name, given, self.settings.decimal, None)
            numbers = numbers.set((amounts.apart(given).sign != "").fill_null(False), None)
        return self._checked(name, given, finite(numbers), "a number")

    def whole(self, name: str | None) -> pl.Series:
        """Whole numbers of 32 bits."""
        numbers = self.number(name, whole=True)
        read = numbers.set((numbers != numbers.round()).fill_null(False), None).cast(pl.Int32, strict=False)
        return self._checked(name, numbers, read, "a whole number")

    def money(
        self, name: str | None, unit: str, decimal: str | None = None, currency: pl.Series | None = None
    ) -> pl.Series:
        """Micros. Texts may carry a currency and thousands: `1,299.00`, `€ 12,50`, `1 299,00 zł`.

        Args:
            decimal: the sign before the fraction; without it the whole column decides.
            currency: of each row, where it is known; it may decide too.
        """
        given = self._plain(name, DASHES)
        numbers = finite(self._amounts(name, given, decimal, currency) if given.dtype == pl.String else given)
        read = (numbers * _PER_UNIT[unit]).round().cast(pl.Int64, strict=False)
        return self._checked(name, given, read, "an amount of money")

    def currency(self, name: str | None, price: str | None, otherwise: str | None, each: bool = False) -> pl.Series:
        """Codes: of their own column, or as the prices say themselves, or the one of all.

        Args:
            each: whether prices say their own also where there is one for all.

        Raises WrongData where prices without any remain, or signs of several currencies.
        """
        words = self.text(name)
        remedy = "Set `currency:` in the mapping, in place of the column." if name is not None else ""
        known = codes(words.str.to_lowercase().str.strip_chars(". "))
        own = self._checked(name, words, known, "the code or sign of one currency, such as EUR", remedy)
        prices = self._plain(price, DASHES)
        texts = prices if prices.dtype == pl.String else pl.repeat(None, len(prices), dtype=pl.String, eager=True)
        signs = amounts.apart(texts).sign
        if name is None and otherwise is not None and not each:
            self._contradictions(price, codes(signs), otherwise)
            return own.fill_null(pl.lit(otherwise, pl.String))
        found = own.fill_null(self._said(price, signs, own.is_null() & texts.is_not_null(), otherwise))
        if not each and len(codes_found := found.filter(prices.is_not_null()).drop_nulls().unique().sort()) > 1:
            text = f"prices in {', '.join(codes_found)}: comparable within one only, `currencies:` converts"
            self.note(name or price, text, len(found))
        lacking = prices.is_not_null() & found.is_null()
        if name is None and lacking.any():
            row = int(lacking.arg_true()[0])
            wanted = "the currency of the prices, such as EUR, or a column of it"
            raise WrongData("mapping.items.currency", wanted, f"none; {self._place(price, row)} is {prices[row]}")
        return found

    def time(self, name: str | None, unit: str) -> pl.Series:
        """UTC. Texts are ISO 8601, of another form that the whole column has, or of the form that is given; numbers
        count `unit` from the epoch."""
        column = self._column(name)
        if column.dtype in (pl.Date, pl.Datetime):
            zoned = column.dtype == pl.Date or getattr(column.dtype, "time_zone", None) is None
            plain = column.cast(pl.Datetime("us")) if zoned else column
            zone = self.settings.zone or "UTC"
            local = plain.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null") if zoned else plain
            return self._checked(name, column, local.cast(times.UTC), f"a time of {zone}")
        if unit in _PER_TICK:
            numbers = self.number(name)
            ticks = (numbers * _PER_TICK[unit]).round().cast(pl.Int64, strict=False)
            return self._checked(name, numbers, ticks, f"a time in {unit} from the epoch").cast(times.UTC)
        texts = self._without(name, self.text(name), DASHES)
        read = self._times(name, texts, unit)
        wanted = "an ISO 8601 time" if unit in UNITS else f"a time like {unit}"
        remedy = "Set `time:` in the mapping to s, ms, us or a form such as `%m/%d/%Y %H:%M`."
        return self._checked(name, texts, read, wanted, remedy)

    def boolean(self, name: str | None) -> pl.Series:
        """Whether a value says yes, or how many there are; nulls stay."""
        return self._yes(name, None)

    def stock(self, name: str | None, own: dict[str, bool]) -> pl.Series:
        """Whether something can be bought: by words for stock, the shop's `own` first, or a number of pieces."""
        return self._yes(name, own)

    def _yes(self, name: str | None, stock: dict[str, bool] | None) -> pl.Series:
        column = self._column(name)
        no = name in self.settings.negated
        if column.dtype == pl.Boolean:
            return ~column if no else column
        texts = self._without(name, self.text(name), DASHES)
        words = self.settings.flags | (stock or {})
        word = said_of_stock(texts, words)
        pieces = finite(texts.str.replace(r"^[<>~=]+\s*", "").str.replace(r"(\d)\+$", "$1").str.replace_all(",", ""))
        read = pl.select(pl.coalesce(said(texts, words), word, pieces > 0)).to_series()
        setting = "flags" if stock is None else "stock"
        remedy = f"Set `{setting}: {{word: true}}` in the mapping."
        return self._checked(name, texts, ~read if no else read, "yes or no, or a number of pieces", remedy)

    def _amounts(
        self, name: str | None, given: pl.Series, decimal: str | None, currency: pl.Series | None
    ) -> pl.Series:
        written = amounts.apart(given)
        if decimal is not None:
            return amounts.numbers(written, pl.repeat(decimal == ",", len(given), eager=True))
        known = amounts.currencies(written)
        signs = amounts.decided(written.body, known if currency is None else known.fill_null(currency))
        if signs.open.any():
            row = int(signs.open.arg_true()[0])
            wanted = "an amount whose sign before the fraction is proved by another row"
            remedy = "Set `decimal: '.'` or `decimal: ','` in the mapping."
            raise WrongData(self._place(name, row), wanted, given[row], remedy)
        proof = "" if signs.proof is None else f", as {given[signs.proof]!r} proves"
        self.note(name, f"{signs.said}{proof}", signs.num_open)
        return amounts.numbers(written, signs.comma)

    def _said(self, price: str | None, signs: pl.Series, open_rows: pl.Series, otherwise: str | None) -> pl.Series:
        """Currencies by the signs of prices; one that several share is asked about, unless the column says which."""
        found = codes(signs)
        clear = set(found.drop_nulls().unique().to_list())
        for sign, choices in AMBIGUOUS.items():
            rows = open_rows & (signs == sign)
            meant = [code for code in choices if code in clear or code == otherwise]
            if rows.any() and len(meant) == 1:
                found = found.set(rows, meant[0])
                self.note(price, f"{sign} taken for {meant[0]}", int(rows.sum()))
            elif rows.any():
                row, remedy = int(rows.arg_true()[0]), "Set `currency:` in the mapping."
                raise WrongData(self._place(price, row), f"a sign of one currency, not of {choices}", sign, remedy)
        for sign, code in USUAL.items():
            self.note(
                price, f"{sign} taken for {code}: `currency:` says otherwise", int((open_rows & (signs == sign)).sum())
            )
        for code in sorted(clear) if open_rows.any() else ():
            self.note(price, f"currency {code} read from the prices", int((open_rows & (found == code)).sum()))
        return found.fill_null(pl.lit(otherwise, pl.String))

    def _contradictions(self, price: str | None, found: pl.Series, told: str) -> None:
        """Say where prices carry a sign of another currency than the mapping's."""
        for code in found.drop_nulls().unique().sort():
            if code != told and code in SIGNS.values() and not (code == "USD" and told in ("CAD", "AUD", "MXN", "SGD")):
                self.note(price, f"prices say {code}, read as {told} by `currency:`", int((found == code).sum()))

    def _times(self, name: str | None, texts: pl.Series, form: str) -> pl.Series:
        zone = self.settings.zone
        try:
            found = times.by_rows(texts, zone) if form in UNITS else times.by_form(texts, form, zone)
        except pl.exceptions.PolarsError:
            raise WrongConfig(f"mapping.{self.table}.time", "a form such as %m/%d/%Y %H:%M", form) from None
        if found.undecided is not None:
            wanted, remedy = (
                "a time whose day and month are told apart",
                ("Set `time:` in the mapping, to a form such as `%m/%d/%Y %H:%M` or `%d/%m/%Y %H:%M`."),
            )
            raise WrongData(self._place(name, found.undecided), wanted, texts[found.undecided], remedy)
        if found.took:
            self.note(name, f"times taken as {found.took}", int(found.read.is_not_null().sum()))
        self.note(name, "times without a zone taken for UTC: `zone:` says otherwise", found.bare)
        self.note(name, f"times that come twice in {zone} taken for the first", found.twice)
        return found.read


def _thousands(texts: pl.Series) -> bool:
    """Whether every point in a column of whole numbers stands before three figures, and not always before zeros."""
    pointed = texts.filter(texts.str.contains(".", literal=True).fill_null(False))
    grouped = pointed.str.contains(r"^[1-9]\d{0,2}(?:\.\d{3})+$")
    return len(pointed) > 0 and bool(grouped.all()) and not pointed.str.contains(r"^\d+\.000$").all()
