"""The packaged sample rows: 943 colors that people named, and 226 close to the neutral ones and navy."""

from pathlib import Path


def sample_csv() -> bytes:
    """Return the sample rows as CSV: NAME, COL, R, G, B, LABEL, SOURCE.

    They come from the xkcd color survey (CC0 1.0), folded into the starter labels by scripts/make_sample_rows.py.
    SOURCE is `xkcd` for the named colors and `near` for the others (docs/rows.md).
    """
    return (Path(__file__).parent / "data" / "sample_rows.csv").read_bytes()
