"""Texts without what was meant for a browser: tags, entities, invisible signs, what is left of Markdown.

Shops write `C++ <3`, `a < b` and `AT&T`, which every HTML parser reads as broken HTML. So only what is surely markup
goes: tags that HTML has, and entities that end as entities do.
"""

from __future__ import annotations

import html
import re

_BLOCKS = (
    "address|article|aside|audio|blockquote|body|br|button|caption|center|dd|details|div|dl|dt|embed|fieldset|figcaption"
    "|figure|footer|form|h[1-6]|head|header|hr|html|iframe|img|input|label|li|link|main|meta|nav|noscript|object|ol"
    "|optgroup|option|p|picture|pre|section|select|source|summary|svg|table|tbody|td|textarea|tfoot|th|thead|title|tr"
    "|ul|video"
)
"""They stand apart from what is beside them."""
_INLINE = (
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strike|strong|sub|sup|tt"
    "|u|var|wbr"
)
_VALUE = r"\s*=\s*(?:\"[^\"]{0,9999}\"|'[^']{0,9999}'|[^\s\"'<>]{1,9999})"
_BARE = "allowfullscreen|async|autoplay|checked|controls|defer|disabled|hidden|loop|muted|nowrap|open"
_ATTRIBUTES = rf"(?:\s+(?:[a-z][\w:.-]{{0,99}}{_VALUE}|(?:{_BARE})))*"


def _tags(names: str) -> re.Pattern[str]:
    return re.compile(rf"</?(?:{names}){_ATTRIBUTES}\s*/?>", re.IGNORECASE)


_BLOCK, _IN_LINE = _tags(_BLOCKS), _tags(_INLINE)
_HIDDEN = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"))
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|&(?:amp|nbsp|quot)\b")
_MOST_ESCAPES = 3
"""`&amp;amp;lt;` has been escaped as often."""
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]|_x000[dD]_")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_JOINER = re.compile("(?<![\u0250-\U0010ffff])[\u200c\u200d]|[\u200c\u200d](?![\u0250-\U0010ffff])")
"""Scripts from Arabic to emoji are written with joiners; Latin is not."""
_SPACE = re.compile("[\u00a0\u202f\u2028\u2029]")
_MARKDOWN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"!?\[([^\[\]\n]{0,500})\]\((?:https?:|mailto:|tel:|/)[^()\s]{0,2000}\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)([^*_\n]{1,500}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?m)^[ \t]{0,8}#{2,6}[ \t]+"), ""),
    (re.compile(r"(?m)^[ \t]{0,8}\*[ \t]+(?=\S)"), ""),
)


def plain(text: str) -> str:
    """The text as a person reads it; a text without markup is returned as it is."""
    bare = _without_markup(_without_signs(text))
    for pattern, kept in _MARKDOWN:
        bare = pattern.sub(kept, bare)
    if bare == text:
        return text
    lines = [" ".join(line.split(" ")).strip() for line in re.sub(r"[ \t]+", " ", bare).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_signs(text: str) -> str:
    """Without signs that nobody sees; a space that does not break is a space."""
    return _SPACE.sub(" ", _JOINER.sub("", _INVISIBLE.sub("", _CONTROL.sub("", text))))


def _without_markup(text: str) -> str:
    """Without tags and entities, however often they were escaped."""
    for _ in range(_MOST_ESCAPES):
        bare = text
        for opens, ends in _HIDDEN:
            bare = _cut(bare, opens, ends)
        bare = _IN_LINE.sub("", _BLOCK.sub(" ", bare.replace("<![CDATA[", "").replace("]]>", "")))
        bare = _without_signs(_ENTITY.sub(lambda found: html.unescape(found[0]), bare))
        if bare == text:
            return text
        text = bare
    return text


def _cut(text: str, opens: str, ends: str) -> str:
    """Without what stands from an opening to its end; an opening without an end stays."""
    low, kept, at = text.lower(), [], 0
    if len(low) != len(text):  # a letter that is two in small
        low = text
    while (start := low.find(opens, at)) >= 0 and (end := low.find(ends, start)) >= 0:
        kept += [text[at:start], " "]
        at = end + len(ends)
    return "".join([*kept, text[at:]])
