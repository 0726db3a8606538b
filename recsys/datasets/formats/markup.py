"""Records in XML: the element that repeats is a record, its children and attributes are columns."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from typing import Any

from lxml import etree

from recsys.datasets.formats.bounds import MOST_COLUMNS
from recsys.datasets.formats.records import records_read
from recsys.datasets.formats.settings import FileRead, FileSettings
from recsys.errors import WrongData

_DEEPEST = 64


def read_xml(data: bytes, name: str, settings: FileSettings) -> FileRead:
    """Elements of one name as rows. Entities of the file itself are refused: a short file can ask for gigabytes.

    Raises WrongData naming the line that cannot be read.
    """
    record = settings.record or _repeated(data, name)
    records = [_value(element) for element in _elements(data, name, record)]
    if not records:
        raise WrongData(name, f"elements <{record}>", "none", "Set `record:` in the mapping to the element of a row.")
    rows = [row if isinstance(row, dict) else {record: row} for row in records]
    return records_read(_even(rows), name, f"a row an element <{record}>")


def _walk(data: bytes, name: str, tag: str | None) -> Any:
    if b"<!ENTITY" in data or b"<!E\0N\0T" in data:
        raise WrongData(name, "XML without entities of its own", "<!ENTITY", "Write the texts themselves.")
    return etree.iterparse(
        BytesIO(data),
        events=("start", "end"),
        tag=tag,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )


def _elements(data: bytes, name: str, record: str) -> Any:
    """Every element of a record, whole; what was read is let go."""
    inside = 0
    try:
        for event, element in _walk(data, name, "{*}" + record):
            inside += 1 if event == "start" else -1
            if event == "end" and inside == 0:
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise _broken(name, error) from None
    except ValueError:
        raise WrongData("mapping: record", "the name of an element", record) from None


def _repeated(data: bytes, name: str) -> str:
    """The name that repeats nearest to the root and has children, or else only repeats."""
    counts: Counter[tuple[int, str]] = Counter()
    parents: set[tuple[int, str]] = set()
    path: list[str] = []
    try:
        for event, element in _walk(data, name, None):
            if event == "start":
                path.append(_bare(element.tag))
                counts[len(path), path[-1]] += 1
                if len(counts) > MOST_COLUMNS:
                    raise WrongData(name, f"elements of at most {MOST_COLUMNS:,} names", "more")
                if len(path) > 1:
                    parents.add((len(path) - 1, path[-2]))
            else:
                path.pop()
                element.clear()
    except etree.XMLSyntaxError as error:
        raise _broken(name, error) from None
    with_children = [(depth, tag) for depth, tag in counts if depth > 1 and (depth, tag) in parents]
    repeated = [key for key in with_children if counts[key] > 1] or with_children or list(counts)
    shallow = min(depth for depth, _ in repeated)
    nearest = {tag: counts[depth, tag] for depth, tag in repeated if depth == shallow}
    if len(nearest) > 1 and with_children and min(nearest.values()) > 1:
        remedy = f"Set `record:` in the mapping to one of {sorted(nearest)}."
        raise WrongData(name, "one element that repeats", nearest, remedy)
    return max(nearest, key=lambda tag: nearest[tag])


def _broken(name: str, error: etree.XMLSyntaxError) -> WrongData:
    line = error.lineno or 1
    return WrongData(f"{name}, line {line}", "well-formed XML", "a tag or text that is not", "Hand it in again, whole.")


def _value(element: Any, depth: int = 0) -> Any:
    """Text, or a record of children and attributes; children of one name become a list."""
    if depth > _DEEPEST:
        return None
    if any((child.tail or "").strip() for child in element):
        return _inner(element)
    found: dict[str, Any] = {_bare(key): value for key, value in element.attrib.items()}
    for child in element:
        if not isinstance(child.tag, str):  # a comment
            continue
        key, value = _bare(child.tag), _value(child, depth + 1)
        if key not in found:
            found[key] = value
        elif isinstance(found[key], list):
            found[key].append(value)
        else:
            found[key] = [found[key], value]
    text = (element.text or "").strip()
    if not found:
        return text or None
    return {**found, "text": text} if text else found


def _inner(element: Any) -> str:
    """A text with elements in it, as it is written: markup, which `clean` makes plain."""
    parts = [element.text or "", *(etree.tostring(child, encoding="unicode") for child in element)]
    return "".join(parts).strip()


def _even(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where a child repeats in one row, it is a list in all."""
    lists = {key for row in rows for key, value in row.items() if isinstance(value, list)}
    return [
        {key: [value] if key in lists and not isinstance(value, list) else value for key, value in row.items()}
        for row in rows
    ]


def _bare(tag: Any) -> str:
    """A name without its namespace."""
    return str(tag).rpartition("}")[2]
