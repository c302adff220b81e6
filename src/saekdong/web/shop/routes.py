"""The customers' pages and their routes: the listing, one product, the shop's logo and colors; for reading alone."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from saekdong.catalog.contract import Store
from saekdong.catalog.query import Query
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color.contrast import contrast_ratio
from saekdong.errors import SaekdongError
from saekdong.fetch.urls import is_web
from saekdong.lang import LANGS, Lang
from saekdong.web.shop import views
from saekdong.web.shop.filters import SHOP_SORTS, Filter, plain_number
from saekdong.web.shop.listing import (
    ShopListing,
    canonical_address,
    is_worth_indexing,
    make_cards,
    product_address,
    read_filter,
    shop_listing,
)
from saekdong.web.shop.settings import LOGO_TYPES, ShopSettings
from saekdong.web.shop.shop_data import listing_data
from saekdong.web.shop.structured_data import item_list, product_data, script_text
from saekdong.web.shop.texts import TEXTS
from saekdong.web.site.forms import fields
from saekdong.web.site.rendering import Pages, lang_of
from saekdong.web.site.views import label_of, picture, usable_photos

HERE = Path(__file__).parent

_SIMILAR = 8
_INKS = ("#ffffff", "#1b1b1d")
_YEAR = "private, max-age=31536000, immutable"


@dataclass(frozen=True, eq=False)
class Shop:
    """The customers' pages of a catalog.

    Attributes:
        store: the catalog.
        settings: how the pages look.
    """

    store: Store
    settings: ShopSettings

    @cached_property
    def pages(self) -> Pages:
        """The templates, with the shop's name, logo and colors."""
        name = self.settings.name
        texts = {**TEXTS, "brand": dict.fromkeys(LANGS, name)} if name else TEXTS
        return Pages(HERE, texts, lambda _: {"logo": self._logo, "theme": self._theme})

    def routes(self) -> list[Route]:
        """Return the routes of the pages, and of what a shop's own pages read."""
        return [
            Route("/", self.listing),
            Route("/product", self.product),
            Route("/api/shop", self.data),
            Route("/shop/theme.css", self.theme),
            Route("/shop/logo", self.logo),
            Route("/robots.txt", self.robots),
        ]

    def listing(self, request: Request) -> Response:
        """Answer `/`: the products that the filter in the address lets pass."""
        given = fields(request.url.query)
        chosen = read_filter(self.store, given)
        if given != chosen.pairs():
            # One address a listing: without what says nothing, as forms send it.
            return RedirectResponse(chosen.full_address, 303)
        lang = lang_of(request)
        try:
            listing = shop_listing(self.store, self.settings, chosen, lang)
        except SaekdongError:
            # A cursor of another order.
            return RedirectResponse(chosen.address(), 303)
        heading = self._heading(listing, lang)
        return self.pages.page(
            request,
            "listing.html.j2",
            **{name: getattr(listing, name) for name in ("choices", "folded", "categories", "chips", "cards", "count")},
            filter=chosen,
            heading=heading,
            note=listing.note,
            asked=self._asked(listing, lang),
            advice=listing.advice,
            sorts=SHOP_SORTS,
            price_min=plain_number(chosen.price_min),
            price_max=plain_number(chosen.price_max),
            next_page=chosen.address(after=listing.next) if listing.next else "",
            robots=self.settings.robots if is_worth_indexing(chosen) else "noindex, follow",
            canonical=self._absolute(canonical_address(chosen)),
            structured=script_text(item_list(heading, [self._item(card) for card in listing.cards])),
        )

    def _heading(self, listing: ShopListing, lang: Lang) -> str:
        names = [choice.swatch.name for choice in listing.choices if choice.chosen]
        category = listing.filter.category.replace(">", "›")
        return " · ".join(filter(None, (", ".join(names), category))) or TEXTS["listing"][lang]

    def _asked(self, listing: ShopListing, lang: Lang) -> str:
        if not listing.filter.asked:
            return ""
        names = ", ".join(choice.swatch.name for choice in listing.choices if choice.chosen)
        return TEXTS["asked"][lang].format(names=names)

    def _item(self, card: views.ProductCard) -> tuple[str, str, str]:
        image = self._absolute(card.picture.large) if card.picture else ""
        return card.title, self._absolute(card.address), image

    def data(self, request: Request) -> Response:
        """Answer `/api/shop`: the same listing as JSON, which the web component reads."""
        given = fields(request.url.query)
        chosen = read_filter(self.store, given)
        asked = dict(given).get("lang")
        lang = next((each for each in LANGS if each == asked), lang_of(request))
        try:
            listing = shop_listing(self.store, self.settings, chosen, lang)
        except SaekdongError:
            listing = shop_listing(self.store, self.settings, chosen.with_changes(), lang)
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
        return JSONResponse(listing_data(listing, lang), headers=headers)

    def product(self, request: Request) -> Response:
        """Answer `/product?id=`: one product; 404 if it is no longer sold."""
        shown = self.store.get(request.query_params.get("id", ""))
        if shown is None or shown.gone:
            raise HTTPException(404)
        lang, product = lang_of(request), shown.product
        variants = self.store.variants(product.group)
        card = self._card(shown, lang)
        swatches = [views.shop_swatch(label_of(self.store.vocabulary, tag.label), lang) for tag in shown.tags]
        pictures = [picture(shown, number) for number in usable_photos(shown)]
        address = self._absolute(product_address(product.id))
        photos = [self._absolute(each.large) for each in pictures]
        names = [each.name for each in swatches]
        currency = product.currency or self.settings.currency
        trail = views.categories(Filter(category=product.category), {}).above
        return self.pages.page(
            request,
            "product.html.j2",
            product=card,
            pictures=pictures,
            swatches=swatches,
            trail=trail,
            variants=[self._card(each, lang) for each in variants] if len(variants) > 1 else [],
            similar=self._similar(shown, lang),
            robots=self.settings.robots,
            canonical=address,
            structured=script_text(product_data(product, address, photos, names, currency)),
        )

    def _card(self, shown: TaggedProduct, lang: Lang) -> views.ProductCard:
        address = product_address(shown.product.id)
        return views.product_card(shown, address, self.store.vocabulary, lang, (), self.settings.currency)

    def _similar(self, shown: TaggedProduct, lang: Lang) -> list[views.ProductCard]:
        """Return products in similar colors, without the product's own variants."""
        if not shown.palette:
            return []
        first = shown.palette[0]
        found = self.store.nearest((first.red, first.green, first.blue), Query(limit=3 * _SIMILAR)).products
        own = (shown.product.id, shown.product.group or None)
        others = [
            near.product for near in found if near.product.product.id != own[0] and near.product.product.group != own[1]
        ]
        return make_cards(self.store, self.settings, others[:_SIMILAR], lang)

    def robots(self, _: Request) -> Response:
        """Answer `/robots.txt`: pages say by themselves whether they are to be listed; the rest is not for readers."""
        return Response("User-agent: *\nDisallow: /desk\nDisallow: /api/\n", media_type="text/plain")

    def logo(self, _: Request) -> Response:
        """Answer `/shop/logo`: the file that `[shop]` names."""
        path = Path(self.settings.logo)
        if not self.settings.logo or is_web(self.settings.logo):
            raise HTTPException(404)
        return FileResponse(path, media_type=LOGO_TYPES[path.suffix.lower()], headers={"Cache-Control": "no-cache"})

    def theme(self, _: Request) -> Response:
        """Answer `/shop/theme.css`: the shop's accent and columns, in place of those of shop.css."""
        return Response(self._style, media_type="text/css", headers={"Cache-Control": _YEAR})

    @property
    def _logo(self) -> str:
        logo = self.settings.logo
        return logo if is_web(logo) or not logo else "/shop/logo"

    @property
    def _theme(self) -> str:
        digest = hashlib.blake2b(self._style.encode(), digest_size=6).hexdigest()
        return f"/shop/theme.css?v={digest}" if self._style else ""

    @cached_property
    def _style(self) -> str:
        light, dark = self.settings.accents
        rules = []
        if light:
            rules += [_accent_rule(light), f"@media (prefers-color-scheme: dark) {{ {_accent_rule(dark)} }}"]
        if columns := self.settings.columns:
            rules.append(f":root {{ --columns-wide: {columns}; --columns-between: {min(columns, 4)}; }}")
        return "\n".join(rules)

    def _absolute(self, address: str) -> str:
        return address if is_web(address) else f"{self.settings.address}{address}"


def _accent_rule(color: str) -> str:
    ink = max(_INKS, key=lambda each: contrast_ratio(each, color))
    variables: Mapping[str, str] = {"--accent": color, "--on-accent": ink}
    return f":root {{ {' '.join(f'{name}: {value};' for name, value in variables.items())} }}"
