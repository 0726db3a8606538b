"""Words that deny what stands beside them, in searches and in titles of several languages; normalised."""

from __future__ import annotations

DENYING = frozenset(["without", "no", "not", "ohne", "nicht", "kein", "keine", "keinen", "sans", "geen"])
"""Before what they deny, wherever they stand."""
INNER = frozenset(
    [
        "nor",
        "sin",
        "senza",
        "sem",
        "zonder",
        "niet",
        "bez",
        "без",
        "не",
        "кроме",
        "utan",
        "uden",
        "uten",
        "inte",
        "ikke",
    ]
)
"""Likewise, but names elsewhere (Sin City): in a search not at its beginning."""
IN_SEARCHES = frozenset(["except", "excluding", "sauf"])
"""Before what they deny where somebody asks for something."""
IN_TITLES = frozenset(["non", "zero", "0"])
"""Before what they deny where an item is described."""
W_O = ("w", "o")
"""The words of `w/o`, which denies everywhere; `w/` alone is with."""
FREE, OF = "free", frozenset(["of", "from", "von"])
"""`free of latex` denies latex, `powder-free latex` does not."""
BEHIND = frozenset(["free", "less", "frei", "los"])
"""Behind what they deny: `sugar free`."""
PASSED = frozenset(
    [
        "a",
        "an",
        "any",
        "the",
        "added",
        "for",
        "of",
        "from",
        "fur",
        "pour",
        "para",
        "per",
        "de",
        "d",
        "la",
        "le",
        "les",
        "der",
        "die",
        "das",
        "den",
    ]
)
"""May stand between a word and what it denies: `without any sugar`, `free of latex`."""
