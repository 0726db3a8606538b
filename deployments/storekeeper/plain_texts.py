"""Texts of an item that is put, as plain as `clean` makes those of files, and which were not."""

from __future__ import annotations

from collections.abc import Iterator

from deployments.storekeeper.shapes import ItemIn, MadePlainOut
from recsys.errors import WrongData
from recsys.features.attributes import Pair, by_name
from recsys.text.plain import plain


def with_plain_texts(item: ItemIn) -> tuple[ItemIn, list[MadePlainOut]]:
    """The item without markup, entities and invisible signs, and the texts that had some.

    What has nothing left is left out. Raises WrongData where that is the title.
    """
    texts = Texts()
    title = texts.plain("title", item.title)
    if not title:
        raise WrongData("title", "words", item.title)
    made = {
        "title": title,
        "description": texts.plain("description", item.description),
        "category": list(texts.each("category", item.category)),
        "brand": (item.brand and texts.plain("brand", item.brand)) or None,
        "attributes": by_name(_pairs(texts, item.attributes)),
    }
    return item.model_copy(update=made), texts.changed


def _pairs(texts: Texts, attributes: dict[str, list[str]]) -> Iterator[Pair]:
    """Names that are the same once they are plain share their values."""
    for said, values in attributes.items():
        name = texts.plain(f"attributes.{said}", said)
        yield from ((name, value) for value in texts.each(f"attributes.{said}", values) if name)


class Texts:
    """Makes texts plain and remembers which it changed."""

    def __init__(self) -> None:
        self.changed: list[MadePlainOut] = []

    def plain(self, field: str, text: str) -> str:
        """One text."""
        made = plain(text)
        if made != text:
            self.changed.append(MadePlainOut(field=field, kept=made))
        return made

    def each(self, field: str, texts: list[str]) -> Iterator[str]:
        """Several; those that have nothing left are left out."""
        made = (self.plain(f"{field}.{number}", text) for number, text in enumerate(texts))
        return filter(None, made)
