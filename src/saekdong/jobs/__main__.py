"""`python -m saekdong.jobs FOLDER`: do the order in a job's folder, detached from who started it."""

import sys
from pathlib import Path

from saekdong.jobs.worker import run_detached

if __name__ == "__main__":
    sys.exit(run_detached(Path(sys.argv[1])))
