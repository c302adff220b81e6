"""The commands of `saekdong watch`, and alarms on their way to people."""

import asyncio
import json
import shutil
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.cli.app import run
from saekdong.color import STARTER
from saekdong.errors import SaekdongError
from saekdong.loop import Loop
from saekdong.monitoring.delivery import Delivery
from stores import open_sqlite
from watched_shop import WatchedShop

EVIDENCE = {"en": "grounds are yellower", "ko": "배경이 더 노랗습니다", "photos": ["/a.jpg"], "moved": ["1"]}


@pytest.fixture(scope="module")
def changed(tmp_path_factory) -> Path:
    """The folder of a shop whose normal was made, and to which warm photos then came."""
    folder = tmp_path_factory.mktemp("shop")
    shop = WatchedShop(folder, open_sqlite)
    shop.add(100)
    shop.watch.look()
    shop.add(30, "spring.csv", warm=True)
    shop.close()
    return folder


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("SAEKDONG_LANG", "en")


def test_a_look_reports_alarms_and_later_commands_explain_them(changed, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("SAEKDONG_WORKSPACE", str(changed))
    assert run(["watch", "run", "--accuracy-goal", "0.8"]) == 1
    report = capsys.readouterr().out
    assert "150 products came in, in 30 batches" in report
    assert "alarm 1 (" in report
    assert run(["watch", "run"]) == 1
    assert capsys.readouterr().out == report
    assert run(["watch", "status", "--format", "json"]) == 1
    status = json.loads(capsys.readouterr().out)
    assert status["lamp"] == "yellow"
    assert status["accuracy"]["once"] is None
    assert run(["watch", "alarms", "--format", "json", "--lang", "ko"]) == 0
    alarms = json.loads(capsys.readouterr().out)
    assert "가게 전체" in alarms[0]["what"]
    number, out = str(alarms[0]["number"]), tmp_path / "why.png"
    assert run(["watch", "explain", number, "--out", str(out)]) == 0
    assert "spring.csv" in capsys.readouterr().out
    with Image.open(out) as picture:
        assert picture.size[0] > picture.size[1] > 200
    assert run(["watch", "snooze", number, "2026-12-24"]) == 0
    with Loop.beside(changed / "catalog.db") as loop:
        assert {alarm.snoozed_until for alarm in loop.alarms()} >= {"2026-12-24"}


def test_a_new_normal_is_logged(changed, monkeypatch, capsys):
    monkeypatch.setenv("SAEKDONG_WORKSPACE", str(changed))
    assert run(["watch", "normal", "--why", "new studio"]) == 0
    with Loop.beside(changed / "catalog.db") as loop:
        (event,) = [event for event in loop.events() if event.what == "new normal"]
        assert event.details["why"] == "new studio"
    capsys.readouterr()


def test_commands_say_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SAEKDONG_WORKSPACE", str(tmp_path))
    assert run(["watch", "run"]) == 2
    assert "there is no catalog" in capsys.readouterr().err
    SqliteStore.open(tmp_path / "catalog.db", STARTER).close()
    assert run(["watch", "explain", "7"]) == 2
    assert "there is no alarm 7; see 'saekdong watch alarms --all'" in capsys.readouterr().err
    assert run(["watch", "normal", "--why", "x"]) == 2
    assert "too few products with photos" in capsys.readouterr().err


def test_the_time_zone_is_a_setting_of_the_workspace(changed, tmp_path, monkeypatch, capsys):
    shutil.copytree(changed, tmp_path / "shop")
    monkeypatch.setenv("SAEKDONG_WORKSPACE", str(tmp_path / "shop"))
    (tmp_path / "shop" / "saekdong.toml").write_text('timezone = "Asia/Seoul"\n')
    run(["watch", "run", "--day", "2026-12-24", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["day"] == "2026-12-24"
    monkeypatch.setenv("SAEKDONG_TIMEZONE", "Asia/Soul")
    assert run(["watch", "run"]) == 2
    assert "the setting timezone is 'Asia/Soul', which is not a time zone; give one such as" in capsys.readouterr().err


def test_installing_writes_a_timer_or_prints_a_line_for_cron(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SAEKDONG_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert run(["watch", "install", "--cron", "--time", "06:30"]) == 0
    assert capsys.readouterr().out.startswith(f"30 6 * * * cd {tmp_path} && ")
    assert run(["watch", "install"]) == 2
    assert not (tmp_path / "home").exists()
    assert run(["watch", "install", "--yes"]) == 0
    units = tmp_path / "home" / ".config" / "systemd" / "user"
    assert "OnCalendar=*-*-* 07:00:00" in (units / "saekdong-watch.timer").read_text()
    assert f"WorkingDirectory={tmp_path}" in (units / "saekdong-watch.service").read_text()
    assert run(["watch", "install", "--time", "7am"]) == 2
    assert "7am is not a time of day such as 07:00" in capsys.readouterr().err


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is posted to it; fails for `/broken`."""

    received: list[dict] = []  # noqa: RUF012

    def do_POST(self):
        self.received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(500 if self.path == "/broken" else 204)
        self.end_headers()

    def log_message(self, *_):
        """Print nothing."""


@pytest.fixture
def receiver():
    Receiver.received.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_webhook_gets_an_alarm_once_and_again_after_a_failure(tmp_path, receiver):
    with Loop.open(tmp_path / "loop.db") as loop:
        alarm, _ = loop.raise_alarm("photo", "ground_b", "shop", EVIDENCE)
        delivery = Delivery([f"{receiver}/hook", f"{receiver}/broken"])
        for _ in range(2):
            delivery.send(loop, alarm)
    assert len(Receiver.received) == 3  # once there, twice tried at the broken one
    assert Receiver.received[0]["en"] == "grounds are yellower"
    assert "moved" not in Receiver.received[0]
    assert ["500" in problem for problem in delivery.problems] == [True, True]


class MailServer:
    """An SMTP server that keeps the mails that it gets."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def serve(self, reader, writer) -> None:
        writer.write(b"220 test\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                self.mails.append((await reader.readuntil(b"\r\n.\r\n")).decode())
            writer.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")
            await writer.drain()
            if line.upper().startswith(b"QUIT"):
                break
        writer.close()


@pytest.fixture
def mail_server():
    server, started, stop = MailServer(), threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            server.port = listening.sockets[0].getsockname()[1]
            server.end = partial(asyncio.get_running_loop().call_soon_threadsafe, stop.set)
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(10)
    yield server
    server.end()
    thread.join(10)


def test_a_mail_says_what_moved_in_the_shops_language(tmp_path, mail_server):
    with Loop.open(tmp_path / "loop.db") as loop:
        alarm, _ = loop.raise_alarm("photo", "ground_b", "shop", EVIDENCE)
        delivery = Delivery(emails=["mina@shop.example"], smtp=f"smtp://127.0.0.1:{mail_server.port}", lang="ko")
        delivery.send(loop, alarm)
        delivery.send(loop, alarm)
    assert delivery.problems == []
    (mail,) = mail_server.mails
    assert "To: mina@shop.example" in mail
    assert "saekdong watch explain 1" in mail or "c2Fla2Rvbmcgd2F0Y2g" in mail


def test_addresses_that_cannot_be_used_are_refused_without_their_secrets():
    with pytest.raises(SaekdongError, match="is not an http"):
        Delivery(["file:///etc/passwd"])
    with pytest.raises(SaekdongError) as refused:
        Delivery(smtp="imap://me:secret@mail.example")
    assert "secret" not in str(refused.value)
