"""Parts of the service on their own: predictions as text, places for waiting work."""

import asyncio
import io
import json
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saekdong.entrance.errors import RequestError
from saekdong.serving.encoding import Encoder
from saekdong.serving.media_types import CSV, JSON, LINES, NPY
from saekdong.serving.prediction import ColorPredictor
from saekdong.serving.threads import WAITING_PER_CORE, Threads
from saekdong.tagging import starter

PREDICTOR, ENCODER = ColorPredictor(starter()), Encoder(starter().vocabulary)


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=50))
@settings(max_examples=200)
def test_predictions_as_text_are_the_artifacts_own(colors):
    many = PREDICTOR.many(np.array(colors, dtype=np.uint8), with_chances=True)
    texts = ENCODER.encode(many, LINES).decode().splitlines()
    assert [ENCODER.encode(PREDICTOR.single(*color), JSON).decode() for color in colors] == texts
    chances = np.round(starter().predict_proba(colors), 4).tolist()
    for text, label, row in zip(texts, starter().predict(colors).tolist(), chances, strict=True):
        content = json.loads(text)
        assert content["label"] == label
        assert content["probabilities"] == dict(zip(starter().vocabulary.ids, row, strict=True))
        assert content["probability"] == max(row) == content["probabilities"][label]


@given(st.tuples(*[st.integers(0, 255)] * 3))
@settings(max_examples=50)
def test_a_single_color_is_encoded_as_it_is_among_others(color):
    one = PREDICTOR.single(*color)
    array = PREDICTOR.many(np.array(color, dtype=np.uint8), with_chances=True)
    assert all(ENCODER.encode(one, kind) == ENCODER.encode(array, kind) for kind in (JSON, LINES, CSV, NPY))
    label = np.load(io.BytesIO(ENCODER.encode(one, NPY)))
    assert (label.shape, str(label)) == ((), starter().predict(color).item())


def test_work_that_waits_too_long_is_refused_and_abandoned_work_frees_its_place():
    async def scenario() -> None:
        threads, busy, left = Threads(1), threading.Event(), asyncio.Event()
        done: list[int] = []

        async def stays() -> object:
            await asyncio.Event().wait()

        async def leaves() -> object:
            await left.wait()
            return {"type": "http.disconnect"}

        first = asyncio.ensure_future(threads.run(busy.wait, stays))
        waiting = [asyncio.ensure_future(threads.run(lambda: done.append(1), leaves)) for _ in range(WAITING_PER_CORE)]
        await asyncio.sleep(0)
        with pytest.raises(RequestError) as refused:
            await threads.run(lambda: None, stays)
        assert refused.value.status == 503
        left.set()
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        assert [end.code for end in ends] == ["disconnected"] * WAITING_PER_CORE
        last = asyncio.ensure_future(threads.run(lambda: "answered", stays))
        await asyncio.sleep(0)
        busy.set()
        assert await last == "answered"
        assert await first
        assert done == []

    asyncio.run(scenario())
