"""Make the packaged sample rows: src/saekdong/samples/data/sample_rows.csv.

    python scripts/make_sample_rows.py            writes the file
    python scripts/make_sample_rows.py --check    exits 1 if the file is not what this script makes

Origin: the 949 color names of the xkcd color survey (https://xkcd.com/color/rgb/, CC0 1.0), as matplotlib ships them.
Each name is assigned to one of the 14 starter labels by its last word; a few names individually; blue-green names
and very dark blues by their color, because the survey's names do not separate `mint` and `navy`.

About half of what shops sell is black, white, gray or navy, but people have few names for these: 6 of the 949 are
black, 7 white. So the script adds colors close to those names, with the source `near`:

- on the neutral axis (L*, slightly tinted: a* or b* of 3 at most). The nearest neutral name decides (CIEDE2000), so
  black ends halfway between "almost black" and "dark grey", and white halfway between "pale grey" and "light grey".
  Black, gray and white get the same number of lightness levels, evenly spaced in each one's part of the axis.
- dark blues: a lattice in Lab, with steps of 6, of those colors whose nearest name is navy, at most 8 away (CIEDE2000).
"""

import csv
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.colors import XKCD_COLORS

from saekdong.color import ciede2000, from_lab, parse_color, to_hex, to_space
from saekdong.files import write_whole

TARGET = Path(__file__).parents[1] / "src/saekdong/samples/data/sample_rows.csv"

# The last word of a name decides, unless the name is in NAMES.
WORDS = {
    "black": "black charcoal",
    "white": "white ivory",
    "gray": "grey gunmetal greyish slate steel silver cement stone",
    "red": "red crimson scarlet cherry ruby carmine blood maroon burgundy wine bordeaux claret merlot cranberry "
    "brick rouge vermillion tomato lipstick strawberry reddish raspberry berry watermelon",
    "orange": "orange orangeish orangish tangerine pumpkin mango apricot peach coral rust terracotta terracota cotta "
    "orangered melon cantaloupe saffron amber squash grapefruit salmon",
    "yellow": "yellow yellowish mustard gold golden goldenrod rod lemon canary banana maize sunflower dandelion "
    "custard butter butterscotch marigold straw ocher ochre ocre cheese manilla wheat buff sandy",
    "green": "green olive lime sage khaki moss forest grass leaf pine fern kiwi avocado pea soup emerald jade pear "
    "asparagus apple chartreuse snot booger bile swamp camo spruce evergreen shamrock algae seaweed celery pistachio "
    "greenish lichen viridian wintergreen darkgreen lightgreen yellowgreen puke vomit barf tea hazel drab",
    "blue": "blue bluish azure cerulean cobalt sky denim cornflower royal sapphire ultramarine ocean petrol azul dusk "
    "twilight lightblue darkblue greyblue bluegrey marine blueberry bluegreen periwinkle perrywinkle midnight indigo",
    "navy": "navy",
    "mint": "mint seafoam aqua turquoise cyan teal aquamarine tealish celadon spearmint ice topaz egg greenblue sea "
    "foam",
    "violet": "violet purple lavender lavendar lilac liliac mauve plum eggplant aubergine grape amethyst wisteria iris "
    "heather orchid purply purpley purplish purpleish blurple burple urple heliotrope barney mulberry bruise velvet",
    "pink": "pink rose magenta fuchsia cerise blush carnation bubblegum pinky rosa pinkish",
    "brown": "brown sienna umber chocolate coffee mocha caramel chestnut copper bronze auburn russet mahogany "
    "cinnamon sepia taupe clay leather cocoa dirt mud earth poop poo shit diarrhea adobe puce camel siena brownish",
    "beige": "beige cream creme tan sand sandstone ecru eggshell shell parchment fawn putty bland mushroom toupe "
    "desert dust pale",
}

# Names whose last word misleads, seen with their color.
NAMES = {
    "black": "dark|almost black|very dark blue|very dark brown",
    "white": "off white|pale|eggshell|ivory|pale grey|very light pink",
    "gray": "purple grey|blue grey|bluegrey|bluey grey|green grey|purplish grey|pinkish grey|brown grey",
    "red": "rusty red|rust red|deep rose|rose red|dark coral|cerise|brownish red|indian red|brick orange",
    "orange": "tangerine|pinkish orange|rust orange|rusty orange",
    "yellow": "khaki yellow|camel yellow|tan yellow|macaroni and cheese|bright gold|light gold|yellow tan",
    "green": "dark khaki|khaki green|hazel|dark seafoam green|sea green|dark sea green|bottle green|dark aquamarine|"
    "drab|poop green|puke green|dark sage|dark mint|booger|"
    "washed out green|aqua green|light green blue",
    "blue": "steel|slate|denim|light navy|light navy blue|dark periwinkle|teal blue|blue green|bluegreen|ocean|petrol",
    "navy": "midnight|midnight blue|dark navy|navy|dark navy blue|navy blue|dark indigo|darkblue|twilight blue",
    "mint": "light mint|mint green|light mint green|seafoam green|light seafoam green|pale turquoise|ice|robin's egg|"
    "celadon|light sea green|light seafoam|mint|seafoam|light aqua|pale aqua|light aquamarine|foam green|"
    "light greenish blue|light blue green|pale teal|light teal|sea foam green|light turquoise|"
    "seafoam blue|pale cyan|light cyan|tiffany blue|eggshell blue|robin egg blue|duck egg blue|"
    "light bluish green|light bluegreen",
    "violet": "dusty lavender|dark mauve|light plum|indigo|periwinkle|light indigo|dark orchid",
    "pink": "dusty rose|old rose|rose|rosa|light rose|salmon pink|orchid|peachy pink|light magenta|light salmon|"
    "watermelon|raspberry",
    "brown": "dirty orange|rust|dark rust|rust brown|reddish brown|terracotta|terra cotta|terracota|copper|dark taupe|"
    "dark tan|dark sand|brownish orange|ugly brown|dark beige|dark mustard|dull brown",
    "beige": "khaki|light khaki|light brown grey|very light brown|light taupe|pale brown|stone|cement|buff|wheat|"
    "light mocha|light tan|sandy|light sand|very pale brown|peach|light peach|pale peach|egg shell|"
    "greyish beige",
}

# Names that fit none of the labels well enough for a shopper to agree.
LEFT_OUT = {"greenish tan", "greeny brown", "purplish brown", "purpley grey", "reddish grey", "yellowish tan"}


NEUTRAL = ("black", "white", "gray")
NEUTRAL_CHROMA = 7.0  # up to which a name of these labels is neutral
LEVELS = 12  # of lightness, in each neutral label's part of the axis
TINTS = ((0, 0), (3, 0), (-3, 0), (0, 3), (0, -3))  # a*, b*
NAVY_STEP = 6.0  # of the lattice in L*, a* and b*
NAVY_REACH = 8.0  # CIEDE2000, within which a name vouches for a color
IN_GAMUT = 1.0  # how far a color may move when it is rounded to sRGB

Row = tuple[str, str, int, int, int, str, str]


def main() -> int:
    """Write the file, or with --check compare it."""
    names = named_rows()
    made = to_csv([*names, *near_rows(names)])
    if "--check" in sys.argv[1:]:
        same = TARGET.exists() and TARGET.read_text(encoding="utf-8") == made
        print(f"{TARGET.name} {'is' if same else 'is not'} what this script makes")
        return 0 if same else 1
    write_whole(TARGET, made)
    print(f"{TARGET}: {made.count(chr(10)) - 1} rows")
    return 0


def named_rows() -> list[Row]:
    """Return the named colors, in matplotlib's order of the names; of several names of one color, the first."""
    found: dict[str, Row] = {}
    for prefixed, color in XKCD_COLORS.items():
        name = prefixed.removeprefix("xkcd:")
        label = fold(name, color)
        if label is not None:
            found.setdefault(color, (name, color, *parse_color(color), label, "xkcd"))
    return list(found.values())


def fold(name: str, color: str) -> str | None:
    """Return the starter label of a name, or None if no word of it is known."""
    if name in LEFT_OUT:
        return None
    for label, names in NAMES.items():
        if name in names.split("|"):
            return label
    last = re.split(r"[ /]", name)[-1]
    label = next((label for label, words in WORDS.items() if last in words.split()), None)
    return by_color(label, color) if label in ("mint", "blue") else label


def by_color(label: str, color: str) -> str:
    """Separate navy from blue, and mint from green and blue, by the color itself."""
    lightness, chroma, hue = to_space(parse_color(color), "lch")
    if label == "blue":
        return "navy" if lightness < 24 and 240 < hue < 312 else "blue"
    if lightness >= 80 and chroma <= 50 and 140 < hue < 230:
        return "mint"
    return "green" if hue < 196 else "blue"


def near_rows(names: list[Row]) -> list[Row]:
    """Return colors close to the names of black, white, gray and navy, each color once."""
    taken = {row[1] for row in names}
    rows = []
    for lab, (name, _, _, _, _, label, _) in [*neutral_colors(names), *navy_colors(names)]:
        rgb = np.rint(from_lab(lab)).astype(np.uint8)
        color = to_hex(rgb)
        if color not in taken and np.abs(to_space(rgb, "lab") - lab).max() <= IN_GAMUT:
            taken.add(color)
            rows.append((f"near {name}", color, *map(int, rgb), label, "near"))
    return rows


def neutral_colors(names: list[Row]) -> Iterator[tuple[np.ndarray, Row]]:
    """Yield Lab colors of the neutral axis, each with the neutral name nearest to it."""
    labs = labs_of(names)
    is_neutral = np.isin([row[5] for row in names], NEUTRAL) & (np.hypot(*labs.T[1:]) <= NEUTRAL_CHROMA)
    known, known_labs = [names[place] for place in np.flatnonzero(is_neutral)], labs[is_neutral]
    axis = np.linspace(0, 100, 1001)
    points = np.stack([axis, 0 * axis, 0 * axis], axis=1)
    labels = np.array([known[place][5] for place in nearest(points, known_labs)])
    for label in NEUTRAL:
        part = axis[labels == label]
        levels = np.linspace(part.min(), part.max(), LEVELS)
        colors = np.array([(light, *tint) for light in levels for tint in TINTS])
        yield from ((lab, known[place]) for lab, place in zip(colors, nearest(colors, known_labs), strict=True))


def navy_colors(names: list[Row]) -> Iterator[tuple[np.ndarray, Row]]:
    """Yield dark Lab colors of a lattice, each with the nearest of all names, if that is navy and not far."""
    labs = labs_of(names)
    across = np.arange(-60.0, 61, NAVY_STEP)
    colors = np.stack(np.meshgrid(np.arange(3.0, 33, NAVY_STEP), across, across, indexing="ij"), axis=-1).reshape(-1, 3)
    apart = ciede2000(colors[:, None], labs)
    for lab, place, distance in zip(colors, apart.argmin(axis=1), apart.min(axis=1), strict=True):
        if names[place][5] == "navy" and distance <= NAVY_REACH:
            yield lab, names[place]


def nearest(labs: np.ndarray, named: np.ndarray) -> np.ndarray:
    """Return the index of the name nearest to each Lab color (CIEDE2000), (N,)."""
    return ciede2000(labs[:, None], named).argmin(axis=1)


def labs_of(names: list[Row]) -> np.ndarray:
    """Return the names' colors in Lab, (N, 3)."""
    return to_space(np.array([row[2:5] for row in names], dtype=np.uint8), "lab")


def to_csv(table: list[Row]) -> str:
    """Return the rows as CSV text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["NAME", "COL", "R", "G", "B", "LABEL", "SOURCE"])
    writer.writerows(table)
    return text.getvalue()


if __name__ == "__main__":
    sys.exit(main())
