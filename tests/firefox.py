"""Debian's Firefox, driven over WebDriver BiDi: Playwright drives only a Firefox of its own."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.exceptions import InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from ports import free_port
from waiting import until

FIREFOX = "/usr/bin/firefox-esr"
_PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.server": "",
}
_TAB = "\ue004"


class Firefox:
    """One tab of a running Firefox."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0
        self.send("session.new", capabilities={})
        self._tab = self.send("browsingContext.create", type="tab")["context"]

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._connection.recv(timeout=60))
            if answer.get("id") == self._number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def open(self, address: str, width: int = 1280) -> None:
        self.send("browsingContext.setViewport", context=self._tab, viewport={"width": width, "height": 900})
        self.send("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, which may be a promise; it must be JSON."""
        wrapped = f"(async () => JSON.stringify(await ({expression}) ?? null))()"
        answer = self.send("script.evaluate", expression=wrapped, target={"context": self._tab}, awaitPromise=True)
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def press(self, *keys: str) -> None:
        """Press keys, one after another; `Tab` and single letters."""
        values = [_TAB if key == "Tab" else key for key in keys]
        actions = [{"type": kind, "value": value} for value in values for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self.send("input.performActions", context=self._tab, actions=[source])


@contextmanager
def firefox(folder: Path, lang: str = "en-US") -> Iterator[Firefox]:
    """Start Firefox with a new profile in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    preferences = {**_PREFERENCES, "intl.accept_languages": lang}
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items())
    (folder / "user.js").write_text("".join(lines))
    port = free_port()
    command = [FIREFOX, "--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={"HOME": str(folder)})
    try:
        with _connected(port) as connection:
            yield Firefox(connection)
    finally:
        process.terminate()
        process.wait(30)


def _connected(port: int) -> ClientConnection:
    found: list[ClientConnection] = []

    def is_there() -> bool:
        try:
            found.append(connect(f"ws://127.0.0.1:{port}/session", max_size=None, open_timeout=5))
        except (OSError, InvalidHandshake):
            return False
        return True

    until(is_there)
    return found[0]
