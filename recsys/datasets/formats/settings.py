"""How a file is written, where that is said instead of found."""

from __future__ import annotations

import codecs
from typing import NamedTuple

import polars as pl
from pydantic import Field, field_validator

from recsys.config import Config


class FileSettings(Config):
    """How the files of a table are written; what is not said is found by the whole file."""

    encoding: str | None = None
    """Such as `utf-8`, `utf-16`, `cp1252`, `gb18030`, `shift_jis`, `euc_kr`, `big5`."""
    separator: str | None = Field(None, min_length=1, max_length=4)
    """Between the cells of a row."""
    quote: str | None = Field(None, pattern="^([!-/:-@\\[-`{-~]|none)$")
    """Around a cell that holds separators or lines; `none` where such a sign is a sign like others."""
    escape: str | None = Field(None, pattern="^[\\\\^~/]$")
    """Before a quote inside a quoted cell, where it is not doubled."""
    header: bool | list[str] | None = None
    """Whether the first row names the columns; a list names them itself and says that there is no such row."""
    sheet: str | None = None
    """Of a workbook; without it the first."""
    record: str | None = None
    """Of XML the element, of one JSON object the list (or the path to it, such as `data.products`), that holds an item
    or event a piece."""

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str | None) -> str | None:
        try:
            known = encoding is None or codecs.lookup(encoding)._is_text_encoding
        except (LookupError, ValueError):
            known = False
        if not known:
            raise ValueError("the name of an encoding, such as utf-8, utf-16, cp1252, gb18030, shift_jis, euc_kr, big5")
        return encoding

    @field_validator("separator")
    @classmethod
    def _ascii(cls, separator: str | None) -> str | None:
        if separator is not None and (not separator.isascii() or set(separator) & set('\r\n\0"')):
            raise ValueError("plain signs such as , ; | :: or a tab")
        return separator


class FileRead(NamedTuple):
    """One file as a frame."""

    frame: pl.DataFrame
    took: str
    """How the file was taken, for people."""
    notes: tuple[tuple[str, int], ...] = ()
    """What else is worth knowing, with how many rows it concerns."""
