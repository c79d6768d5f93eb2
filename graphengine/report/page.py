"""The whole page: one file that opens from disk, asks nobody for anything, and needs no script.

A policy in the page itself (W3C, Content Security Policy Level 3) forbids every request, every
script and every style but the one it carries, whatever a name in the data may say.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from graphengine.plots.markup import element, html_of
from graphengine.report.blocks import Column, fold, named, section, short, table
from graphengine.report.movers import movement_section
from graphengine.report.quality import quality_section
from graphengine.report.seeds import seed_section
from graphengine.report.style import STYLE
from graphengine.report.topics import FULL, topic_index, topic_sections
from graphengine.report.validation import validation_section

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Iterator, Mapping

    from graphengine.report.record import RunRecord

__all__ = ["page"]

_LANGUAGE = "en"
_LINES = frozenset(("meta", "title", "style", "h1", "h2", "h3", "p", "dd", "li", "tr", "section"))
_READING = (
    ("score", "1 to 100, on a scale that is the same for every run of the same anchors."),
    ("interval", "where the score lies with 90 % certainty, given how much evidence there is."),
    ("not enough evidence", "too few different people reacted; it is not a low score."),
    ("group", "people of the same group are not told apart by the evidence."),
    ("reach", "different people who reacted, recent ones counting more."),
    ("amplification", "reactions to each post written oneself, recent ones counting more."),
    ("network", "the number of people whose trail of reactions leads to this person."),
)


def page(record: RunRecord) -> str:
    """``record`` as the text of one HTML file; the same record gives the same text."""
    parts = [
        topic_index(record),
        section(_in_full(record), topic_sections(record), anchor="in-full"),
        movement_section(record),
        validation_section(record),
        quality_section(record.quality),
        seed_section(record),
        _reading(),
    ]
    shown = [part for part in parts if part is not None]
    main = element("main", _what(record), _contents(shown), shown, id="main")
    skip = element("a", "To the content", href="#main", class_="skip")
    body = element("body", skip, main)
    root = element("html", _head(record), body, lang=_LANGUAGE)
    for part in root.iter():
        if part.tag in _LINES:
            part.tail = "\n"
    return f"<!DOCTYPE html>\n{html_of(root)}\n"


def _in_full(record: RunRecord) -> str:
    more = len(record.topics) - FULL
    return f"The first {FULL} topics" if more > 0 else "Topic by topic"


def _head(record: RunRecord) -> ET.Element:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{short(record.job)}: run {record.run}"),
        element("style", STYLE),
    )


def _what(record: RunRecord) -> list[ET.Element]:
    facts = [(element("dt", label), element("dd", text)) for label, text in record.facts.items()]
    rows = [{"name": name, "value": value} for name, value in _flat(record.parameters)]
    columns = [
        Column("parameter", lambda r: r["name"], numeric=False, head=True),
        Column("value", lambda r: element("code", _value(r["value"])), numeric=False),
    ]
    return [
        element("h1", "Influence in ", named(record.job)),
        element("dl", facts),
        fold("Parameters of the method", table("Parameters", columns, rows)),
    ]


def _flat(parameters: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Name and value of each; one inside another is called by both names with a dot."""
    for name, value in parameters.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _value(value: object) -> str:
    return short(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 400)


def _contents(parts: list[ET.Element]) -> ET.Element:
    links = [
        element("li", element("a", part[0].text or "", href=f"#{part.get('id')}")) for part in parts
    ]
    return element("nav", element("ul", links), aria_label="Contents")


def _reading() -> ET.Element:
    meanings = [(element("dt", word), element("dd", told)) for word, told in _READING]
    return section("How to read this", element("dl", meanings), anchor="reading")
