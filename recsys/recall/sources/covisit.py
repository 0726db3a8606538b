"""Co-visitation: what people choose a few steps from an item. Fitted in under a second, hard to beat.

Counts of pairs inside a window, weighted by distance and direction, rows divided by a power of their sum and columns
by a power of their popularity (benchmarks/LOG.md has what each part brings).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from recsys.features.sequences import Sequences
from recsys.recall.config import CovisitConfig, TwoHopConfig
from recsys.recall.sources.neighbours import Neighbours, keep_top

DAY_S = 86_400.0


def fit_covisit(sequences: Sequences, config: CovisitConfig) -> Neighbours:
    """Count who is chosen near whom. An item is never its own neighbour."""
    counts = _pairs(sequences, config)
    counts.setdiag(0.0)
    counts.eliminate_zeros()
    row_sum = np.asarray(counts.sum(axis=1)).ravel()
    popularity = np.maximum(sequences.counts(), 1).astype(np.float64)
    rows = sparse.diags_array(_inverse_power(row_sum, config.row_power))
    columns = sparse.diags_array(_inverse_power(popularity, config.column_power))
    return Neighbours(keep_top(rows @ counts @ columns, config.neighbours), config.history)


def fit_two_hop(covisit: Neighbours, config: TwoHopConfig) -> Neighbours:
    """Follow the strongest neighbours of an item to theirs: reaches items that were never chosen near it."""
    hops = keep_top(covisit.matrix, config.hop)
    sums = np.asarray(hops.sum(axis=1)).ravel()
    steps = sparse.csr_array(sparse.diags_array(_inverse_power(sums, 1.0)) @ hops)
    parts = [keep_top(_without_self(steps, rows), config.neighbours) for rows in _chunks(steps.shape[0])]
    matrix = sparse.csr_array(sparse.vstack(parts, format="csr"))
    return Neighbours(matrix, config.history)


def _pairs(sequences: Sequences, config: CovisitConfig) -> sparse.csr_array:
    """(I, I) weighted counts: entry (a, b) says how much choosing a speaks for b."""
    index, users = sequences.index, sequences.user_rows
    recent = np.ones(len(index))
    if config.half_life_days is not None and len(index):
        age_s = sequences.at_s.max() - sequences.at_s
        recent = 0.5 ** (age_s / (config.half_life_days * DAY_S))
    shape = (sequences.num_items, sequences.num_items)
    total = sparse.csr_array(shape, dtype=np.float64)
    for distance in range(1, config.window + 1):
        same = users[distance:] == users[:-distance]
        before, after = index[:-distance][same], index[distance:][same]
        weight = config.step_decay ** (distance - 1) * recent[distance:][same]
        total += sparse.csr_array((weight, (before, after)), shape=shape)
        total += sparse.csr_array((config.backward * weight, (after, before)), shape=shape)
    return sparse.csr_array(total)


def _without_self(steps: sparse.csr_array, rows: slice) -> sparse.csr_array:
    product = sparse.coo_array(steps[rows] @ steps)
    others = product.row + rows.start != product.col
    return sparse.csr_array((product.data[others], (product.row[others], product.col[others])), shape=product.shape)


def _chunks(num_rows: int, size: int = 1024) -> list[slice]:
    return [slice(start, min(start + size, num_rows)) for start in range(0, num_rows, size)]


def _inverse_power(values: np.ndarray[tuple[int], np.dtype[np.float64]], power: float) -> np.ndarray:
    return np.where(values > 0, np.maximum(values, 1e-12) ** -power, 0.0)
