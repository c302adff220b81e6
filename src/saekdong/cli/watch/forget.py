"""`saekdong watch forget`: remove what is kept of a product."""

from pathlib import Path

import click

from saekdong.cli import options, show
from saekdong.lang import counted
from saekdong.workspace import Workspace


@click.command(
    epilog=options.examples(
        "saekdong watch forget --product 1042",
        "saekdong watch forget --product 1042 --captured endpoints/colors/capture",
    )
)
@click.option("--product", required=True, metavar="ID", help="The product's id.")
@click.option(
    "--captured",
    "folders",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    metavar="FOLDER",
    help="Also remove the captured requests with its photos from this folder.",
)
@options.workspace
def command(workspace: Workspace, product: str, folders: tuple[Path, ...]) -> int:
    """Remove the features of a product's photos, and the captured requests with these photos.

    Answers about the product are kept: they are the record of who decided what, and hold no photo. The product itself
    leaves the catalog when its feed no longer lists it. The audit log says what was removed.
    """
    from saekdong.captures.forgetting import forget_here
    from saekdong.feature_store import FeatureStore
    from saekdong.loop import Loop

    with (
        workspace.catalog(make=False) as store,
        FeatureStore.beside(store.path) as features,
        Loop.open(workspace.loop_file) as loop,
    ):
        photos = {photo.digest for each in store.facts([product]) for photo in each.photos if photo.digest}
        photos |= {answer.said.photo for answer in loop.history(product) if answer.said.photo}
        kept = features.forget(photos)
        lines = sum(forget_here(folder, photos=photos) for folder in folders)
        loop.record(options.login_name(), "forget", product=product, features=kept, captured=lines)
    show.message(
        f"saekdong: removed the features of {counted(kept, 'photo')}, and {counted(lines, 'captured request')}"
    )
    return 0
