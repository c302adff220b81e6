"""What importing and reading leave as they were: loggers, warning filters, Prometheus' registry, Pillow's settings."""

import io
import logging
import pkgutil
import subprocess
import sys
import threading
import warnings

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

import saekdong
from saekdong.photo import PhotoError, read_photo
from saekdong.photo.quiet import LIBTIFF, _error_handler_setter, _WhileReading, quiet_decoders
from saekdong.samples.drawings import draw, jpeg, plain

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(saekdong.__path__, "saekdong.") if "__main__" not in module.name
)
_IMPORT = """
import ctypes, importlib, logging, sys, warnings

def import_all(names):
    for name in names:
        importlib.import_module(name)

def state():
    import prometheus_client
    from PIL import ImageFile, _imaging
    loggers = {
        name: (logger.level, logger.handlers, logger.filters, logger.disabled, logger.propagate)
        for name, logger in {"": logging.root, **logging.root.manager.loggerDict}.items()
        if isinstance(logger, logging.Logger) and not name.startswith("saekdong")
    }
    set_handler = ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler
    set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
    set_handler(handler := set_handler(None))
    return {
        "loggers": loggers,
        "warnings": list(warnings.filters),
        "metrics": sorted(prometheus_client.REGISTRY._names_to_collectors),
        "created": prometheus_client.metrics._use_created,
        "truncated": ImageFile.LOAD_TRUNCATED_IMAGES,
        "libtiff": handler,
    }
"""


@pytest.mark.slow
def test_importing_everything_changes_nothing_for_the_process(tmp_path):
    """Other packages do what they do at their import; they are imported first."""
    others = f"{_IMPORT}\nimport_all({MODULES}); print(*(n for n in sys.modules if not n.startswith('saekdong')))"
    run = subprocess.run([sys.executable, "-c", others], capture_output=True, text=True, check=True)
    code = f"""{_IMPORT}
for name in {run.stdout.split()}:
    if name != "__main__":
        __import__(name)
from PIL import ImageFile
ImageFile.LOAD_TRUNCATED_IMAGES = True
before = state()
import_all({MODULES})
after = state()
new = {{name: logger for name, logger in after["loggers"].items() if name not in before["loggers"]}}
after["loggers"] = {{name: logger for name, logger in after["loggers"].items() if name not in new}}
assert all(logger[:3] == (0, [], []) for logger in new.values()), new
for key in before:
    assert before[key] == after[key], (key, before[key], after[key])
"""
    (tmp_path / "check.py").write_text(code)
    run = subprocess.run([sys.executable, tmp_path / "check.py"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.fixture
def odd_photo(monkeypatch) -> bytes:
    """A photo about which Pillow warns whenever it is decoded."""
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, "PNG")
    load = PngImageFile.load

    def warn_and_load(image):
        warnings.warn("odd", stacklevel=2)
        return load(image)

    monkeypatch.setattr(PngImageFile, "load", warn_and_load)
    return file.getvalue()


def tiff_of_too_many_samples() -> bytes:
    """A photo about which Pillow logs an error."""
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "TIFF")
    return file.getvalue().replace(b"\x15\x01\x03\x00\x01\x00\x00\x00\x03", b"\x15\x01\x03\x00\x01\x00\x00\x00\x63")


def test_warnings_are_dropped_while_a_photo_is_read_and_heard_otherwise(odd_photo):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        read_photo(odd_photo, 8)
        assert [str(each.message) for each in heard] == []
        Image.open(io.BytesIO(odd_photo)).load()
    assert "odd" in [str(each.message) for each in heard]


def test_warnings_that_are_errors_make_no_photo_unreadable(odd_photo):
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert read_photo(odd_photo, 8).pixels.shape == (8, 8, 3)


def test_logs_are_dropped_while_a_photo_is_read_and_heard_otherwise(caplog):
    content = tiff_of_too_many_samples()
    with pytest.raises(PhotoError):
        read_photo(content, 8)
    assert caplog.records == []
    with pytest.raises(OSError, match="cannot identify"):
        Image.open(io.BytesIO(content))
    assert [record.name for record in caplog.records] == ["PIL.TiffImagePlugin"]


def test_other_threads_are_heard_while_one_reads(caplog):
    logger = logging.getLogger("PIL.Image")

    def speak() -> None:
        logger.error("from another thread")
        warnings.warn("from another thread", stacklevel=1)

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with quiet_decoders():
            logger.error("dropped")
            warnings.warn("dropped", stacklevel=1)
            other = threading.Thread(target=speak)
            other.start()
            other.join()
    assert [record.getMessage() for record in caplog.records] == ["from another thread"]
    assert [str(each.message) for each in heard] == ["from another thread"]


def test_the_error_handler_of_libtiff_is_away_while_any_thread_reads():
    set_handler = _error_handler_setter()
    assert set_handler is not None

    def current() -> int | None:
        set_handler(handler := set_handler(None))
        return handler

    before = current()
    assert before is not None
    with LIBTIFF.quiet():
        assert current() is None
        with LIBTIFF.quiet():
            assert current() is None
        assert current() is None
    assert current() == before


@pytest.mark.slow
def test_models_train_on_several_cores_after_a_photo_was_read():
    """scikit-learn hands the process's warning filters on to its workers, with their patterns."""
    from sklearn.utils.parallel import Parallel, delayed

    with warnings.catch_warnings():
        read_photo(jpeg(draw(plain((31, 42, 82)), "mug")), 64)
        assert any(isinstance(each[1], _WhileReading) for each in warnings.filters)
        assert Parallel(n_jobs=2)(delayed(abs)(each) for each in (-1, 2)) == [1, 2]
