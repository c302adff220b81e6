"""A model in other runtimes: ONNX Runtime, and MLflow in an environment of its own (scripts/setup.sh)."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import onnx
import onnxruntime
import pytest

from ports import free_port
from saekdong.model.artifact import load
from saekdong.model.onnx_graph import to_onnx
from saekdong.tagging import starter
from waiting import until_answered

ROOT = Path(__file__).parents[2]
MLFLOW = Path(sys.prefix) / "mlflow" / "bin"
CORNERS = np.array([[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)], dtype=np.uint8)


@pytest.mark.parametrize("name", ["starter", "trained"])
def test_onnx_runtime_gives_the_artifacts_predictions_to_the_last_bit(name, model_file):
    model = starter() if name == "starter" else load(model_file)
    content = to_onnx(model)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    colors = np.concatenate([CORNERS, np.random.default_rng(0).integers(0, 256, (200_000, 3), dtype=np.uint8)])
    labels, chances = session.run(["label", "probabilities"], {"colors": colors})
    assert (labels == model.predict(colors)).all()
    assert np.array_equal(chances, model.predict_proba(colors))
    none = session.run(None, {"colors": colors[:0]})
    assert (none[0].shape, none[1].shape) == ((0,), (0, len(model.vocabulary)))
    about = {each.key: each.value for each in onnx.load_from_string(content).metadata_props}
    assert json.loads(about["labels"]) == list(model.vocabulary.ids)
    assert about["digest"] == model.id
    assert to_onnx(model) == content


def test_export_writes_both(saekdong, tmp_path):
    assert saekdong("model", "export", "starter", "--to", "onnx", "--out", "starter.onnx").returncode == 0
    onnxruntime.InferenceSession(tmp_path / "starter.onnx", providers=["CPUExecutionProvider"])
    run = saekdong("model", "export", "starter", "--to", "mlflow", "--out", "folder")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "mlflow: folder\n")
    assert {path.name for path in (tmp_path / "folder").iterdir()} == {
        "MLmodel",
        "model.tar.gz",
        "python_env.yaml",
        "requirements.txt",
    }
    again = saekdong("model", "export", "starter", "--to", "mlflow", "--out", "folder")
    assert again.returncode == 2
    assert "--out folder is not empty" in again.stderr


SCRIPT = """
import json, mlflow, numpy as np, pandas as pd
model = mlflow.pyfunc.load_model("folder")
colors = np.random.default_rng(0).integers(0, 256, (1000, 3))
frame = pd.DataFrame(colors, columns=["r", "g", "b"], index=range(7, 1007))
answers = model.predict(frame)
assert answers.index.equals(frame.index)
assert model.predict(frame.astype("int32")[["b", "g", "r"]]).equals(answers)
print(json.dumps([answers["label"].tolist(), answers["probability"].tolist()]))
"""


@pytest.mark.slow
def test_mlflow_loads_and_serves_the_model(saekdong, tmp_path):
    if not MLFLOW.exists():
        pytest.skip("no MLflow here; set it up: sh scripts/setup.sh test")
    saekdong("model", "export", "starter", "--to", "mlflow", "--out", "folder")
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run([MLFLOW / "python", "-c", SCRIPT], cwd=tmp_path, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    labels, chances = json.loads(done.stdout.splitlines()[-1])
    colors = np.random.default_rng(0).integers(0, 256, (1000, 3))
    assert labels == starter().predict(colors).tolist()
    assert chances == starter().predict_proba(colors).max(axis=1).tolist()
    port = free_port()
    command = [MLFLOW / "mlflow", "models", "serve", "-m", "folder", "--env-manager", "local", "-p", str(port)]
    path = f"{MLFLOW}{os.pathsep}{env['PATH']}"
    server = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**env, "PATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until_answered(f"http://127.0.0.1:{port}/ping")
        body = {"dataframe_split": {"columns": ["r", "g", "b"], "data": [[31, 42, 82]]}}
        answer = httpx.post(f"http://127.0.0.1:{port}/invocations", json=body, timeout=60)
        assert answer.json()["predictions"][0]["label"] == "navy"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)
