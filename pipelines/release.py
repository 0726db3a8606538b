"""release: the artifacts that answer together, with the histories of this moment, made live.

Before it is, the gate lets it answer beside the live release. With `serve=` a running application takes it over,
without a restart; `rollback=true` goes back to the release before. Releases beyond `keep`, and what only they need, go.
Campaigns are not in it: `put_campaigns` tells them to the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from pipelines.plan import PARTS, kind_of
from pipelines.releasing.config import GateConfig
from pipelines.releasing.content import ContentConfig, write
from pipelines.releasing.history import key_before, line_of, live_key, point, turns
from pipelines.releasing.retention import retire
from pipelines.running.code_version import code_version
from pipelines.running.job import Job
from pipelines.running.lineage import Inputs, current, keys
from recsys.artifacts import Artifact, Manifest, Recipe, Workspace
from recsys.errors import VitrineError, WrongArtifact

if TYPE_CHECKING:
    from pipelines.releasing.takeover import Serving


INSTEAD = "gate.force=true of `release` takes its place without judging."


class ReleaseConfig(ContentConfig):
    """Settings of `release`."""

    gate: GateConfig = GateConfig()
    """What it must reach beside the live release; the first one has no gate."""
    serve: str | None = None
    """Address of a Ray dashboard (http://127.0.0.1:8265): the application there takes the release over."""
    application: str = "vitrine"
    """Name of that application."""
    rollback: bool = False
    """Make nothing: go back to the release before the live one."""
    keep: int = Field(3, ge=2)
    """Releases that stay, the live one among them."""


def recipe(inputs: Inputs, config: ReleaseConfig) -> Recipe:
    """A forced release is another one than the same content that passed the gate: its manifest says so."""
    content = config.model_dump(mode="json", include=set(ContentConfig.model_fields))
    forced = {"forced": True} if config.gate.force else {}
    code = code_version(ContentConfig.__module__)
    return Recipe("release", {**content, **forced}, code, parents=keys(inputs))


def run(workspace: Workspace, config: ReleaseConfig, job: Job) -> Artifact:
    """Of the current parts, or back to the release before."""
    if not config.rollback:
        return publish(workspace, current(workspace, *PARTS), config, job)
    serving, was = _join(config), live_key(workspace)
    artifact = _whole(workspace, key_before(workspace))
    job.console.print(f"{'release':<14}{artifact.key}  back from {was}")
    _make_live(workspace, artifact, config, serving, was, job)
    return artifact


def publish(workspace: Workspace, inputs: Inputs, config: ReleaseConfig, job: Job) -> Artifact:
    """Make or find it, judge it, make it live, let it be taken over, remove old ones.

    What is served stays where that fails.
    """
    serving, was = _join(config), live_key(workspace)
    artifact = _judged(workspace, inputs, config, was, job)
    _make_live(workspace, artifact, config, serving, was, job)
    return artifact


def _make_live(
    workspace: Workspace, artifact: Artifact, config: ReleaseConfig, serving: Serving | None, was: str | None, job: Job
) -> None:
    """
    Args:
        was: key of the release that was live until now.
    """
    gate = None if config.rollback else artifact.manifest.metrics.get("gate")
    point(workspace, artifact.key, "rollback" if config.rollback else "release", gate)
    if serving is not None:
        _take_over(workspace, serving, artifact.key, was, job)
    for part in retire(workspace, turns(workspace), config.keep):
        job.console.print(f"{'removed':<14}{part.kind}/{part.key}")


def _join(config: ReleaseConfig) -> Serving | None:
    """A wrong address is said before the work."""
    if config.serve is None:
        return None
    from pipelines.releasing.takeover import Serving

    return Serving(config.serve, config.application)


def _judged(workspace: Workspace, inputs: Inputs, config: ReleaseConfig, live: str | None, job: Job) -> Artifact:
    """The new release, with the gate's verdict. Raises WrongArtifact where it is not good enough."""
    wanted = recipe(inputs, config)
    known = workspace.find(wanted)
    if known is not None and known.key != live:
        _judge(workspace, known, config, live, job)  # its manifest compares it with a release that was live then
    return job.make(workspace, wanted, partial(_fill, workspace, inputs, config, wanted, live, job))


def _judge(
    workspace: Workspace, new: Artifact, config: ReleaseConfig, live: str | None, job: Job
) -> dict[str, Any] | None:
    """The gate's verdict; None for the first release, and for the first with a log.

    Raises WrongArtifact, also where the live one is damaged.
    """
    if live is None:
        return None
    from pipelines.releasing.gate import judge, line, verdict
    from recsys.release import Release

    try:
        was = Release(workspace, _whole(workspace, live))
        if not was.histories.num_steps:  # a shop that had no log: any order that people made differs from it
            job.console.print(f"{'gate':<14}the live release has learned from nobody: there is nothing to compare with")
            return None
        with job.bar("release: gate", config.gate.requests) as report:
            figures = judge(workspace, Release(workspace, new), was, config.gate, report)
        said = verdict(new.key, live, figures, config.gate)
        job.console.print(f"{'gate':<14}{line(*figures)}")
    except WrongArtifact as error:
        if not config.gate.force:
            raise _told(workspace, live, new, error) from None
        said = {"live": live, "overridden": [str(error)]}
    for one in said["overridden"]:
        job.console.print(f"{'forced':<14}{one}")
    return said


def _told(workspace: Workspace, live: str, new: Artifact, error: WrongArtifact) -> WrongArtifact:
    """The error, with the way out where it is the live release that cannot be opened: damaged, or an older one."""
    was = _parts(workspace, live) - _parts(workspace, new.key, new)
    if not any(str(part) in error.field for part in was):
        return error
    return WrongArtifact(error.field, error.wanted, error.got, f"The live release {live} cannot be opened. {INSTEAD}")


def _parts(workspace: Workspace, key: str, release: Artifact | None = None) -> set[Path]:
    """Folders of a release and of what it was made from, as far as its manifest can be read."""
    try:
        parents = (release or workspace.open("release", key)).manifest.parents
    except WrongArtifact:
        parents = {}
    return {workspace.path("release", key), *(workspace.path(kind_of(role), one) for role, one in parents.items())}


def _take_over(workspace: Workspace, serving: Serving, key: str, was: str | None, job: Job) -> None:
    """Where what is served does not take it, the pointer goes back too."""
    try:
        seconds = serving.take_over(key)
    except VitrineError:
        if was is not None and was != key:
            point(workspace, was, "rollback" if was in line_of(turns(workspace)) else "release")
        raise
    job.console.print(f"{'taken over':<14}{key}  {seconds:.1f} s")


def _whole(workspace: Workspace, key: str) -> Artifact:
    """A release with every part that it was made from. Raises WrongArtifact naming what is damaged."""
    artifact = workspace.open("release", key)
    for role in artifact.manifest.parents:
        workspace.parent(artifact, role)
    return artifact


def _fill(
    workspace: Workspace,
    inputs: Inputs,
    config: ReleaseConfig,
    made: Recipe,
    live: str | None,
    job: Job,
    folder: Path,
) -> Mapping[str, Any]:
    """The files of a release, and the gate's verdict on them: a release that fails leaves nothing behind."""
    counts = write(inputs, config, folder)
    manifest = Manifest("release", made.key, dict(made.config), dict(made.parents), {}, made.code)
    gate = _judge(workspace, Artifact(folder, manifest), config, live, job)
    return {**counts, "gate": gate}
