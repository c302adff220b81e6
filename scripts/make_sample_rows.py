"""Make the sample rows that Saekdong carries: src/saekdong/model/data/sample_rows.csv.

    python scripts/make_sample_rows.py            writes the file
    python scripts/make_sample_rows.py --check    exits 1 where the file is not what this script makes

Origin: the 949 color names of the xkcd color survey (https://xkcd.com/color/rgb/, CC0 1.0), as matplotlib ships them.
Each name is folded into one of the 14 starter labels by its last word; a few names by themselves; blue-green names
and very dark blues by their color, since `mint` and `navy` are not what the survey's names tell apart.
"""

import csv
import io
import re
import sys
from pathlib import Path

from matplotlib.colors import XKCD_COLORS

from saekdong.color import parse_color, to_space
from saekdong.files import write_whole

TARGET = Path(__file__).parents[1] / "src/saekdong/model/data/sample_rows.csv"

# The last word of a name decides, unless the name stands in NAMES.
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


def main() -> int:
    """Write the file, or with --check compare it."""
    made = to_csv(rows())
    if "--check" in sys.argv[1:]:
        same = TARGET.exists() and TARGET.read_text(encoding="utf-8") == made
        print(f"{TARGET.name} is {'as this script makes it' if same else 'another than this script makes'}")
        return 0 if same else 1
    write_whole(TARGET, made)
    print(f"{TARGET}: {made.count(chr(10)) - 1} rows")
    return 0


def rows() -> list[tuple[str, str, int, int, int, str, str]]:
    """Return the rows, in matplotlib's order of the names; of several names of one color, the first."""
    found: dict[str, tuple[str, str, int, int, int, str, str]] = {}
    for prefixed, color in XKCD_COLORS.items():
        name = prefixed.removeprefix("xkcd:")
        label = fold(name, color)
        if label is not None:
            found.setdefault(color, (name, color, *parse_color(color), label, "xkcd"))
    return list(found.values())


def fold(name: str, color: str) -> str | None:
    """Return the starter label of a name, or None where no word of it is known."""
    if name in LEFT_OUT:
        return None
    for label, names in NAMES.items():
        if name in names.split("|"):
            return label
    last = re.split(r"[ /]", name)[-1]
    label = next((label for label, words in WORDS.items() if last in words.split()), None)
    return by_color(label, color) if label in ("mint", "blue") else label


def by_color(label: str, color: str) -> str:
    """Tell navy from blue and mint from green and blue by the color itself."""
    lightness, chroma, hue = to_space(parse_color(color), "lch")
    if label == "blue":
        return "navy" if lightness < 24 and 240 < hue < 312 else "blue"
    if lightness >= 80 and chroma <= 50 and 140 < hue < 230:
        return "mint"
    return "green" if hue < 196 else "blue"


def to_csv(table: list[tuple[str, str, int, int, int, str, str]]) -> str:
    """Return the rows as CSV text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["NAME", "COL", "R", "G", "B", "LABEL", "SOURCE"])
    writer.writerows(table)
    return text.getvalue()


if __name__ == "__main__":
    sys.exit(main())
