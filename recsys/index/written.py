"""Terms as people write them: what a correction is called in an answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from recsys.text import runs, terms_of


def written_forms(texts: Iterable[str], language: str) -> dict[str, str]:
    """Term -> the word that most texts write for it, where that is another; of equals the first in the alphabet."""
    words = Counter(run for text in texts for run in runs(text))
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word, count in words.items():
        for term in terms_of(word, language):
            forms[term][word] += count
    most = {term: min(counts, key=lambda word: (-counts[word], word)) for term, counts in forms.items()}
    return {term: word for term, word in sorted(most.items()) if word != term}
