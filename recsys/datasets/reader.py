"""One door for every kind of data folder."""

from __future__ import annotations

from collections.abc import Mapping as Settings
from pathlib import Path
from typing import Any, Literal

from recsys.datasets.canonical import canonical_files, needed_files, read_canonical_folder
from recsys.datasets.lc_rec import INTERACTIONS, lc_rec_files, read_lc_rec_folder
from recsys.datasets.mapping import Mapping, mapping_file
from recsys.datasets.notes import Say
from recsys.datasets.sequence_txt import ITEMS_FILE, read_sequence_folder, sequence_file
from recsys.datasets.tabular import read_tabular_folder, tabular_files
from recsys.errors import WrongData
from recsys.schema import Tables

Format = Literal["tabular", "lc_rec", "sequence_txt", "canonical"]


def read_folder(
    folder: Path | str, mapping: Mapping | Settings[str, Any] | None = None, say: Say | None = None
) -> Tables:
    """Read a folder of any known format into the canonical tables.

    Args:
        mapping: for a shop's own tables, unless a `mapping.yaml` lies in the folder.
        say: is told, a note each, what was taken of a shop's own tables, translated or lost.

    Raises WrongData where the format is unknown or the content wrong, WrongConfig where the mapping is.
    """
    folder = Path(folder)
    own = mapping_of(folder, mapping)
    if own is not None:
        return read_tabular_folder(folder, own, say)
    readers = {"lc_rec": read_lc_rec_folder, "sequence_txt": read_sequence_folder, "canonical": read_canonical_folder}
    return readers[detect_format(folder)](folder)


def folder_files(folder: Path | str, mapping: Mapping | Settings[str, Any] | None = None) -> list[Path]:
    """The files that decide what `read_folder` returns, in a fixed order. Raises WrongData."""
    folder = Path(folder)
    own = mapping_of(folder, mapping)
    if own is not None:
        beside = mapping_file(folder) if mapping is None else None
        return [*([beside] if beside else []), *tabular_files(folder, own)]
    match detect_format(folder):
        case "lc_rec":
            return list(lc_rec_files(folder))
        case "sequence_txt":
            return [sequence_file(folder), folder / ITEMS_FILE]
        case _:
            return [path for paths in needed_files(folder).values() for path in paths]


def detect_format(folder: Path) -> Format:
    """The format of a folder, by the names of its files. Raises WrongData."""
    if not folder.is_dir():
        raise WrongData(str(folder), "a folder with data", "nothing there" if not folder.exists() else "a file")
    if mapping_file(folder) is not None:
        return "tabular"
    if any(folder.glob(INTERACTIONS)):
        return "lc_rec"
    if (folder / ITEMS_FILE).is_file():
        return "sequence_txt"
    if canonical_files(folder)["items"]:
        return "canonical"
    raise WrongData(
        str(folder),
        f"a sequence file *.txt with {ITEMS_FILE}, {INTERACTIONS} with *.item.json, items.parquet with events, "
        "or a mapping.yaml for tables of your own",
        sorted(path.name for path in folder.iterdir())[:10] or "an empty folder",
    )


def mapping_of(folder: Path, given: Mapping | Settings[str, Any] | None = None) -> Mapping | None:
    """What the folder is read by, with all that its presets say: what is given, or lies beside the data, or nothing.

    Raises WrongData where there is no folder, WrongConfig.
    """
    if isinstance(given, Mapping):
        return given
    if given is not None:
        return Mapping.parse(dict(given))
    if not folder.is_dir():
        raise WrongData(str(folder), "a folder with data", "nothing there" if not folder.exists() else "a file")
    beside = mapping_file(folder)
    return None if beside is None else Mapping.read(beside)
