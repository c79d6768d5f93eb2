"""The page as text: whole, escaped, of bounded size, with the numbers of the record in its tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from support.report_cases import (
    EVIL,
    SAID,
    evil_record,
    full_record,
    old_record,
    score_rows,
    validation_rows,
)

from graphengine.plots.markup import plain
from graphengine.report import page
from graphengine.report.blocks import score, short
from graphengine.report.repairs import MENDED
from graphengine.report.topics import FULL, INDEXED

VOID = {"meta"}
TAGS = {
    "html", "head", "meta", "title", "style", "body", "a", "main", "h1", "h2", "h3", "bdi", "dl", "dt",
    "dd", "details", "summary", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "nav",
    "ul", "li", "section", "p", "figure", "figcaption", "svg", "path", "circle", "text", "small",
    "code",
}  # fmt: skip


@dataclass
class Node:
    tag: str
    attributes: dict[str, str | None]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def all(self, *tags: str) -> list[Node]:
        inside = [c for c in self.children if isinstance(c, Node)]
        return [n for c in inside for n in ([c] if c.tag in tags else []) + c.all(*tags)]


class _Tree(HTMLParser):
    """A strict reader: what is opened is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open = [Node("", {})]
        self.feed(text)
        self.close()
        assert len(self.open) == 1

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def _read(text: str) -> Node:
    return _Tree(text).open[0]


RECORDS = {"full": full_record, "evil": evil_record, "old": old_record}


@pytest.fixture(scope="module", params=RECORDS)
def tree(request: pytest.FixtureRequest) -> Node:
    return _read(page(RECORDS[request.param]()))


def test_it_holds_known_elements_only_and_asks_for_nothing(tree: Node) -> None:
    nodes = tree.all(*TAGS)
    assert {node.tag for node in tree.all(*TAGS, "script", "img", "link", "iframe", "form")} <= TAGS
    for node in nodes:
        for name, value in node.attributes.items():
            assert not name.startswith("on"), node
            assert name not in ("src", "style", "srcset", "action", "data")
            assert name != "href" or str(value).startswith("#")
    policy = next(n for n in tree.all("meta") if "http-equiv" in n.attributes)
    assert str(policy.attributes["content"]).startswith("default-src 'none'; style-src 'sha256-")


def test_addresses_within_the_page_lead_somewhere(tree: Node) -> None:
    ids = [n.attributes["id"] for n in tree.all(*TAGS) if "id" in n.attributes]
    assert len(ids) == len(set(ids))
    links = [str(n.attributes["href"])[1:] for n in tree.all("a")]
    labels = [n.attributes["aria-labelledby"] for n in tree.all("section")]
    assert links
    assert {*links, *labels} <= set(ids)


def test_headings_go_down_one_step_at_a_time(tree: Node) -> None:
    levels = [int(n.tag[1]) for n in tree.all("h1", "h2", "h3")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_tables_say_what_they_are(tree: Node) -> None:
    tables = tree.all("table")
    assert tables
    for table in tables:
        assert table.all("caption")[0].text.strip()
        assert all(head.attributes["scope"] in ("row", "col") for head in table.all("th"))
        widths = {len(row.all("th", "td")) for row in table.all("tr")}
        assert len(widths) == 1, table.all("caption")[0].text


def test_behind_every_picture_stand_its_numbers(tree: Node) -> None:
    figures = tree.all("figure")
    assert len(figures) == len([s for s in tree.all("svg") if s.attributes["class"] == "plot"])
    for figure in figures:
        (picture,) = figure.all("svg")
        assert picture.attributes["role"] == "img"
        assert len(str(picture.attributes["aria-label"])) > 20
        (behind,) = figure.all("details")
        assert len(behind.all("tr")) == 21
    for bar in (s for s in tree.all("svg") if s.attributes["class"] == "bar"):
        assert bar.attributes["aria-hidden"] == "true"  # its numbers are cells of the same row


def test_evil_names_are_shown_as_they_are() -> None:
    text = page(evil_record())
    tree = _read(text)
    shown = {n.text for n in tree.all("bdi")}
    assert all(plain(short(name)) in shown for name in EVIL)
    innocent = _read(page(full_record(names=[f"name {i}" for i in range(len(EVIL))], topics=40)))
    assert [n.tag for n in tree.all(*TAGS)] == [n.tag for n in innocent.all(*TAGS)]
    text.encode("utf-8")


def test_it_is_made_of_lines_that_a_person_can_read() -> None:
    assert max(map(len, page(full_record()).splitlines())) < 6000


def test_the_same_record_gives_the_same_text() -> None:
    assert page(full_record()) == page(full_record())


def _rows(tree: Node, caption: str) -> list[list[str]]:
    (table,) = [t for t in tree.all("table") if t.all("caption")[0].text.startswith(caption)]
    return [[cell.text for cell in row.all("th", "td")] for row in table.all("tr")]


def test_top_lists_hold_the_numbers_of_the_run() -> None:
    record = replace(full_record(), topics=full_record().topics[:1])
    head, *rows = _rows(_read(page(record)), "The first 30 of 30")
    assert head[1:3] == ["who", "score"]
    for shown, row in zip(rows, record.topics[0].top.iter_rows(named=True), strict=True):
        cells = dict(zip(head, shown, strict=True))
        assert cells["rank"] == f"{row['rank']:,}"
        assert cells["who"] == f"{record.names[row['account']]} {row['account']}"
        assert cells["score"] == score(row["score"])
        known = row["low"] is not None
        interval = f"{score(row['low'])} to {score(row['high'])}"
        assert cells["90 % interval"] == (interval if known else "not enough evidence")
        assert cells["ranks"] == (f"{row['rank_low']} to {row['rank_high']}" if known else "–")
        assert cells["events"] == f"{row['evidence']:,}"


def test_bars_lie_where_the_numbers_say() -> None:
    record = replace(full_record(), topics=full_record().topics[:1])
    rows = [r for r in _read(page(record)).all("tr") if r.all("svg") and r.all("td")]
    top = record.topics[0].top
    for row, low, high in zip(rows, top["low"], top["high"], strict=False):
        lines = [p for p in row.all("path") if p.attributes["class"] == "line"]
        assert bool(lines) == (low is not None)
        if lines:
            a, b = re.match(r"M([\d.]+) 8H([\d.]+)", str(lines[0].attributes["d"])).groups()  # type: ignore[union-attr]
            assert float(a) == pytest.approx(6 + (low - 1) / 99 * 188, abs=0.06)
            assert float(b) == pytest.approx(6 + (high - 1) / 99 * 188, abs=0.06)


def test_an_old_run_says_what_is_missing() -> None:
    text = _read(page(old_record())).text
    assert "made before scores had intervals" in text
    assert "There is no earlier run to compare with." in text
    assert "This run carries no validation." in text
    assert "Nobody has enough evidence for a score in this topic." in text
    assert "The log is elsewhere." in text
    assert "Whom to ask" not in text
    assert "90 % interval" not in [n.text for n in _read(page(old_record())).all("th")]


def test_too_few_to_judge_is_said_and_shows_no_number() -> None:
    _, *rows = _rows(_read(page(full_record())), "The score at each cut")
    few = [row for row in rows if row[0] == "subject 2"]
    assert [row[5:] for row in few] == [["too few to judge", "–", "–"]] * 3
    assert [row[6:] for row in rows if row[0] == "subject 0"] == [["0.8", "0.7 to 0.85"]] * 3


def test_topics_that_cannot_be_judged_are_counted_not_listed() -> None:
    record = full_record()
    keys = [f"demo/{i}" for i in range(100)]
    tables = [validation_rows(key, judged=key == "demo/60") for key in keys]
    topics = tuple(replace(record.topics[0], key=key, name=key) for key in keys)
    told = page(replace(record, topics=topics, validation=pl.concat(tables), movement=None))
    _, *rows = _rows(_read(told), "The score at each cut")
    assert [row[0] for row in rows[::3]] == [*keys[:FULL], "demo/60"]
    assert f"In {100 - FULL - 1} further topics too few have an outcome." in told


def test_differences_stand_apart_on_a_scale_with_zero_in_the_middle() -> None:
    tree = _read(page(full_record()))
    _, *measured = _rows(tree, "subject 0: what each measure said, cut at 50%")
    assert [row[0] for row in measured] == ["score", "in-degree", "PageRank", "log followers"]
    (table,) = [t for t in tree.all("table") if "how far the score is ahead" in t.text]
    assert [t.text for t in table.all("thead")[0].all("text")] == [
        "-0.5",
        "-0.25",
        "0",
        "0.25",
        "0.5",
    ]
    (row,) = table.all("tbody")[0].all("tr")
    assert [c.text for c in row.all("th", "td")] == [
        "score less in-degree", "-0.1", "", "-0.15 to -0.05",
    ]  # fmt: skip
    assert float(str(row.all("circle")[0].attributes["cx"])) == pytest.approx(
        6 + 0.4 * 188, abs=0.1
    )
    _, fame = _rows(tree, "subject 0: the score beside the number of followers")
    assert fame[:4] == ["50%", "R² by log followers", "0.31", "0.26 to 0.36"]


def test_how_a_topic_was_scored_is_told() -> None:
    tree = _read(page(replace(full_record(), topics=full_record().topics[:1])))
    _, *weights = _rows(tree, "What the score is made of")
    assert [row[1:] for row in weights] == [["8", "0.6"], ["none", "0.35"], ["8", "0.05"]]
    for told in (
        "The published weights are used (the published weights are asked for).",
        "Intervals from 200 draws, each end within about 0.12 points",
        "4 people have none: not enough evidence. Of 3 the interval was widened",
    ):
        assert told in tree.text
    model = {**SAID["model"], "learned": True, "cut": 0, "people": 1200, "with_outcome": 400}
    said = {"model": model, "intervals": {"draws": 0}}  # nobody was asked for intervals
    topic = replace(full_record().topics[0], said=said)
    told = _read(page(replace(full_record(), topics=(topic,)))).text
    assert "the cut at 1970-01-01 00:00:00 UTC: 1,200 people, 400 of them with an outcome" in told
    assert "No intervals were drawn." in told
    _, *rows = _rows(_read(page(replace(full_record(), topics=(topic,)))), "The first 30 of 30")
    assert "not drawn" in {row[4] for row in rows}
    assert "not enough evidence" not in {row[4] for row in rows}


def test_the_gate_s_words_and_surety_of_moves() -> None:
    tree = _read(page(full_record()))
    assert "The gate would hold this run back" in tree.text
    head, *rows = _rows(tree, "Who moved most in subject 0")
    place = head.index("beyond its interval")
    assert [row[place] for row in rows] == ["yes", "no", "not known", "yes", "no"]
    assert rows[0][1] == "+9.5"


def test_repairs_are_told_in_words() -> None:
    _, *rows = _rows(_read(page(full_record())), "Mended in the links")
    assert rows == [[MENDED["missing"], "7"], [MENDED["cut"], "1"]]


def test_rejected_rows_add_up() -> None:
    _, *rows = _rows(_read(page(full_record())), "Why rows were rejected")
    assert sum(int(row[1]) for row in rows) == 5
    quality = full_record().quality
    many = pl.DataFrame({"reason": [f"reason {i}" for i in range(99)], "rows": [2] * 99})
    told = page(replace(full_record(), quality=replace(quality, reasons=many, unexplained=0)))
    _, *rows = _rows(_read(told), "Why rows were rejected")
    assert len(rows) == 31
    assert rows[-1] == ["for other reasons", str(2 * 99 - 60)]


def test_many_topics_are_indexed_to_a_limit_and_the_page_stays_small() -> None:
    record = full_record()
    top = score_rows("demo/0", [f"x:{i}" for i in range(20)])
    one = replace(record.topics[0], top=top)
    topics = tuple(replace(one, key=f"demo/{i}", name=f"subject {i}") for i in range(INDEXED + 200))
    text = page(replace(record, topics=topics))
    tree = _read(text)
    assert f"The first {FULL} topics" in tree.text
    assert "200 further topics are in the run, not in this list." in tree.text
    _, *rows = _rows(tree, "Topics, and how")
    assert len(rows) == INDEXED
    assert len(tree.all("figure")) == FULL
    assert len(text.encode()) < 500_000


def test_no_topic_at_all() -> None:
    tree = _read(page(replace(full_record(), topics=(), movement=None, validation=None)))
    assert tree.all("h2")
