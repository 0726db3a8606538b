"""What nobody buys: prices and quantities of events that would bend every sum they are added to."""

from __future__ import annotations

from pydantic import Field

from recsys.config import Config
from recsys.errors import WrongData
from recsys.records import Event


class ReasonConfig(Config):
    """How far an event may be from what the shop itself knows."""

    most_quantity: int = Field(1_000, ge=1)
    """Pieces in one event; a shop that sells by the pallet says more."""
    most_price_ratio: float = Field(10.0, ge=1)
    """Times the item's own price. Less is no matter: there are discounts, and gifts."""
    most_price_micros: int = Field(1_000_000_000_000, ge=0)
    """A million, where the item has no price."""


def require_reason(event: Event, own_price_micros: int, config: ReasonConfig, field: str) -> None:
    """Raises WrongData naming the price or the quantity.

    Args:
        own_price_micros: of the item in the catalogue; 0 where it has none.
        field: what the event is called in errors.
    """
    if event.quantity is not None and event.quantity > config.most_quantity:
        raise WrongData(f"{field}.quantity", f"at most {config.most_quantity}", event.quantity)
    most, of = config.most_price_micros, "anything"
    if own_price_micros > 0:
        most, of = round(own_price_micros * config.most_price_ratio), f"an item of {own_price_micros}"
    if event.price_micros is not None and event.price_micros > most:
        raise WrongData(f"{field}.price_micros", f"at most {most}, for {of}", event.price_micros)
