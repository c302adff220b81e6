"""Streamed answers of endpoints, read by botocore's own parser of AWS's event streams."""

from botocore.eventstream import EventStreamBuffer
from hypothesis import example, given
from hypothesis import strategies as st

from saekdong.deploy.local.eventstream import MOST_BYTES, payload_parts


@given(st.binary(max_size=300))
@example(bytes(MOST_BYTES))
@example(bytes(3 * MOST_BYTES + 1))
def test_botocore_reads_the_events_and_joins_their_payloads(body):
    buffer = EventStreamBuffer()
    buffer.add_data(payload_parts(body))
    events = list(buffer)
    assert b"".join(event.payload for event in events) == body
    assert len(events) == -(-len(body) // MOST_BYTES)
    for event in events:
        assert event.headers == {
            ":message-type": "event",
            ":event-type": "PayloadPart",
            ":content-type": "application/octet-stream",
        }
