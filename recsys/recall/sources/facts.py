"""What a source says of itself, so that nothing else has to know it by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recsys.recall.modes import Mode

ANCHOR = "{anchor}"
"""Stands in a wording for the title of the history or context item that speaks most for what is proposed."""
DEED = "{deed}"
"""Stands in a wording for what the person did with that item: bought, liked, looked at."""


@dataclass(frozen=True)
class Wording:
    """A reason in words for people and a code for machines."""

    code: str
    text: str
    """May name the ANCHOR; then it is said only of an item that has one."""
    on_page: str | None = None
    """Instead of `text` where the request starts from the items of a page or cart."""

    @property
    def names_anchor(self) -> bool:
        return ANCHOR in self.text


@dataclass(frozen=True)
class Facts:
    """The fact sheet of a source."""

    name: str
    """Of its scores, of its folder among the fitted sources, and of what people see of it."""
    weights: Mapping[Mode, float]
    """In the fused order where nothing was tuned; in a mode that is absent it proposes, and others order."""
    telling: int
    """Of several sources that proposed an item, the one with the least number gives the reason and the anchor."""
    reason: Wording | None = None
    """Why it proposes an item where nothing was searched; None leaves the word to another source."""
    search_reason: Wording | None = None
    """Why an item is the answer to a search."""
    above_even: bool = False
    """Whether its reason is true only of what it finds likelier than an even draw of the catalogue."""
    votes: bool = True
    """False where it only proposes: its weights are never tuned, for its score says nothing of what anybody wants."""
    counts_steps: bool = False
    """Whether it is fitted on steps, so that what serves counts the later ones too."""
    needs_text: bool = False
    """Whether it speaks only in a search."""
