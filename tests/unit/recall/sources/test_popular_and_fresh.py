from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from recsys.errors import WrongArtifact
from recsys.features.sequences import Sequences
from recsys.models.sequence.encoder import SequenceConfig, SequenceEncoder
from recsys.recall.config import FreshConfig, PopularConfig
from recsys.recall.sources.fresh import FreshSource
from recsys.recall.sources.popular import PopularSource, fit_popular
from recsys.recall.sources.sequence import SequenceSource
from recsys.recall.sources.unchosen import UnchosenSource
from recsys.slate import Asked, Draw, Query

DAY_S = 86_400.0
NOW_S = 1000 * DAY_S
ALL = np.ones(6, bool)


def steps() -> Sequences:
    """Item 0 three times long ago, item 1 twice today."""
    table = pa.table(
        {
            "user_id": ["a", "b", "c", "d", "e"],
            "index": np.array([0, 0, 0, 1, 1], np.int32),
            "at_s": NOW_S - np.array([60.0, 60, 60, 0, 0]) * DAY_S,
            "bought": [True] * 5,
        }
    )
    return Sequences.from_steps(table, 6)


def fresh(ages_days: list[float], counts: list[int]) -> FreshSource:
    return FreshSource(NOW_S - np.array(ages_days) * DAY_S, np.array(counts), FreshConfig())


def test_popularity_forgets_where_there_is_a_clock() -> None:
    wall, ordinal = (fit_popular(steps(), PopularConfig(), clock=clock) for clock in ("wall", "ordinal"))
    assert (int(wall.argmax()), int(ordinal.argmax())) == (1, 0)
    assert np.exp(wall).sum() == pytest.approx(1.0)


def test_a_silence_of_the_shop_is_not_a_reason_to_forget() -> None:
    """A log of last year, and one step of today: what was chosen ten times still is what people want."""
    ages = np.array([401.0] * 5 + [400.0] * 5 + [0.0])
    table = pa.table(
        {
            "user_id": [f"u{row}" for row in range(11)],
            "index": np.array([0] * 10 + [1], np.int32),
            "at_s": NOW_S - ages * DAY_S,
            "bought": [False] * 11,
        }
    )
    log_p = fit_popular(Sequences.from_steps(table, 6), PopularConfig(half_life_days=10.0))
    odds = float(np.exp(log_p[0]) - np.exp(log_p[2])) / float(np.exp(log_p[1]) - np.exp(log_p[2]))
    assert odds == pytest.approx(5 * 0.5 + 5 * 0.5 * 0.5**0.1, rel=1e-4), "a day apart, then a silence that counts ten"


def test_popular_names_any_allowed_item_so_that_no_page_stays_empty() -> None:
    reading = PopularSource(fit_popular(steps(), PopularConfig())).read(Query(Asked("home", 5)))
    allowed = ALL.copy()
    allowed[[0, 1]] = False
    assert reading.top(ALL, 2).tolist() == [1, 0]
    assert sorted(reading.top(allowed, 10).tolist()) == [2, 3, 4, 5]


def test_only_young_items_with_few_steps_are_fresh() -> None:
    reading = fresh([1, 90, 1, np.nan, 5, 2], [0, 0, 99, 0, 1, 99]).read(Query(Asked("home", 5, at_s=NOW_S)))
    assert reading is not None
    assert sorted(reading.top(ALL, 6).tolist()) == [0, 3, 4]
    score = reading.score(np.arange(6, dtype=np.int32))
    assert score[0] > score[4] > score[3] > score[1] == score[2]
    assert np.exp(score).sum() == pytest.approx(1.0, rel=1e-5)


def test_another_request_is_another_draw_and_the_same_request_the_same() -> None:
    source = fresh([3] * 6, [0] * 6)
    draws = [tuple(_top(source, seed)) for seed in range(20)]
    assert len(set(draws)) > 10
    assert _top(source, 7) == _top(source, 7)


def test_nothing_fresh_is_nothing_said() -> None:
    assert fresh([90] * 6, [0] * 6).read(Query(Asked("home", 5, at_s=NOW_S))) is None


def test_both_survive_their_files(tmp_path: Path) -> None:
    source = fresh([1, 90, 1, np.nan, 5, 2], [0, 0, 99, 0, 1, 99])
    source.save(tmp_path)
    assert _top(FreshSource.load(tmp_path), 3) == _top(source, 3)
    (tmp_path / "fresh.json").write_text("{}{")
    with pytest.raises(WrongArtifact):
        FreshSource.load(tmp_path)
    with pytest.raises(WrongArtifact, match="popularity") as missing:
        PopularSource.load(tmp_path)
    assert missing.value.kind == "recall", "what must be made again"


def _top(source: FreshSource, seed: int) -> list[int]:
    reading = source.read(Query(Asked("home", 5, at_s=NOW_S), draw=Draw(seed=seed)))
    assert reading is not None
    top: list[int] = reading.top(ALL, 6).tolist()
    return top


def test_where_nobody_chose_anything_nothing_is_popular_and_the_newest_stand_in(tmp_path: Path) -> None:
    nobody = Sequences.from_steps(
        pa.table({"user_id": pa.array([], pa.string()), "index": [], "at_s": [], "bought": pa.array([], pa.bool_())}), 6
    )
    popular = PopularSource(fit_popular(nobody, PopularConfig()))
    assert popular.unknown and not PopularSource(fit_popular(steps(), PopularConfig())).unknown
    popular.save(tmp_path)
    assert PopularSource.load(tmp_path).unknown
    created_s = NOW_S - np.array([50.0, 3, np.nan, 7, np.nan, 900]) * DAY_S
    reading = UnchosenSource(created_s).read(Query(Asked("home", 6)))
    assert reading.top(ALL, 6).tolist() == [1, 3, 0, 5, 2, 4]
    scores = reading.score(np.array([1, 3, 2], np.int32))
    assert scores[0] > scores[1] > scores[2]


def test_where_nobody_chose_anything_only_a_date_makes_an_item_new() -> None:
    ages, query = [3.0, np.nan, 5.0, np.nan, np.nan, np.nan], Query(Asked("home", 6, at_s=NOW_S), draw=Draw(seed=1))
    unchosen, chosen = fresh(ages, [0] * 6).read(query), fresh(ages, [0] * 5 + [9_999]).read(query)
    assert unchosen is not None and sorted(unchosen.top(ALL, 6).tolist()) == [0, 2]
    assert chosen is not None and len(chosen.top(ALL, 6)) == 5


def test_an_untrained_sequence_encoder_says_nothing(tmp_path: Path) -> None:
    encoder = SequenceEncoder.untrained(6, SequenceConfig(width=8))
    encoder.save(tmp_path)
    again = SequenceEncoder.load(tmp_path)
    assert not again.trained and again.item_table.shape == (6, 8)
    assert SequenceSource(again).read(Query(Asked("item", 6, context=np.array([1], np.int32)))) is None
