"""Errors that users see cross processes whole: a program's own pool of workers hands them on."""

import pickle

import pytest

from saekdong.color.choice import ChoiceError
from saekdong.errors import RejectedRowsError, SaekdongError
from saekdong.fetch.errors import FetchError
from saekdong.photo import PhotoError


@pytest.mark.parametrize(
    "error",
    [
        SaekdongError("rows.csv has no LABEL column", fix="add one"),
        RejectedRowsError("3 rows were rejected"),
        PhotoError("damaged", "shirt.jpg is cut off", "export it again"),
        ChoiceError("unknown", "no such label", "use navy"),
        FetchError("timeout", "shop.kr did not answer"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_the_same_after_crossing_processes(error: SaekdongError) -> None:
    crossed = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(crossed) is type(error)
    assert str(crossed) == str(error)
    assert vars(crossed) == vars(error)
    assert crossed.exit_code == error.exit_code
