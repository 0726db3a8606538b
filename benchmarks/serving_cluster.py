"""A Ray of its own with the served shop, for `serving.py`; it ends when its standard input does.

python benchmarks/serving_cluster.py WORKSPACE FOLDER PORT fused|split
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import socket
import sys
from pathlib import Path

HOST = "127.0.0.1"


def environment(folder: Path, *, production: bool) -> dict[str, str]:
    """What must be set before Ray is imported. Production: as in cluster.yaml, with paths and ports of its own."""
    common = {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_SERVE_HANDLE_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "2",
        "RAY_SERVE_REPLICA_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "2",
        "OMP_NUM_THREADS": "1",
    }
    if not production:
        return common
    return common | {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
        "RAY_SERVE_HAPROXY_NBTHREAD": "1",
        "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
        "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.5",
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(folder / "metrics.sock"),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(free_port()),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(free_port()),
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "0",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def main() -> None:
    workspace, folder, port, topology = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    import ray
    from ray import serve

    from deployments.app import build_app
    from deployments.config import AppConfig

    one = {"max_replicas": 1}  # a replica that joins in the middle would be measured as a change of the code
    config = AppConfig.parse(
        {
            "workspace": workspace,
            "topology": topology,
            "store_url": f"sqlite:///{folder / 'store.sqlite'}",
            "gateway": {**AppConfig().gateway.model_dump(), **one},
            "recall": one,
            "ranking": one,
            "ad_placement": one,
        }
    )
    try:
        ray.init(
            address="local",
            num_cpus=os.cpu_count(),
            include_dashboard=False,
            object_store_memory=100 * 2**20,
            _temp_dir=str(folder),
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
        logging.getLogger("ray.serve").setLevel(logging.ERROR)
        serve.start(http_options={"host": HOST, "port": port, "request_timeout_s": 10})
        serve.run(build_app(config), name="vitrine", route_prefix="/")
        print("ready", flush=True)
        sys.stdin.read()
    except KeyboardInterrupt:
        pass
    finally:
        if ray.is_initialized():
            serve.shutdown()
            ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
