"""The frozen base of every configuration, and the machine's settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Self

import yaml
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from recsys.errors import WrongConfig

HOW: Final = "how"
"""Marks a setting (`Annotated[int, HOW]`) that says how work is done and not what comes out: it is in no key."""
FLAG: Final = "flag"
"""Marks a setting (`Annotated[str, FLAG]`) that can be given as a flag, as paths can."""


MOST_VALUES = 100_000
"""Of a file of settings, each counted as often as it is named: a line can name another a billion times over."""


class Config(BaseModel):
    """Settings of one component: frozen, unknown keys refused, a docstring under each field."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @classmethod
    def parse(cls, values: dict[str, Any]) -> Self:
        """Make one from plain values. Raises WrongConfig naming the first wrong field."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise wrong_config(error, cls.__name__) from None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a JSON or YAML file. Raises WrongConfig."""
        try:
            values = yaml.safe_load(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
            raise WrongConfig(str(path), "a readable JSON or YAML file", error) from None
        if _is_endless(values):
            raise WrongConfig(str(path), f"at most {MOST_VALUES:,} values", "more, by names for parts (`&a`, `*a`)")
        if not isinstance(values, dict):
            raise WrongConfig(str(path), f"a mapping of {cls.__name__} settings", values)
        try:
            return cls.parse(values)
        except WrongConfig as error:
            raise WrongConfig(f"{path}: {error.field}", error.wanted, error.got, error.remedy) from None

    def updated(self, dotted: dict[str, Any]) -> Self:
        """A copy with `{"model.width": 64}` laid over it; Tune's search spaces are such dicts."""
        values = self.model_dump()
        for key, value in dotted.items():
            *path, last = key.split(".")
            inner = values
            for name in path:
                inner = inner.setdefault(name, {})
                if not isinstance(inner, dict):
                    raise WrongConfig(key, f"a setting of {type(self).__name__}", f"{name}={inner}")
            inner[last] = value
        return self.parse(values)

    @classmethod
    def hows(cls) -> dict[str, Any]:
        """The settings marked HOW, as pydantic's `exclude` names them: {"workers": True, "sequence": {...}}."""
        found: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            if HOW in field.metadata:
                found[name] = True
            elif (kind := _config_of(field)) is not None and (inner := kind.hows()):
                found[name] = inner
        return found

    def decisive(self) -> dict[str, Any]:
        """What decides the result, as plain values: every setting but those marked HOW. A recipe names these."""
        return self.model_dump(mode="json", exclude=self.hows())

    def canonical(self) -> str:
        """JSON with sorted keys: equal configurations give equal text."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)


def _is_endless(values: Any) -> bool:
    todo, count = [values], 0
    while todo and count <= MOST_VALUES:
        one = todo.pop()
        count += 1
        if isinstance(one, (dict, list)):
            todo += [*one, *one.values()] if isinstance(one, dict) else one
    return count > MOST_VALUES


def _config_of(field: FieldInfo) -> type[Config] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Config) else None


def wrong_config(error: ValidationError, name: str) -> WrongConfig:
    """Pydantic's first complaint as one clear line."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in (name, *first["loc"]))
    wanted = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if first["type"] == "extra_forbidden":
        wanted = "a setting that exists"
    return WrongConfig(field, wanted[:1].lower() + wanted[1:], first.get("input"))


class MachineSettings(BaseSettings):
    """Addresses and secrets, the only things read from the environment (`VITRINE_...`)."""

    model_config = SettingsConfigDict(env_prefix="VITRINE_", frozen=True, use_attribute_docstrings=True)

    store_url: str | None = None
    """SQLAlchemy address of the store; without it an SQLite file in the workspace."""
    key: SecretStr | None = None
    """Secret of the key with which a command asks a shop's doors or changes its catalogue."""
    page_key: SecretStr | None = None
    """Secret of a `shopper` key for the shop's own page, where shoppers need one: whoever gets the page has it."""
