"""`python -m saekdong.hosting.local FOLDER`: the supervisor of one endpoint, as `daemon.start` runs it."""

import sys
from pathlib import Path

from saekdong.hosting.local.daemon import detach
from saekdong.hosting.local.folder import Folder
from saekdong.hosting.local.supervisor import supervise

if __name__ == "__main__":
    folder = Folder(Path(sys.argv[1]))
    detach(folder, lambda: supervise(folder))
