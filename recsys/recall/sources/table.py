"""The table of sources that `train_recall` fits. A new one is its file and its line here.

The order is that of the columns of scores: sums and the ranker's features depend on it. A source may read those before
it. Sources over an index of words or vectors are opened with that index and stand in front (`SEARCHING`).
"""

from __future__ import annotations

from recsys.recall.sources.attributes import AttributesSource
from recsys.recall.sources.covisit import CovisitSource
from recsys.recall.sources.fresh import FreshSource
from recsys.recall.sources.popular import PopularSource
from recsys.recall.sources.sequence import SequenceSource
from recsys.recall.sources.smoothed import SmoothedByWordsSource, SmoothedSource
from recsys.recall.sources.source import FittedSource
from recsys.recall.sources.tfidf import TfidfSource
from recsys.recall.sources.two_hop import TwoHopSource

FITTED: tuple[type[FittedSource], ...] = (
    CovisitSource,
    TwoHopSource,
    TfidfSource,
    AttributesSource,
    SequenceSource,
    SmoothedByWordsSource,
    SmoothedSource,
    PopularSource,
    FreshSource,
)
