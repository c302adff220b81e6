"""What to do where nothing matches: the choices that are in the way, each with what it would bring to drop it."""

from collections.abc import Iterator
from dataclasses import dataclass

from saekdong.catalog.contract import Store
from saekdong.lang import Lang
from saekdong.web.shop.color_words import is_quoted, named_color
from saekdong.web.shop.filters import Filter
from saekdong.web.shop.texts import TEXTS
from saekdong.web.site.views import label_of


@dataclass(frozen=True)
class Advice:
    """A way on.

    Attributes:
        text: what a person reads.
        address: where it leads.
        count: how many products are there, as `Page.total_text`.
    """

    text: str
    address: str
    count: str


def advise(store: Store, chosen: Filter, lang: Lang) -> list[Advice]:
    """Return the ways that lead to products, those that change least first."""
    found = []
    for key, filter_, fields in _ways(store, chosen, lang):
        page = store.find(filter_.query(1))
        if page.total:
            found.append(Advice(TEXTS[key][lang].format(**fields), filter_.address(), page.total_text))
    return found


def _ways(store: Store, chosen: Filter, lang: Lang) -> Iterator[tuple[str, Filter, dict[str, str]]]:
    change = chosen.with_changes
    if chosen.asked:
        yield "advice_asked", Filter(text=f'"{chosen.asked}"'), {"text": chosen.asked}
    if chosen.match == "all":
        yield "advice_all", change(match="any"), {}
    if chosen.price_min is not None or chosen.price_max is not None:
        yield "advice_price", change(price_min=None, price_max=None), {}
    if chosen.category:
        yield "advice_category", change(category=""), {}
    if chosen.labels and (
        chosen.text or chosen.category or chosen.price_min is not None or chosen.price_max is not None
    ):
        yield "advice_labels", change(labels=()), {}
    if chosen.text and not chosen.is_text_alone:
        yield "advice_text", change(text=""), {"text": chosen.text}
    if chosen.text and not chosen.labels and not is_quoted(chosen.text):
        label = named_color(store.wording().words, chosen.text)
        if label in store.vocabulary.ids:
            name = label_of(store.vocabulary, label).name(lang)
            yield "advice_color", Filter(labels=(label,)), {"name": name}
