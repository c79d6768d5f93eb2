"""Files that cannot be used as a whole: what the user reads, and that nothing is taken in."""

from __future__ import annotations

import gzip
import io
import random
from pathlib import Path

import pytest
import zstandard
from support.reading import MINIMAL, read_file, read_text

from graphengine.errors import ConfigurationError, InputError
from graphengine.job import Job, SourceSettings
from graphengine.readers import source_files

ROWS = "actor,target\n" + "".join(f"{i},{i + 1}\n" for i in range(5))


def refusal(*args, **kwargs) -> str:
    with pytest.raises(InputError) as caught:
        read_text(*args, **kwargs)
    assert caught.value.exit_code == 65
    return str(caught.value)


def long_text() -> bytes:
    numbers = random.Random(1)
    rows = [f"{numbers.randrange(10**9)},{numbers.randrange(10**9)}\n" for _ in range(30_000)]
    return ("actor,target\n" + "".join(rows)).encode()


def files_of(*names: str, folder: Path) -> list[Path]:
    source = SourceSettings(name="mail", files=list(names), **MINIMAL)
    return source_files(source, Job(name="t", sources=[source], path=folder / "job.toml"))


class TestNames:
    def test_no_such_file_names_the_nearest(self, tmp_path):
        (tmp_path / "emails.csv").write_text(ROWS)
        with pytest.raises(InputError) as caught:
            files_of("email.csv", folder=tmp_path)
        assert str(caught.value) == (
            f'There is no file {tmp_path}/email.csv, which the source "mail" names. '
            'Did you mean "emails.csv"? Correct the name in the job file, or put the file there.'
        )

    def test_no_such_folder(self, tmp_path):
        with pytest.raises(InputError, match=f"The folder {tmp_path}/in is not there either"):
            files_of("in/email.csv", folder=tmp_path)

    def test_a_pattern_without_a_file(self, tmp_path):
        with pytest.raises(InputError) as caught:
            files_of("in/*.csv", folder=tmp_path)
        assert f'No file matches "{tmp_path}/in/*.csv"' in str(caught.value)

    def test_a_directory(self, tmp_path):
        (tmp_path / "in").mkdir()
        with pytest.raises(InputError, match=r'is a directory; files are needed.*with "/\*\.csv"'):
            files_of("in", folder=tmp_path)
        with pytest.raises(InputError, match="is a directory; files are needed"):
            read_file(tmp_path / "in", format="csv")

    def test_patterns_give_each_file_once_in_order(self, tmp_path):
        for name in ("b.csv", "a.csv", "c [1].csv"):
            (tmp_path / name).write_text(ROWS)
        found = files_of("*.csv", "a.csv", "c [1].csv", folder=tmp_path)
        assert [p.name for p in found] == ["a.csv", "b.csv", "c [1].csv"]

    def test_environment_variables(self, tmp_path, monkeypatch):
        (tmp_path / "a.csv").write_text(ROWS)
        monkeypatch.setenv("MY_DATA", str(tmp_path))
        assert files_of("${MY_DATA}/a.csv", folder=Path("elsewhere")) == [tmp_path / "a.csv"]
        monkeypatch.delenv("MY_DATA")
        with pytest.raises(ConfigurationError) as caught:
            files_of("${MY_DATA}/a.csv", folder=tmp_path)
        assert str(caught.value) == (
            'The source "mail" names the file "${MY_DATA}/a.csv", but the environment variable '
            "MY_DATA is not set. Set it (export MY_DATA=...), or write the path itself."
        )

    def test_gone_or_closed_between_finding_and_reading(self, tmp_path, monkeypatch):
        with pytest.raises(InputError, match=f"There is no file {tmp_path}/a.csv"):
            read_file(tmp_path / "a.csv")

        def closed(*args, **kwargs):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", closed)
        with pytest.raises(InputError, match=r"may not be read by this user\. Give the user read"):
            read_file(tmp_path / "a.csv")

    def test_a_name_that_cannot_be_looked_up(self, tmp_path):
        with pytest.raises(InputError, match=r"cannot be looked up: File name too long\."):
            files_of("a" * 300, folder=tmp_path)

    def test_a_disk_that_fails(self, tmp_path, monkeypatch):
        class Failing(io.BytesIO):
            def seek(self, *args):
                self.read = self.fail
                return 0

            def fail(self, size):
                raise OSError(5, "Input/output error")

        monkeypatch.setattr(Path, "open", lambda *_: Failing(b"actor,target"))
        with pytest.raises(InputError, match=r"cannot be read to its end: Input/output error\."):
            read_file(tmp_path / "a.csv")

    def test_a_name_that_does_not_tell_the_format(self, tmp_path):
        (tmp_path / "a.txt.gz").write_bytes(gzip.compress(ROWS.encode()))
        with pytest.raises(ConfigurationError, match=r"a\.txt\.gz does not tell its format. Set f"):
            read_file(tmp_path / "a.txt.gz")


class TestCompression:
    def test_truncated_gzip(self, tmp_path):
        whole = gzip.compress(long_text())
        message = refusal(tmp_path, whole[:200_000], file="a.csv.gz")
        assert message == (
            f"{tmp_path}/a.csv.gz is cut short: it ends at byte 200,000 in the middle of its gzip "
            "data. Nothing of it was taken in; get the whole file again."
        )

    def test_truncated_zstd(self, tmp_path):
        whole = zstandard.ZstdCompressor().compress(long_text())
        message = refusal(tmp_path, whole[:-9], file="a.csv.zst")
        assert f"cut short: it ends at byte {len(whole) - 9:,} in the middle of its zstd" in message

    def test_a_flipped_bit(self, tmp_path):
        whole = bytearray(gzip.compress(long_text()))
        whole[100_000] ^= 4
        message = refusal(tmp_path, bytes(whole), file="a.csv.gz")
        assert "is damaged: its gzip data cannot be decompressed shortly before byte" in message
        assert "Nothing of it was taken in; get it again." in message

    def test_rubbish_after_the_end(self, tmp_path):
        whole = gzip.compress(ROWS.encode()) + b"more"
        assert "is damaged" in refusal(tmp_path, whole, file="a.csv.gz")

    @pytest.mark.parametrize("end", [".gz", ".zst"])
    def test_named_so_but_plain(self, tmp_path, end):
        kind = {".gz": "gzip", ".zst": "zstd"}[end]
        assert refusal(tmp_path, ROWS, file=f"a.csv{end}") == (
            f"{tmp_path}/a.csv{end} is named {end}, but its first bytes are not {kind} "
            "(no compressed file at all). Rename it to a.csv, or write it again."
        )

    def test_compressed_but_not_named_so(self, tmp_path):
        assert refusal(tmp_path, gzip.compress(ROWS.encode()), file="a.csv") == (
            f"{tmp_path}/a.csv is compressed with gzip, but its name does not say so. "
            "Rename it to a.csv.gz."
        )

    def test_members_frames_and_padding(self, tmp_path):
        first, second = ROWS[:20].encode(), ROWS[20:].encode()
        members = gzip.compress(first) + gzip.compress(second) + b"\0" * 64
        assert read_text(tmp_path, members, file="a.csv.gz").read == 5
        squeeze = zstandard.ZstdCompressor().compress
        assert read_text(tmp_path, squeeze(first) + squeeze(second), file="a.csv.zst").read == 5


class TestText:
    @pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
    def test_empty(self, tmp_path, name):
        assert f"{tmp_path}/{name} is empty." in refusal(tmp_path, "", file=name)

    def test_empty_inside_its_compression(self, tmp_path):
        assert "a.csv.gz is empty" in refusal(tmp_path, gzip.compress(b""), file="a.csv.gz")

    def test_only_comments(self, tmp_path):
        assert "not even a header" in refusal(tmp_path, "# a\n\n", comment="#")

    def test_a_header_alone_is_a_quiet_day(self, tmp_path):
        reading = read_text(tmp_path, "actor,target\n")
        assert (reading.read, len(reading.frame), reading.frame.columns[-2:]) == (
            0, 0, ["op", "line"],
        )  # fmt: skip

    def test_a_renamed_column(self, tmp_path):
        assert refusal(tmp_path, "actr,target,at\n1,2,3\n") == (
            f'{tmp_path}/rows.csv has no column "actor", which the job maps. '
            'Did you mean "actr"? The file has: "actr", "target", "at". '
            "Correct the name under columns in the job file, or the file."
        )

    def test_another_separator(self, tmp_path):
        assert 'set format = "tsv"' in refusal(tmp_path, "actor\ttarget\n1\t2\n")

    def test_a_header_that_repeats_a_name(self, tmp_path):
        assert refusal(tmp_path, "actor,target,actor\n1,2,3\n") == (
            f'The header of {tmp_path}/rows.csv has "actor" more than once; every column needs a '
            "name of its own. Rename one of them."
        )

    def test_utf16(self, tmp_path):
        assert "is UTF-16; UTF-8 is needed." in refusal(tmp_path, ROWS.encode("utf-16"))

    @pytest.mark.parametrize(
        "rows",
        ['1,2\n3,"4\n5,6\n', '1,2\n3,"4\n5,"6"\n', '"1","2"\n"3","4\n"5","6"\n'],
        ids=["to the end", "to the next quote", "all quoted"],
    )
    def test_an_unterminated_quote_names_the_line_where_it_opens(self, tmp_path, rows):
        assert refusal(tmp_path, "actor,target\n" + rows) == (
            f"The quote that opens on line 3 of {tmp_path}/rows.csv is not closed where its field "
            "ends. Nothing of the file was taken in; close the quote, or double it "
            '("") where it is text.'
        )

    def test_an_unterminated_quote_of_a_large_file(self, tmp_path):
        rows = "actor,target\n1,2\n" + '3,"4\n' + "5,6\n" * 1_500_000
        assert "opens on line 3 of" in refusal(tmp_path, rows)

    def test_every_row_refused(self, tmp_path):
        assert refusal(tmp_path, "actor,target\n1,\n2,\n") == (
            f"Every one of the 2 rows of {tmp_path}/rows.csv was refused; the first, on line 2, "
            "because target is missing: '1,'. Correct the mapping in the job file, or the file."
        )


class TestRuinedIds:
    @pytest.mark.parametrize("text", ["6.29697E+17", "1.2e+10", "6,29697E+17", "6E+17"])
    def test_in_text(self, tmp_path, text):
        rows = f'actor;target\n1;2\n3;"{text}"\n'.replace(";", "\t")
        assert refusal(tmp_path, rows, file="a.tsv") == (
            f'Line 3 of {tmp_path}/a.tsv has "{text}" in the id column "target": a spreadsheet has '
            "rounded the id, and different ids have become one. Nothing of the file was taken in; "
            "export it again with that column as text."
        )

    def test_in_a_part_of_a_post_id(self, tmp_path):
        message = refusal(
            tmp_path,
            "a,b,c,d\n1,2,3,6.29E+17\n",
            columns={"actor": "a", "target": "b", "post": ["c", "d"]},
            constants={"kind": "reply"},
        )
        assert 'has "6.29E+17" in the id column "d"' in message

    def test_in_json(self, tmp_path):
        rows = '{"actor": 6.29697e17, "target": 2}'
        assert '"6.29697e+17" in the id column "actor"' in refusal(tmp_path, rows, file="a.jsonl")

    @pytest.mark.parametrize("text", ["12e7", "1e5f", "E+17", "7.5", "user.e+1"])
    def test_names_that_only_look_alike_are_kept(self, tmp_path, text):
        assert read_text(tmp_path, f"actor,target\n1,{text}\n").frame["target"][0] == f"x:{text}"


class TestParquet:
    def test_not_parquet(self, tmp_path):
        assert "is not a Parquet file" in refusal(tmp_path, ROWS, file="a.parquet")

    def test_truncated(self, tmp_path):
        whole = parquet_bytes(tmp_path)
        message = refusal(tmp_path, whole[:-20], file="a.parquet")
        assert f"cut short: it ends at byte {len(whole) - 20:,} without the end mark" in message

    def test_damaged(self, tmp_path):
        whole = parquet_bytes(tmp_path)
        message = refusal(tmp_path, b"PAR1" + b"\xff" * 80 + whole[84:], file="a.parquet")
        assert "is damaged: " in message
        message = refusal(tmp_path, whole[:-60] + b"\xff" * 52 + whole[-8:], file="a.parquet")
        assert "is damaged: " in message


def parquet_bytes(folder: Path) -> bytes:
    import polars as pl

    path = folder / "whole.parquet"
    pl.DataFrame({"actor": range(1000), "target": range(1000)}).write_parquet(path)
    return path.read_bytes()
