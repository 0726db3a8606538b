"""`python -m pipelines VERB`: the door to every job."""

from __future__ import annotations

import argparse
import errno
import os
import sys
import types
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import yaml
from pydantic.fields import FieldInfo

from pipelines.plan import PLAN, explained
from pipelines.running import course
from pipelines.running.job import Job
from pipelines.running.session import Session
from recsys.artifacts import Workspace
from recsys.config import FLAG, Config
from recsys.errors import Unavailable, VitrineError, WrongConfig

OF_THE_MACHINE = (
    errno.EACCES,
    errno.EEXIST,
    errno.EIO,
    errno.ELOOP,
    errno.EPERM,
    errno.EROFS,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
)
"""Failures of files that are the machine's or the user's, never a mistake in here."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb. Returns the exit code: 0, 2 for wrong input, 130 when interrupted."""
    options = _read_options(_meant(sys.argv[1:] if arguments is None else arguments))
    workspace = Workspace(options.workspace)
    try:
        config = read_config(options)
        _check(options, config)
        with Session(options.address, options.num_cpus) as session:
            run(options.verb, workspace, config, Job(session))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        wrong = _cause(error)
        if wrong is None:
            raise
        print(f"error: {explained(wrong)}", file=sys.stderr)
        return 2
    finally:
        workspace.tidy()  # only now that no task of the session can write any more
    return 0


def _meant(arguments: Sequence[str]) -> list[str]:
    """`evaluate --online` asks for figures of what was served: another job on other data, `online`."""
    if arguments[:1] == ["ask"]:
        return ["ask", *("form=json" if one == "--json" else one for one in arguments[1:])]
    if arguments[:1] == ["evaluate"] and "--online" in arguments:
        return ["online", *(one for one in arguments[1:] if one != "--online")]
    return list(arguments)


def verb(name: str) -> types.ModuleType:
    """The module of a verb, with a Config called after it."""
    return import_module(f"pipelines.{name}")


def run(name: str, workspace: Workspace, config: Config, job: Job) -> None:
    """A verb that only makes an artifact of current ones has `recipe` and `fill`; one that does more has a `run`."""
    module: Any = verb(name)
    if hasattr(module, "run"):
        module.run(workspace, config, job)
    else:
        course.run(module, workspace, config, job)


def config_of(name: str) -> type[Config]:
    """The configuration of a verb: `build_index` -> BuildIndexConfig."""
    found: type[Config] = getattr(verb(name), "".join(map(str.capitalize, name.split("_"))) + "Config")
    return found


def read_config(options: argparse.Namespace) -> Config:
    """Defaults, then the file, then flags and key=value settings. Raises WrongConfig."""
    kind = config_of(options.verb)
    config = kind.read(options.config) if options.config else kind.parse({})
    dotted = {name: str(value) for name in _flags(kind) if (value := getattr(options, name)) is not None}
    words, settings = _apart(options.verb, options.settings)
    return config.updated({**dotted, **words, **dict(_setting(text) for text in settings)})


def _apart(name: str, given: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Words and settings: a verb that has a field for words (`WORDS`) takes all that sets none of its fields."""
    field = getattr(verb(name), "WORDS", None)
    if field is None:
        return {}, list(given)
    known = config_of(name).model_fields
    settings = [text for text in given if "=" in text and text.partition("=")[0] in known]
    words = [text for text in given if text not in settings]
    return ({field: words} if words else {}), settings


def _check(options: argparse.Namespace, config: Config) -> None:
    """What would only fail after the work. Raises WrongConfig."""
    if options.num_cpus is not None and options.num_cpus < 1:
        raise WrongConfig("--num-cpus", "a whole number from 1", options.num_cpus)
    for flag, folder in (("--workspace", options.workspace), ("--out", getattr(config, "out", None))):
        if folder is not None:
            there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
            if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
                came = "no right to write there" if there.is_dir() else "a file"
                raise WrongConfig(f"{flag}: {there}", "a folder that can be written to", came)


def _read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Settings may stand before, between and after the options, which argparse alone does not allow."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    unknown = [argument for argument in rest if argument.startswith("-")]
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    options.settings += rest
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines",
        description="Jobs that turn a shop's catalogue and events into a release that can be served. Each finds "
        "finished work by content; each can be run again at any time.",
    )
    commands = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name in PLAN:
        line, *rest = (verb(name).__doc__ or "").strip().split("\n", 1)
        command = commands.add_parser(
            name,
            help=line.removeprefix(f"{name}: "),
            description=line + "".join(rest),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog="settings (key=value):\n" + "\n".join(_lines(config_of(name))),
        )
        _add_options(command, name)
    return parser


def _add_options(command: argparse.ArgumentParser, name: str) -> None:
    command.add_argument("settings", nargs="*", metavar="key=value", help="settings laid over the file's, see below")
    command.add_argument("--workspace", type=Path, default=Path("var/shop"), help="folder of artifacts (var/shop)")
    command.add_argument("--config", type=Path, help="JSON or YAML file of settings")
    command.add_argument("--address", help="of a running Ray cluster; without it Ray is started here, and ended")
    command.add_argument("--num-cpus", type=int, help="for Ray, where it is started here (all)")
    kind = config_of(name)
    for flag, field in _flags(kind).items():
        metavar = "PATH" if _is_path(field) else "NAME"
        command.add_argument(f"--{flag.replace('_', '-')}", metavar=metavar, help=_words(field.description))


def _flags(kind: type[Config]) -> dict[str, FieldInfo]:
    """Settings that are paths, which shells complete, or marked so can be given as flags."""
    fields = kind.model_fields.items()
    return {name: field for name, field in fields if _is_path(field) or FLAG in field.metadata}


def _is_path(field: FieldInfo) -> bool:
    return Path in (field.annotation, *_members(field))


def _lines(kind: type[Config], prefix: str = "") -> Iterator[str]:
    """One line a setting: its dotted name, default and meaning."""
    for name, field in kind.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Config):
            yield from _lines(field.annotation, f"{prefix}{name}.")
        else:
            value = field.get_default(call_default_factory=True)
            yield f"  {prefix}{name}={'' if value is None else value}\n      {_words(field.description)}"


def _members(field: FieldInfo) -> tuple[Any, ...]:
    union = get_origin(field.annotation) in (Union, types.UnionType)
    return get_args(field.annotation) if union else ()


def _words(text: str | None) -> str:
    return " ".join((text or "").split()).replace("%", "%%")


def _setting(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise WrongConfig("command line", "settings as key=value", text)
    try:
        return key, yaml.safe_load(value)
    except yaml.YAMLError:
        return key, value


def _cause(error: BaseException) -> VitrineError | None:
    """The user's or the machine's mistake behind an error, also where Ray wrapped it."""
    seen: BaseException | None = error
    while seen is not None:
        behind = getattr(seen, "cause", None)  # Ray's wrapper is of the type that it wraps, and pages long
        if isinstance(seen, VitrineError) and not isinstance(behind, BaseException):
            return seen
        if type(seen).__module__ == "builtins" and isinstance(seen, OSError) and seen.errno in OF_THE_MACHINE:
            return Unavailable(str(seen.filename or "disk"), "a file that can be read and written", seen)
        if os.strerror(errno.ENOSPC) in str(seen):  # libraries in other languages have errors of their own
            return Unavailable("disk", "room for what is written", os.strerror(errno.ENOSPC))
        seen = behind or seen.__cause__
    return None


if __name__ == "__main__":
    sys.exit(main())
