"""One analysis of text for the lexical index, spelling, suggestions, TF-IDF, the encoder and the baselines, so that
they disagree on nothing but weights.
"""

from recsys.text.folding import normalise
from recsys.text.numbers import is_number
from recsys.text.segments import is_cjk, is_unspaced, runs
from recsys.text.terms import terms_of, tokens

__all__ = ["is_cjk", "is_number", "is_unspaced", "normalise", "runs", "terms_of", "tokens"]
