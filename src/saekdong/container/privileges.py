"""The user of the image's own, which answers requests in place of root."""

import os
import pwd
import sys

USER = "saekdong"
"""The Dockerfile adds it."""


def drop_privileges() -> None:
    """Become the image's user for good if this process is root's in the image.

    SageMaker starts containers as root, and its files may be readable for root alone. A host that forbids the change
    gives a container no right to begin with, so the service goes on.
    """
    try:
        user = pwd.getpwnam(USER)
    except KeyError:
        return  # not in the image
    if os.geteuid() != 0:
        return
    try:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    except PermissionError as error:
        print(f"saekdong: cannot become the user {USER}: {error.strerror}", file=sys.stderr, flush=True)
