"""What every part of the site answers: photos, and the reader's choice of a language."""

from pathlib import Path
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.catalog.contract import Store
from saekdong.fetch.urls import is_web
from saekdong.files import is_below
from saekdong.lang import LANGS
from saekdong.photo import PhotoError, photo_at
from saekdong.web.site.addresses import local_address
from saekdong.web.site.rendering import COOKIE, matches
from saekdong.web.site.thumbnails import SIDES, Thumbnails
from saekdong.web.site.views import usable_photos

_YEAR = 365 * 24 * 3600
_FOREVER = {"Cache-Control": f"private, max-age={_YEAR}, immutable"}


def choose_language(request: Request) -> Response:
    """Answer `/language?to=&back=`: keep the language in a cookie and go back."""
    to, back = request.query_params.get("to", ""), request.query_params.get("back", "/")
    answer = RedirectResponse(local_address(back), 303)
    if to in LANGS:
        answer.set_cookie(COOKIE, to, max_age=_YEAR, samesite="lax", httponly=True)
    return answer


def photo_route(store: Store, thumbnails: Thumbnails) -> Route:
    """Return the route `/photo?id=&n=`: a photo of a product, small; never one by its path.

    A feed may come from a supplier, so a file is shown only if it stands below the feed's folder or the workspace.
    """

    def answer(request: Request) -> Response:
        # Of letters that a header can hold, whatever the address says.
        tag = f'"{quote(request.query_params.get("v", "")[:20])}"'
        if matches(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=_FOREVER)
        shown = store.get(request.query_params.get("id", ""))
        if shown is None:
            raise HTTPException(404)
        places = {str(number): shown.product.photos[number] for number in usable_photos(shown)}
        place = places.get(request.query_params.get("n", ""))
        if place is None or is_web(place):
            # Browsers fetch those in the web from there; a feed shall not make the studio ask its own network.
            raise HTTPException(404)
        folders = (str(store.path.parent), store.feed_folder(shown.product.id))
        if not any(folder and is_below(place, folder) for folder in folders):
            raise HTTPException(404, "the photo stands outside of its feed's folder and the workspace")
        side = SIDES.get(request.query_params.get("size", ""), SIDES[""])
        try:
            content = thumbnails.get(photo_at(place, Path()), str(shown.change), side)
        except PhotoError as error:
            raise HTTPException(404, error.problem) from error
        return Response(content, headers={"ETag": tag, **_FOREVER}, media_type="image/webp")

    return Route("/photo", answer)
