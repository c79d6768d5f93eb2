"""Elements of HTML and SVG, built as a tree: a text stays a text, whatever letters it has."""

from __future__ import annotations

import unicodedata
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Content", "element", "html_of", "plain"]

Content: TypeAlias = "str | ET.Element | Iterable[Content] | None"

_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = ("Cc", "Cn", "Co", "Cs")  # controls, unassigned, private, halves of a pair


def plain(text: str) -> str:
    r"""``text`` with what no page can hold, or what would turn other text around, made visible.

    Controls, signs that no alphabet has, and marks of direction become escapes; joiners, which
    emoji and scripts need, stay.

    >>> plain("a" + chr(0) + "b" + chr(0x202E) + "c")
    'a\\x00b\\u202ec'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c.encode("unicode_escape").decode()
        if c in _TURNING or unicodedata.category(c) in _UNSEEN
        else c
        for c in text
    )


def element(tag: str, *content: Content, **attributes: str | float | None) -> ET.Element:
    """``<tag attributes>content</tag>``; texts and elements in any nesting of lists.

    A keyword loses one underscore at its end, and further ones become hyphens (``class_``,
    ``aria_hidden``). None, as a content or as an attribute, is left out.

    >>> html_of(element("p", "1 < 2 ", element("b", "&"), class_="x"))
    '<p class="x">1 &lt; 2 <b>&amp;</b></p>'
    """
    made = ET.Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.removesuffix("_").replace("_", "-"), _attribute(value))
    _fill(made, content)
    return made


def _attribute(value: str | float) -> str:
    return plain(value) if isinstance(value, str) else f"{value:.6g}"


def _fill(parent: ET.Element, content: Content) -> None:
    if content is None:
        return
    if isinstance(content, ET.Element):
        parent.append(content)
    elif isinstance(content, str):
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + plain(content)
        else:
            parent.text = (parent.text or "") + plain(content)
    else:
        for part in content:
            _fill(parent, part)


def html_of(tree: ET.Element) -> str:
    """The tree as HTML text; what is not a letter of ASCII stays as it is."""
    return ET.tostring(tree, encoding="unicode", method="html")
