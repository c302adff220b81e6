"""Words of colors in Korean and English: find them in texts, and say which of a shop's labels they mean."""

from saekdong.words.finding import FoundWord, find_color_words
from saekdong.words.lexicon import Term, word_key
from saekdong.words.meaning import ColorWords
from saekdong.words.own import check_own_words

__all__ = ["ColorWords", "FoundWord", "Term", "check_own_words", "find_color_words", "word_key"]
