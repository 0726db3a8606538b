"""How a replica keeps up with the store: a thread asks, a few times a second, whether there is something new."""

from __future__ import annotations

import logging
import threading
import weakref
from typing import Protocol

from recsys.errors import Unavailable

log = logging.getLogger(__name__)

ASK_EVERY_S = 0.5
"""How often the store is asked for changes; the price is one number read."""


class Following(Protocol):
    """What follows the store."""

    def ask(self) -> None:
        """Take over what has changed since it was asked last. Raises Unavailable."""


def start_following(one: Following, wake: threading.Event, what: str) -> None:
    """Ask until nobody holds `one` any more.

    Args:
        wake: set by who does not want to wait until it is time.
        what: is followed, for the log.
    """
    threading.Thread(target=_follow, args=(weakref.ref(one), wake, what), name=what, daemon=True).start()


def _follow(followed: weakref.ref[Following], wake: threading.Event, what: str) -> None:
    """A store that is away, or a change that nothing can be made of, stops nothing."""
    trouble = ""
    while True:
        wake.wait(ASK_EVERY_S)
        wake.clear()
        one = followed()
        if one is None:
            return
        try:
            one.ask()
            trouble = ""
        except Exception as error:  # what answers now goes on to answer
            if str(error) != trouble and not isinstance(error, Unavailable):
                log.exception("the %s stays as it was", what)
            elif str(error) != trouble:
                log.warning("the %s stays as it was: %s", what, error)
            trouble = str(error)
        del one
