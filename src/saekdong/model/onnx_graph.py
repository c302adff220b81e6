"""A model as an ONNX graph: the compiled lookup table in ONNX's own operators, for runtimes without Python.

https://onnx.ai/onnx/operators/
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong._version import __version__
from saekdong.extras import missing_extra
from saekdong.model.artifact import Artifact
from saekdong.model.lookup import to_runs

OPSET, IR_VERSION = 17, 8
"""Supported by the runtimes in use, and new enough for the operators of the graph."""

_UINT8, _INT64, _STRING, _DOUBLE = 2, 7, 8, 11
"""ONNX's numbers of types, `TensorProto.DataType`."""

# x + x * _HALF_STEP is the next double after x: a little over half the distance, which rounds up.
_HALF_STEP = 2.0**-53 * 1.001


def to_onnx(artifact: Artifact) -> bytes:
    """Return the model as an ONNX file.

    Its input `colors` is uint8 (N, 3), R, G and B. Its outputs are `label`, texts (N,), and `probabilities`, float64
    (N, L) in the order of the metadata `labels`; equal to the results of `Artifact.predict` and `predict_proba`.

    Raises:
        SaekdongError: the package onnx is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise missing_extra("onnx", "onnx is not installed") from error

    graph = _Graph(artifact)
    graph.build()
    helper = onnx.helper
    model = helper.make_model(
        helper.make_graph(
            [helper.make_node(operator, inputs, outputs, **more) for operator, inputs, outputs, more in graph.nodes],
            "saekdong",
            [helper.make_tensor_value_info("colors", _UINT8, ["N", 3])],
            [
                helper.make_tensor_value_info("label", _STRING, ["N"]),
                helper.make_tensor_value_info("probabilities", _DOUBLE, ["N", len(artifact.vocabulary)]),
            ],
            [onnx.numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="saekdong",
        producer_version=__version__,
    )
    labels = json.dumps(artifact.vocabulary.ids, ensure_ascii=False)
    helper.set_model_props(model, {"labels": labels, "digest": artifact.id})
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


class _Graph:
    """Nodes and constants, in the order of the computation in `saekdong.model.lookup`."""

    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact
        self.nodes: list[tuple[str, Sequence[str], Sequence[str], dict[str, Any]]] = []
        self.constants: dict[str, NDArray[Any]] = {}

    def build(self) -> None:
        """Add all nodes to the graph."""
        self._add("Cast", "colors", "channels", to=_INT64)
        self._constant("one_each", np.array([1, 1, 1]))
        self._add("Split", "channels one_each", "red green blue", axis=1)
        code = self._codes()
        self._constant("labels", np.array(self._artifact.vocabulary.ids, dtype=object))
        self._add("Gather", f"labels {code}_flat", "label")
        self._probabilities(code)

    def _codes(self) -> str:
        """Look up the label: the run of 64 neighboring blues, then the place in it."""
        places, runs = to_runs(self._artifact.table.labels)
        self._constant("places", places.astype(np.int64))
        self._constant("runs", runs.ravel())
        self._constant("run_length", np.array(runs.shape[1]))
        self._constant("row", np.array(256 * 256 // runs.shape[1]))
        self._constant("column", np.array(256 // runs.shape[1]))
        self._add("Mul", "red row", "red_place")
        self._add("Mul", "green column", "green_place")
        self._add("Div", "blue run_length", "blue_place")
        self._add("Mod", "blue run_length", "in_run")
        self._add("Add", "red_place green_place", "red_green_place")
        self._add("Add", "red_green_place blue_place", "place")
        self._add("Gather", "places place", "run")
        self._add("Mul", "run run_length", "run_start")
        self._add("Add", "run_start in_run", "run_place")
        self._add("Gather", "runs run_place", "code_byte")
        self._add("Cast", "code_byte", "code", to=_INT64)
        self._constant("all", np.array([-1]))
        self._add("Reshape", "code all", "code_flat")
        return "code"

    def _probabilities(self, code: str) -> None:
        """Look up the probabilities of the cell, and let the label's be the highest."""
        grid = self._artifact.table.grid
        cells, width = grid.shape[0], grid.shape[-1]
        self._constant("grid", grid.reshape(-1, width))
        self._constant("side", np.array(256 // cells))
        self._constant("cells", np.array(cells))
        self._constant("cells_squared", np.array(cells * cells))
        for channel in ("red", "green", "blue"):
            self._add("Div", f"{channel} side", f"{channel}_cell")
        self._add("Mul", "red_cell cells_squared", "red_part")
        self._add("Mul", "green_cell cells", "green_part")
        self._add("Add", "red_part green_part", "red_green_part")
        self._add("Add", "red_green_part blue_cell", "cell")
        self._add("Reshape", "cell all", "cell_flat")
        self._add("Gather", "grid cell_flat", "root_bytes")
        self._add("Cast", "root_bytes", "roots", to=_DOUBLE)
        self._add("Mul", "roots roots", "squares")
        self._constant("across", np.array([1]))
        self._add("ReduceSum", "squares across", "total", keepdims=1)
        self._add("Div", "squares total", "chances")
        self._constant("codes", np.arange(width))
        self._add("Equal", f"{code} codes", "is_label")
        self._add("ArgMax", "chances", "first", axis=1, keepdims=1)
        self._add("Equal", "first codes", "is_first")
        self._constant("zero", np.array(0.0))
        self._add("Where", "is_label chances zero", "label_only")
        self._add("ReduceSum", "label_only across", "label_chance", keepdims=1)
        self._add("ReduceMax", "chances", "highest", axes=[1], keepdims=1)
        self._constant("half_step", np.array(_HALF_STEP))
        self._add("Mul", "highest half_step", "step")
        self._add("Add", "highest step", "above")
        self._add("Where", "is_first label_chance chances", "exchanged")
        self._add("Where", "is_label above exchanged", "probabilities")

    def _constant(self, name: str, value: NDArray[Any]) -> None:
        self.constants[name] = value

    def _add(self, operator: str, inputs: str, outputs: str, **more: Any) -> None:
        self.nodes.append((operator, inputs.split(), outputs.split(), more))
