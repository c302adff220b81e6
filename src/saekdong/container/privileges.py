"""The image's own user, which serves instead of root."""

import os
import pwd
import sys

USER = "saekdong"
"""The user that the Dockerfile adds."""


def drop_privileges() -> None:
    """Become the image's user for good if this process is root in the image.

    SageMaker starts containers as root, and only root may be able to read its files. A host that forbids the change
    gives a container few rights anyway, so the service goes on.
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
