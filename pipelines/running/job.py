"""One command at work: its Ray session, its progress bars, and the ways in which a step does its work.

`step` makes or finds what a verb makes; `files` runs a kernel over many files as a Ray Data stream; `task` runs one
long computation in one Ray task that reports as it goes, `together` several of them.
"""

from __future__ import annotations

import logging
import os
import pickle
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

import pyarrow as pa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.running.lineage import Inputs
from pipelines.running.session import Session
from recsys.artifacts import Artifact, Recipe, Workspace
from recsys.errors import VitrineError

T = TypeVar("T")
Report = Callable[[int, int, str], None]
"""(done, total, words beside the bar)."""
Message = tuple[int, int, str] | str | dict[str, Any]
"""Of a task: what it reports, a warning, or its result."""


class FileKernel(Protocol):
    """Work on one input file; writes its output itself and returns one small row about it."""

    def __call__(self, path: Path, part: int) -> Mapping[str, Any]: ...


class Verb(Protocol):
    """A module that makes one kind of artifact of what it is handed, and asks no workspace for more."""

    __name__: str

    def recipe(self, inputs: Inputs, config: Any) -> Recipe:
        """What decides the artifact, known before the work."""
        ...

    def fill(self, inputs: Inputs, config: Any, job: Job, folder: Path) -> Mapping[str, Any] | None:
        """Write its files; returns its metrics."""
        ...


class Job:
    """What every verb gets besides its workspace and its configuration."""

    def __init__(self, session: Session | None = None, console: Console | None = None) -> None:
        self.session = session or Session()
        self.console = console or Console(stderr=True)
        self._lock, self._working = threading.Lock(), 0
        self.seconds: dict[str, float] = {}
        """Wall time of each step that was made, not found."""
        self._progress = Progress(
            TextColumn("{task.description:<14}"),
            BarColumn(24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[note]}"),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )

    def step(self, workspace: Workspace, verb: Verb, inputs: Inputs, config: Any) -> Artifact:
        """What a verb makes of these, found or made. No pointer moves."""
        return self.make(workspace, verb.recipe(inputs, config), partial(verb.fill, inputs, config, self))

    def make(self, workspace: Workspace, recipe: Recipe, fill: Callable[[Path], Mapping[str, Any] | None]) -> Artifact:
        """The artifact of this recipe, found or made. No pointer moves."""
        started = time.perf_counter()
        artifact = workspace.find(recipe)
        found = artifact is not None
        if artifact is None:
            with self._shown():
                artifact = workspace.make(recipe, fill)
        seconds = time.perf_counter() - started
        if not found:
            self.seconds[recipe.kind] = seconds
        self.console.print(f"{recipe.kind:<14}{artifact.key}  " + ("[dim]found" if found else f"{seconds:.1f} s"))
        return artifact

    @contextmanager
    def bar(self, label: str, total: int | None = None) -> Iterator[Report]:
        """A progress bar for a stretch of work in this process."""
        task = self._progress.add_task(label, total=total, note="")

        def report(done: int, total: int, note: str = "") -> None:
            self._progress.update(task, completed=done, total=total, note=note)

        try:
            yield report
        finally:
            self._progress.remove_task(task)

    def files(self, label: str, paths: Sequence[Path], kernel: FileKernel) -> list[dict[str, Any]]:
        """Run a kernel on each file in a Ray Data task of its own; the driver sees one row a file, never a table.

        The rows come in the order of the files and tell also which process worked, from when to when
        (`part`, `pid`, `started_s`, `ended_s`). Wrong data is raised when every file is done, of the first in order:
        nothing is still being written then.
        """
        self.session.start()
        import ray

        _quieten(ray.data.DataContext.get_current())
        source = ray.data.from_items(
            [{"path": str(path), "part": part} for part, path in enumerate(paths)], override_num_blocks=len(paths)
        )
        stream = source.map_batches(
            _FileWork(kernel), batch_format="pyarrow", batch_size=None, zero_copy_batch=True, num_cpus=1
        )
        rows = []
        with self.bar(label, len(paths)) as report:
            for row in stream.iter_rows():
                rows.append(row)
                report(len(rows), len(paths), "")
        rows.sort(key=lambda row: int(row["part"]))
        for row in rows:
            if "error" in row:
                raise pickle.loads(row["error"])
        return rows

    def task(self, label: str, work: Callable[..., Mapping[str, Any]], *args: Any) -> dict[str, Any]:
        """Run `work(report, *args)` in one Ray task, show what it reports and print what it warns of.

        It writes files, and returns metrics.
        """
        self.session.start()
        import ray

        stream = ray.remote(_reporting).options(num_cpus=1, max_retries=0, num_returns="streaming").remote(work, *args)
        result: dict[str, Any] = {}
        with self.bar(label) as show:
            for reference in stream:
                message = ray.get(reference)
                if isinstance(message, dict):
                    result = message
                elif isinstance(message, str):
                    self.console.print(f"{label}: {message}", markup=False)
                else:
                    show(*message)
        return result

    def together(
        self, work: Mapping[str, tuple[Callable[..., Mapping[str, Any]], Sequence[Any]]]
    ) -> dict[str, dict[str, Any]]:
        """Several tasks at the same time: {label: (work, arguments)} -> {label: result}."""
        return parallel({label: partial(self.task, label, one, *args) for label, (one, args) in work.items()})

    @contextmanager
    def _shown(self) -> Iterator[None]:
        """Bars on the screen while any step works, in whatever thread."""
        with self._lock:
            self._working += 1
            self._progress.start()
        try:
            yield
        finally:
            with self._lock:
                self._working -= 1
                if not self._working:
                    self._progress.stop()


def parallel(work: Mapping[str, Callable[[], T]]) -> dict[str, T]:
    """Run functions at the same time in threads; the first error is raised at once.

    The threads end with the process, so an interrupt is not kept waiting for them.
    """
    outcomes: SimpleQueue[tuple[str, T | BaseException]] = SimpleQueue()

    def run(label: str, function: Callable[[], T]) -> None:
        try:
            outcomes.put((label, function()))
        except BaseException as error:
            outcomes.put((label, error))

    for label, function in work.items():
        threading.Thread(target=run, args=(label, function), daemon=True).start()
    found: dict[str, T] = {}
    for _ in work:
        label, outcome = outcomes.get()
        if isinstance(outcome, BaseException):
            raise outcome
        found[label] = outcome
    return {label: found[label] for label in work}


def _quieten(context: Any) -> None:
    """Our bars instead of Ray Data's, and no log line an execution."""
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)


class _FileWork:
    """A kernel of files as a function of Arrow batches that hold their paths.

    Ray Data writes pages about what a function raises, and loses its type: what a user can mend comes back as a row.
    """

    def __init__(self, kernel: FileKernel) -> None:
        self.kernel = kernel

    def __call__(self, batch: pa.Table) -> pa.Table:
        rows = []
        for row in batch.to_pylist():
            started_s = time.time()
            try:
                about = self.kernel(Path(row["path"]), row["part"])
            except (VitrineError, OSError) as error:
                about = {"error": pickle.dumps(error)}
            times = {"part": row["part"], "pid": os.getpid(), "started_s": started_s, "ended_s": time.time()}
            rows.append({**about, **times})
        return pa.Table.from_pylist(rows)


class _Warnings(logging.Handler):
    """Puts what is warned of among the messages of a task."""

    def __init__(self, messages: SimpleQueue[Message | BaseException]) -> None:
        super().__init__(logging.WARNING)
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.put(record.getMessage())


def _reporting(work: Callable[..., Mapping[str, Any]], *args: Any) -> Iterator[Message]:
    """What `work` reports and warns of, as it does, then its result; its errors are raised here."""
    messages: SimpleQueue[Message | BaseException] = SimpleQueue()
    warnings = _Warnings(messages)
    logging.getLogger("recsys").addHandler(warnings)

    def report(done: int, total: int, note: str = "") -> None:
        messages.put((done, total, note))

    def body() -> None:
        try:
            messages.put(dict(work(report, *args)))
        except BaseException as error:
            messages.put(error)

    threading.Thread(target=body, daemon=True).start()
    try:
        while True:
            message = messages.get()
            if isinstance(message, BaseException):
                raise message
            yield message
            if isinstance(message, dict):
                return
    finally:
        logging.getLogger("recsys").removeHandler(warnings)
