"""Without an extra, every command that needs it names the extra."""

import os
import subprocess
import sys
from pathlib import Path

import pillow_heif
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

PROGRAM = Path(__file__).parents[1] / "without_modules.py"
AWS, REMOTE, DASK = "boto3,botocore,s3transfer", "boto3,botocore", "dask,distributed"
SAGEMAKER = ["--on", "sagemaker"]
PALETTE = ["palette", "photo.jpg", "--source"]

NEEDS = {
    "parquet": (
        "pyarrow",
        [
            ["data", "check", "rows.parquet"],
            ["data", "from-photos", "photos.parquet"],
            ["train", "rows.parquet"],
            ["evaluate", "starter", "rows.parquet"],
            ["predict", "--csv", "rows.parquet", "--model", "starter"],
            ["teach", "photos.parquet", "--out", "model"],
            ["catalog", "add", "feed.parquet"],
        ],
    ),
    "heif": (
        "pillow_heif",
        [["tag", "photo.heic"], ["palette", "photo.heic"], ["evaluate", "starter", "photos.csv"]],
    ),
    "remote": (
        REMOTE,
        [["tag", "s3://shop/a.jpg"], ["palette", "s3://shop/a.jpg"], ["catalog", "add", "s3://shop/a.csv"]],
    ),
    "onnx": ("onnx", [["model", "export", "starter", "--to", "onnx", "--out", "model.onnx"]]),
    "dask": (
        DASK,
        [["catalog", name, "feed.csv", "--executor", "dask-local"] for name in ("add", "watch")],
    ),
    "google": ("google", [[*PALETTE, "google-vision"]]),
    "aws": (
        AWS,
        [
            [*PALETTE, "rekognition"],
            ["cost"],
            ["doctor"],
            ["transform", "s3://shop/in/", "s3://shop/out/"],
            *(["notebook", name] for name in ("create", "open", "stop", "delete")),
            ["deploy", "starter", *SAGEMAKER],
            ["invoke", "shop", "{}", *SAGEMAKER],
            ["logs", "shop", *SAGEMAKER],
            *([name, *SAGEMAKER] for name in ("status", "destroy")),
        ],
    ),
}
CASES = [(extra, modules, arguments) for extra, (modules, commands) in NEEDS.items() for arguments in commands]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    parquet.write_table(pa.table({"photo": ["photo.jpg"], "labels": ["navy"]}), folder / "photos.parquet")
    parquet.write_table(pa.table({"R": [1], "G": [2], "B": [3], "LABEL": ["navy"]}), folder / "rows.parquet")
    parquet.write_table(pa.table({"id": ["1"], "photo": ["photo.jpg"]}), folder / "feed.parquet")
    (folder / "feed.csv").write_text("id,photo\n1,photo.jpg\n")
    (folder / "photos.csv").write_text("photo,labels\nphoto.heic,navy\nphoto.heic,red\n")
    picture = Image.new("RGB", (80, 80), (31, 42, 82))
    picture.save(folder / "photo.jpg")
    pillow_heif.from_pillow(picture).save(folder / "photo.heic")
    return folder


def test_every_extra_is_among_them():
    import tomllib

    project = tomllib.loads((PROGRAM.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["optional-dependencies"]) - {"all", "test"} == set(NEEDS)


@pytest.mark.parametrize(("extra", "modules", "arguments"), CASES, ids=[" ".join(case[2]) for case in CASES])
def test_a_command_without_its_extra_names_it(folder, extra, modules, arguments):
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SAEKDONG", "AWS"))}
    run = subprocess.run(
        [sys.executable, PROGRAM, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**clean, "HIDDEN": modules, "LANG": "C.UTF-8"},
        timeout=120,
        check=False,
    )
    told = run.stdout + run.stderr
    assert run.returncode in (1, 2), told
    assert f"pip install 'saekdong[{extra}]'" in told
    assert "unexpected" not in told
