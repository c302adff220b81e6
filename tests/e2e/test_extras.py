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

from saekdong.cli.app import COMMANDS

PROGRAM = Path(__file__).parents[1] / "without_modules.py"
AWS, REMOTE, DASK = "boto3,botocore,s3transfer", "boto3,botocore", "dask,distributed"
SAGEMAKER = ["--on", "sagemaker"]
PALETTE = ["palette", "photo.jpg", "--source"]

TRAIN = "jinja2,matplotlib,scipy,sklearn,threadpoolctl"
SERVE = "aiohttp,fastapi,httptools,pydantic,prometheus_client,python_multipart,starlette,uvicorn,uvloop,yarl"

OPENID = '[openid]\nissuer = "https://id.example"\nclient_id = "desk"\nroles = { staff = "editor" }\n'

NEEDS = {
    "train": (
        TRAIN,
        [
            ["train", "rows.csv"],
            ["teach", "photos.csv", "--out", "model"],
            ["data", "describe", "rows.csv"],
            ["evaluate", "starter", "rows.csv"],
            ["evaluate", "starter", "jpegs.csv", "--report", "photos.html"],
            ["tag", "photo.jpg", "--explain", "why.png"],
            ["retrain"],
        ],
    ),
    "catalog": (
        "aiohttp,yarl",
        [["catalog", "add", "https://shop.example/feed.csv"], ["catalog", "add", "addresses.csv"]],
    ),
    "serve": (SERVE, [["serve"], ["deploy", "starter"]]),
    "studio": (f"{SERVE},argon2,jinja2", [["studio"]]),
    "oidc": ("joserfc", [["studio"]]),
    "all": (TRAIN, [["demo", "--no-serve"]]),
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
        f"{REMOTE},aiohttp,yarl",
        [
            *(
                [name, place]
                for name in ("tag", "palette")
                for place in ("https://shop.example/a.jpg", "s3://shop/a.jpg")
            ),
            ["catalog", "add", "s3://shop/a.csv"],
        ],
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
            ["watch", "run", "--topic", "arn:aws:sns:ap-northeast-2:123456789012:shop"],
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
    (folder / "saekdong.toml").write_text(OPENID)
    (folder / "feed.csv").write_text("id,photo\n1,photo.jpg\n")
    (folder / "addresses.csv").write_text("id,photo\n1,https://shop.example/a.jpg\n")
    (folder / "jpegs.csv").write_text("photo,labels\nphoto.jpg,navy\nphoto.jpg,red\n")
    (folder / "rows.csv").write_text("R,G,B,LABEL\n1,2,3,navy\n250,2,3,red\n")
    (folder / "photos.csv").write_text("photo,labels\nphoto.heic,navy\nphoto.heic,red\n")
    picture = Image.new("RGB", (80, 80), (31, 42, 82))
    picture.save(folder / "photo.jpg")
    pillow_heif.from_pillow(picture).save(folder / "photo.heic")
    return folder


def test_every_extra_is_among_them():
    import tomllib

    project = tomllib.loads((PROGRAM.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["optional-dependencies"]) - {"quick", "lint", "docs", "test"} == set(NEEDS)


@pytest.mark.parametrize(("extra", "modules", "arguments"), CASES, ids=[" ".join(case[2]) for case in CASES])
def test_a_command_without_its_extra_names_it(folder, extra, modules, arguments):
    run = call(folder, modules, arguments)
    told = run.stdout + run.stderr
    assert run.returncode in (1, 2), told
    assert f"pip install 'saekdong[{extra}]'" in told
    assert "unexpected" not in told


BASE = [
    ["predict", "#1f2a52"],
    ["predict", "photo.jpg"],
    ["predict", "--csv", "rows.csv"],
    ["palette", "photo.jpg"],
    ["tag", "photo.jpg"],
    ["words", "feed.csv"],
    ["compare", "starter", "starter", "rows.csv"],
    ["init", "shop"],
    ["image", "--help"],
    ["data", "from-photos", "jpegs.csv"],
    ["catalog", "sample", "--count", "1", "--out", "sample"],
    ["catalog", "add", "feed.csv"],
    ["catalog", "stats"],
    ["catalog", "export"],
    ["catalog", "check"],
    ["watch", "run"],
    ["watch", "status"],
    ["review", "draw"],
    ["registry", "list"],
    ["people", "list"],
    ["people", "invite", "--role", "admin"],
    ["people", "log"],
    ["backup", "loop-copy.db"],
    ["restore", "loop-copy.db", "--yes"],
    ["status"],
]
EVERY = ",".join(sorted({name for modules, _ in NEEDS.values() for name in modules.split(",")}))


def test_every_command_is_among_them():
    named = {arguments[0] for arguments in [*BASE, *(arguments for _, _, arguments in CASES)]}
    assert named == set(COMMANDS)


def test_commands_that_predict_and_tag_need_no_extra(folder):
    for arguments in BASE:
        run = call(folder, EVERY, arguments)
        assert run.returncode == 0, (arguments, run.stdout + run.stderr)


def call(folder: Path, modules: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SAEKDONG", "AWS"))}
    return subprocess.run(
        [sys.executable, PROGRAM, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**clean, "HIDDEN": modules, "LANG": "C.UTF-8"},
        timeout=120,
        check=False,
    )
