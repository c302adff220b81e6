"""Open a page in the person's browser without its address, which signs in, standing in the list of processes."""

import html
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from saekdong.files import cannot_write

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url={address}">
<title>Saekdong</title>
<a href="{address}">Saekdong</a>
</html>
"""


@contextmanager
def opened(address: str, folder: Path) -> Iterator[None]:
    """Open an address in the browser; the block must answer it.

    Every user of a machine can see the commands of all processes, so the browser is given a file that leads to the
    address, and that only this user can read. It is removed after the block.

    Args:
        address: the address.
        folder: where the file is put; browsers in a sandbox see the user's folders, but not the temporary one.

    Raises:
        SaekdongError: the file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", prefix="open-", suffix=".html", dir=folder, encoding="utf-8") as file:
            file.write(_PAGE.format(address=html.escape(address)))
            file.flush()
            Thread(target=webbrowser.open, args=(Path(file.name).absolute().as_uri(),), daemon=True).start()
            yield
    except OSError as error:
        raise cannot_write(folder, error) from error
