"""The container's train and serve without a container: the same folders under another root."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ports import free_port
from saekdong.container.hosts import wait_for, working
from saekdong.container.job import TrainingPlan, channel_files, read_hosts, read_plan, training_channel
from saekdong.container.layout import Layout
from saekdong.errors import SaekdongError
from saekdong.model import artifact
from saekdong.samples.rows import sample_csv
from saekdong.serving.service import Service
from saekdong.tagging import starter
from waiting import until_answered

Make = Callable[..., Layout]
HEADER, *LINES = sample_csv().splitlines(keepends=True)
ENGINE = Path(__file__).parents[2] / ".engine"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Lay out /opt/ml under another root: files of channels, and configuration by name."""

    def lay_out(files: dict[str, bytes] | None = None, **config: object) -> Layout:
        root = tmp_path / "ml"
        for name in ("input/config", "input/data", "model", "output/data"):
            (root / name).mkdir(parents=True, exist_ok=True)
        for name, content in (files or {}).items():
            path = root / "input/data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for name, content in config.items():
            (root / f"input/config/{name}.json").write_text(json.dumps(content), encoding="utf-8")
        return Layout(root)

    return lay_out


def start(layout: Layout, what: str, **env: str) -> "subprocess.Popen[str]":
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SAGEMAKER", "SAEKDONG"))}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "saekdong.container", what],
        env={**clean, "SAEKDONG_ML_ROOT": str(layout.root), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(layout: Layout) -> tuple[int, str, str]:
    process = start(layout, "train")
    out, _ = process.communicate(timeout=300)
    file = layout.root / "output/failure"
    return process.returncode, out, file.read_text(encoding="utf-8") if file.is_file() else ""


@pytest.mark.slow
def test_several_files_train_one_model_that_others_evaluate(make, tmp_path):
    layout = make(
        {
            "training/a.csv": HEADER + b"".join(LINES[::3]),
            "training/deep/b.csv": b"LABEL,COL\nnavy,#1f2a52\nnavish,#1f2a52\n",
            "training/.hidden": b"\0",
            "test/t.csv": HEADER + b"".join(LINES[1::3]),
        },
        hyperparameters={"model": "tree", "space": "lab", "sagemaker_job_name": '"x"'},
    )
    code, out, failure = run(layout)
    assert (code, failure) == (0, "")
    assert out.startswith(f"{layout.channel('training')}/deep/b.csv: 1 bad row left out; line 3: LABEL 'navish'")
    assert f"{len(LINES[::3]) + 1} rows, 14 labels" in out
    assert "\ntest:accuracy=0." in out
    assert "navish" in (layout.data / "rejects/deep/b.csv").read_text()
    with tarfile.open(tmp_path / "packed.tar.gz", "w:gz") as archive:
        archive.add(layout.model, ".")
    packed, unpacked = artifact.load(tmp_path / "packed.tar.gz"), artifact.load(layout.model)
    assert packed.info == unpacked.info
    assert packed.predict([31, 42, 82]) == unpacked.predict([31, 42, 82])


@pytest.mark.slow
def test_a_job_fails_with_a_reason(make):
    code, _, failure = run(make())
    assert code == 2
    assert failure.startswith("the job has no channel train or training")
    layout = make({"train/rows.csv": b"R,G,B,LABEL\n" + b"1,2,3,navy\n" * 9})
    assert run(layout)[2] == "the rows have one label only, 'navy'; add rows of at least one other label"
    make({"train/rows.csv": b"R,G,B,LABEL\n1,2,3," + b"x" * 5000})
    assert len(run(layout)[2]) <= 1024


@pytest.mark.slow
def test_sigterm_in_a_search_keeps_the_best_so_far(make):
    layout = make({"train/a.csv": HEADER + b"".join(LINES[::3])}, hyperparameters={"budget": "900"})
    process = start(layout, "train")
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("search:accuracy="):
            break
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=100)
    assert process.returncode == 0
    assert "SIGTERM: going on with the best model found so far" in out
    assert artifact.load(layout.model).info["metrics"]["accuracy"] > 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("saved", "code"), [(True, 0), (False, 1)])
def test_a_job_that_is_not_done_in_time_ends_with_what_it_saved(saved, code):
    script = (
        "import os, signal, time, saekdong.container.stopping as s\n"
        f"s.GRACE = 0.1\ns.Stopping(lambda: {0 if saved else 1})\n"
        "os.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(60)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=30, check=False).returncode == code


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"spcae": "lab"}, "hyperparameter 'spcae' is not known; did you mean 'space'?"),
        ({"trees": "9"}, "hyperparameter 'trees' is not known"),
        ({"model": "tree", "trees": "9"}, "hyperparameter 'trees' is not known"),
        ({"model": "random-forest", "trees": "many"}, "setting trees=many is not a whole number"),
        ({"model": "forest"}, "there is no model 'forest'"),
        ({"space": "hsv+"}, "hyperparameter space is 'hsv+'"),
        ({"budget": "nan"}, "hyperparameter budget is 'nan'; give seconds"),
        ({"seed": "-1"}, "hyperparameter seed is '-1'; give a whole number"),
        ({"balance": "maybe"}, "hyperparameter balance is 'maybe'; give true or false"),
        ({"labels": "mine.toml"}, "a channel called labels"),
        ({"lang": "fr"}, "hyperparameter lang is 'fr'; give one of"),
    ],
)
def test_a_wrong_hyperparameter_is_told_by_name(make, given, told):
    with pytest.raises(SaekdongError) as error:
        read_plan(make(hyperparameters=given))
    assert told in str(error.value)


def test_hyperparameters_are_the_options_of_train(make):
    assert read_plan(make()) == TrainingPlan()
    given = {
        "model": "knn",
        "k": "7",
        "space": '"lab+lch"',
        "balance": "True",
        "budget": "5",
        "_tuning_objective_metric": "x",
    }
    expected = TrainingPlan(space="lab+lch", model="knn", settings={"k": 7}, balance=True, budget=5)
    assert read_plan(make(hyperparameters=given)) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12) | st.integers() | st.none() | st.lists(st.text())))
def test_any_hyperparameters_make_a_plan_or_a_reason(make, given):
    with suppress(SaekdongError):
        assert read_plan(make(hyperparameters=given)).budget >= 0


def test_pipe_mode_and_sharded_rows_are_refused(make):
    with pytest.raises(SaekdongError, match="channel train is in Pipe mode; use File or FastFile"):
        channel_files(make(inputdataconfig={"train": {"TrainingInputMode": "Pipe"}}), "train")
    hosts = {"hosts": ["algo-1", "algo-2"], "current_host": "algo-1"}
    for name in ("train", "training"):
        sharded = {name: {"S3DistributionType": "ShardedByS3Key"}}
        with pytest.raises(SaekdongError, match=f"channel {name} is distributed .*FullyReplicated"):
            read_hosts(make(inputdataconfig=sharded, resourceconfig=hosts))


@pytest.mark.parametrize("name", ["train", "training"])
def test_the_rows_to_learn_from_may_come_as_train_or_training(make, name):
    assert training_channel(make({f"{name}/a.csv": b""})) == name
    assert training_channel(make(inputdataconfig={name: {"TrainingInputMode": "Pipe"}})) == name


def test_both_channels_or_none_to_learn_from_are_refused(make):
    with pytest.raises(SaekdongError, match=r"no channel train or training .*called train with CSV"):
        training_channel(make({"test/a.csv": b""}))
    with pytest.raises(SaekdongError, match=r"both channels train and training; .* as validation or test"):
        training_channel(make({"train/a.csv": b"", "training/a.csv": b""}))


def test_other_hosts_wait_until_the_first_is_done():
    port = free_port()
    before = signal.getsignal(signal.SIGTERM)
    done: list[bool] = []
    release = threading.Event()

    def first() -> None:
        with working(["algo-1", "algo-2"], port):
            ready.set()
            release.wait(10)
            done.append(True)

    ready = threading.Event()
    thread = threading.Thread(target=first)
    thread.start()
    ready.wait(10)
    threading.Timer(0.3, release.set).start()
    try:
        wait_for("127.0.0.1", port)
        assert done
        wait_for("127.0.0.1", port, patience=0.01)
    finally:
        signal.signal(signal.SIGTERM, before)
        thread.join()


def test_a_taken_port_keeps_no_host_from_training():
    with socket.create_server(("", 0)) as taken, working(["a", "b"], taken.getsockname()[1]):
        pass


@pytest.mark.slow
def test_files_are_read_as_sagemaker_s_own_toolkit_reads_them(make):
    python = ENGINE / "sagemaker/bin/python"
    if not python.exists():
        pytest.skip("no .engine here; make it: sh scripts/setup_engine.sh (Debian, as root)")
    layout = make(
        {"train/a.csv": b"", "test/b.csv": b""},
        hyperparameters={"model": "knn", "k": "7", "space": '"lab"', "budget": "5.5", "seed": "3", "balance": "true"},
        inputdataconfig={name: {"TrainingInputMode": "File", "ContentType": "text/csv"} for name in ("train", "test")},
        resourceconfig={"hosts": ["algo-1", "algo-2"], "current_host": "algo-2", "network_interface_name": "eth0"},
    )
    script = (
        "import json; from sagemaker_training.environment import Environment; e = Environment()\n"
        "print(json.dumps([e.hyperparameters, e.channel_input_dirs, e.current_host, e.master_hostname, e.model_dir,"
        " e.output_data_dir]))"
    )
    env = {**os.environ, "SAGEMAKER_BASE_DIR": str(layout.root)}
    done = subprocess.run([python, "-c", script], env=env, capture_output=True, text=True, check=True)
    values, channels, here, first, model, data = json.loads(done.stdout.splitlines()[-1])
    plan, hosts = read_plan(layout), read_hosts(layout)
    told = {"model": plan.model, "space": plan.space, "budget": plan.budget, "seed": plan.seed, "balance": plan.balance}
    assert values == {**told, **plan.settings}
    assert {name: str(layout.channel(name)) for name in channels} == channels
    assert (hosts.here, hosts.names[0], hosts.is_first) == (here, first, False)
    assert (str(layout.model), str(layout.data)) == (model, data)


SERIALIZERS = """
import base64, json
import numpy as np
from sagemaker.serializers import CSVSerializer, JSONLinesSerializer, JSONSerializer, NumpySerializer

colors = [[31, 42, 82], [247, 246, 242]]
sent = [
    (NumpySerializer(), np.array(colors)),
    (NumpySerializer(dtype="uint8"), colors),
    (JSONSerializer(), colors),
    (JSONSerializer(), np.array(colors)),
    (JSONSerializer(), {"instances": colors}),
    (JSONLinesSerializer(), [{"features": color} for color in colors]),
    (CSVSerializer(), colors),
    (CSVSerializer(), np.array(colors, dtype=float)),
]
bodies = [(serializer.CONTENT_TYPE, serializer.serialize(value)) for serializer, value in sent]
bytes_of = lambda body: body if isinstance(body, bytes) else body.encode()
print(json.dumps([(kind, base64.b64encode(bytes_of(body)).decode()) for kind, body in bodies]))
"""


@pytest.mark.slow
def test_what_sagemaker_s_serializers_send_is_understood(tmp_path):
    python = ENGINE / "sagemaker/bin/python"
    if not python.exists():
        pytest.skip("no .engine here; make it: sh scripts/setup_engine.sh (Debian, as root)")
    (tmp_path / "config.yaml").write_text("SchemaVersion: '1.0'\n")
    env = {**os.environ, "HOME": str(tmp_path), "SAGEMAKER_USER_CONFIG_OVERRIDE": str(tmp_path / "config.yaml")}
    done = subprocess.run([python, "-c", SERIALIZERS], env=env, capture_output=True, text=True, check=True)
    service = Service(starter())
    for kind, body in json.loads(done.stdout.splitlines()[-1]):
        assert service.answer(base64.b64decode(body), kind, "text/csv").body == b"navy\nwhite\n"


@pytest.mark.slow
def test_several_models_are_served_where_sagemaker_asks_for_them(make, trained):
    port, layout = free_port(), make()
    unpacked = layout.models / "0f3a" / "model"
    artifact.save_unpacked(trained.artifact, unpacked)
    process = start(layout, "serve", SAGEMAKER_BIND_TO_PORT=str(port), SAGEMAKER_MULTI_MODEL="true")
    address = f"http://127.0.0.1:{port}"
    try:
        until_answered(f"{address}/ping")
        loaded = httpx.post(f"{address}/models", json={"model_name": "shop", "url": str(unpacked)})
        assert loaded.status_code == 200, loaded.text
        answer = httpx.post(f"{address}/models/shop/invoke", json={"r": 31, "g": 42, "b": 82})
        assert answer.json()["label"] == "navy"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({}, "cannot read"),
        ({"SAGEMAKER_BIND_TO_PORT": "http"}, "SAGEMAKER_BIND_TO_PORT is 'http'; give a whole number from 1 to 65535"),
    ],
)
def test_what_cannot_be_served_is_told(make, env, told):
    process = start(make(), "serve", **env)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert told in said


def test_an_argument_is_needed():
    done = subprocess.run([sys.executable, "-m", "saekdong.container"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "saekdong: give a command: IMAGE train, or IMAGE serve\n")
