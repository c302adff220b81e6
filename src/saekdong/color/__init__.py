"""Colors: spaces, differences, notations, and the vocabulary of labels. Imports no other package of Saekdong."""

from saekdong.color.choice import ChoiceError, check_other, chosen_labels
from saekdong.color.difference import ciede2000
from saekdong.color.notation import parse_color, to_hex
from saekdong.color.spaces import SPACES, channels, from_lab, to_space
from saekdong.color.vocabulary import OTHER, OTHER_LABEL, STARTER, Label, Vocabulary, own_label

__all__ = [
    "OTHER",
    "OTHER_LABEL",
    "SPACES",
    "STARTER",
    "ChoiceError",
    "Label",
    "Vocabulary",
    "channels",
    "check_other",
    "chosen_labels",
    "ciede2000",
    "from_lab",
    "own_label",
    "parse_color",
    "to_hex",
    "to_space",
]
