"""The pages of one's own account, of all people, and of the audit log."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.errors import SaekdongError
from saekdong.people import ROLES, LoginRefusedError, LoginSession, PeopleError, Person, PersonToken
from saekdong.people.roles import as_role
from saekdong.web.access import visitor_of
from saekdong.web.desk.console import PAGES, Console
from saekdong.web.site.forms import form

ACCOUNT, PEOPLE, LOG = "/desk/account", "/desk/people", "/desk/people/log"
NO_STORE = {"Cache-Control": "no-store"}
_EVENTS = 100
_INVITATION = "/desk/invitation"

Fields = dict[str, str]
Change = Callable[[str, Fields], object]


def people_routes(console: Console) -> list[Route]:
    """Return the routes of accounts, people and the audit log."""
    pages = _People(console)
    people = console.people
    return [
        Route(ACCOUNT, pages.account, methods=["GET"]),
        Route(f"{ACCOUNT}/password", pages.change_password, methods=["POST"]),
        Route(f"{ACCOUNT}/tokens", pages.make_token, methods=["POST"]),
        Route(f"{ACCOUNT}/tokens/revoke", pages.revoke_own_token, methods=["POST"]),
        Route(f"{ACCOUNT}/sessions/end", pages.end_own_session, methods=["POST"]),
        Route(PEOPLE, pages.people, methods=["GET"]),
        Route(f"{PEOPLE}/invite", pages.invite, methods=["POST"]),
        Route(f"{PEOPLE}/role", pages.change(_set_role(console)), methods=["POST"]),
        Route(f"{PEOPLE}/remove", pages.confirm_removal, methods=["GET"]),
        Route(f"{PEOPLE}/remove", pages.change(lambda by, one: people.remove(by, one["name"])), methods=["POST"]),
        Route(
            f"{PEOPLE}/invitations/withdraw",
            pages.change(lambda by, one: people.withdraw(by, _number(one))),
            methods=["POST"],
        ),
        Route(
            f"{PEOPLE}/sessions/end",
            pages.change(lambda by, one: people.end_session(by, _number(one))),
            methods=["POST"],
        ),
        Route(
            f"{PEOPLE}/tokens/revoke",
            pages.change(lambda by, one: people.revoke_token(by, _number(one))),
            methods=["POST"],
        ),
        Route(LOG, pages.log, methods=["GET"]),
    ]


def problem_text(request: Request, error: PeopleError) -> str:
    """Return what went wrong, in the reader's language."""
    wait = error.wait if isinstance(error, LoginRefusedError) else 0
    return PAGES.texts(request)[f"problem_{error.reason}"].format(name=error.name, wait=wait)


@dataclass(frozen=True, eq=False)
class _People:
    console: Console

    def account(self, request: Request, problem: str = "", secret: str = "", status: int = 200) -> Response:
        """Answer `/desk/account`: the visitor's password, tokens and sessions."""
        visitor, people = visitor_of(request), self.console.people
        if visitor.session is None:
            return RedirectResponse("/desk", 303)
        person = visitor.session.person
        return PAGES.page(
            request,
            "account.html.j2",
            status,
            headers=NO_STORE,
            person=person,
            tokens=people.tokens(person),
            sessions=people.sessions(person),
            this_session=visitor.session.number,
            problem=problem,
            secret=secret,
        )

    async def change_password(self, request: Request) -> Response:
        """Answer a new password."""
        fields, origin = dict(await form(request)), self.console.doorkeeper.origin(request)
        old, new = fields.get("old", ""), fields.get("password", "")

        def change() -> Response:
            session = visitor_of(request).session
            try:
                if new != fields.get("again", ""):
                    raise PeopleError("password-repeated", "the two passwords differ")
                if session:
                    self.console.people.change_password(session, old, new, origin)
            except PeopleError as error:
                return self.account(request, problem_text(request, error), status=422)
            return RedirectResponse(ACCOUNT, 303)

        return await anyio.to_thread.run_sync(change)

    async def make_token(self, request: Request) -> Response:
        """Make a token of the visitor's and show it, once."""
        fields = dict(await form(request))
        days = fields.get("days", "")

        def make() -> Response:
            session = visitor_of(request).session
            if session is None:
                return RedirectResponse("/desk", 303)
            person = session.person
            try:
                end = min(int(days[:5]), 3650) if days.isdecimal() else None
                _, secret = self.console.people.make_token(person.name, person, fields.get("title", ""), end)
            except PeopleError as error:
                return self.account(request, problem_text(request, error), status=422)
            return self.account(request, secret=secret)

        return await anyio.to_thread.run_sync(make)

    async def revoke_own_token(self, request: Request) -> Response:
        """Revoke a token of the visitor's."""
        people = self.console.people
        return await self._end_own(request, people.tokens, people.revoke_token)

    async def end_own_session(self, request: Request) -> Response:
        """End a session of the visitor's."""
        people = self.console.people
        return await self._end_own(request, people.sessions, people.end_session)

    async def _end_own(
        self,
        request: Request,
        listed: Callable[[Person], Iterable[PersonToken | LoginSession]],
        end: Callable[[str, int], None],
    ) -> Response:
        number = _number(dict(await form(request)))
        visitor = visitor_of(request)

        def work() -> Response:
            own = listed(visitor.session.person) if visitor.session else []
            if any(each.number == number for each in own):
                end(visitor.name, number)
            return RedirectResponse(ACCOUNT, 303)

        return await anyio.to_thread.run_sync(work)

    def people(self, request: Request, problem: str = "", link: str = "", status: int = 200) -> Response:
        """Answer `/desk/people`: accounts, invitations, sessions and tokens."""
        people = self.console.people
        return PAGES.page(
            request,
            "people.html.j2",
            status,
            headers=NO_STORE,
            persons=people.persons(),
            roles=ROLES,
            invitations=people.invitations(),
            sessions=people.sessions(),
            tokens=people.tokens(),
            problem=problem,
            link=link,
        )

    async def invite(self, request: Request) -> Response:
        """Make an invitation and show its link, once."""
        fields = dict(await form(request))

        def invite() -> Response:
            try:
                role = as_role(fields.get("role", ""))
                _, secret = self.console.people.invite(visitor_of(request).name, role, fields.get("name", "").strip())
            except PeopleError as error:
                return self.people(request, problem_text(request, error), status=422)
            except SaekdongError as error:
                return self.people(request, str(error), status=422)
            return self.people(request, link=str(request.url.replace(path=_INVITATION, query=f"code={secret}")))

        return await anyio.to_thread.run_sync(invite)

    def change(self, work: Change) -> Callable[[Request], object]:
        """Return what answers a form that changes something about people."""

        async def answer(request: Request) -> Response:
            fields = dict(await form(request))

            def changed() -> Response:
                try:
                    work(visitor_of(request).name, {"name": "", **fields})
                except PeopleError as error:
                    return self.people(request, problem_text(request, error), status=422)
                except SaekdongError as error:
                    return self.people(request, str(error), status=422)
                return RedirectResponse(PEOPLE, 303)

            return await anyio.to_thread.run_sync(changed)

        return answer

    def confirm_removal(self, request: Request) -> Response:
        """Answer `/desk/people/remove?name=`: ask before an account is removed."""
        try:
            person = self.console.people.person(request.query_params.get("name", ""))
        except PeopleError as error:
            return self.people(request, problem_text(request, error), status=404)
        return PAGES.page(request, "remove_person.html.j2", headers=NO_STORE, person=person)

    def log(self, request: Request) -> Response:
        """Answer `/desk/people/log`: the audit log, the latest events first, and its proof if it is asked for."""
        loop = self.console.api.loop
        last = loop.last_event()
        before = request.query_params.get("before", "")
        until = min(int(before[:18]), last + 1) if before.isdecimal() else last + 1
        events = loop.events(max(until - _EVENTS - 1, 0), min(_EVENTS, max(until - 1, 0)))
        proof, is_broken = "", False
        if "check" in request.query_params:
            proof, is_broken = self._proof(request, last)
        return PAGES.page(
            request,
            "audit_log.html.j2",
            headers=NO_STORE,
            events=events[::-1],
            older=f"{LOG}?before={events[0].number}" if events and events[0].number > 1 else "",
            is_first=until > last,
            proof=proof,
            is_broken=is_broken,
        )

    def _proof(self, request: Request, last: int) -> tuple[str, bool]:
        """Return what the check of the whole chain found, and whether it is broken."""
        texts, loop = PAGES.texts(request), self.console.api.loop
        if (broken := loop.first_broken_event()) is not None:
            return texts["proof_broken"].format(number=broken), True
        final = loop.events(last - 1, 1) if last else []
        return texts["proof_holds"].format(count=f"{last:,}", hash=final[0].hash if final else "-"), False


def _set_role(console: Console) -> Change:
    return lambda by, one: console.people.set_role(by, one["name"], as_role(one.get("role", "")))


def _number(fields: Fields) -> int:
    text = fields.get("number", "")
    return int(text) if text.isdecimal() and len(text) < 18 else 0
