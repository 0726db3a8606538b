"""CPU that reading a search costs, before anything is looked up: `python benchmarks/query_cpu.py --workspace var/shop`.

Read are the searches of `shopper_queries.jsonl` and titles of the release, which are the longest searches there are.
`plain` is nothing but terms, as a search without any understanding needs them; `understand` finds prices, absences,
phrases, values and synonyms; `index` makes what the lexical index is asked for: corrections, joined words, ids. Times
are CPU of this thread, the mean of all; the median of several rounds, the first of which fills the caches.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from recsys.artifacts import Workspace
from recsys.edition import Edition
from recsys.opening.stages import released_recall, shop_words_of
from recsys.queries.asking import as_understood
from recsys.queries.understand import understand
from recsys.release import Release
from recsys.slate import Asked
from recsys.text import tokens

QUERIES = Path(__file__).with_name("shopper_queries.jsonl")
TITLES = 300


def texts_of(release: Release) -> dict[str, list[str]]:
    """Searches of people, and titles evenly spread over the catalogue."""
    searches = [json.loads(line)["query"] for line in QUERIES.read_text("utf-8").splitlines() if line]
    titles = release.catalogue.titles
    return {"searches": searches, "titles": titles[:: max(1, len(titles) // TITLES)][:TITLES]}


def readers_of(release: Release) -> dict[str, Callable[[str], object]]:
    """Name of a part -> what is measured."""
    edition = Edition(release)
    lexical, shop = released_recall(edition).lexical, shop_words_of(edition)

    def ask(text: str) -> object:
        asked = as_understood(Asked("search", 10, text=text), understand(text, shop))
        return lexical.reader.read(asked.text, asked.synonyms)

    return {"plain": tokens, "understand": lambda text: understand(text, shop), "understand and index": ask}


def us_a_text(read: Callable[[str], object], texts: Sequence[str], rounds: int) -> tuple[float, float]:
    """Microseconds of the first round and the median of the others, each the mean over the texts."""
    times = []
    for _ in range(rounds + 1):
        started = time.thread_time()
        for text in texts:
            read(text)
        times.append((time.thread_time() - started) / len(texts) * 1e6)
    return times[0], float(np.median(times[1:]))


def main() -> None:
    """Print a line for each part and each kind of text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True, help="folder of a built shop")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    release = Release.open(Workspace(arguments.workspace))
    print(f"{'us a text':10} {'':22} {'first':>8} {'later':>8} {'over plain':>11}")
    readers = readers_of(release)
    for kind, texts in texts_of(release).items():
        plain = 0.0
        for name, read in readers.items():
            first, later = us_a_text(read, texts, arguments.rounds)
            plain = plain or later
            print(f"{kind:10} {name:22} {first:8.1f} {later:8.1f} {later - plain:11.1f}")


if __name__ == "__main__":
    main()
