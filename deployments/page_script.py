"""The modules of the page as one script: over a slow line every request waits longer than its bytes take.

Modules stay files of their own, for people and for `/docs`; what a browser gets for the shop is all of them in the
order of their imports, each in a function of its own, so that equal names of two modules do not meet.
"""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*|\bimport(?:\(|\.meta).*", re.MULTILINE)


def joined(folder: Path, entry: str) -> str:
    """A module with all that it imports.

    Args:
        entry: its name, without `.js`.

    Raises ValueError for a circle of imports, and for a form of import or export other than `import { a, b as c } from
    "./name.js";` and `export` before a const, class or function.
    """
    parts: dict[str, str] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"modules import each other in a circle: {' -> '.join((*above, name))}")
        if name in parts:
            return
        text = (folder / f"{name}.js").read_text("utf-8")
        for _, other in _IMPORT.findall(text):
            add(other, (*above, name))
        parts[name] = _in_a_function(name, text)

    add(entry, ())
    return "".join(parts.values())


def _in_a_function(name: str, text: str) -> str:
    given = [f"const {{{names.replace(' as ', ': ')}}} = ${other};\n" for names, other in _IMPORT.findall(text)]
    exported = [exported for _, exported in _EXPORT.findall(text)]
    body = _EXPORT.sub(r"\1", _IMPORT.sub("", text))
    if other := _OTHER.search(body):
        raise ValueError(f"{name}.js: wanted a plain import or export, got {other.group()!r}")
    return f"const ${name} = (() => {{\n{''.join(given)}{body}return {{ {', '.join(exported)} }};\n}})();\n"
