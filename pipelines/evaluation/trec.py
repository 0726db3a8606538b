"""TREC run and qrels files: what outside tools (trec_eval, ir_measures) need to check every figure.

White space divides the columns, so in ids it is written as in URLs (`two words` as `two%20words`), and so is `%`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from recsys.errors import WrongData

TAG = "vitrine"


def write_run(path: Path, lists: Mapping[str, Sequence[str]]) -> None:
    """`user Q0 item rank score vitrine`, best first; scores fall strictly so that every tool keeps the order.

    Raises WrongData where an id is empty.
    """
    with path.open("w", encoding="utf-8") as file:
        for user, items in lists.items():
            for rank, item in enumerate(items, start=1):
                file.write(f"{_id(user)} Q0 {_id(item)} {rank} {len(items) + 1 - rank} {TAG}\n")


def write_qrels(path: Path, targets: Mapping[str, Sequence[str]]) -> None:
    """`user 0 item 1` for every relevant item. Raises WrongData as `write_run`."""
    with path.open("w", encoding="utf-8") as file:
        for user, items in targets.items():
            file.writelines(f"{_id(user)} 0 {_id(item)} 1\n" for item in items)


def _id(text: str) -> str:
    if not text:
        raise WrongData("TREC id", "an id that is not empty", text)
    return "".join(quote(char) if char.isspace() or char == "%" else char for char in text)
