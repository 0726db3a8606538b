"""A shop with known truth: the embedded default of the project, and the judge of what is built on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.errors import NotFound
from recsys.schema import Tables
from recsys.simulation.advertisers import simulate_campaigns
from recsys.simulation.assortment import draw_assortment, items_table
from recsys.simulation.closed_loop import Answer, ClosedLoop, Loop, ShopRequest, ShopSlate
from recsys.simulation.config import SimulationConfig
from recsys.simulation.intents import Intents, grades
from recsys.simulation.log import Log, Names, events_of
from recsys.simulation.logging_policy import Sponsored
from recsys.simulation.noise import bot_users, with_noise
from recsys.simulation.queries import QueryWriter, ShopQuery
from recsys.simulation.report import report_of
from recsys.simulation.sessions import SessionSimulator
from recsys.simulation.shoppers import draw_shoppers, users_table
from recsys.simulation.truth import NO_GRADE, Truth, draw_style
from recsys.simulation.vocabulary import VOCABULARIES
