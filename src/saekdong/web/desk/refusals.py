"""What is answered to a visitor who may not use a page."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from saekdong.web.access.rules import NotAllowedError, login_address
from saekdong.web.desk.console import PAGES
from saekdong.web.desk.login import LOGIN


def refuse_visitor(request: Request, error: Exception) -> Response:
    """Answer with the login, or with a page that says what is missing."""
    assert isinstance(error, NotAllowedError)  # noqa: S101
    if error.reason == "form":
        return PAGES.message(request, 403, "other_site_title", "other_site_advice")
    if error.reason == "stranger":
        if request.method in ("GET", "HEAD"):
            return RedirectResponse(login_address(request, LOGIN), 303, headers={"Cache-Control": "no-store"})
        return PAGES.message(request, 401, "not_done_title", "not_done_advice")
    texts = PAGES.texts(request)
    role = texts[f"role_{error.visitor.role}"]
    advice = texts["not_allowed_advice"].format(least=texts[f"role_{error.least}"], role=role)
    return PAGES.page(request, "message.html.j2", 403, heading=texts["not_allowed_title"], advice=advice)
