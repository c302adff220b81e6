"""Corrections go back into teaching."""

import io

from saekdong.catalog.corrections import WrittenCorrections, write_corrections
from saekdong.color import STARTER
from saekdong.model.tables import read_table
from saekdong.tagging.labeled_photos import photo_column, read_labeled_photos
from shops import product, small_catalog, tagged


def test_corrected_products_become_labeled_photos(open_store, tmp_path):
    store = small_catalog(tmp_path, open_store)
    store.correct("mug-1", ["mint", "white"], "Lee")
    store.correct("doubtful", ["other"], "Lee")
    store.correct("shirt:red", ["orange"], "Lee")
    store.correct("shirt:red", None, "Lee")
    text = io.StringIO()
    assert write_corrections(store.corrections(), text) == WrittenCorrections(photos=2, other=1)
    assert text.getvalue() == "photo,labels\nmug-1.jpg,mint;white\ncorrected.jpg,red;blue\n"
    store.close()


def test_other_in_a_file_teaches_nothing_and_excludes_labels(tmp_path):
    file = tmp_path / "photos.csv"
    file.write_text("photo,labels\na.jpg,navy\nb.jpg,red\nc.jpg,navy;Other\nd.jpg,기타\ne.jpg,red|other\n")
    for vocabulary in (STARTER, None):
        labeled = read_labeled_photos(file, vocabulary)
        assert labeled.vocabulary.ids[:1] == ("black" if vocabulary else "navy",)
        assert len(labeled.photos) == 2
        assert [told.partition(": ")[2].partition(";")[0] for told in labeled.rejected] == [
            "'other' excludes all labels",
            "'other' teaches nothing: it says that no label fits",
            "'other' excludes all labels",
        ]


def test_teach_reads_them(tmp_path):
    store = small_catalog(tmp_path)
    run = store.begin("more")
    store.put([tagged(product(f"more-{n}"), navy=0.9) for n in range(3)], run)
    for n in range(3):
        store.correct(f"more-{n}", ["black"], "Lee")
    file = tmp_path / "corrections.csv"
    with file.open("w", encoding="utf-8") as text:
        write_corrections(store.corrections(), text)
    store.close()
    assert photo_column(read_table(file)) is not None
    labeled = read_labeled_photos(file, STARTER)
    assert [photo.source.name for photo in labeled.photos] == [
        str(tmp_path / f"{name}.jpg") for name in ("corrected", "more-0", "more-1", "more-2")
    ]
    assert labeled.rejected == []
