"""The parameters that choose products, as the catalog's query."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends
from fastapi import Query as Parameter

from saekdong.catalog.query import MATCHES, MOST_LIMIT, SORTS, Match, Query, Sort


def product_filter(
    label: Annotated[list[str], Parameter(default_factory=list, description="ids; several by repeating it")],
    match: Annotated[Match, Parameter(description=f"of several labels: {', '.join(MATCHES)}")] = "any",
    text: Annotated[str, Parameter(max_length=200)] = "",
    category: Annotated[str, Parameter(max_length=2000, description="a path, such as Apparel > Shoes")] = "",
    price_min: Annotated[float | None, Parameter(ge=0, allow_inf_nan=False)] = None,
    price_max: Annotated[float | None, Parameter(ge=0, allow_inf_nan=False)] = None,
    limit: Annotated[int, Parameter(ge=1, le=MOST_LIMIT)] = 24,
) -> Query:
    """Return the query of the parameters that filter."""
    return Query(tuple(label[:20]), match, text, category, price_min, price_max, limit=limit)


def product_query(
    query: Annotated[Query, Depends(product_filter)],
    sort: Annotated[Sort, Parameter(description=", ".join(SORTS))] = "share",
    after: Annotated[str | None, Parameter(max_length=200, description="the `next` of the page before")] = None,
) -> Query:
    """Return the query of a page: what filters, the order and where the page begins."""
    return replace(query, sort=sort, after=after)
