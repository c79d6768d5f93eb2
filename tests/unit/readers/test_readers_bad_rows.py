"""Rows that cannot be used: each has its reason, its true line and its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from support.reading import read_text

if TYPE_CHECKING:
    from graphengine.events import Reading

EVENT = {
    "columns": {"actor": "actor", "target": "target", "kind": "kind", "at": "at",
                "weight": "weight", "op": "op", "network": "network", "post": "post"},
}  # fmt: skip
HEADER = "actor,target,kind,at,weight,op,network,post\n"
GOOD = "1,2,reply,2014-08-09,1,add,x,p\n"


def why(reading: Reading) -> list[tuple[int, str]]:
    assert reading.read == len(reading.frame) + len(reading.rejects)
    return reading.rejects.frame.select("line", "reason").rows()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",2,reply,2014-08-09,1,add,x,p", "actor is missing"),
        ("1,,reply,2014-08-09,1,add,x,p", "target is missing"),
        ("1,2,,2014-08-09,1,add,x,p", "kind is missing"),
        ("  ,2,reply,2014-08-09,1,add,x,p", "actor is only white space"),
        ("1,2 ,reply,2014-08-09,1,add,x,p", "target begins or ends with white space"),
        ("1,2,reply,2014-08-09,1,add,x,\u3000", "post is only white space"),
        (
            "1,2,RT,2014-08-09,1,add,x,p",
            'kind "RT" is not known here; map it under kinds',
        ),
        ("1,2,follow,2014-08-09,1,add,x,p", 'kind "follow" is not known here; map it under kinds'),
        ("1,2,reply,yesterday,1,add,x,p", "at is not a time of the format iso"),
        ("1,2,reply,,1,add,x,p", "at is missing"),
        ("1,2,reply,2014-02-30,1,add,x,p", "at is not a time of the format iso"),
        (
            "1,2,reply,1407542400,1,add,x,p",
            'at is not a time of the format iso; epoch seconds need time = { format = "epoch_s" }',
        ),
        (
            "1,2,reply,1407542400000,1,add,x,p",
            'at is not a time of the format iso; milliseconds need time = { format = "epoch_ms" }',
        ),
        (
            "1,2,reply,1.40754e+09,1,add,x,p",
            "at is in scientific notation, which drops digits; write it out in full",
        ),
        ("1,2,reply,1979-12-31,1,add,x,p", "at is outside the job's window"),
        ("1,2,reply,2015-01-01,1,add,x,p", "at is outside the job's window"),
        ("1,2,reply,2014-08-09,much,add,x,p", "weight is not a number"),
        ("1,2,reply,2014-08-09,inf,add,x,p", "weight is not finite"),
        ("1,2,reply,2014-08-09,NaN,add,x,p", "weight is not finite"),
        ("1,2,reply,2014-08-09,-0.5,add,x,p", "weight is negative"),
        ("1,2,reply,2014-08-09,1,delete,x,p", "op is neither add nor retract"),
        (
            "1,2,reply,2014-08-09,1,add,a:b,p",
            "network is not a name of lower-case letters, digits, - and _",
        ),
        ("1,2,reply", "3 fields where the header has 8"),
        ("1,2,reply,2014-08-09,1,add,x,p,9", "9 fields where the header has 8"),
        ('1,2,reply,2014-08-09,1,add,x,"p"q', "its quotes do not fit (',' expected after '\"')"),
    ],
)
def test_a_row_is_refused_with_its_reason(tmp_path, row, reason):
    window = {"window": {"earliest": "1998-01-01", "latest": "2015-01-01"}}
    reading = read_text(tmp_path, HEADER + GOOD + row + "\n" + GOOD, job=window, **EVENT)
    assert why(reading) == [(3, reason)]
    assert reading.rejects.frame.row(0)[0] == "rows.csv"
    assert reading.rejects.frame["text"][0] == row
    assert reading.frame["line"].to_list() == [2, 4]


def test_true_line_numbers_after_quoted_line_ends_blank_lines_and_comments(tmp_path):
    rows = 'actor,target,note\n# c\n\n1,2,"a\n\nb"\r\n1,,c\n"x""y",2,"#"\n,2,"two\nlines"\n1,2,\n'
    reading = read_text(tmp_path, rows, comment="#")
    assert why(reading) == [(7, "target is missing"), (9, "actor is missing")]
    assert reading.rejects.frame["text"].to_list() == ["1,,c", ',2,"two']
    assert reading.frame.select("line", "actor").rows() == [(4, "x:1"), (8, 'x:x"y'), (11, "x:1")]


@pytest.mark.parametrize("quote", ["", '"q",2\n'], ids=["plain", "with quotes"])
def test_invalid_utf8_refuses_its_row_only(tmp_path, quote):
    rows = b"actor,target\n1,2\n\xe9,2\n" + quote.encode() + "\ufffd,3\nä,4\n".encode()
    reading = read_text(tmp_path, rows)
    assert why(reading) == [(3, "not UTF-8")]
    assert reading.rejects.frame["text"][0] == "\ufffd,2"
    assert reading.frame["actor"].to_list()[-2:] == ["x:\ufffd", "x:ä"]


def test_only_the_beginning_of_a_refused_row_is_kept(tmp_path):
    reading = read_text(tmp_path, "actor,target\n1,2\n," + "7" * 500 + "\n")
    assert reading.rejects.frame["text"][0] == "," + "7" * 199


def test_json_rows(tmp_path):
    rows = (
        b'{"actor": 1, "target": 2}\n{"actor": NaN, "target": 2}\n[1, 2]\n\n{"actor": 1'
        b'\n{"actor": [1], "target": 2}\n{"actor": {"id": 1}, "target": 2}\n{"actor": "\\ud800"}\n'
        b'{"actor": "\xff", "target": 2}\n'
    )
    reading = read_text(tmp_path, rows, file="a.jsonl")
    lines, reasons = zip(*why(reading), strict=True)
    assert lines == (2, 3, 5, 6, 7, 8, 9)
    assert reasons[0] == "not JSON: JSON is malformed: invalid character (byte 10)"
    assert reasons[1] == "not a JSON object"
    assert reasons[2].startswith("not JSON: ")
    assert reasons[3] == '"actor" holds a list where one value is needed'
    assert reasons[4] == '"actor" holds an object where one value is needed'
    assert reasons[5].startswith("not JSON: ")
    assert reasons[6] == "not UTF-8"
    assert reading.rejects.frame["text"][2] == '{"actor": 1'


def test_a_retraction_needs_no_time(tmp_path):
    rows = HEADER + GOOD + "1,2,reply,,,retract,,p\n"
    reading = read_text(tmp_path, rows, **EVENT)
    assert reading.frame["op"].to_list() == ["add", "retract"]
    assert reading.frame["event_id"].n_unique() == 1


def test_milliseconds_read_as_seconds(tmp_path):
    columns = {"actor": "actor", "target": "target", "at": "at"}
    rows = "actor,target,at\n1,2,1341100972000\n1,2,1341100972\n"
    reading = read_text(
        tmp_path, rows, columns=columns, constants={"kind": "like"}, time={"format": "epoch_s"}
    )
    assert why(reading) == [(2, "at is not in the years 1 to 9999 (milliseconds read as seconds?)")]


def test_posts(tmp_path):
    reading = read_text(
        tmp_path,
        "post,parent,kind,author\np,,,1\nq,p,reply,2\n,p,reply,3\nr,p,seen,4\ns,p,reply,\n",
        table="posts",
        columns={name: name for name in ("post", "parent", "kind", "author")},
    )
    assert why(reading) == [
        (4, "post is missing"),
        (5, 'kind "seen" is not known here; map it under kinds'),
        (6, "author is missing"),
    ]
    assert reading.frame.select("post", "parent", "kind", "author").rows() == [
        ("x:p", None, "post", "x:1"), ("x:q", "x:p", "reply", "x:2"),
    ]  # fmt: skip


def test_accounts(tmp_path):
    names = ("account", "at", "handle", "name", "followers", "created_at")
    rows = "007,2014-01-01,h,N M,12,2010-01-01\n2,,,,13.0,\n3,,,,many,\n4,,,,-1,\n5,,,,,soon\n6,,,,1.5,\n"
    reading = read_text(
        tmp_path,
        ",".join(names) + "\n" + rows,
        table="accounts",
        columns={name: name for name in names},
    )
    assert why(reading) == [
        (4, "followers is not a whole number"),
        (5, "followers is negative"),
        (6, "created_at is not a time of the format iso"),
        (7, "followers is not a whole number"),
    ]
    assert reading.frame.rows() == [
        ("x:007", 1_388_534_400, "h", "N M", 12, 1_262_304_000, "test"),
        ("x:2", None, None, None, 13, None, "test"),
    ]


def test_retractions(tmp_path):
    reading = read_text(
        tmp_path,
        "e,a\nx:RT:1:2:3,\n,44\n,\nx:RT:1:2:3,44\n",
        table="retractions",
        columns={"event_id": "e", "account": "a"},
    )
    assert reading.frame.rows() == [("x:RT:1:2:3", None, "test"), (None, "x:44", "test")]
    text = "a retraction names either an event_id or an account"
    assert why(reading) == [(4, text), (5, text)]


def test_exposure_of_two_kinds(tmp_path):
    reading = read_text(
        tmp_path,
        "a,b,k,t\n1,2,sah,2014-01-01\n1,3,follow,\n1,4,like,\n",
        table="exposure",
        columns={"actor": "a", "target": "b", "kind": "k", "at": "t"},
        kinds={"sah": "seen"},
    )
    assert reading.frame.drop("source").rows() == [
        ("seen", "x:1", "x:2", 1_388_534_400), ("follow", "x:1", "x:3", None),
    ]  # fmt: skip
    assert why(reading) == [(4, 'kind "like" is not known here; map it under kinds')]


def test_parquet_rows(tmp_path):
    frame = pl.DataFrame({"actor": ["1", None], "target": ["2", "3"], "more": [1, 2]})
    frame.write_parquet(tmp_path / "a.parquet")
    reading = read_text(tmp_path, (tmp_path / "a.parquet").read_bytes(), file="b.parquet")
    assert reading.rejects.frame.rows() == [("b.parquet", 2, "actor is missing", ", 3")]
