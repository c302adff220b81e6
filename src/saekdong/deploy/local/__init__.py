"""Endpoints on this machine.

Each endpoint has a folder (`folder`) and a supervisor, a process that outlives the command that started it
(`supervisor`). The supervisor keeps the endpoint's address (`front`) while its services are replaced (`service`).
Commands write orders into the folder and read the results there (`platform`).
"""

from saekdong.deploy.local.platform import LocalPlatform

__all__ = ["LocalPlatform"]
