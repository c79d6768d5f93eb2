"""One table, many formats: the same rows come out, ids as they stood, topics in order."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import UTC, date, datetime
from unittest import mock

import polars as pl
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from support.reading import read_file, read_text

from graphengine.errors import InputError
from graphengine.readers import textfile

ROWS = [
    {"actor": "007", "target": "18446744073709551615", "topic": "b;a;b", "at": "2014-08-09T01:00Z"},
    {"actor": "a:b/c%", "target": "Zoë", "topic": "", "at": "2014-08-10"},
    {"actor": "-1", "target": "1.50", "topic": "none; c ", "at": "2014-08-09 01:00:00.9+02:00"},
]
MAPPING = {
    "columns": {"actor": "actor", "target": "target", "topic": "topic", "at": "at"},
    "constants": {"kind": "like"},
    "topic_separator": ";",
    "job": {"no_topic": ["none"]},
}


def delimited(separator: str) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["at", "target", "actor", "topic"], delimiter=separator)
    writer.writeheader()
    writer.writerows(ROWS)
    return text.getvalue().encode()


def parquet() -> bytes:
    file = io.BytesIO()
    pl.DataFrame(ROWS).write_parquet(file)
    return file.getvalue()


BYTES = {
    "csv": delimited(","),
    "tsv": delimited("\t"),
    "jsonl": "\n".join(json.dumps(row) for row in ROWS).encode(),
    "parquet": parquet(),
}


@pytest.mark.parametrize("end", ["", ".gz", ".zst"])
@pytest.mark.parametrize("kind", BYTES)
def test_every_format_and_compression_gives_the_same_rows(tmp_path, kind, end):
    squeeze = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}[end]
    reading = read_text(tmp_path, squeeze(BYTES[kind]), file=f"a.{kind}{end}", **MAPPING)
    assert (reading.read, reading.skipped, len(reading.rejects)) == (3, 0, 0)
    assert reading.frame.select("actor", "target", "topics", "at").rows() == [
        ("x:007", "x:18446744073709551615", ["a", "b"], 1_407_546_000),
        ("x:a:b/c%", "x:Zoë", [], 1_407_628_800),
        ("x:-1", "x:1.50", ["c"], 1_407_538_800),
    ]
    assert reading.frame["event_id"][1] == "x:like:a%3Ab/c%25:Zoë:1407628800:"


def test_the_size_of_pieces_changes_nothing(tmp_path, monkeypatch):
    rows = "actor,target,note\n" + "".join(
        f'{i},{i + 1},"a ""{i}"" \n, b"\n\n' if i % 3 else f"{i},,c\n" for i in range(60)
    )
    lines = "".join(json.dumps({"actor": i, "target": "ü" * i}) + "\n" for i in range(60))
    whole = read_text(tmp_path, rows), read_text(tmp_path, lines, file="a.jsonl")
    monkeypatch.setattr(textfile, "COMPRESSED", 2)
    monkeypatch.setitem(textfile.line_pieces.__kwdefaults__, "size", 16)
    parts = read_text(tmp_path, rows), read_text(tmp_path, lines, file="a.jsonl")
    for one, other in zip(whole, parts, strict=True):
        assert one.frame.equals(other.frame)
        assert one.rejects.frame.select("line", "reason").equals(
            other.rejects.frame.select("line", "reason")
        )
    assert len(whole[0].frame) == 40
    assert len(whole[0].rejects) == 20


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda text: text == text.strip() and text
)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=8))
def test_odd_texts_survive_csv(tmp_path_factory, pairs):
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["actor", "target"])
    writer.writerows(pairs)
    reading = read_text(tmp_path_factory.getbasetemp(), text.getvalue())
    assert reading.frame.select("actor", "target").rows() == [
        (f"x:{actor}", f"x:{target}") for actor, target in pairs
    ]


def test_windows_line_ends_bom_and_no_last_line_end(tmp_path):
    rows = b"\xef\xbb\xbfactor,target\r\n1,2\r\n3,4"
    assert read_text(tmp_path, rows).frame["target"].to_list() == ["x:2", "x:4"]
    quoted = b'\xef\xbb\xbf"actor","target"\r\n"1","2"\r\n3,"4"'
    assert read_text(tmp_path, quoted).frame["target"].to_list() == ["x:2", "x:4"]


def test_spaces_and_tabs_separate_whatever_their_number(tmp_path):
    reading = read_text(
        tmp_path, ' 1  2\n3\t4 \n# no\n5 6 7\n8 "9\n', file="a.txt", format="space", comment="#",
        header=False, column_names=["actor", "target"],
    )  # fmt: skip
    assert reading.frame["target"].to_list() == ["x:2", "x:4", 'x:"9']
    assert reading.rejects.frame["reason"].to_list() == ["3 fields where the header has 2"]


def test_skipped_rows_are_no_rows(tmp_path):
    rows = "actor,target,lang\n1,2,en\n1,3,de\n1,4,\n,,de\n"
    reading = read_text(tmp_path, rows, skip={"lang": ["de", ""]})
    assert (reading.read, reading.skipped, len(reading.rejects)) == (1, 3, 0)


def test_an_id_of_which_a_part_is_a_null_word_is_no_id(tmp_path):
    reading = read_text(
        tmp_path,
        "actor,target,tree,n\n1,2,a/b,c\n1,2,a,b/c\n1,2,ROOT,7\n1,2,,7\n",
        columns={"actor": "actor", "target": "target", "post": ["tree", "n"]},
        constants={"kind": "reply"},
        null_words=["ROOT"],
    )
    assert reading.frame["post"].to_list() == ["x:a%2Fb/c", "x:a/b%2Fc", None, None]
    assert reading.frame["event_id"].to_list()[1:3] == ["x:reply:1:2:a/b%252Fc", "x:reply:1:2::"]


def test_nested_fields_and_lists_of_topics_in_json(tmp_path):
    rows = (
        '{"user": {"id": 9007199254740993}, "to.id": "2", "tags": ["b", null, "a", "NA"]}\n'
        '{"user": {"id": 4}, "to.id": 5, "tags": "c"}\n'
        '{"user": {"id": 4}, "to.id": 1.50, "tags": null}\n'
        '{"user": null, "to.id": true}\n'
    )
    reading = read_text(
        tmp_path, rows, file="a.ndjson", null_words=["NA"], constants={"kind": "mention"},
        columns={"actor": "user.id", "target": "to.id", "topic": "tags", "weight": "w"},
    )  # fmt: skip
    assert reading.frame.select("actor", "target", "topics").rows() == [
        ("x:9007199254740993", "x:2", ["a", "b"]),
        ("x:4", "x:5", ["c"]),
        ("x:4", "x:1.50", []),
    ]
    assert reading.rejects.frame["reason"].to_list() == ["actor is missing"]


def test_a_json_field_that_no_row_has(tmp_path):
    rows = '{"user": {"uid": 1}, "target": 2}\n'
    with pytest.raises(InputError) as caught:
        read_text(
            tmp_path, rows, file="a.jsonl", constants={"kind": "like"},
            columns={"actor": "user.id", "target": "target"},
        )  # fmt: skip
    assert 'has no column "user.id", which the job maps. Did you mean "user.uid"?' in str(
        caught.value
    )
    assert 'The file has: "target", "user.uid".' in str(caught.value)


def test_typed_parquet(tmp_path):
    moment = datetime(2014, 8, 9, 12, 0, 0, 900_000)
    frame = pl.DataFrame(
        {
            "user": [{"id": 2**64 - 1}, {"id": 7}],
            "target": [3.0, 2.0**53 - 1],
            "at": [moment, moment],
            "zoned": [moment.replace(tzinfo=UTC)] * 2,
            "day": [date(2014, 8, 9)] * 2,
            "weight": [0.1 + 0.2, 1e-7],
            "tags": [["b", "a"], []],
        },
        schema_overrides={"user": pl.Struct({"id": pl.UInt64})},
    ).with_columns(pl.col("zoned").dt.convert_time_zone("Asia/Tokyo"))
    frame.write_parquet(tmp_path / "a.parquet")
    for column, expected in (
        ("at", 1_407_578_400), ("zoned", 1_407_585_600), ("day", 1_407_535_200),
    ):  # fmt: skip
        reading = read_text(
            tmp_path, (tmp_path / "a.parquet").read_bytes(), file="b.parquet",
            constants={"kind": "like"}, time={"zone": "Europe/Berlin"},
            columns={"actor": "user.id", "target": "target", "at": column, "weight": "weight",
                     "topic": "tags"},
        )  # fmt: skip
        assert reading.frame.select("actor", "target", "at", "weight", "topics").rows() == [
            ("x:18446744073709551615", "x:3", expected, 0.1 + 0.2, ["a", "b"]),
            ("x:7", "x:9007199254740991", expected, 1e-7, []),
        ]


def test_ruined_ids_and_lists_in_parquet(tmp_path):
    pl.DataFrame({"actor": [1e16], "target": [[1]]}).write_parquet(tmp_path / "a.parquet")
    data = (tmp_path / "a.parquet").read_bytes()
    with pytest.raises(InputError, match=r'column "target" of .* holds List'):
        read_text(tmp_path, data, file="b.parquet")
    with pytest.raises(InputError, match=r'"1e\+16" in the id column "actor"'):
        read_text(
            tmp_path, data, file="b.parquet", columns={"actor": "actor", "target": "actor"},
            constants={"kind": "like"},
        )  # fmt: skip
    with pytest.raises(InputError, match=r'no column "actors".*Did you mean "actor"'):
        read_text(
            tmp_path, data, file="b.parquet", columns={"actor": "actors", "target": "actor"},
            constants={"kind": "like"},
        )  # fmt: skip


fragments = st.lists(
    st.sampled_from(
        ['"', '""', ",", "\t", " ", "\n", "\r", "\r\n", "#", "1", "a", "é", "\ufffd", "1e+9", "{",
         "}", "[", '{"actor": 1, "target": "b"}', '{"actor": null}', ":", "\0", "\u2028"]
    ),
    max_size=30,
)  # fmt: skip


@given(fragments, st.sampled_from(["csv", "tsv", "space", "jsonl", "parquet"]), st.integers(0, 9))
def test_whatever_stands_in_a_file_no_other_error_appears(
    tmp_path_factory, parts, kind, broken_every
):
    header = "" if kind in ("jsonl", "parquet") else "actor,target\n"
    text = (header + "".join(parts)).replace(",", {"tsv": "\t", "space": " "}.get(kind, ","))
    data = text.encode()
    if broken_every:
        data = data.replace(b"a\n", b"\xff\n")
    path = tmp_path_factory.getbasetemp() / "whatever"
    path.write_bytes(data)
    for size in (textfile.PIECE, 8):
        with mock.patch.dict(textfile.line_pieces.__kwdefaults__, size=size):
            try:
                reading = read_file(path, format=kind, comment="#")
            except InputError:
                continue
            assert reading.read == len(reading.frame) + len(reading.rejects)
            lines = [*reading.frame["line"], *reading.rejects.frame["line"]]
            assert len(set(lines)) == len(lines)
            assert max(lines, default=0) <= data.count(b"\n") + 1


def test_a_carriage_return_outside_quotes(tmp_path):
    for quoted in ("", '"5",6\n'):
        reading = read_text(tmp_path, f"actor,target\n1,2\r3\n3,4\n{quoted}")
        assert reading.rejects.frame.select("line", "reason").rows() == [
            (2, "a carriage return stands outside quotes")
        ]
