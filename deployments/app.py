"""`serve run deployments.app:build_app workspace=var/shop`: the graph, wired.

Annotations are types here, not text: Serve reads that of `build_app` to make its argument from key=value settings.
"""

from typing import Any

from ray import serve
from ray.serve import Application

from deployments.config import AppConfig, ScaleConfig
from deployments.front import serve_api
from deployments.gateway import Gateway
from deployments.replicas.stages import AdPlacementReplica, RankingReplica, RecallReplica, open_release

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def build_app(config: AppConfig) -> Application:
    """Bind the stages as one deployment (`fused`) or four (`split`). A missing release is said here, at once.

    The release is in the `user_config` of every deployment, so that running replicas can take over another one.
    """
    user_config = {"release": open_release(config).key}
    config = config.updated({"release": None})  # what is in a replica's arguments could never change
    gateway = _deployment("Gateway", serve.ingress(serve_api)(Gateway), _roomy(config), user_config)
    if config.topology == "fused":
        return gateway.bind(config)
    return gateway.bind(
        config,
        _deployment("Recall", RecallReplica, config.recall, user_config).bind(config),
        _deployment("Ranking", RankingReplica, config.ranking, user_config).bind(config),
        _deployment("AdPlacement", AdPlacementReplica, config.ad_placement, user_config).bind(config),
    )


def _roomy(config: AppConfig) -> ScaleConfig:
    """Of the gateway, which lets in more than it works on: Serve would have the quick wait behind the slow."""
    most = max(config.gateway.max_ongoing_requests, config.max_bodies + config.max_in_flight)
    return config.gateway.updated({"max_ongoing_requests": most})


def _deployment(name: str, role: type, scale: ScaleConfig, user_config: dict[str, str] | None = None) -> Any:
    return serve.deployment(
        role,
        name=name,
        user_config=user_config,
        max_ongoing_requests=scale.max_ongoing_requests,
        max_queued_requests=scale.max_queued_requests,
        backpressure_config={"status_code": 503, "retry_after_s": 1.0},  # as the gateway's own refusals
        health_check_period_s=2,
        health_check_timeout_s=10,
        graceful_shutdown_timeout_s=5,
        logging_config={"enable_access_log": name == "Gateway"},  # one line a request, not one a stage
        ray_actor_options={"num_cpus": scale.num_cpus, "runtime_env": {"env_vars": ONE_THREAD}},
        autoscaling_config={
            "min_replicas": scale.min_replicas,
            "max_replicas": scale.max_replicas,
            "target_ongoing_requests": scale.target_ongoing_requests,
            "upscale_delay_s": scale.upscale_delay_s,
            "downscale_delay_s": scale.downscale_delay_s,
            "look_back_period_s": 2.0,
            "metrics_interval_s": 0.5,
        },
    )
