from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from support.report_cases import EVIL

from graphengine.plots.markup import element, html_of, plain


class _Read(HTMLParser):
    """What a reader of HTML makes of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", EVIL)
def test_a_text_is_a_text_and_nothing_else(name: str) -> None:
    read = _Read(html_of(element("p", name, element("b", name), name, title=name)))
    assert read.tags == ["p", "b"]
    assert read.attributes == [("title", plain(name))]
    assert read.text == plain(name) * 3


@pytest.mark.parametrize("name", EVIL)
def test_plain_text_can_be_written_and_turns_nothing_around(name: str) -> None:
    text = plain(name)
    text.encode("utf-8")
    assert not set(text) & set("\x00\n\r\t\u202e\u202c\u200f\ud800")
    assert plain(text) == text
    if name.isascii() and name.isprintable():
        assert text == name


def test_joined_emoji_and_scripts_stay_whole() -> None:
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    assert plain(f"{family} \u05e2\u05d1 e\u0301") == f"{family} \u05e2\u05d1 e\u0301"


def test_content_may_be_nested_and_left_out() -> None:
    made = element("p", ["a", None, [element("i", "b"), ("c", "d")]], class_=None, data_x=0.25)
    assert html_of(made) == '<p data-x="0.25">a<i>b</i>cd</p>'


def test_void_elements_have_no_end() -> None:
    assert html_of(element("meta", charset="utf-8")) == '<meta charset="utf-8">'
