"""The page in a real browser: it renders, complains of nothing, and asks nobody for anything."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from support.browser import ADVICE, Browser, find_browser, running_browser
from support.report_cases import evil_record, full_record, old_record

from graphengine.plots.markup import plain
from graphengine.report import page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.browser import Page

RECORDS = {"full": full_record, "evil": evil_record, "old": old_record}
_PAPER = "getComputedStyle(document.documentElement).backgroundColor"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if find_browser() is None:
        if os.environ.get("CI"):
            pytest.fail(ADVICE, pytrace=False)
        pytest.skip(ADVICE)
    with running_browser(tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    written = {name: folder / f"{name}.html" for name in RECORDS}
    for name, file in written.items():
        file.write_text(page(RECORDS[name]()), "utf-8")
    return written


@pytest.fixture(scope="module")
def once(browser: Browser, files: dict[str, Path]) -> Page:
    return browser.open(files["full"].as_uri())


@pytest.fixture
def full(once: Page) -> Page:
    once.as_new()
    return once


@pytest.mark.parametrize("name", RECORDS)
def test_it_complains_of_nothing_and_asks_nobody(
    browser: Browser, files: dict[str, Path], name: str
) -> None:
    opened = browser.open(files[name].as_uri())
    assert opened.requests == [files[name].as_uri()]
    assert opened.complaints == []
    assert opened.run("document.title").startswith(plain(RECORDS[name]().job)[:20])
    assert opened.run("document.scripts.length + document.images.length") == 0
    assert opened.run("document.documentElement.scrollWidth <= innerWidth")


def test_a_page_that_does_is_found_out(browser: Browser, tmp_path: Path) -> None:
    """What the test above looks for can be seen: otherwise it would say nothing."""
    file = tmp_path / "bad.html"
    file.write_text(
        "<title>bad</title><img src='http://127.0.0.1:9/pixel.png'>"
        "<script>setTimeout(() => fetch('http://127.0.0.1:9/late'), 100);"
        "console.error('a complaint'); undefinedFunction()</script>",
        "utf-8",
    )
    opened = browser.open(file.as_uri())
    assert {"http://127.0.0.1:9/pixel.png", "http://127.0.0.1:9/late"} <= set(opened.requests)
    assert any("a complaint" in text for text in opened.complaints)
    assert any("undefinedFunction" in text for text in opened.complaints)
    assert any("Failed to load" in text for text in opened.complaints)


def test_the_policy_holds_back_what_should_ever_get_in(
    browser: Browser, files: dict[str, Path], tmp_path: Path
) -> None:
    added = (
        "<script>document.title='taken'</script><img src='http://127.0.0.1:9/x'>"
        "<style>body{color:red}</style></main>"
    )
    file = tmp_path / "broken-into.html"
    file.write_text(files["full"].read_text("utf-8").replace("</main>", added), "utf-8")
    opened = browser.open(file.as_uri())
    assert opened.run("document.title") != "taken"
    assert opened.run("getComputedStyle(document.body).color") != "rgb(255, 0, 0)"
    assert [text for text in opened.complaints if "Content Security Policy" in text]


def test_it_is_laid_out_and_folds_open(full: Page) -> None:
    headings = full.run("[...document.querySelectorAll('h1, h2')].map(h => h.textContent)")
    assert headings == [
        "Influence in Person 0", "Topics", "Topic by topic", "Who moved", "Validation",
        "Data quality", "Whom to ask", "How to read this",
    ]  # fmt: skip
    sizes = full.run(
        "[...document.querySelectorAll('svg')].filter(s => !s.closest('details'))"
        ".map(s => s.getBoundingClientRect().width * s.getBoundingClientRect().height)"
    )
    assert len(sizes) > 60
    assert min(sizes) > 500
    shut = "[...document.querySelectorAll('figure details table')].map(t => t.checkVisibility())"
    assert not any(full.run(shut))
    full.run("document.querySelectorAll('summary').forEach(s => s.click())")
    assert full.run("[...document.querySelectorAll('details')].every(d => d.open)")
    assert all(
        full.run(
            "[...document.querySelectorAll('table')].map(t => t.checkVisibility() && t.offsetHeight > 40)"
        )
    )


def test_it_follows_what_the_reader_prefers(full: Page, tmp_path: Path) -> None:
    assert full.run(_PAPER) == "rgb(255, 255, 255)"
    light = full.picture(tmp_path / "light.png", height=900).read_bytes()
    full.emulate(prefers_color_scheme="dark")
    assert full.run(_PAPER) == "rgb(21, 21, 21)"
    assert full.picture(tmp_path / "dark.png", height=900).read_bytes() != light


def test_it_has_no_colour_that_could_be_missed(full: Page) -> None:
    """Every colour in use is a grey: seen without colours, nothing changes."""
    colours = full.run(
        "[...new Set([...document.querySelectorAll('body, body *')].flatMap(e => {"
        "const s = getComputedStyle(e);"
        "return [s.color, s.backgroundColor, s.fill, s.stroke, s.borderBottomColor]}))]"
    )
    parts = [c[c.index("(") + 1 : -1].split(",")[:3] for c in colours if c.startswith("rgb")]
    assert len(parts) > 3
    assert all(len({p.strip() for p in part}) == 1 for part in parts)


def test_in_print_everything_is_open_and_dark_on_light(full: Page) -> None:
    shut = (
        "[...document.querySelectorAll('details table')].filter(t => !t.checkVisibility()).length"
    )
    assert full.run(shut) > 5
    full.emulate("print", prefers_color_scheme="dark")
    assert full.run(shut) == 0
    assert full.run(_PAPER) == "rgb(255, 255, 255)"
    assert full.run("getComputedStyle(document.querySelector('nav')).display") == "none"


def test_a_narrow_screen_scrolls_tables_not_the_page(full: Page, tmp_path: Path) -> None:
    full.picture(tmp_path / "narrow.png", width=360, height=700)
    assert full.run("document.documentElement.scrollWidth") <= 360
    assert full.run(
        "[...document.querySelectorAll('.wide')].some(w => w.scrollWidth > w.clientWidth)"
    )


def test_a_screen_reader_hears_headings_tables_and_pictures_by_name(full: Page) -> None:
    heard = full.heard()
    levels = [part["level"] for part in heard if part["role"] == "heading"]
    assert levels[:2] == [1, 2]
    assert all(b <= a + 1 for a, b in pairwise(levels))
    tables = [part["name"] for part in heard if part["role"] == "table"]
    pictures = [part["name"] for part in heard if part["role"] in ("image", "img")]
    assert len(tables) > 5
    assert len(pictures) == 3
    assert all(tables)
    assert [name.split(". ")[0] for name in pictures] == [
        f"Distribution of scores in subject {i}" for i in range(3)
    ]
    roles = {part["role"] for part in heard}
    assert {"main", "navigation", "columnheader", "rowheader", "DisclosureTriangle"} <= roles


def test_the_keyboard_reaches_links_folds_and_tables(full: Page) -> None:
    full.ask(
        "Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9
    )
    assert full.run("document.activeElement.textContent") == "To the content"
    ways = "document.querySelectorAll('a[href], summary, .wide[tabindex=\"0\"]').length"
    assert full.run(ways) > 15
