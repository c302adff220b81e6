"""The catalog's tables, and how an older catalog becomes one of today: numbered steps, each in a transaction."""

import sqlite3

from saekdong.catalog.products import feed_name, link_of
from saekdong.database.migration import Schema, Step

NEAR_TIE_PARTS = 500
"""The margin, in parts of `listing.SCALE`, below which a product is in doubt; the index `listing_doubt` holds those."""

OTHER_ALONE = 4
"""The first version whose corrections have `other` alone or not at all."""

ANY = 0
"""The color of the facet rows that stand for a product as a whole, and the category above all."""

_TABLES = """
CREATE TABLE label (code INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE label_set (number INTEGER PRIMARY KEY, labels TEXT NOT NULL UNIQUE);
CREATE TABLE category (number INTEGER PRIMARY KEY, parent INTEGER, path TEXT NOT NULL UNIQUE);
CREATE INDEX category_parent ON category (parent);
CREATE TABLE category_above (category INTEGER, above INTEGER, PRIMARY KEY (category, above)) WITHOUT ROWID;
INSERT INTO label_set VALUES (0, '');
INSERT INTO category VALUES (0, NULL, '');
INSERT INTO category_above VALUES (0, 0);

CREATE TABLE run (number INTEGER PRIMARY KEY, feed TEXT NOT NULL, begun TEXT NOT NULL, finished TEXT);
CREATE TABLE product (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, change INTEGER NOT NULL, feed TEXT NOT NULL,
    run INTEGER NOT NULL, gone INTEGER NOT NULL, digest TEXT NOT NULL, title TEXT NOT NULL, category INTEGER NOT NULL,
    price REAL, currency TEXT NOT NULL, link TEXT NOT NULL, variants TEXT NOT NULL, color TEXT NOT NULL,
    correction TEXT, corrected_by TEXT, corrected_at TEXT
);
CREATE UNIQUE INDEX product_change ON product (change);
CREATE INDEX product_run ON product (feed, run) WHERE NOT gone;
CREATE INDEX product_variants ON product (variants) WHERE variants <> '';
CREATE INDEX product_corrected ON product (number) WHERE correction IS NOT NULL;
CREATE TABLE photo (
    product INTEGER, position INTEGER, place TEXT NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, digest TEXT NOT NULL, model TEXT NOT NULL, shares TEXT,
    palette TEXT NOT NULL, error_code TEXT, error_message TEXT, PRIMARY KEY (product, position)
) WITHOUT ROWID;
CREATE INDEX photo_failed ON photo (product) WHERE error_code IS NOT NULL;

-- What filters see: one row a product that is not gone. All below follows from it.
CREATE TABLE listing (
    product INTEGER PRIMARY KEY, category INTEGER NOT NULL, price REAL, labels INTEGER NOT NULL,
    share INTEGER NOT NULL, tags TEXT NOT NULL, colors TEXT NOT NULL
);
CREATE TABLE facet (
    category INTEGER, color INTEGER, share INTEGER, product INTEGER, price REAL, labels INTEGER NOT NULL,
    PRIMARY KEY (category, color, share, product)
) WITHOUT ROWID;
CREATE TABLE facet_count (
    category INTEGER, level INTEGER, bucket REAL, labels INTEGER, n INTEGER NOT NULL,
    PRIMARY KEY (category, level, bucket, labels)
) WITHOUT ROWID;
CREATE VIEW facet_expected AS
    SELECT above AS category, 0 AS color, share, product, price, labels
    FROM listing JOIN category_above USING (category)
    UNION ALL
    SELECT above, json_extract(tag.value, '$[0]'), json_extract(tag.value, '$[1]'), product, price, labels
    FROM listing JOIN category_above USING (category) JOIN json_each(tags) AS tag;
CREATE VIRTUAL TABLE word USING fts5(words, content='', detail=full, prefix='1 2', tokenize="ascii");
CREATE TABLE near_cell (cell INTEGER PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE near_color (cell INTEGER, rgb INTEGER, n INTEGER NOT NULL, PRIMARY KEY (cell, rgb)) WITHOUT ROWID;
CREATE TABLE near_product (rgb INTEGER, product INTEGER, PRIMARY KEY (rgb, product)) WITHOUT ROWID;
CREATE VIEW near_expected AS SELECT value, product FROM listing JOIN json_each(colors);
"""

FACET_INDEXES = {
    "facet_newest": "facet (category, color, product, price, labels)",
    "facet_price": "facet (category, color, price, product, labels)",
    "facet_labels": "facet (category, color, labels, share, product, price) WHERE color <> 0",
}
"""Besides the primary key, which is in order of share: one index an order, and one by sets of labels, then share.

Of that one, queries must say `color <> 0` too; `> 0` would be read as a range of colors in place of the one asked for.
"""


def create_facet_indexes(connection: sqlite3.Connection) -> None:
    """Make the indexes of `facet`."""
    for name, columns in FACET_INDEXES.items():
        connection.execute(f"CREATE INDEX {name} ON {columns}")


def _first(connection: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
    create_facet_indexes(connection)


def _rebuild_facet_labels(connection: sqlite3.Connection) -> None:
    """Make today's `facet_labels`: version 2 brought the share into it, version 3 leaves only rows of labels."""
    connection.execute("DROP INDEX facet_labels")
    connection.execute(f"CREATE INDEX facet_labels ON {FACET_INDEXES['facet_labels']}")


def _order_by_doubt(connection: sqlite3.Connection) -> None:
    """Keep each listing's margin, by which the review orders; see `records.margin_of`."""
    connection.execute("ALTER TABLE listing ADD COLUMN margin INTEGER")
    connection.execute(
        """UPDATE listing SET margin = CASE json_extract(tags, '$[0][0]')
            WHEN (SELECT code FROM label WHERE id = 'other') THEN 0
            ELSE json_extract(tags, '$[0][1]') - coalesce(json_extract(tags, '$[1][1]'), 0) END
        WHERE product NOT IN (SELECT number FROM product WHERE correction IS NOT NULL)"""
    )
    connection.execute(
        f"CREATE INDEX listing_doubt ON listing (margin, share, product) WHERE margin < {NEAR_TIE_PARTS}"
    )


def _add_models(connection: sqlite3.Connection) -> None:
    """Add the models that tagged the catalog, in order of time; the last is in use, and only its artifact is kept."""
    connection.execute(
        """CREATE TABLE model (
            number INTEGER PRIMARY KEY, digest TEXT NOT NULL, name TEXT NOT NULL, since TEXT NOT NULL, artifact BLOB
        )"""
    )


def _add_feeds(connection: sqlite3.Connection) -> None:
    """Add where each feed stands and how it is read; the mapping is a JSON list of pairs."""
    connection.execute(
        """CREATE TABLE feed (
            name TEXT PRIMARY KEY, folder TEXT NOT NULL, mapping TEXT NOT NULL, id_prefix TEXT NOT NULL
        ) WITHOUT ROWID"""
    )


def _leave_out_secrets(connection: sqlite3.Connection) -> None:
    """Leave names, passwords and queries out of the feeds' addresses, and links that are not http(s) of products."""
    feeds = "SELECT feed FROM run UNION SELECT name FROM feed"
    for (name,) in connection.execute(feeds).fetchall():
        if "://" in name and (clean := feed_name(name)) != name:
            connection.execute("UPDATE run SET feed = ? WHERE feed = ?", (clean, name))
            connection.execute("UPDATE product SET feed = ? WHERE feed = ?", (clean, name))
            connection.execute("UPDATE OR REPLACE feed SET name = ? WHERE name = ?", (clean, name))
    odd = "SELECT number, link FROM product WHERE link LIKE '%:%' AND link NOT LIKE 'http://%' AND link NOT LIKE 'https://%'"
    for number, link in connection.execute(odd).fetchall():
        try:
            link_of(link)
        except ValueError:
            change = "(SELECT max(change) + 1 FROM product)"
            connection.execute(f"UPDATE product SET link = '', change = {change} WHERE number = ?", (number,))


def _add_words(connection: sqlite3.Connection) -> None:
    """Add what words say of each product: see `listing.Listing`. No stamp is 0, so all products are fused once.

    `wording` holds the shop's own words and how much each column is trusted, as JSON.
    """
    for column in (
        "sources TEXT NOT NULL DEFAULT ''",
        "evidence TEXT NOT NULL DEFAULT ''",
        "conflict INTEGER",
        "stamp INTEGER NOT NULL DEFAULT 0",
    ):
        connection.execute(f"ALTER TABLE listing ADD COLUMN {column}")
    connection.execute("CREATE INDEX listing_stamp ON listing (stamp)")
    connection.execute("CREATE INDEX listing_conflict ON listing (conflict DESC, product) WHERE conflict IS NOT NULL")
    connection.execute("CREATE TABLE evidence_count (evidence TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID")
    connection.execute("INSERT INTO evidence_count SELECT evidence, count(*) FROM listing GROUP BY evidence")
    connection.execute("CREATE TABLE wording (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")


def _add_accepted_models(connection: sqlite3.Connection) -> None:
    """Add whose tags each model accepts: a JSON list of ids; see `TaggingModel.accepts`."""
    connection.execute("ALTER TABLE model ADD COLUMN accepts TEXT NOT NULL DEFAULT '[]'")


def _index_untagged(connection: sqlite3.Connection) -> None:
    """Let products without a tag be found."""
    connection.execute("CREATE INDEX listing_untagged ON listing (product) WHERE tags = '[]'")


STEPS: tuple[Step, ...] = (
    _first,
    _rebuild_facet_labels,
    _rebuild_facet_labels,
    _order_by_doubt,
    _add_models,
    _add_feeds,
    _leave_out_secrets,
    _add_words,
    _add_accepted_models,
    _index_untagged,
)

SCHEMA = Schema("catalog", STEPS, "let its owner run 'saekdong catalog check' once")
