"""Settings of the Serve application: what `serve run` and serve.yaml fill in."""

from __future__ import annotations

from typing import Literal

from pydantic import IPvAnyNetwork

from deployments.entrance.identity import PersonsConfig
from deployments.entrance.limits import LimitsConfig
from deployments.entrance.origins import OriginsConfig
from recsys.ads.stage import AdsConfig
from recsys.config import Config
from recsys.feedback.reason import ReasonConfig
from recsys.funnel import FunnelConfig
from recsys.recall.stage import RecallStageConfig


class ScaleConfig(Config):
    """How one deployment grows."""

    min_replicas: int = 1
    """Never fewer; zero would make the first shopper wait for a start."""
    max_replicas: int = 2
    """Never more."""
    target_ongoing_requests: float = 2.0
    """Requests in progress per replica that autoscaling aims at."""
    num_cpus: float = 0.2
    """Share of a core that a replica reserves."""
    max_ongoing_requests: int = 16
    """Requests that a replica works on at a time."""
    max_queued_requests: int = 128
    """Requests that a caller may have waiting; more are refused."""
    upscale_delay_s: float = 0.5
    """Load must last this long before a replica is added."""
    downscale_delay_s: float = 10.0
    """Quiet must last this long before a replica is taken away."""


class UserConfig(Config):
    """What Serve hands to every deployment, also while it runs: its `user_config`."""

    release: str | None = None
    """Key of the release that answers; without it the live one."""


class AppConfig(Config):
    """One shop, served."""

    workspace: str = "var/shop"
    """Folder that `python -m pipelines` filled."""
    release: str | None = None
    """Key of the release to begin with; without it the live one. While it runs, `user_config` decides."""
    topology: Literal["split", "fused"] = "split"
    """split: Gateway, Recall, Ranking and AdPlacement are deployments. fused: one deployment holds all four."""
    store_url: str | None = None
    """SQLAlchemy address of the store; without it VITRINE_STORE_URL, then an SQLite file in the workspace."""
    funnel: FunnelConfig = FunnelConfig()
    """Randomisation and deadlines."""
    recall_stage: RecallStageConfig = RecallStageConfig()
    """Depth of recall."""
    ads: AdsConfig = AdsConfig()
    """Auction and eligibility."""
    gateway: ScaleConfig = ScaleConfig(max_ongoing_requests=64, target_ongoing_requests=8)
    """Replicas of the gateway. Serve's count holds also requests whose bodies are still being read, so theirs is never
    below `max_bodies` and `max_in_flight` together."""
    recall: ScaleConfig = ScaleConfig()
    """Replicas of recall."""
    ranking: ScaleConfig = ScaleConfig()
    """Replicas of ranking."""
    ad_placement: ScaleConfig = ScaleConfig()
    """Replicas of ad placement."""
    events: ReasonConfig = ReasonConfig()
    """Prices and quantities that are refused."""
    max_in_flight: int = 48
    """Requests one gateway works on; more get 503 with Retry-After."""
    max_in_flight_per_address: int = 24
    """Of these, from one network address; more get 429 with Retry-After."""
    max_bodies: int = 256
    """Requests whose bodies one gateway reads at a time; where more come, the slowest gets 408."""
    max_bodies_per_address: int = 32
    """Of these, from one network address."""
    proxies: tuple[IPvAnyNetwork, ...] = ()
    """Networks of the proxies before the shop (10.0.0.0/8), whose `X-Forwarded-For` is believed. Without them an
    address is where the connection comes from, and this machine has no bounds."""
    origins: OriginsConfig = OriginsConfig()
    """By which names the shop is called, and which other pages may ask it."""
    open_to_anonymous: bool | None = None
    """Whether shoppers may come without a key, as anonymous sessions; unstated, only where the shop is simulated."""
    limits: LimitsConfig = LimitsConfig()
    """How much one key, person and address may ask for, of each gateway."""
    persons: PersonsConfig = PersonsConfig()
    """How long the token of a person holds."""
    user_state_deadline_ms: float = 500.0
    """After this, a slate goes without what the store knows of the user."""
    store_deadline_s: float = 2.0
    """Events that the store does not take in this time get 503 with Retry-After; below the request's deadline."""
    body_deadline_s: float = 5.0
    """A request whose body takes longer to come gets 408."""
    request_deadline_s: float = 5.0
    """A request that takes longer from its complete body on gets 408."""
    max_body_bytes: int = 1_000_000
    """Larger requests get 413."""
