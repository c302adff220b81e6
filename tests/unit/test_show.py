"""What commands print."""

from saekdong.cli import show
from saekdong.cli.figures import _percents
from saekdong.tagging.scoring import LabelTags


def test_a_figure_that_cannot_be_computed_is_a_dash_among_numbers(capsys):
    show.table("", ["label", "precision"], [("mint", "-"), ("red", "100.0%")])
    mint, red = capsys.readouterr().out.splitlines()[-3:-1]
    assert len(mint.rstrip()) == len(red.rstrip())
    assert mint.split() == ["mint", "-"]


def test_teach_prints_a_dash_for_a_label_without_photos_or_tags():
    never_given, given = LabelTags(0, 2, 0, 0, 0), LabelTags(0, 2, 1, 1, 1)
    assert list(_percents(never_given, given)) == ["0%", "50%", "-", "100%"]
    assert list(_percents(LabelTags(0, 0, 0, 1, 0), given)) == ["-", "50%", "0%", "100%"]
