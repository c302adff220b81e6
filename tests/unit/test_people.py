"""The people of a desk: what lets them in, what keeps others out, and what is written about it."""

import json
import sqlite3
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from saekdong.database import StoreError
from saekdong.errors import SaekdongError
from saekdong.loop import Loop
from saekdong.people import LoginRefusedError, Origin, People
from saekdong.people.passwords import Passwords
from saekdong.people.waits import FREE_TRIES, LONGEST_WAIT

PASSWORD = "seven colors of cloth"  # noqa: S105
HOME = Origin("203.0.113.7", "Firefox")


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)


class Counted(Passwords):
    """Counts how often a password is compared with a hash."""

    def __init__(self) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.compared: list[str] = []

    def verify(self, stored: str, password: str) -> bool:
        self.compared.append(stored.rsplit("$", 2)[0])
        return super().verify(stored, password)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def passwords():
    return Counted()


@pytest.fixture
def loop(tmp_path, clock):
    with Loop.open(tmp_path / "loop.db", clock) as opened:
        yield opened


@pytest.fixture
def people(tmp_path, loop, clock, passwords):
    with People.open(tmp_path / "people.db", loop, clock, passwords) as opened:
        yield opened


def join(people, name="mina", role="admin"):
    _, secret = people.invite("root", role)
    return people.accept(secret, name, PASSWORD, HOME)


def fail(people, name="mina", origin=HOME, tries=1):
    for _ in range(tries - 1):
        fail(people, name, origin)
    with pytest.raises(LoginRefusedError) as refused:
        people.log_in(name, "not the password", origin)
    return refused.value.wait


def test_an_invitation_makes_one_account_once(people, clock):
    invitation, secret = people.invite("root", "editor")
    assert people.invitation(secret) == invitation
    assert people.accept(secret, "mina", PASSWORD, HOME).person.role == "editor"
    assert people.invitation(secret) is None
    with pytest.raises(SaekdongError, match="was used"):
        people.accept(secret, "jun", PASSWORD, HOME)
    _, late = people.invite("root", "viewer", days=2)
    clock.wait(days=2)
    with pytest.raises(SaekdongError, match="has expired"):
        people.accept(late, "jun", PASSWORD, HOME)
    withdrawn, secret = people.invite("root", "viewer")
    people.withdraw("mina", withdrawn.number)
    assert people.invitation(secret) is None
    assert [person.name for person in people.persons()] == ["mina"]


def test_one_invitation_used_by_many_at_once_makes_one_account(people):
    _, secret = people.invite("root", "editor")

    def accept(number):
        try:
            return people.accept(secret, f"person {number}", PASSWORD)
        except SaekdongError:
            return None

    with ThreadPoolExecutor(4) as pool:
        assert len([login for login in pool.map(accept, range(4)) if login]) == 1
    assert len(people.persons()) == 1


def test_an_invitation_for_an_account_gives_it_a_new_password_and_ends_its_sessions(people):
    session = join(people, role="editor").session
    _, secret = people.invite("root", "admin", name="MINA")
    login = people.accept(secret, "", "another seven colors", HOME)
    assert (login.person.name, login.person.role) == ("mina", "editor")
    assert people.session(session) is None
    fail(people)
    assert people.log_in("mina", "another seven colors", HOME).person.name == "mina"


@pytest.mark.parametrize(
    ("name", "password", "problem"),
    [
        ("", PASSWORD, "a name has 1 to 64 characters"),
        (" \u3000", PASSWORD, "a name has 1 to 64 characters"),
        ("m" * 65, PASSWORD, "a name has 1 to 64 characters"),
        ("mi\u202ena", PASSWORD, "cannot be seen"),
        ("mi\nna", PASSWORD, "cannot be seen"),
        ("mina", "short", "12 to 200 characters"),
        ("mina", "p" * 201, "12 to 200 characters"),
        ("mina", "abababababab", "repeats few characters"),
        ("mina", "the mug of Mina", "contains the name"),
    ],
)
def test_bad_names_and_passwords_are_refused_and_leave_the_invitation(people, name, password, problem):
    _, secret = people.invite("root", "editor")
    with pytest.raises(SaekdongError, match=problem):
        people.accept(secret, name, password, HOME)
    assert people.invitation(secret)


def test_two_spellings_of_a_name_are_one_account(people):
    join(people, "Mina")
    _, secret = people.invite("root", "editor")
    with pytest.raises(SaekdongError, match="already"):
        people.accept(secret, "ｍina", PASSWORD, HOME)
    assert people.log_in(" MINA ", PASSWORD, HOME).person.name == "Mina"


def test_a_password_is_the_same_however_its_letters_are_composed(people):
    _, secret = people.invite("root", "editor")
    people.accept(secret, "mina", "색동저고리 일곱 가지 색", HOME)
    assert people.log_in("mina", unicodedata.normalize("NFD", "색동저고리 일곱 가지 색"), HOME)


def test_nothing_in_the_file_lets_anyone_in(people, tmp_path):
    invited, link = people.invite("root", "viewer")
    login = join(people)
    _, token = people.make_token("mina", login.person, "feeds")
    content = b"".join(path.read_bytes() for path in tmp_path.glob("people.db*"))
    for secret in (PASSWORD, link, login.session, login.device, token):
        assert secret.encode() not in content
    assert b"$argon2id$" in content
    assert invited.role == "viewer"


def test_passwords_are_hashed_with_the_parameters_of_rfc_9106():
    stored = Passwords().hash(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Passwords().is_right(stored, PASSWORD)
    assert not Passwords().is_outdated(stored)


def test_a_hash_of_weaker_parameters_is_renewed_at_the_next_login(people, loop, tmp_path, clock):
    join(people)
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    with People.open(tmp_path / "people.db", loop, clock, stronger) as later:
        assert later.log_in("mina", PASSWORD, HOME)
        assert later.log_in("mina", PASSWORD, HOME)
    assert b"$m=16,t=2,p=1$" in b"".join(path.read_bytes() for path in tmp_path.glob("people.db*"))


def test_each_login_gives_a_new_session_and_ends_the_browsers_former_one(people):
    first = join(people)
    second = people.log_in("mina", PASSWORD, Origin(HOME.address, session=first.session))
    chosen = people.log_in("mina", PASSWORD, Origin(HOME.address, session="chosen by a stranger"))
    assert len({first.session, second.session, chosen.session}) == 3
    assert people.session(first.session) is None
    assert people.session("chosen by a stranger") is None
    assert people.session(second.session)


def test_a_session_ends_when_idle_and_in_any_case_after_a_week(people, clock):
    session = join(people).session
    clock.wait(hours=12, seconds=-1)
    assert people.session(session)
    clock.wait(hours=12)
    assert people.session(session) is None
    session = people.log_in("mina", PASSWORD, HOME).session
    for _ in range(14):
        assert people.session(session)
        clock.wait(hours=11.9)
    assert people.session(session)
    clock.wait(hours=2)
    assert people.session(session) is None
    assert people.sessions() == []


def test_a_role_change_and_a_removal_hold_from_the_next_request_on(people, loop):
    join(people)
    jun = join(people, "jun", "editor")
    _, token = people.make_token("jun", jun.person, "feeds")
    people.set_role("mina", "jun", "viewer")
    assert people.session(jun.session).person.role == people.token(token).person.role == "viewer"
    people.remove("mina", "jun")
    assert people.session(jun.session) is None
    assert people.token(token) is None
    again = join(people, "jun", "viewer")
    assert again.person.number != jun.person.number
    assert loop.first_broken_event() is None


def test_what_is_revoked_stops_at_once_in_every_process(people, loop, tmp_path, clock):
    login = join(people)
    made, token = people.make_token("mina", login.person, "feeds")
    with People.open(tmp_path / "people.db", loop, clock) as other:
        assert other.session(login.session)
        assert other.token(token)
        people.end_session("root", other.sessions()[0].number)
        people.revoke_token("root", made.number)
        assert other.session(login.session) is None
        assert other.token(token) is None
    for stop, number in ((people.end_session, 1), (people.revoke_token, made.number), (people.withdraw, 99)):
        with pytest.raises(SaekdongError, match="there is no"):
            stop("root", number)


def test_a_token_has_a_title_an_end_and_its_last_use(people, clock):
    person = join(people).person
    with pytest.raises(SaekdongError, match="1 to 100 characters"):
        people.make_token("mina", person, "  ")
    _, secret = people.make_token("mina", person, " nightly \n feeds ", days=1)
    assert secret.startswith("saekdong_")
    assert people.tokens(person)[0].used is None
    clock.wait(hours=1)
    people.token(secret)
    assert [(token.title, token.used) for token in people.tokens()] == [("nightly feeds", clock.now)]
    clock.wait(hours=23)
    assert people.token(secret) is None
    assert people.token("saekdong_nothing") is people.token("") is people.session("") is None


def test_the_last_admin_stays_while_there_are_others(people):
    join(people)
    with pytest.raises(SaekdongError, match="mina is the only admin"):
        people.set_role("mina", "mina", "editor")
    join(people, "jun", "editor")
    with pytest.raises(SaekdongError, match="mina is the only admin"):
        people.remove("jun", "mina")
    people.set_role("mina", "jun", "admin")
    people.remove("jun", "mina")
    people.remove("root", "jun")
    assert not people.has_accounts()


def test_an_unknown_name_takes_the_same_work_as_a_wrong_password(people, passwords):
    join(people)
    people.log_in_from("https://id.example", "7", "jun", "viewer", HOME)
    work = []
    for name in ("mina", "nobody", "jun", ""):
        passwords.compared.clear()
        fail(people, name, Origin(f"address of {name}"))
        work.append(list(passwords.compared))
    assert work == [["$argon2id$v=19$m=8,t=1,p=1"]] * 4


def test_the_same_is_said_and_waited_whether_a_name_is_known_or_not(people):
    join(people)
    answers = []
    for name in ("mina", "nobody"):
        answers.append([])
        for place in range(FREE_TRIES + 1):
            with pytest.raises(LoginRefusedError) as refused:
                people.log_in(name, "not the password", Origin(f"{name} {place}"))
            answers[-1].append(str(refused.value))
    assert answers[0] == answers[1]


def test_waits_grow_after_five_failures_and_survive_a_restart(people, loop, tmp_path, clock, passwords):
    join(people)
    waits = []
    for place in range(12):
        waits.append(fail(people, origin=Origin(f"10.0.0.{place}")))  # the name's wait, from any address
        clock.wait(seconds=waits[-1])
    assert waits[:7] == [0, 0, 0, 0, 30, 60, 120]
    assert waits[-1] == LONGEST_WAIT
    fail(people, origin=Origin("10.0.1.1"))
    with People.open(tmp_path / "people.db", loop, clock, passwords) as restarted:
        passwords.compared.clear()
        with pytest.raises(LoginRefusedError, match="wait"):
            restarted.log_in("mina", PASSWORD, Origin("10.0.1.2"))
        assert passwords.compared == []
        clock.wait(seconds=LONGEST_WAIT)
        assert restarted.log_in("mina", PASSWORD, Origin("10.0.1.2"))
        assert fail(restarted, origin=Origin("10.0.1.3")) == 0


def test_an_address_that_tries_many_names_waits_and_others_do_not(people):
    join(people)
    join(people, "jun")
    for place in range(FREE_TRIES):
        fail(people, f"name {place}", Origin("2001:db8::1"))
    with pytest.raises(LoginRefusedError, match="wait 30 seconds"):
        people.log_in("mina", PASSWORD, Origin("2001:db8::ffff"))  # of the same network
    assert people.log_in("mina", PASSWORD, Origin("2001:db8:1::1"))
    assert people.log_in("jun", PASSWORD, HOME)


def test_a_stranger_does_not_lock_a_person_out_of_a_known_device(people):
    device = join(people).device
    jun = join(people, "jun").device
    for place in range(20):
        fail(people, origin=Origin(f"10.0.0.{place}", device=jun))
    login = people.log_in("mina", PASSWORD, Origin("10.0.0.1", device=device))
    assert login.device == device
    assert fail(people, origin=Origin("10.0.0.1", device=device), tries=FREE_TRIES) == 30


def test_many_tries_at_once_are_no_way_around_the_wait(people, passwords):
    join(people)
    passwords.compared.clear()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda place: fail(people, origin=Origin(f"10.0.0.{place}")), range(16)))
    assert len(passwords.compared) == FREE_TRIES


def test_right_logins_from_one_address_never_wait_for_each_other(people):
    join(people)
    for _ in range(3):
        fail(people, "jun")
    for _ in range(2 * FREE_TRIES):
        assert people.log_in("mina", PASSWORD, Origin(HOME.address))


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(people):
    here = join(people).session
    there = people.log_in("mina", PASSWORD, HOME).session
    session = people.session(here)
    with pytest.raises(LoginRefusedError):
        people.change_password(session, "wrong", "another seven colors", HOME)
    with pytest.raises(SaekdongError, match="12 to 200"):
        people.change_password(session, PASSWORD, "short", HOME)
    people.change_password(session, PASSWORD, "another seven colors", HOME)
    assert people.session(here)
    assert people.session(there) is None
    assert people.log_in("mina", "another seven colors", HOME)


def test_a_provider_decides_role_but_never_takes_over_an_account(people):
    join(people)
    first = people.log_in_from("https://id.example", "7", "mina", "editor", HOME).person
    assert (first.name, first.role) == ("mina 2", "editor")
    again = people.log_in_from("https://id.example", "7", "admin", "viewer", HOME).person
    assert (again.number, again.name) == (first.number, "mina 2")
    assert people.person("mina 2").role == "viewer"
    assert people.log_in_from("https://other.example", "7", "mina", "viewer", HOME).person.number != first.number
    fail(people, "mina 2")
    with pytest.raises(SaekdongError, match="logs in with"):
        people.invite("mina", "admin", name="mina 2")
    with pytest.raises(SaekdongError, match="change the password there"):
        people.change_password(people.sessions(first)[0], "", "another seven colors", HOME)


def test_every_change_is_an_event_with_who_did_it_and_no_secret(people, loop):
    login = join(people)
    _, token = people.make_token("mina", login.person, "feeds")
    people.revoke_token("mina", 1)
    people.set_role("root", "mina", "admin")
    people.invite("mina", "viewer")
    people.withdraw("mina", 2)
    people.change_password(people.session(login.session), PASSWORD, "another seven colors", HOME)
    fail(people, "my password by mistake", tries=FREE_TRIES)
    people.log_out(people.session(login.session))
    people.remove("root", "mina")
    events = loop.events()
    assert [(event.by, event.what) for event in events] == [
        ("root", "invite"),
        ("mina", "accept invitation"),
        ("mina", "login"),
        ("mina", "make token"),
        ("mina", "revoke token"),
        ("root", "role"),
        ("mina", "invite"),
        ("mina", "withdraw invitation"),
        ("mina", "password"),
        ("unknown", "login refused"),
        ("mina", "logout"),
        ("root", "remove person"),
    ]
    text = json.dumps([dict(event.details) for event in events])
    assert not any(secret in text for secret in (PASSWORD, login.session, token, "my password"))
    assert loop.first_broken_event() is None


def test_a_change_that_cannot_be_recorded_is_not_made(people, loop):
    join(people)
    loop.close()
    with pytest.raises(StoreError):
        people.invite("root", "admin")
    with pytest.raises(StoreError):
        people.remove("root", "mina")
    assert people.invitations() == []
    assert people.persons()


@pytest.mark.usefixtures("people")
def test_the_file_is_readable_by_its_owner_only(tmp_path):
    assert (tmp_path / "people.db").stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(tmp_path / "people.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
