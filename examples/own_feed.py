"""Feed the catalog from the shop's own database: `python examples/own_feed.py SHOP.db > feed.jsonl`.

    $ python examples/own_feed.py shop.db > feed.jsonl
    $ saekdong catalog add feed.jsonl

A feed is a file that `saekdong catalog add` reads: one JSON object a line with `id`, `photos` (paths beside the feed
or addresses) and, as far as known, `title`, `category`, `price`, `currency`, `color`, `group` and `link`. Run it again
whenever products change: only what changed is tagged. The query is the part to change.
"""

import json
import sqlite3
import sys
from contextlib import closing

QUERY = """
    SELECT item.code AS id, item.name AS title, section.path AS category, item.price, item.option_color AS color,
           group_concat(picture.file, char(10)) AS photos
    FROM item JOIN section ON section.id = item.section JOIN picture ON picture.item = item.code
    WHERE item.on_sale GROUP BY item.code ORDER BY item.code
"""


def main(database: str) -> None:
    """Print a line for each product."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        for row in connection.execute(QUERY):
            photos = row["photos"].split("\n")
            print(json.dumps({**dict(row), "currency": "KRW", "photos": photos}, ensure_ascii=False))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
