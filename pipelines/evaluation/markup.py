"""The pieces of HTML that a report is made of."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

STYLE = """
:root{color-scheme:light}body{margin:0;background:#f8fafc;color:#0f172a;font:15px/1.55 system-ui,sans-serif}
main{max-width:1000px;margin:auto;padding:28px 20px 60px}h1{margin:0;font-size:26px}h2{margin:36px 0 8px;font-size:18px}
p{margin:6px 0;max-width:75ch}.dim{color:#64748b}.cards{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0}
.card{background:#fff;border:1px solid #e2e8f0;border-radius:10px;padding:10px 16px;min-width:120px}
.card b{display:block;font-size:22px;font-variant-numeric:tabular-nums}.card span{color:#64748b;font-size:13px}
table{border-collapse:collapse;background:#fff;border:1px solid #e2e8f0;font-variant-numeric:tabular-nums;margin:10px 0}
th,td{padding:5px 12px;text-align:right;border-bottom:1px solid #eef2f7}th{color:#64748b;font-weight:600;font-size:13px}
th:first-child,td:first-child{text-align:left}svg{max-width:100%;height:auto}.wide{overflow-x:auto}
figure{margin:10px 0;background:#fff;border:1px solid #e2e8f0;border-radius:10px;padding:12px;width:fit-content}
.verdict{margin:14px 0;padding:4px 16px;background:#fff;border:1px solid #e2e8f0;border-radius:8px}
.verdict{border-left:6px solid #64748b}summary{cursor:pointer;color:#475569}
.verdict.better{border-left-color:#0f766e}.verdict.worse{border-left-color:#be123c}h3{margin:18px 0 4px;font-size:15px}
dl{margin:8px 0;max-width:75ch}dt{font-weight:600}dd{margin:0 0 6px 16px;color:#475569}
figcaption{color:#64748b;font-size:13px}.row{display:flex;flex-wrap:wrap;gap:0 12px;align-items:start}
"""


def card(name: str, value: float) -> str:
    return f'<div class="card"><b>{cell(value)}</b><span>{escape(name)}</span></div>'


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def figure(svg: str, caption: str = "") -> str:
    return f"<figure>{f'<figcaption>{escape(caption)}</figcaption>' if caption else ''}{svg}</figure>"


def row(*parts: str) -> str:
    return f'<div class="row">{"".join(parts)}</div>'


def interval(pair: Sequence[float]) -> str:
    return f"{pair[0]:.4f} to {pair[1]:.4f}"


def cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 10 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else escape(str(value))
