"""Name colors with a model: `python examples/predict.py MODEL COLOR...`.

    $ python examples/predict.py models/shop '#1f2a52' '#7a4e2d'
    #1f2a52  navy   0.98
    #7a4e2d  brown  0.99

MODEL is a model.tar.gz or its folder, such as `saekdong train` writes; the numbers are the label's probability.
"""

import sys

import saekdong


def main(model_path: str, colors: list[str]) -> None:
    """Print each color's label and its probability."""
    model = saekdong.load(model_path)
    rgb = [list(bytes.fromhex(color.removeprefix("#"))) for color in colors]
    labels, probabilities = model.predict(rgb), model.predict_proba(rgb)
    for color, label, probability in zip(colors, labels, probabilities, strict=True):
        print(f"{color}  {label:<8} {probability.max():.2f}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
