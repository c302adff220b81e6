"""Endpoints on this machine.

Each endpoint has a folder (`folder`) and a supervisor, a process that outlives the command that started it
(`supervisor`). The supervisor keeps the endpoint's address (`front`) while the services behind it come and go
(`service`); the commands write orders into the folder and read there what became of them (`platform`).
"""

from saekdong.deploy.local.platform import Local

__all__ = ["Local"]
