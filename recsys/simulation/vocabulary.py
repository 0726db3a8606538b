"""The languages of the simulated shop."""

from __future__ import annotations

from recsys.simulation.vocabulary_en import ENGLISH
from recsys.simulation.vocabulary_zh import CHINESE

VOCABULARIES = {vocabulary.locale: vocabulary for vocabulary in (ENGLISH, CHINESE)}
"""Locale -> its words."""
