"""Ask the service from inside its container, where no network is needed: run there as a script, by the image's Python.

stdin gives requests as JSON lines, `{"path", "type", "accept", "body"}` with the body in base64; stdout gets an answer
for each, `{"status", "type", "body"}`. The first request waits until something listens. Imports nothing of Saekdong.
"""

import base64
import json
import sys
import time
import urllib.error
import urllib.request

_READY = 60


def ask(path: str, content_type: str, accept: str, body: bytes | None) -> dict[str, object]:
    """Send one request and return its answer; an error's answer too."""
    headers = {"Content-Type": content_type, "Accept": accept} if content_type else {}
    request = urllib.request.Request(f"http://127.0.0.1:8080{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            status, given, content = answer.status, answer.headers.get("Content-Type", ""), answer.read()
    except urllib.error.HTTPError as error:
        status, given, content = error.code, error.headers.get("Content-Type", ""), error.read()
    return {"status": status, "type": given, "body": content.decode("utf-8", "replace")}


def wait() -> None:
    """Wait until something answers, at most a minute."""
    end = time.monotonic() + _READY
    while time.monotonic() < end:
        try:
            ask("/ping", "", "", None)
        except OSError:
            time.sleep(0.05)
        else:
            return


def listens_everywhere() -> bool:
    """Tell whether port 8080 is open on all addresses, not on loopback alone."""
    with open("/proc/net/tcp") as table:  # noqa: PTH123
        return any(line.split()[1] == "00000000:1F90" for line in table)


def main() -> None:
    """Answer stdin's requests."""
    wait()
    print(json.dumps({"everywhere": listens_everywhere()}))
    for line in sys.stdin:
        given = json.loads(line)
        body = base64.b64decode(given["body"]) if given["body"] is not None else None
        print(json.dumps(ask(given["path"], given["type"], given["accept"], body)), flush=True)


if __name__ == "__main__":
    main()
