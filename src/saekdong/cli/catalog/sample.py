"""`saekdong catalog sample`: draw a sample catalog to try things on."""

from pathlib import Path

import click

from saekdong.cli import options
from saekdong.lang import Lang, counted


@click.command(
    epilog=options.examples(
        "saekdong catalog sample --out shop",
        "saekdong catalog add shop/products.csv",
        "saekdong catalog sample --out shop --count 20 --lang ko",
        "saekdong evaluate starter shop/labels.csv",
    )
)
@click.option("--out", type=options.OUT_FOLDER, required=True, metavar="DIR", help="The folder to write to.")
@click.option("--count", type=click.IntRange(1, 999), default=240, show_default=True, help="The number of products.")
@options.seed
@options.lang
def command(out: Path, count: int, seed: int, lang: Lang) -> int:
    """Draw a catalog: photos of mugs, shirts, shoes, bags, chairs and dresses whose colors are known.

    Writes photos/, products.csv (a feed without colors), and labels.csv (the colors, as 'evaluate' and 'teach' read
    them).
    """
    from saekdong.samples.catalog import draw_products, write_catalog

    for file in write_catalog(list(draw_products(count, lang, seed)), out):
        click.echo(f"{file}  {counted(count, 'product')}")
    return 0
