"""EASE, the closed-form linear baseline that published tables compare with (Steck, WWW 2019)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.features.sequences import HeldOut, Sequences
from recsys.slate import History


def fit_ease(sequences: Sequences, *, regularisation: float = 200.0) -> NDArray[np.float32]:
    """(I, I) weights of each chosen item (row) for each other one (column). One dense inverse: minutes at 12,000."""
    shape = (len(sequences), sequences.num_items)
    chosen = sparse.csr_array((np.ones(sequences.num_steps, np.float32), (sequences.user_rows, sequences.index)), shape)
    chosen.data[:] = 1.0
    gram = (chosen.T @ chosen).toarray()
    gram[np.diag_indices_from(gram)] += regularisation
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights, np.float32)


def score_histories(weights: NDArray[np.float32], held: HeldOut, *, decay: float = 1.0) -> NDArray[np.float32]:
    """(M, I) scores of every item for each history; `decay` weighs each older item against the one after it."""
    rows = np.repeat(np.arange(len(held)), [len(history) for history in held.histories])
    columns = np.concatenate([history.index for history in held.histories])
    recent = np.concatenate([_recency(history, decay) for history in held.histories])
    histories = sparse.csr_array((recent, (rows, columns)), (len(held), len(weights)))
    return np.asarray(histories @ weights)


def _recency(history: History, decay: float) -> NDArray[np.float32]:
    return (decay ** np.arange(len(history) - 1, -1, -1)).astype(np.float32)
