"""`python -m saekdong.deploy.local FOLDER`: the supervisor of one endpoint, as `daemon.start` runs it."""

import sys
from pathlib import Path

from saekdong.deploy.local.daemon import detach
from saekdong.deploy.local.folder import Folder
from saekdong.deploy.local.supervisor import supervise

if __name__ == "__main__":
    folder = Folder(Path(sys.argv[1]))
    detach(folder, lambda: supervise(folder))
