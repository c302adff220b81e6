"""SageMaker's own SDK, in local mode, drives the image: train on two hosts, deploy, predict, batch transform.

It runs in an environment of its own (scripts/setup_engine.sh), and AWS is not contacted: endpoints lead nowhere.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from ports import free_port
from saekdong.model import artifact
from saekdong.samples.rows import sample_csv

pytestmark = [pytest.mark.usefixtures("docker"), pytest.mark.slow, pytest.mark.xdist_group("engine")]

NO_TELEMETRY = "SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      TelemetryOptOut: true\n"
NOWHERE = "http://127.0.0.1:9"


def test_local_mode_trains_deploys_predicts_and_transforms(image, engine_folder, tmp_path):
    (tmp_path / "config.yaml").write_text(NO_TELEMETRY)
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows/colors.csv").write_bytes(sample_csv())
    Image.new("RGB", (32, 32), (31, 42, 82)).save(tmp_path / "navy.png")
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "SAEKDONG"))},
        "HOME": str(tmp_path),
        "TERM": "dumb",
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(tmp_path / "config.yaml"),
        "AWS_ENDPOINT_URL": NOWHERE,
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_DEFAULT_REGION": "ap-northeast-2",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
    }
    script = Path(__file__).with_name("local_mode.py")
    python = engine_folder / "sagemaker/bin/python"
    done = subprocess.run(
        [python, script, image, str(free_port())],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["prediction"]["label"] == "navy"
    assert told["photo"]["tags"][0]["label"] == "navy"
    assert told["transformed"] == {"colors.csv.out": "navy\nwhite\n"}
    assert "waits for it" in done.stdout
    trained = artifact.load(tmp_path / "out/model.tar.gz")
    assert trained.info["seed"] == 7
