"""The errors a user of vitrine can meet.

    VitrineError
    ├── WrongData        a table, file or request holds something it must not
    ├── WrongArtifact    an artifact is missing, damaged, or of another kind or version
    ├── WrongConfig      a setting is unknown, out of range or contradicts another
    ├── NotIdentified    who asks is not known: a key or token that is missing or does not hold
    ├── NotAllowed       the caller may not do this
    ├── NotFound         what was named does not exist
    ├── TooMany          the caller asks more often than it may: again after `retry_after_s`
    └── Unavailable      not now: try again after `retry_after_s`

Each says which field, what was wanted, what came, and what to do. They pickle, because they cross process
borders. Mistakes of the programmer are ValueError and TypeError; impossible states are asserts.
"""

from __future__ import annotations

from functools import partial
from typing import Any


class VitrineError(Exception):
    """Base of the family: `field: wanted W, got G. Remedy.`"""

    def __init__(self, field: str, wanted: str, got: object = None, remedy: str = "") -> None:
        self.field, self.wanted, self.got, self.remedy = field, wanted, got, remedy
        came = "" if got is None else f", got {_short(got)}"
        super().__init__(f"{field}: wanted {wanted}{came}." + (f" {remedy}" if remedy else ""))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.field, self.wanted, self.got, self.remedy)


class WrongData(VitrineError):
    """A table, file or request holds something it must not."""


class WrongArtifact(VitrineError):
    """An artifact is missing, damaged, or of another kind or version.

    `kind` names what must be made again, where that helps: whoever shows the error knows the command for it.
    """

    def __init__(
        self, field: str, wanted: str, got: object = None, remedy: str = "", *, kind: str | None = None
    ) -> None:
        super().__init__(field, wanted, got, remedy)
        self.kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), kind=self.kind), (self.field, self.wanted, self.got, self.remedy)


class WrongConfig(VitrineError):
    """A setting is unknown, out of range or contradicts another."""


class NotIdentified(VitrineError):
    """Who asks is not known: a key or token that is missing or does not hold."""


class NotAllowed(VitrineError):
    """The caller may not do this."""


class NotFound(VitrineError):
    """What was named does not exist."""


class TooMany(VitrineError):
    """More than the caller may ask for. `retry_after_s` says when there is room again."""

    def __init__(
        self, field: str, wanted: str, got: object = None, remedy: str = "", retry_after_s: float = 1.0
    ) -> None:
        super().__init__(field, wanted, got, remedy)
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.field, self.wanted, self.got, self.remedy, self.retry_after_s)


class Unavailable(VitrineError):
    """Not now. `retry_after_s` says when to ask again."""

    retry_after_s: float = 1.0


class VersionsDiffer(VitrineError):
    """Two stages answered from different releases; a repetition meets the new one."""


def _short(value: object, limit: int = 200) -> str:
    text = repr(value) if not isinstance(value, Exception) else f"{type(value).__name__}: {value}".rstrip(". ")
    text = " ".join(text.split())  # some libraries complain in paragraphs
    return text if len(text) <= limit else text[: limit - 1] + "…"
