"""Modules joined into one script: in order, apart from each other, and nothing that is not understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.page_script import joined


def written(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, "utf-8")
    return folder


def test_what_is_imported_comes_first_and_once_and_names_stay_apart(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        page='import { draw } from "./cards.js";\nimport { el as make } from "./element.js";\n\ndraw(make());\n',
        cards='import {\n  el,\n} from "./element.js";\n\nconst local = 1;\nexport const draw = () => el(local);\n',
        element="const local = 2;\nexport function el() { return local; }\nexport async function* later() {}\n",
        unused="throw 1;\n",
    )
    script = joined(folder, "page")
    starts = [script.index(f"const ${name} = (() => {{") for name in ("element", "cards", "page")]
    assert starts == sorted(starts) and script.count("const $element") == 1 and "throw 1" not in script
    assert "const { el: make } = $element;" in script and "return { el, later };" in script
    assert "import" not in script and "export" not in script


@pytest.mark.parametrize(
    "text",
    [
        'import el from "./element.js";\n',
        'import * as all from "./element.js";\n',
        'import { el } from "https://elsewhere.example/element.js";\n',
        'const el = await import("./element.js");\n',
        "export default 1;\n",
        "export let count = 0;\n",
        "const el = 1;\nexport { el };\n",
        "const here = import.meta.url;\n",
    ],
)
def test_a_form_that_is_not_understood_is_refused(tmp_path: Path, text: str) -> None:
    written(tmp_path, page=text, element="export const el = 1;\n")
    with pytest.raises(ValueError, match=r"page\.js: wanted a plain import or export"):
        joined(tmp_path, "page")


def test_a_circle_is_refused(tmp_path: Path) -> None:
    written(tmp_path, a='import { b } from "./b.js";\nexport const a = 1;\n', b='import { a } from "./a.js";\n')
    with pytest.raises(ValueError, match="a -> b -> a"):
        joined(tmp_path, "a")
