"""The file `people.db`."""

import ipaddress
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from saekdong.database import Database
from saekdong.errors import SaekdongError
from saekdong.loop import Loop
from saekdong.people import invitations, persons, sessions, tokens, waits
from saekdong.people.errors import LoginRefusedError, PeopleError
from saekdong.people.invitations import Invitation
from saekdong.people.passwords import Passwords, check_password
from saekdong.people.persons import Person
from saekdong.people.roles import Role
from saekdong.people.schema import SCHEMA
from saekdong.people.secrets import TOKEN_PREFIX, hashed, new_secret
from saekdong.people.sessions import LoginSession
from saekdong.people.tokens import PersonToken

FILE = "people.db"

INVITATION_DAYS = 7
_DAY = 24 * 3600.0
_MOST_TITLE = 100
_STRANGER = "unknown"

Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a login comes from.

    Attributes:
        address: the browser's address.
        browser: what the browser says that it is.
        device: the secret that the browser got at an earlier login; empty if it has none.
        session: the secret of the session that the browser has; it ends with the login.
    """

    address: str = ""
    browser: str = ""
    device: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """A login that succeeded.

    Attributes:
        person: who logged in.
        session: the secret of the new session.
        device: the secret by which the browser is known at its next login.
    """

    person: Person
    session: str
    device: str


class People:
    """The people of a desk; safe to share among threads and processes. Each change is one transaction and one event.

    Args:
        database: the file.
        loop: its audit log gets the events.
        clock: returns the time.
        passwords: hashes and compares passwords.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with Loop.open(folder / "loop.db") as loop, People.open(folder / FILE, loop) as people:
        ...     _, secret = people.invite("root", "admin")
        ...     mina = people.accept(secret, "mina", "a mug in seven colors").person
        ...     _, token = people.make_token("mina", mina, "feeds")
        ...     found = people.token(token)
        ...     what = [event.what for event in loop.events()]
        >>> found.person.role, what
        ('admin', ['invite', 'accept invitation', 'login', 'make token'])
    """

    def __init__(self, database: Database, loop: Loop, clock: Clock = _now, passwords: Passwords | None = None) -> None:
        self._database, self._loop, self._clock = database, loop, clock
        self._passwords = passwords or Passwords()

    @classmethod
    def open(cls, path: Path, loop: Loop, clock: Clock = _now, passwords: Passwords | None = None) -> "People":
        """Open a file, made if there is none.

        Raises:
            SaekdongError: it cannot be opened, is not such a file, or was made by a newer Saekdong.
        """
        return cls(Database.open(path, SCHEMA), loop, clock, passwords)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # Accounts

    def persons(self) -> list[Person]:
        """Return the accounts in the order in which they were made."""
        with self._database.reading() as connection:
            return list(persons.read_persons(connection))

    def person(self, name: str) -> Person:
        """Return the account of this name, in any case.

        Raises:
            SaekdongError: there is none.
        """
        with self._database.reading() as connection:
            return persons.need_person(connection, name)

    def is_name(self, name: str) -> bool:
        """Return whether an account has this name."""
        with self._database.reading() as connection:
            return persons.find_person(connection, name) is not None

    def has_accounts(self) -> bool:
        """Return whether there is an account."""
        with self._database.reading() as connection:
            return connection.execute("SELECT 1 FROM person LIMIT 1").fetchone() is not None

    def set_role(self, by: str, name: str, role: Role) -> Person:
        """Change what a person may do, from the person's next request on.

        Raises:
            SaekdongError: there is no such account, or no admin would be left.
        """
        with self._writing() as connection:
            person = persons.need_person(connection, name)
            if person.role == "admin" and role != "admin":
                _check_other_admin(connection, person)
            connection.execute("UPDATE person SET role = ? WHERE number = ?", (role, person.number))
            self._loop.record(by, "role", person=person.name, before=person.role, role=role)
            return persons.need_person(connection, name)

    def remove(self, by: str, name: str) -> Person:
        """Remove an account with its sessions and tokens; what the person did stays in the audit log.

        Raises:
            SaekdongError: there is no such account, or others would be left without an admin.
        """
        with self._writing() as connection:
            person = persons.need_person(connection, name)
            if person.role == "admin" and connection.execute("SELECT count(*) FROM person").fetchone()[0] > 1:
                _check_other_admin(connection, person)
            persons.delete_person(connection, person)
            connection.execute("DELETE FROM invitation WHERE name = ?", (person.name,))
            self._loop.record(by, "remove person", person=person.name, role=person.role)
            return person

    def change_password(self, session: LoginSession, old: str, new: str, origin: Origin) -> None:
        """Give a person a new password; the person's other sessions end.

        Raises:
            LoginRefusedError: the old password is wrong.
            SaekdongError: the new one is too easy to guess, or the person logs in with an OpenID provider.
        """
        person = session.person
        if person.issuer:
            raise PeopleError(
                "provider-person", f"{person.name} logs in with {person.issuer}", fix="change the password there"
            )
        check_password(new, person.name)
        self._check(person.name, old, origin)
        stored = self._passwords.hash(new)
        with self._writing() as connection:
            connection.execute("UPDATE person SET password = ? WHERE number = ?", (stored, person.number))
            ended = sessions.delete_sessions(connection, person, but=session.number)
            self._loop.record(person.name, "password", person=person.name, ended=ended)

    def can_log_in(self) -> bool:
        """Return whether there is an account, or an invitation with which an admin can make one."""
        return self.has_accounts() or any(each.role == "admin" for each in self.invitations())

    # Invitations

    def invite(self, by: str, role: Role, name: str = "", days: int = INVITATION_DAYS) -> tuple[Invitation, str]:
        """Make an invitation; return it with its secret, which is not stored.

        Args:
            by: who invites.
            role: of the new account.
            name: the account's name, empty if the person chooses it. If the account exists, the link gives it a new
                password, and its role stays.
            days: how long the link can be used.

        Raises:
            SaekdongError: the name cannot be one, or is that of a person who logs in with an OpenID provider.
        """
        secret, now = new_secret(), self._time()
        with self._writing() as connection:
            person = persons.find_person(connection, name) if name else None
            if person and person.issuer:
                raise PeopleError(
                    "provider-person", f"{person.name} logs in with {person.issuer}, without a password of the desk"
                )
            if person:
                role, name = person.role, person.name
            elif name:
                name = persons.check_person_name(name)
            connection.execute("DELETE FROM invitation WHERE expires <= ?", (now,))
            made = invitations.append_invitation(connection, now, by, role, name, now + days * _DAY, secret)
            self._loop.record(by, "invite", invitation=made.number, role=role, name=name)
            return made, secret

    def invitations(self) -> list[Invitation]:
        """Return the invitations that can be used, in order."""
        with self._database.reading() as connection:
            return list(invitations.read_invitations(connection, self._time()))

    def invitation(self, secret: str) -> Invitation | None:
        """Return the invitation of a link, or None if it was used, withdrawn or has expired."""
        with self._database.reading() as connection:
            return invitations.find_invitation(connection, self._time(), secret)

    def withdraw(self, by: str, number: int) -> None:
        """Let an invitation no longer be used.

        Raises:
            SaekdongError: there is none.
        """
        with self._writing() as connection:
            if not invitations.delete_invitation(connection, number):
                raise PeopleError(
                    "no-invitation", f"there is no invitation {number}", fix="see 'saekdong people invitations'"
                )
            self._loop.record(by, "withdraw invitation", invitation=number)

    def accept(self, secret: str, name: str, password: str, origin: Origin | None = None) -> Login:
        """Use an invitation: make the account, or give it the new password, and log the person in.

        Args:
            secret: of the link.
            name: the new account's; ignored if the invitation names one.
            password: the new one.
            origin: where the request comes from.

        Raises:
            SaekdongError: the invitation cannot be used, or the name or the password is not accepted.
        """
        invitation = self.invitation(secret)
        if invitation is None:
            raise _unusable()
        name = invitation.name or persons.check_person_name(name)
        check_password(password, name)
        stored = self._passwords.hash(password)
        with self._writing() as connection:
            if not invitations.delete_invitation(connection, invitation.number):
                raise _unusable()  # used meanwhile
            person = self._accepted(connection, invitation, name, stored)
            self._loop.record(
                person.name, "accept invitation", invitation=invitation.number, person=person.name, role=person.role
            )
            return self._begin_session(connection, person, origin or Origin(), "password")

    def _accepted(self, connection: sqlite3.Connection, invitation: Invitation, name: str, stored: str) -> Person:
        person = persons.find_person(connection, invitation.name) if invitation.name else None
        if person is None:
            return persons.append_person(connection, self._time(), name, invitation.role, stored)
        connection.execute("UPDATE person SET password = ? WHERE number = ?", (stored, person.number))
        sessions.delete_sessions(connection, person)
        return person

    # Logins and sessions

    def log_in(self, name: str, password: str, origin: Origin) -> Login:
        """Begin a session of the person who has this name and password; its secret is always a new one.

        Raises:
            LoginRefusedError: they do not fit, or the wait after failed tries is not over.
        """
        person, stored, cleared, lowered = self._check(name, password, origin)
        renewed = self._passwords.hash(password) if self._passwords.is_outdated(stored) else stored
        with self._writing() as connection:
            found = persons.person_of(connection, person.number)
            if found is None or persons.stored_password(connection, found) != stored:
                raise LoginRefusedError(0)  # removed, or the password changed, since it was compared
            waits.forgive(connection, self._time(), cleared, lowered)
            connection.execute("UPDATE person SET password = ? WHERE number = ?", (renewed, person.number))
            return self._begin_session(connection, found, origin, "password")

    def log_in_from(self, issuer: str, subject: str, name: str, role: Role, origin: Origin) -> Login:
        """Begin a session of a person whom an OpenID provider knows; the account is made at the first login.

        Args:
            issuer: the provider.
            subject: the person's identifier there, which alone decides which account it is.
            name: the person's name there, for a new account.
            role: what the provider's groups allow; it replaces the account's.
            origin: where the request comes from.
        """
        with self._writing() as connection:
            person = persons.person_at(connection, issuer, subject)
            if person is None:
                name = _free_name(connection, name)
                person = persons.append_person(connection, self._time(), name, role, None, issuer, subject)
                self._loop.record(name, "new person", person=name, role=role, issuer=issuer)
            elif person.role != role:
                connection.execute("UPDATE person SET role = ? WHERE number = ?", (role, person.number))
                self._loop.record(issuer, "role", person=person.name, before=person.role, role=role)
            return self._begin_session(connection, person, origin, issuer)

    def session(self, secret: str) -> LoginSession | None:
        """Return the session of a secret with its person, or None if it has ended."""
        if not secret:
            return None
        now = self._time()
        with self._database.reading() as connection:
            found = sessions.find_session(connection, now, secret)
        if found and sessions.needs_touch(found, now) and not self._database.is_read_only:
            with self._database.writing() as connection:
                sessions.touch_session(connection, now, found.number)
        return found

    def sessions(self, person: Person | None = None) -> list[LoginSession]:
        """Return the sessions that have not ended: all, or a person's; the newest first."""
        with self._database.reading() as connection:
            return list(sessions.read_sessions(connection, self._time(), person))

    def log_out(self, session: LoginSession) -> None:
        """End a session at its person's wish."""
        with self._writing() as connection:
            sessions.delete_session(connection, session.number)
            self._loop.record(session.person.name, "logout", session=session.number)

    def end_session(self, by: str, number: int) -> None:
        """End a session; its browser's next request is a stranger's.

        Raises:
            SaekdongError: there is none.
        """
        with self._writing() as connection:
            found = next(
                (each for each in sessions.read_sessions(connection, self._time()) if each.number == number), None
            )
            if found is None:
                raise PeopleError("no-session", f"there is no session {number}", fix="see 'saekdong people sessions'")
            sessions.delete_session(connection, number)
            self._loop.record(by, "end session", session=number, person=found.person.name)

    def _begin_session(self, connection: sqlite3.Connection, person: Person, origin: Origin, way: str) -> Login:
        now, secret = self._time(), new_secret()
        if former := sessions.find_session(connection, now, origin.session):
            sessions.delete_session(connection, former.number)
            self._loop.record(former.person.name, "logout", session=former.number)
        number = sessions.append_session(connection, now, person, origin.address, origin.browser, secret)
        is_known = sessions.is_device_of(connection, person, origin.device)
        device = origin.device if is_known else new_secret()
        sessions.put_device(connection, now, person, device)
        connection.execute("UPDATE person SET last_login = ? WHERE number = ?", (now, person.number))
        self._loop.record(person.name, "login", session=number, address=origin.address, way=way)
        return Login(person, secret, device)

    def _check(self, name: str, password: str, origin: Origin) -> tuple[Person, str, list[str], list[str]]:
        """Compare a name and a password; return the person, the hash, and the keys of failures to take back.

        The try is counted before the password is compared, so that many at the same time are no way around the wait.

        Raises:
            LoginRefusedError: they do not fit, or the wait is not over.
        """
        now = self._time()
        with self._database.writing() as connection:
            person = persons.find_person(connection, name)
            stored = persons.stored_password(connection, person) if person else None
            cleared, lowered = _keys(connection, person, name, origin)
            if left := waits.left_to_wait(connection, now, [*cleared, *lowered]):
                raise LoginRefusedError(left)
            wait = waits.count_failure(connection, now, [*cleared, *lowered])
        if self._passwords.is_right(stored, password) and person and stored:
            return person, stored, cleared, lowered
        if wait:
            # A name that no account has may be a password in the wrong field.
            self._loop.record(
                person.name if person else _STRANGER, "login refused", address=origin.address, wait=round(wait)
            )
        raise LoginRefusedError(wait)

    # Tokens

    def make_token(self, by: str, person: Person, title: str, days: int | None = None) -> tuple[PersonToken, str]:
        """Make a token for a person's programs; return it with its secret, which is not stored.

        Raises:
            SaekdongError: the title is empty or too long.
        """
        title = " ".join(title.split())
        if not 0 < len(title) <= _MOST_TITLE:
            raise PeopleError(
                "title-length", f"a token's title has 1 to {_MOST_TITLE} characters", fix="say what the token is for"
            )
        secret, now = new_secret(TOKEN_PREFIX), self._time()
        expires = now + days * _DAY if days else None
        with self._writing() as connection:
            made = tokens.append_token(connection, now, person, title, expires, secret)
            self._loop.record(by, "make token", token=made.number, person=person.name, title=title)
            return made, secret

    def token(self, secret: str) -> PersonToken | None:
        """Return the token of a secret with its person, or None if it was revoked or has expired."""
        if not secret.startswith(TOKEN_PREFIX):
            return None
        now = self._time()
        with self._database.reading() as connection:
            found = tokens.find_token(connection, now, secret)
        if found and tokens.is_token_to_touch(found, now) and not self._database.is_read_only:
            with self._database.writing() as connection:
                tokens.touch_token(connection, now, found.number)
        return found

    def tokens(self, person: Person | None = None) -> list[PersonToken]:
        """Return the tokens that can be used: all, or a person's; in order."""
        with self._database.reading() as connection:
            return list(tokens.read_tokens(connection, self._time(), person))

    def revoke_token(self, by: str, number: int) -> None:
        """Let a token no longer be used.

        Raises:
            SaekdongError: there is none.
        """
        with self._writing() as connection:
            found = next((each for each in tokens.read_tokens(connection, self._time()) if each.number == number), None)
            if found is None:
                raise PeopleError("no-token", f"there is no token {number}", fix="see 'saekdong people tokens'")
            tokens.delete_token(connection, number)
            self._loop.record(by, "revoke token", token=number, person=found.person.name, title=found.title)

    def _time(self) -> float:
        return self._clock().timestamp()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Lend the writer; the event is recorded in the block, so no change is kept without one."""
        with self._database.writing(durable=True) as connection:
            yield connection


def _check_other_admin(connection: sqlite3.Connection, person: Person) -> None:
    if persons.count_admins(connection) == 1:
        raise PeopleError(
            "only-admin", f"{person.name} is the only admin", "make another person an admin first", person.name
        )


def _keys(
    connection: sqlite3.Connection, person: Person | None, name: str, origin: Origin
) -> tuple[list[str], list[str]]:
    """Return the keys of failures that a login clears, and of those that it lowers."""
    if person and origin.device and sessions.is_device_of(connection, person, origin.device):
        return [f"device {hashed(origin.device).hex()} {person.number}"], []
    return [f"name {hashed(persons.name_key(name)).hex()}"], [f"address {network_of(origin.address)}"]


def network_of(address: str) -> str:
    """Return what of an address one client cannot change: all of IPv4, the network of IPv6.

    Example:
        >>> network_of("203.0.113.7"), network_of("2001:db8::1:2"), network_of("::ffff:203.0.113.7")
        ('203.0.113.7', '2001:db8::/64', '203.0.113.7')
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


def _free_name(connection: sqlite3.Connection, name: str) -> str:
    """Return a provider's name for a person, with a number if an account has it."""
    try:
        name = persons.check_person_name(name[: persons.MOST_NAME - 5])
    except SaekdongError:
        name = "person"
    number, free = 1, name
    while persons.find_person(connection, free):
        number += 1
        free = f"{name} {number}"
    return free


def _unusable() -> SaekdongError:
    return PeopleError("invitation-over", "the invitation was used, withdrawn, or has expired", fix="ask for another")
