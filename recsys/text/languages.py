"""Which language a shop's titles are written in, for its endings. Found once, when an index is built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from recsys.errors import WrongConfig
from recsys.text.stems import ENGLISH, LANGUAGES

AUTO = "auto"
SAMPLE = 400
"""Titles that are looked at, evenly spread."""
TOGETHER = 20
"""Titles that are judged as one text: one title is mostly names."""
FEWEST_LETTERS = 400
"""Below which a guess is worth less than the most common language."""
MOST = 0.5
"""Share of the texts that the language must have."""
_CODES = {
    "hy": "armenian",
    "eu": "basque",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "nl": "dutch",
    "en": "english",
    "eo": "esperanto",
    "et": "estonian",
    "fi": "finnish",
    "fr": "french",
    "de": "german",
    "el": "greek",
    "hi": "hindi",
    "hu": "hungarian",
    "id": "indonesian",
    "ga": "irish",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "no": "norwegian",
    "nb": "norwegian",
    "nn": "norwegian",
    "pl": "polish",
    "fa": "persian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "es": "spanish",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "ar": "arabic",
}
"""What py3langid calls them, as Snowball does."""


def language_of(titles: Sequence[str], wanted: str = AUTO) -> str:
    """The language of a catalogue, one of `recsys.text.stems.LANGUAGES`.

    English where there is too little to tell, where no language has most of it, and where it has no stemmer.

    Args:
        wanted: the answer, if not AUTO. Raises WrongConfig on a language without a stemmer.
    """
    if wanted != AUTO:
        if wanted not in LANGUAGES:
            raise WrongConfig("language", f"{AUTO} or one of {', '.join(sorted(LANGUAGES))}", wanted)
        return wanted
    sample = titles[:: max(1, len(titles) // SAMPLE)]
    texts = [" ".join(sample[start : start + TOGETHER]) for start in range(0, len(sample), TOGETHER)]
    if sum(map(len, texts)) < FEWEST_LETTERS:
        return ENGLISH
    import py3langid  # reads a model of some megabytes, which what only searches does not need

    codes, count = Counter(py3langid.classify(text.lower())[0] for text in texts).most_common(1)[0]
    return _CODES.get(codes, ENGLISH) if count > MOST * len(texts) else ENGLISH
