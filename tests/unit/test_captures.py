"""Captured requests: their lines, their files by hour, reading, retention and forgetting."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from saekdong.captures import Retention, forget_here, read_captures, remove_expired
from saekdong.captures.hours import new_file, place_of
from saekdong.captures.lines import to_line
from saekdong.errors import SaekdongError

MODEL = "5e" * 32
NOON = datetime(2026, 11, 27, 12, 0, 30, tzinfo=UTC)


class Payload(NamedTuple):
    media_type: str
    content: bytes


ANSWER = Payload("application/json", '{"label": "하늘\n"}'.encode())
# As AWS documents its own lines.
AWS_LINE = (
    b'{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"31,42,82",'
    b'"encoding":"CSV"},"endpointOutput":{"observedContentType":"text/csv; charset=utf-8","mode":"OUTPUT",'
    b'"data":"navy","encoding":"CSV"}},"eventMetadata":{"eventId":"feca1ab1-8025-47e3-8f6a-99e3fdd7b8d9",'
    b'"inferenceTime":"2019-11-20T23:33:12Z"},"eventVersion":"0"}\n'
)


def line(event: str, body: Payload | None, photo: str = "", moment: datetime = NOON) -> str:
    asked, content = body or ("text/csv", None)
    return to_line(event, moment.strftime("%Y-%m-%dT%H:%M:%SZ"), MODEL, asked, content, *ANSWER, photo)


def write(folder: Path, *lines: str | bytes, moment: datetime = NOON) -> Path:
    path = new_file(folder, moment.timestamp())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(one.encode() if isinstance(one, str) else one for one in lines))
    return path


def test_a_line_has_the_form_of_sagemaker():
    ours, theirs = json.loads(line("r-1", Payload("text/csv", b"31,42,82"))), json.loads(AWS_LINE)
    assert ours.keys() == theirs.keys()
    assert ours["eventVersion"] == theirs["eventVersion"]
    assert ours["captureData"]["endpointInput"] == theirs["captureData"]["endpointInput"]
    assert ours["captureData"]["endpointOutput"] == {
        "observedContentType": "application/json",
        "mode": "OUTPUT",
        "data": ANSWER.content.decode(),
        "encoding": "JSON",
    }
    assert ours["eventMetadata"] == {"eventId": "r-1", "inferenceTime": "2026-11-27T12:00:30Z", "modelId": MODEL}


def test_files_are_where_sagemaker_puts_them(tmp_path):
    path = new_file(tmp_path / "shop", NOON.timestamp())
    assert path.parent == tmp_path / "shop" / "AllTraffic" / "2026" / "11" / "27" / "12"
    assert path.name.startswith("00-30-000-")
    assert place_of(str(path)) == ("shop", NOON.replace(minute=0, second=0))


@pytest.mark.parametrize(
    "name", ["shop/AllTraffic/2026/13/01/00/a.jsonl", "shop/notes.jsonl", "a/b/2026/1/1/1/c.jsonl"]
)
def test_other_files_are_not_captures(name):
    assert place_of(name) is None


@pytest.mark.parametrize(
    "body",
    [
        Payload("text/csv", b"31,42,82\n1,2,3\n"),
        Payload("application/json", '{"title": "남색 \\"셔츠\\"\u2028", "x": "\x7f"}'.encode()),
        Payload("application/jsonlines", b'{"r": 1}\n{"r": 2}'),
        Payload("application/x-npy", b"\x93NUMPY\x01\x00\n\xff"),
        Payload("text/csv", b"31,42\xe9,\x00\r"),
        Payload("application/json", b""),
    ],
)
def test_what_was_captured_is_read_again_byte_for_byte(tmp_path, body):
    write(tmp_path / "shop", line("r-1", body), line("r-2", None))
    first, second = read_captures(tmp_path)
    assert (first.input.media_type, first.input.content) == body
    assert first.output.content == ANSWER.content
    assert (first.endpoint, first.event, first.time, first.model) == ("shop", "r-1", NOON, MODEL)
    assert second.input is None


def test_sagemaker_s_own_lines_are_read_and_their_photos_have_digests(tmp_path):
    photo = json.loads(AWS_LINE)
    photo["captureData"]["endpointInput"] = {
        "observedContentType": "image/jpeg",
        "mode": "INPUT",
        "data": "/9j/",
        "encoding": "BASE64",
    }
    write(tmp_path / "shop", AWS_LINE, json.dumps(photo) + "\n")
    color, shot = read_captures(tmp_path)
    assert (color.model, color.photo, color.output.content) == (None, "", b"navy")
    assert shot.photo == hashlib.sha256(b"\xff\xd8\xff").hexdigest()


def test_requests_are_read_in_order_of_time_and_between_two_times(tmp_path):
    hours = [NOON + timedelta(hours=number) for number in (-30, -1, 0, 1)]
    for number, hour in reversed(list(enumerate(hours))):
        write(tmp_path / "shop", line(f"r-{number}", None, moment=hour), moment=hour)
    assert [one.event for one in read_captures(tmp_path)] == ["r-0", "r-1", "r-2", "r-3"]
    assert [one.event for one in read_captures(tmp_path, since=hours[1], until=hours[3])] == ["r-1", "r-2"]
    assert list(read_captures(tmp_path, since=NOON + timedelta(seconds=1), until=hours[3])) == []


def test_an_incomplete_last_line_is_ignored_and_a_bad_line_is_reported(tmp_path):
    whole = line("r-1", None)
    path = write(tmp_path / "shop", "not json\n", '{"captureData": 3}\n', "[]\n", whole, whole[:80])
    problems: list[str] = []
    assert [one.event for one in read_captures(tmp_path, on_problem=problems.append)] == ["r-1"]
    assert len(problems) == 3
    assert problems[0].startswith(f"{path}, line 1: not a captured request: ")
    assert problems[1].endswith("it lacks 'eventMetadata'")


def test_a_file_of_other_lines_is_not_read_to_its_end(tmp_path):
    path = write(tmp_path / "shop", "x\n" * 5000, line("r-1", None))
    problems: list[str] = []
    assert list(read_captures(tmp_path, on_problem=problems.append)) == []
    assert len(problems) == 1001
    assert problems[-1] == f"{path}: 1,000 such lines; the rest of the file is not read"


@pytest.mark.parametrize(
    "values",
    [b"[]," * 500_000, b"1.5," * 500_000, b'"a",' * 500_000, rb'"\\",' * 500_000, rb'"\"",' * 500_000],
    ids=["lists", "numbers", "texts", "backslashes", "quotes"],
)
def test_a_line_of_millions_of_values_is_refused_before_it_is_parsed(tmp_path, values):
    write(tmp_path / "shop", b'{"captureData": [' + values + b"0]}\n", line("r-1", None))
    problems: list[str] = []
    assert [one.event for one in read_captures(tmp_path, on_problem=problems.append)] == ["r-1"]
    assert [problem.rpartition(": ")[2] for problem in problems] == ["it has too many values"]


@pytest.mark.parametrize("body", [b'"' * 3_000_000, b"\\" * 3_000_000, b'\\"' * 1_500_000, b"[]," * 1_000_000])
def test_a_long_body_is_read_whatever_it_holds(tmp_path, body):
    write(tmp_path / "shop", line("r-1", Payload("application/json", body)))
    (request,) = read_captures(tmp_path)
    assert request.input is not None
    assert request.input.content == body


def test_lines_are_forgotten_beside_a_line_without_end(tmp_path):
    endless = b"x" * (70 << 20)
    path = write(tmp_path / "shop", endless + b"\n", line("r-1", None), line("r-2", None))
    assert forget_here(tmp_path, events=["r-1"]) == 1
    assert path.read_bytes() == endless + b"\n" + line("r-2", None).encode()


def test_files_older_than_the_retention_are_removed_with_their_folders(tmp_path):
    old, young = NOON - timedelta(hours=26), NOON - timedelta(hours=24)
    gone, kept = (write(tmp_path / "shop", line("r", None), moment=moment) for moment in (old, young))
    (tmp_path / "shop" / "notes.jsonl").write_text("{}")
    assert remove_expired(tmp_path / "shop", Retention.parse("1d"), NOON) == 1
    assert not gone.parent.exists()
    assert kept.exists()
    assert (tmp_path / "shop" / "notes.jsonl").exists()


def test_the_lines_of_a_photo_and_of_a_request_are_forgotten(tmp_path):
    digest = hashlib.sha256(b"photo").hexdigest()
    changed = write(tmp_path / "shop", line("r-1", None, digest), line("r-2", None), "odd\n", line("r-3", None)[:50])
    same = write(tmp_path / "mall", line("r-4", None, "0" * 64))
    before = same.stat()
    assert forget_here(tmp_path, photos=[digest]) == 1
    assert changed.read_text() == line("r-2", None) + "odd\n"
    assert same.stat() == before
    assert forget_here(tmp_path, events=["r-4"]) == 1
    assert same.read_text() == ""


@pytest.mark.parametrize(("text", "hours", "days", "shown"), [("30d", 720, 30, "30d"), (" 12H", 12, 1, "12h")])
def test_a_retention_is_given_in_days_or_hours(text, hours, days, shown):
    keep = Retention.parse(text)
    assert (keep.hours, keep.days, str(keep)) == (hours, days, shown)


@pytest.mark.parametrize("text", ["", "30", "0d", "1w", "-1d", "1.5d", "999999d"])
def test_other_durations_are_refused(text):
    with pytest.raises(SaekdongError, match="is not a duration; give days or hours, such as 30d or 12h"):
        Retention.parse(text)
