"""The sample rows that Saekdong carries: 943 colors that people named."""

from pathlib import Path


def sample_csv() -> bytes:
    """Return the sample rows as CSV: NAME, COL, R, G, B, LABEL, SOURCE.

    They come from the xkcd color survey (CC0 1.0), folded into the starter labels by scripts/make_sample_rows.py.
    """
    return (Path(__file__).parent / "data" / "sample_rows.csv").read_bytes()
