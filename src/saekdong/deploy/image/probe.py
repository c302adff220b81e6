"""Send requests to the service from inside its container, where no network is needed; a script for the image's Python.

stdin has requests as JSON lines, `{"path", "type", "accept", "body"}` with the body in base64. Once the service is
ready, stdout gets a line `{"everywhere", "ready"}` (whether it listens on all addresses, and when it was ready), and
then one line for each answer, `{"status", "body"}`. It imports nothing of Saekdong.
"""

import base64
import json
import sys
import time
import urllib.error
import urllib.request

_READY = 60


def ask(path: str, content_type: str, accept: str, body: bytes | None) -> dict[str, object]:
    """Send one request and return its answer, including an error's."""
    headers = {"Content-Type": content_type, "Accept": accept} if content_type else {}
    request = urllib.request.Request(f"http://127.0.0.1:8080{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    return {"status": status, "body": content.decode("utf-8", "replace")}


def wait() -> None:
    """Wait until /ping returns success, at most a minute."""
    end = time.monotonic() + _READY
    while time.monotonic() < end and not is_ready():
        time.sleep(0.05)


def is_ready() -> bool:
    """Return whether /ping returns success."""
    try:
        return ask("/ping", "", "", None)["status"] == 200
    except OSError:
        return False


def listens_everywhere() -> bool:
    """Return whether port 8080 is open on all addresses, not only on loopback."""
    with open("/proc/net/tcp") as table:  # noqa: PTH123
        return any(line.split()[1] == "00000000:1F90" for line in table)


def main() -> None:
    """Answer the requests on stdin."""
    wait()
    print(json.dumps({"everywhere": listens_everywhere(), "ready": time.time()}))
    for line in sys.stdin:
        given = json.loads(line)
        body = base64.b64decode(given["body"]) if given["body"] is not None else None
        print(json.dumps(ask(given["path"], given["type"], given["accept"], body)), flush=True)


if __name__ == "__main__":
    main()
