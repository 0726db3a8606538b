"""What serving costs beside the work itself: one process, the fused and the split graph, Ray's settings and ours.

    OMP_NUM_THREADS=1 python benchmarks/serving.py --out FILE.json [--workspace var/shop] [--seconds 3] [--seed 0]

In one run, on the same artifacts and the same seeded requests (searches and recommendations of users with histories):

funnel      from query to slate, in one process
shop        the same and what a gateway does around it: user state, signed cursor, response, impressions
doors       the same and what it does before: keys, limits, bodies, headers, JSON; all but HTTP
fused       one deployment over HTTP; split: four. Each with one replica, on a Ray of its own
default     Ray's settings; production: HAProxy and throughput mode, as in cluster.yaml

CPU is user and system time of all processes of that Ray over the requests of a window; the load comes from another
process, whose own CPU stands beside it. `not idle` leaves out what that Ray uses while nobody asks. `alone` is one
connection; requests/s is the best of several numbers of them.
Everything that is started ends with this script, also on Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from process_tree import births, cpu_s, kill, members
from serving_cluster import environment, free_port

from recsys.artifacts import Workspace
from recsys.opening.ads import campaigns_of
from recsys.release import Release
from recsys.stores.access_keys import AccessKeys
from recsys.stores.campaigns import CampaignStore
from recsys.stores.database import open_database, store_url

HERE = Path(__file__).resolve().parent
SIZE = 20
BINDINGS = [(topology, profile) for profile in ("default", "production") for topology in ("fused", "split")]
WANTED_MS = {"fused": 1.5, "split": 7.0}
"""CPU that a request may cost more than in one process, with production settings."""

Row = dict[str, float]


def seeded_requests(release: Release, num: int, seed: int) -> list[tuple[str, dict[str, Any]]]:
    """Half searches, half recommendations on every surface, all by users with histories."""
    rng = np.random.default_rng(seed)
    histories, catalogue = release.histories, release.catalogue
    known = [user for user, steps in zip(histories.user_ids, np.diff(histories.offsets), strict=True) if steps > 0]
    made: list[tuple[str, dict[str, Any]]] = []
    for number in range(num):
        item = int(rng.integers(len(catalogue)))
        body: dict[str, Any] = {"user_id": str(rng.choice(known)), "size": SIZE}
        if number % 2 == 0:
            words = catalogue.titles[item].replace(",", "").split()
            body |= {"query": " ".join(rng.permutation(words)[:2]), "facets": ["category", "brand", "price"]}
            made.append(("/v1/search", body))
            continue
        surface = ("home", "item", "cart")[number // 2 % 3]
        body["surface"] = surface
        if surface != "home":
            body |= (
                {"item_id": catalogue.item_ids[item]}
                if surface == "item"
                else {"cart_item_ids": [catalogue.item_ids[item]]}
            )
        made.append(("/v1/recommend", body))
    return made


class Bench:
    """One run: its files, its requests, and how long a window is."""

    def __init__(self, workspace: Path, folder: Path, options: argparse.Namespace) -> None:
        self._workspace, self._folder, self._options = workspace, folder, options
        self._requests = folder / "requests.json"
        requests = seeded_requests(Release.open(Workspace(workspace)), options.requests, options.seed)
        self._requests.write_text(json.dumps(requests), "utf-8")

    def measure_alone(self) -> list[dict[str, Row]]:
        """A row of `funnel`, of `shop` and of `doors` for each repetition."""
        options = ("--repetitions", self._options.repetitions, "--seconds", self._options.seconds)
        said = self._script("serving_alone.py", self._workspace, self._folder, self._requests, *options)
        rows: list[dict[str, Row]] = json.loads(said)
        return rows

    def measure_graph(self, topology: str, profile: str) -> dict[str, Any]:
        """Windows of one binding."""
        with serve(self._workspace, topology, production=profile == "production") as (port, pid):
            self._load(port, 4, max(self._options.seconds, 2.0))  # first answers are slow
            idle = self._measure_idle(pid)
            alone = [self._measure(port, pid, idle, 1) for _ in range(self._options.repetitions)]
            together = [
                self._measure(port, pid, idle, connections)
                for connections in self._options.connections
                for _ in range(self._options.repetitions)
            ]
        return {"idle_cpu_share": idle, "alone": alone, "together": together}

    def _measure_idle(self, pid: int) -> float:
        """CPU of the waiting cluster, as a share of one core."""
        before, started = cpu_s(members(pid)), time.perf_counter()
        time.sleep(self._options.seconds)
        return _difference(before, cpu_s(members(pid))) / (time.perf_counter() - started)

    def _measure(self, port: int, pid: int, idle: float, connections: int) -> Row:
        before = cpu_s(members(pid))
        row = self._load(port, connections, self._options.seconds)
        used = _difference(before, cpu_s(members(pid)))
        if row["refused"] or row["degraded"]:
            print(f"  {row['refused']} refused, {row['degraded']} degraded of {row['requests']}", file=sys.stderr)
        rested = used - idle * row["wall_s"]
        per_request = {"cpu_ms": 1000.0 * used / row["requests"], "busy_cpu_ms": 1000.0 * rested / row["requests"]}
        return {"connections": connections, **per_request, **row}

    def _load(self, port: int, connections: int, seconds: float) -> Row:
        options = ("--connections", connections, "--seconds", seconds)
        row: Row = json.loads(self._script("serving_load.py", port, self._requests, *options))
        return row

    def _script(self, name: str, *arguments: object) -> str:
        command = [sys.executable, str(HERE / name), *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout


def _difference(before: dict[int, float], after: dict[int, float]) -> float:
    """Seconds that processes used which lived at the end of a window."""
    return sum(used - before.get(pid, 0.0) for pid, used in after.items())


def _until_ready(lines: Iterable[str]) -> str | None:
    """None when a cluster says that it is ready; else all that it printed. Ray's own processes print there too."""
    printed = []
    for line in lines:
        if line == "ready\n":
            return None
        printed.append(line)
    return "".join(printed)


@contextlib.contextmanager
def serve(workspace: Path, topology: str, *, production: bool) -> Iterator[tuple[int, int]]:
    """A Ray of its own that serves the shop: its port and its process. It is gone afterwards."""
    folder, port = Path(tempfile.mkdtemp(prefix="vb-")), free_port()  # short: sockets lie in it
    os.environ["VITRINE_KEY"] = _key_in(folder / "store.sqlite", workspace)
    command = [sys.executable, str(HERE / "serving_cluster.py"), str(workspace), str(folder), str(port), topology]
    log = folder / "log"
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment(folder, production=production)},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log.open("w"),
        start_new_session=True,  # Ctrl-C reaches this script alone, which then ends the Ray in order
    )
    family: dict[int, str] = {}
    try:
        assert process.stdin is not None and process.stdout is not None
        printed = _until_ready(process.stdout)
        if printed is not None:
            said = printed + log.read_text("utf-8", "replace")[-4000:]
            raise RuntimeError(f"the graph did not start ({topology}, production: {production})\n{said}")
        family = births(members(process.pid))
        yield port, process.pid
    finally:
        _end(process, family)
        shutil.rmtree(folder, ignore_errors=True)


def _key_in(store: Path, workspace: Path) -> str:
    """The secret of a shop's server, for the load, in a store with the shop's campaigns."""
    engine = open_database(store_url(store))
    try:
        CampaignStore(engine).put(campaigns_of(Release.open(Workspace(workspace))), time.time())
        return AccessKeys(engine).make("benchmark", "shop").secret
    finally:
        engine.dispose()


def _end(process: subprocess.Popen[str], family: dict[int, str]) -> None:
    """In order where that works; what is left of its processes is killed."""
    if process.stdin is not None:
        process.stdin.close()
    if not family:  # interrupted while it started: it does not read yet
        process.terminate()
    family = family | births(members(process.pid))
    try:
        process.wait(45)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    kill(family)


def _middle(rows: Sequence[Row], name: str) -> float:
    return statistics.median(row[name] for row in rows)


def _spread(rows: Sequence[Row], name: str) -> str:
    values = [row[name] for row in rows]
    return f"{statistics.median(values):.2f} [{min(values):.2f}, {max(values):.2f}]"


def best(windows: Sequence[Row]) -> list[Row]:
    """The windows of that number of connections which answers most."""
    numbers = {row["connections"] for row in windows}
    groups = [[row for row in windows if row["connections"] == number] for number in numbers]
    return max(groups, key=lambda rows: _middle(rows, "requests_per_s"))


def table(report: dict[str, Any]) -> list[str]:
    """Lines for the terminal: medians, with least and most over the repetitions."""
    lines = [
        f"{'':18} {'CPU ms/request':>21} {'over shop':>9} {'not idle':>8} {'req/s':>6} {'conn.':>5} "
        f"{'p50 alone':>9} {'p99 alone':>9} {'load CPU ms':>11} {'idle CPU':>8}"
    ]
    one_process = report["one_process"]
    shop = _middle([row["shop"] for row in one_process], "cpu_ms")
    for way in ("funnel", "shop", "doors"):
        rows = [row[way] for row in one_process]
        figures = [_middle(rows, name) for name in ("requests_per_s", "p50_ms", "p99_ms")]
        lines.append(
            f"{way:18} {_spread(rows, 'cpu_ms'):>21} {'':18} {figures[0]:6.0f} {'':5} "
            f"{figures[1]:9.2f} {figures[2]:9.2f}"
        )
    for name, figures in report["graphs"].items():
        busy, alone = best(figures["together"]), figures["alone"]
        lines.append(
            f"{name:18} {_spread(busy, 'cpu_ms'):>21} {_middle(busy, 'cpu_ms') - shop:+9.2f} "
            f"{_middle(busy, 'busy_cpu_ms') - shop:+8.2f} "
            f"{_middle(busy, 'requests_per_s'):6.0f} {busy[0]['connections']:5.0f} {_middle(alone, 'p50_ms'):9.2f} "
            f"{_middle(alone, 'p99_ms'):9.2f} {_middle(busy, 'load_cpu_ms'):11.2f} {figures['idle_cpu_share']:8.1%}"
        )
    for topology, most in WANTED_MS.items():
        if (name := f"{topology}, production") in report["graphs"]:
            over = _middle(best(report["graphs"][name]["together"]), "cpu_ms") - shop
            lines.append(f"{name}: wanted at most {most} ms over the shop in one process, got {over:.2f}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="where the figures go, as JSON")
    parser.add_argument("--workspace", type=Path, default=Path("var/shop"), help="folder that `pipelines build` filled")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a window")
    parser.add_argument("--repetitions", type=int, default=3, help="windows of each kind")
    parser.add_argument("--connections", type=int, nargs="+", default=[2, 8])
    parser.add_argument("--requests", type=int, default=300, help="different requests, sent round and round")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="such as fused-production; all four by default")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background start has it ignored
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="vb-") as folder:
        bench = Bench(options.workspace.resolve(), Path(folder), options)
        graphs, one_process = {}, bench.measure_alone()
        for topology, profile in BINDINGS:
            if not options.only or f"{topology}-{profile}" in options.only:
                graphs[f"{topology}, {profile}"] = bench.measure_graph(topology, profile)
        one_process += bench.measure_alone()  # before and after, so that a machine that changes shows
    report = {
        "machine": f"{os.cpu_count()} cores, {_cpu_model()}, Python {platform.python_version()}",
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seed": options.seed,
        "settings": {name: str(value) for name, value in vars(options).items()},
        "load_average": os.getloadavg(),
        "took_s": time.perf_counter() - started,
        "one_process": one_process,
        "graphs": graphs,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(report, indent=1), "utf-8")
    print(f"{report['machine']}, load average {report['load_average'][0]:.1f}, {report['took_s']:.0f} s")
    print("\n".join(table(report)))


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("ended")
