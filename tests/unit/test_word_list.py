"""The color words of a feed: counted, learned from photos, and put before a person where neither decides."""

import io

import numpy as np
import pytest

from saekdong.catalog.word_list import MOST_WORDS, ListedWord, WordList
from saekdong.catalog.wording import ProductReading, Wording
from saekdong.catalog.words_file import read_words, write_words
from saekdong.color import STARTER, Vocabulary
from saekdong.errors import SaekdongError
from saekdong.tagging.feed_words import FeedText


def listed(texts, seen=(), own=None) -> dict[str, ListedWord]:
    """Return the words of texts, with photos that show labels: pairs of a text and a label."""
    counts = WordList(Wording(STARTER, own or {}, None))
    for text in texts:
        counts.count(text)
    for text, label in seen:
        counts.learn(ProductReading("1", text, {label: 0.8, "white" if label != "white" else "gray": 0.2}))
    return {word.word: word for word in counts.words()}


def color(text: str) -> FeedText:
    return FeedText("셔츠", color=text)


def test_words_of_titles_and_color_columns_are_counted_once_a_product():
    texts = [
        FeedText("네이비 셔츠", "네이비"),
        FeedText("네이비 바지"),
        FeedText("Navy Blue shirt"),
        FeedText("셔츠"),
    ]
    words = listed(texts)
    assert {word: (each.count, each.label) for word, each in words.items()} == {
        "네이비": (2, "navy"),
        "Navy Blue": (1, "navy"),
    }
    assert next(iter(words)) == "네이비"
    assert words["네이비"].origin == "dictionary"
    assert (words["네이비"].sure, words["네이비"].photos, words["네이비"].doubt) == (None, 0, "")


def test_spellings_of_a_word_are_one_word_and_the_usual_one_is_shown():
    texts = [color("Off-White"), color("off white"), color("off white")]
    words = listed(texts)
    assert {word: each.count for word, each in words.items()} == {"off white": 3}


def test_a_word_that_no_dictionary_has_means_what_its_photos_show():
    unknown = color("돌하르방")
    words = listed([unknown] * 200, [(unknown, "gray")] * 180 + [(unknown, "beige")] * 20)
    word = words["돌하르방"]
    assert (word.label, word.origin, word.photos, word.doubt) == ("gray", "photos", 200, "")
    assert word.sure.value == 0.9
    assert word.sure.low > 0.84


@pytest.mark.parametrize("seen", [[], ["gray"] * 4, ["gray", "beige"] * 10])
def test_an_unknown_word_without_enough_photos_or_with_photos_of_all_kinds_needs_a_person(seen):
    unknown = color("돌하르방")
    word = listed([unknown] * 20, [(unknown, label) for label in seen])["돌하르방"]
    assert (word.label, word.origin, word.doubt) == ("", "", "unknown")


def test_photos_of_products_with_several_words_say_nothing_of_each():
    both = color("돌하르방/네이비")
    words = listed([both] * 10, [(both, "navy")] * 10)
    assert {word: each.photos for word, each in words.items()} == {"돌하르방": 0, "네이비": 0}


def test_photos_that_disagree_with_the_dictionary_are_put_before_a_person():
    text = color("네이비")
    word = listed([text] * 30, [(text, "green")] * 28 + [(text, "navy")] * 2)["네이비"]
    assert (word.label, word.origin, word.seen, word.doubt) == ("navy", "dictionary", "green", "photos disagree")
    assert round(word.sure.value, 2) == 0.07


def test_a_word_of_two_labels_means_the_one_that_its_photos_show():
    text = color("아이보리")
    assert listed([text])["아이보리"].doubt in ("", "ambiguous")
    ambiguous = listed([text])["아이보리"].labels
    assert set(ambiguous) == {"white", "beige"}
    word = listed([text] * 20, [(text, ambiguous[1])] * 20)["아이보리"]
    assert (word.label, word.doubt) == (ambiguous[1], "")


def test_the_shops_own_words_are_listed_as_such_and_win_over_photos():
    text = color("네이비")
    words = listed([text] * 30, [(text, "green")] * 30, {"네이비": "blue"})
    assert (words["네이비"].label, words["네이비"].origin, words["네이비"].doubt) == ("blue", "own", "photos disagree")


def test_own_words_are_kept_whether_or_not_the_feed_has_them(tmp_path):
    own = {"Red Tape": "", "쑥떡쑥떡": "", "돌하르방": "gray"}
    words = listed([FeedText("Red Tape shirt"), color("쑥떡쑥떡")], own=own)
    found = {word: (each.count, each.label, each.origin, each.doubt) for word, each in words.items()}
    assert found == {
        "쑥떡쑥떡": (1, "", "own", ""),
        "Red Tape": (0, "", "own", ""),
        "돌하르방": (0, "gray", "own", ""),
    }
    (tmp_path / "words.csv").write_text(written(words))
    assert read_words(tmp_path / "words.csv", STARTER) == own


@pytest.mark.slow
def test_free_text_in_a_color_column_is_bounded():
    counts = WordList(Wording(STARTER, {}, None))
    for number in range(MOST_WORDS + 5):
        counts.count(color(f"qz{number}x"))
    assert (len(counts.words()), counts.left_out) == (MOST_WORDS, 5)
    counts.count(color("12345"))
    counts.count(color("a very long text that nobody would call a word, by any measure"))
    assert len(counts.words()) == MOST_WORDS


def written(words: dict[str, ListedWord]) -> str:
    file = io.StringIO()
    write_words(words.values(), file)
    return file.getvalue()


def test_the_file_of_words_is_read_back_as_it_was_edited(tmp_path):
    unknown, twice = color("돌하르방"), color("네이비")
    text = written(listed([unknown, twice, color("아이보리"), color("쑥떡쑥떡")]))
    path = tmp_path / "words.csv"
    path.write_text(text)
    assert read_words(path, STARTER) == {}, "what was not edited is left to the dictionary"
    edited = text.replace("돌하르방,,", "돌하르방,회색,").replace("쑥떡쑥떡,,", "쑥떡쑥떡,-,")
    path.write_text(edited.replace("네이비,navy", "네이비,Blue"))
    assert read_words(path, STARTER) == {"돌하르방": "gray", "쑥떡쑥떡": "", "네이비": "blue"}
    path.write_bytes("label;word\nbeige;오트밀;more\n\n;later\n".encode("cp949"))
    assert read_words(path, STARTER) in ({"오트밀": "beige"}, {})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("word\nnavy\n", "words.csv has no column label"),
        ("a,b\n1,2\n", "words.csv has no column word and label"),
        (
            "word,label\n네이비,navy\n오트밀,beig\n",
            "words.csv, line 3: '오트밀' = 'beig': 'beig' is not a label; did you",
        ),
        ("word,label\n,navy\n", "words.csv, line 2: word is empty"),
        (
            "word,label\n네이비,blue\n네이 비,green\n",
            "words.csv, line 3: '네이 비' has the label 'green', but another on line 2",
        ),
        ("word,label\n!!!,navy\n", "words.csv, line 2: '!!!' is not a word"),
        ('word,label\n"a,navy\n', "words.csv, line 2"),
        ("", "words.csv is empty"),
    ],
)
def test_a_wrong_line_of_the_file_is_named(tmp_path, content, message):
    path = tmp_path / "words.csv"
    path.write_text(content)
    with pytest.raises(SaekdongError) as error:
        read_words(path, STARTER)
    assert message in str(error.value)


def test_labels_of_the_file_are_the_shops_own(tmp_path):
    path = tmp_path / "words.csv"
    path.write_text("word,label\n돌하르방,Sand\n")
    shop = Vocabulary.from_list([{"id": "sand", "en": "Sand", "swatch": "#dcc9a8"}, {"id": "ink"}])
    assert read_words(path, shop) == {"돌하르방": "sand"}
    with pytest.raises(SaekdongError, match="'Sand' is not a label"):
        read_words(path, STARTER)


def test_labels_alone_are_those_of_the_fused_product():
    wording, rng = Wording(STARTER, {}, None), np.random.default_rng(1)
    texts = [FeedText("Navy mug"), FeedText("mug"), FeedText("red and black", "RED/BLACK"), FeedText("mint", "white")]
    for n in range(200):
        drawn = rng.dirichlet(np.full(len(STARTER), 0.3), 2).round(4)
        photos = [dict(zip(STARTER.ids, row.tolist(), strict=True)) for row in drawn[: 1 + n % 2]]
        given = [*photos, None] if n % 5 == 0 else [] if n % 7 == 0 else photos
        text = texts[n % len(texts)]
        tags = {tag.label: tag.share for tag in wording.fuse(given, text).tags}
        assert list(wording.labels(given, text).items()) == list(tags.items())
