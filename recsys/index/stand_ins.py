"""Where words that something else may stand for are in a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recsys.text import is_unspaced, runs

Alternatives = tuple[str, tuple[str, ...]]
"""Words of a text, and what may stand for them."""


def apart(written: Sequence[str], alternatives: Sequence[Alternatives]) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    """The runs of a text in order, in stretches: words that have alternatives, with these, and what lies between.

    In a run of a script without spaces, words are found where they begin.
    """
    known = [(said, others) for words, others in alternatives if (said := runs(words)) and others]
    if not known:
        yield list(written), ()
        return
    between: list[str] = []
    rest = list(written)
    while rest:
        found = next(((said, others) for said, others in known if rest[: len(said)] == said), None)
        if found is None:
            before, inner, behind, others = _within(rest[0], known)
            between += [before] if before else []
            rest[:1] = [behind] if inner and behind else []
            found = ([inner], others) if inner else None
        else:
            rest = rest[len(found[0]) :]
        if found is not None:
            yield from [(between, ())] if between else []
            yield found
            between = []
    yield from [(between, ())] if between else []


def _within(run: str, known: Sequence[tuple[list[str], tuple[str, ...]]]) -> tuple[str, str, str, tuple[str, ...]]:
    """A run before, of, and behind the first such word in it, with what may stand for it; all is before if none."""
    places = [
        (run.index(said[0]), said[0], others)
        for said, others in known
        if len(said) == 1 and is_unspaced(run) and said[0] in run
    ]
    if not places:
        return run, "", "", ()
    at, word, others = min(places, key=lambda place: (place[0], -len(place[1])))
    return run[:at], word, run[at + len(word) :], others
