"""Long work that a page starts: a command of Saekdong in a process of its own, which outlives the page and its server.

One job runs at a time in a workspace. What it was, what it printed and how it ended stand in its folder, so that they
can be shown by another server, also after a crash.
"""

from saekdong.jobs.folder import BackgroundJob, JobOrder, JobProgress, JobState
from saekdong.jobs.jobs import JobRunningError, Jobs

__all__ = ["BackgroundJob", "JobOrder", "JobProgress", "JobRunningError", "JobState", "Jobs"]
