"""The people of a shop's desk: accounts with roles, invitations, sessions and tokens, in `people.db`.

Secrets are random values, stored as SHA-256; passwords are stored as Argon2id. Each change is an event of the audit
log in `loop.db`, written before the change is kept.
"""

from saekdong.people.errors import LoginRefusedError, PeopleError
from saekdong.people.invitations import Invitation
from saekdong.people.people import FILE, Login, Origin, People
from saekdong.people.persons import Person
from saekdong.people.roles import ROLES, Role, covers
from saekdong.people.sessions import LoginSession
from saekdong.people.tokens import PersonToken

__all__ = [
    "FILE",
    "ROLES",
    "Invitation",
    "Login",
    "LoginRefusedError",
    "LoginSession",
    "Origin",
    "People",
    "PeopleError",
    "Person",
    "PersonToken",
    "Role",
    "covers",
]
