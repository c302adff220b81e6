"""A program that turns Parquet on stdin into JSON Lines on stdout; `parquet.py` runs it.

Arrow's C++ code ends the process on some damaged files, and a file of 500 bytes may unpack to any size. Here neither
harms the process that reads the feed. The program imports nothing of Saekdong: it starts twice as fast.

The first line is the header, `{"columns": [...], "rows": N}`. A row is a list of its values, or `null` if it is too
large. The last line is `{"end": true}`, or `{"error": "..."}`.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

MOST_DATA = 256 << 20
_BATCH = 8_192
_BUFFER = 1 << 18
_MOST_CHUNK = 64 << 20
_MOST_RATIO = 200
_MOST_ROWS_A_BYTE = 10
_FEW_ROWS = 10_000


def main(file: BinaryIO, most_row: int) -> None:
    """Write the rows of a Parquet file; ones of more than `most_row` bytes as `null`."""
    import pyarrow as pa

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        table = _table(file)
        _say({"columns": list(map(str, table.schema_arrow.names)), "rows": table.metadata.num_rows})
        for batch in table.iter_batches(batch_size=_BATCH, use_threads=False):
            for part in _decodable(batch, most_row):
                _write(part, most_row)
        _say({"end": True})
    except BrokenPipeError:
        raise
    except (Exception, MemoryError) as error:
        _say({"error": " ".join(str(error).split())[:500] or type(error).__name__})


def _say(line: object) -> None:
    print(json.dumps(line, default=str, ensure_ascii=True), flush=True)


def _table(file: BinaryIO) -> Any:
    import pyarrow.parquet as pq

    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    metadata = pq.read_metadata(file)
    _check_size(metadata, size)
    # A value that repeats is stored once; decoded, a file of 1 KB takes gigabytes.
    columns = [metadata.schema.column(place).path for place in range(len(metadata.schema))]
    file.seek(0)
    return pq.ParquetFile(file, read_dictionary=columns, buffer_size=_BUFFER, pre_buffer=False)


def _check_size(metadata: Any, size: int) -> None:
    """Raise ValueError for a file whose parts unpack to far more than they take."""
    if metadata.num_rows > max(_FEW_ROWS, _MOST_ROWS_A_BYTE * size):
        raise ValueError(f"{metadata.num_rows:,} rows in {size:,} bytes")
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(place)
            if chunk.total_uncompressed_size > max(_MOST_CHUNK, _MOST_RATIO * chunk.total_compressed_size):
                raise ValueError(
                    f"the column {chunk.path_in_schema} unpacks from {chunk.total_compressed_size:,} to "
                    f"{chunk.total_uncompressed_size:,} bytes; write it in smaller row groups"
                )


def _write(part: Any, most_row: int) -> None:
    if _decoded_bytes(part) > most_row:
        _say(None)
        return
    lines = (json.dumps(values, default=str) for values in zip(*map(_pylist, part.columns), strict=True))
    print("\n".join(lines), flush=True)


def _pylist(column: Any) -> list[Any]:
    """Return a column's values; written out first, which is faster than one look-up a value."""
    return list((column.dictionary_decode() if hasattr(column, "dictionary_decode") else column).to_pylist())


def _decodable(batch: Any, most_row: int) -> Iterator[Any]:
    """Yield the parts of a batch, each one row or small enough to be decoded at once."""
    if len(batch) < 2 or _decoded_bytes(batch) <= most_row:
        yield batch
        return
    half = len(batch) // 2
    yield from _decodable(batch.slice(0, half), most_row)
    yield from _decodable(batch.slice(half), most_row)


def _decoded_bytes(values: Any) -> int:
    """Return about how many bytes a batch or an array takes with every repeated value written out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values, pa.RecordBatch):
        return sum(map(_decoded_bytes, values.columns))
    if isinstance(values, pa.DictionaryArray):
        if not pa.types.is_binary(values.type.value_type) and not pa.types.is_string(values.type.value_type):
            return len(values) * 8
        lengths = pc.take(pc.binary_length(values.dictionary), values.indices)
        return (pc.sum(lengths).as_py() or 0) + 8 * len(values)
    if isinstance(values, pa.ListArray | pa.LargeListArray | pa.FixedSizeListArray | pa.MapArray):
        return _decoded_bytes(values.flatten()) + 8 * len(values)
    if isinstance(values, pa.StructArray):
        return sum(map(_decoded_bytes, values.flatten()))
    return int(values.nbytes)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA, MOST_DATA))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(sys.stdin.buffer, int(sys.argv[1]))
