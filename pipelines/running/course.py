"""Verbs one after the other: each is handed what those before it made, by key, whatever pointers do meanwhile."""

from __future__ import annotations

from typing import Any

from pipelines.plan import PLAN
from pipelines.running.job import Job, Verb
from pipelines.running.lineage import Inputs, current
from recsys.artifacts import Artifact, Workspace


class Course:
    """What was made so far, and the next verb's work on it. No pointer moves but by `point`."""

    def __init__(self, workspace: Workspace, job: Job, made: Inputs | None = None) -> None:
        self.workspace, self.job = workspace, job
        self.made: dict[str, Artifact] = dict(made or {})
        """Kind -> artifact."""

    def inputs(self, name: str) -> dict[str, Artifact]:
        """What the plan says that a verb needs, of what was made."""
        return {kind: self.made[kind] for kind in PLAN[name].needs}

    def run(self, verb: Verb, config: Any, **more: Artifact) -> Artifact:
        """The next artifact.

        Args:
            more: what the verb is handed besides what it always needs.
        """
        return self.add(self.job.step(self.workspace, verb, self.inputs(name_of(verb)) | more, config))

    def add(self, artifact: Artifact) -> Artifact:
        """Hand it to the verbs after this."""
        self.made[artifact.manifest.kind] = artifact
        return artifact

    def point(self, *kinds: str) -> None:
        """Make what was made the current ones of their kinds."""
        for kind in kinds:
            self.workspace.point(kind, self.made[kind].key)


def name_of(verb: Verb) -> str:
    """`pipelines.build_index` -> build_index."""
    return verb.__name__.rpartition(".")[2]


def run(verb: Verb, workspace: Workspace, config: Any, job: Job) -> Artifact:
    """One verb alone: what it makes of the current artifacts, as the current one of its kind."""
    course = Course(workspace, job, current(workspace, *PLAN[name_of(verb)].needs))
    artifact = course.run(verb, config)
    course.point(artifact.manifest.kind)
    return artifact
