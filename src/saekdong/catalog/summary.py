"""What a catalog holds, in figures."""

from saekdong.catalog.store import Store


def label_counts(store: Store, feed: str | None = None) -> dict[str, int]:
    """Return how many products bear each label, most first.

    Args:
        store: the catalog's.
        feed: count the products of this feed alone.
    """
    with store.reading() as connection:
        labels = {code: label for label, code in store.codes(connection).items()}
        sets = store.label_sets(connection)
        if feed is None:
            query = "SELECT labels, sum(n) FROM facet_count WHERE category = 0 AND level = 0 GROUP BY 1"
            rows = connection.execute(query)
        else:
            query = """SELECT labels, count(*) FROM product JOIN listing ON listing.product = product.number
                WHERE feed = ? AND NOT gone GROUP BY 1"""
            rows = connection.execute(query, (feed,))
        counts: dict[str, int] = {}
        for number, count in rows:
            for code in sets[number]:
                counts[labels[code]] = counts.get(labels[code], 0) + count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def feed_counts(store: Store) -> dict[str, int]:
    """Return how many products that are not gone each feed has, most first."""
    with store.reading() as connection:
        query = "SELECT feed, count(*) FROM product WHERE NOT gone GROUP BY feed ORDER BY 2 DESC, 1"
        return dict(connection.execute(query))
