"""The commands that this machine and AWS share, on moto's server; what an engine would push is put into its ECR."""

import json

import pytest

from clouds import platform
from saekdong.cli.app import run
from saekdong.deploy import image
from saekdong.deploy.local import LocalPlatform
from saekdong.errors import SaekdongError
from saekdong.workspace import Workspace


@pytest.fixture
def shop(cloud, tmp_path, monkeypatch):
    """A workspace whose account is moto's."""
    assert cloud
    sagemaker = platform(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Workspace, "account", lambda *_, **__: sagemaker.account)
    monkeypatch.setattr(image, "publish", lambda *asked: sagemaker.push(*asked[:3], asked[4]))
    yield sagemaker
    sagemaker.account.session.close()


def test_an_endpoint_on_aws_from_the_command_line(shop, tmp_path, capsys):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "train.csv").write_text("R,G,B,LABEL\n1,2,3,black\n")
    on = ["--on", "sagemaker"]
    assert run(["deploy", "starter", "--name", "shop", *on, "--instance", "ml.m5.large", "--data", "parts"]) == 0
    told = capsys.readouterr()
    assert told.out.strip().endswith("/endpoints/shop")
    assert "next: saekdong invoke shop" in told.err
    assert run(["status", *on, "--format", "json"]) == 0
    assert [(one["name"], one["status"]) for one in json.loads(capsys.readouterr().out)] == [("shop", "InService")]
    assert run(["invoke", "shop", '{"r": 31, "g": 42, "b": 82}', *on]) == 0
    assert json.loads(capsys.readouterr().out)["label"] == "navy"
    s3 = shop.account.client("s3")
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    keys = {each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert {key.rpartition("/")[2] for key in keys} >= {"train.csv", "model.tar.gz"}
    assert run(["destroy", *on, "--dry-run"]) == 0
    listed = capsys.readouterr().out
    assert "would remove endpoint shop\n" in listed
    assert run(["destroy", *on]) == 2
    assert "no terminal to ask on; give --yes" in capsys.readouterr().err
    assert run(["destroy", *on, "--yes"]) == 0
    assert capsys.readouterr().out == listed.replace("would remove", "removed")
    assert run(["status", *on, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.usefixtures("shop")
def test_an_endpoint_with_a_training_job_is_not_said_to_have_the_starter(tmp_path, capsys):
    # moto's training job leaves no artifact, so the id of its model is not known; test_aws.py has one that does.
    (tmp_path / "train.csv").write_text("R,G,B,LABEL\n1,2,3,black\n")
    on = ["--on", "sagemaker"]
    assert run(["status", *on]) == 0
    assert "no endpoints on Amazon SageMaker; 'saekdong deploy --on sagemaker' makes one" in capsys.readouterr().err
    assert run(["deploy", "--name", "shop", *on, "--data", ".", "--train"]) == 0
    said = capsys.readouterr().err
    assert "starter" not in said
    assert run(["status", *on, "--format", "json"]) == 0
    assert [(one["name"], one["model"]) for one in json.loads(capsys.readouterr().out)] == [("shop", "")]
    assert run(["logs", "shop", *on]) == 0
    assert capsys.readouterr().err == "shop has written nothing yet\n"


@pytest.mark.usefixtures("shop")
def test_the_policy_is_printed_with_the_commands_that_make_it_a_managed_one(capsys):
    assert run(["doctor", "--policy", "--role", "mine"]) == 0
    told = capsys.readouterr()
    statements = {one["Sid"]: one for one in json.loads(told.out)["Statement"]}
    assert statements["PassRole"]["Resource"] == ["arn:aws:iam::123456789012:role/mine"]
    assert "more than the 2,048 of a user's inline policies" in told.err
    assert "aws iam create-policy --policy-name saekdong --policy-document file://saekdong-policy.json" in told.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--instance", "ml.m5.large"], "--instance goes with --on sagemaker"),
        (["--on", "sagemaker", "--engine", "docker"], "--engine goes with --on local"),
        (["--on", "sagemaker", "--train"], "--train has no effect without --data; add --data or leave out --train"),
        (["--on", "sagemaker", "--train-instance", "ml.m5.xlarge"], "--train-instance has no effect without --train"),
        (["--on", "sagemaker", "--set", "model=svm"], "--set has no effect without --train"),
        (["--on", "sagemaker", "--memory", "1024"], "--memory has no effect without --serverless"),
        (["--on", "sagemaker", "--concurrency", "9"], "--concurrency has no effect without --serverless"),
        (["--on", "sagemaker", "--target", "5"], "--target has no effect without --scale; add --scale or leave"),
        (["--startup-timeout", "90"], "--startup-timeout goes with --on sagemaker"),
        (["--kms-key", "k"], "--kms-key goes with --on sagemaker"),
        (["--subnet", "subnet-0123abcd"], "--subnet goes with --on sagemaker"),
        (["--tag", "team=a"], "--tag goes with --on sagemaker"),
        (["--profile", "mine"], "--profile goes with --on sagemaker"),
        (["--on", "sagemaker", "--scale", "many"], "--scale many is not of the form LEAST-MOST, such as 1-4"),
        (
            ["--on", "sagemaker", "--scale", "1-4"],
            "ml.t2.medium cannot scale: AWS does not scale burstable instances; give",
        ),
        (["--on", "sagemaker", "--serverless", "--instance", "ml.m5.large"], "exclude each other"),
        (["--on", "sagemaker", "--data", "nowhere"], "nowhere has no train.csv; make it: saekdong data split"),
        (["--rollback", "starter"], "takes no MODEL"),
        (["--on", "sagemaker", "--provisioned", "2"], "--provisioned has no effect without --serverless"),
        (["--on", "sagemaker", "--tag", "team"], "--tag team is not of the form key=value"),
        (["--on", "sagemaker", "--tag", "saekdong:name=x"], "--tag saekdong:name is not yours"),
        (["--on", "sagemaker", "--kms-key", "alias/shop"], "alias/shop is not the ARN of a key; give what this prints"),
        (["--on", "sagemaker", "--subnet", "subnet-0123abcd"], "give --subnet and --security-group together"),
        (["--on", "sagemaker", "--serverless", "--startup-timeout", "90"], "leave out --startup-timeout"),
    ],
)
def test_what_does_not_go_together_is_told_before_anything_is_made(arguments, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["deploy", "starter", *arguments] if "starter" not in arguments else ["deploy", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["deploy", "--rollback", "--engine", "docker"], "takes no --engine"),
        (["deploy", "--rollback", "--on", "sagemaker", "--instance", "ml.m5.large"], "takes no --instance"),
        (["doctor", "--concurrency", "9"], "--concurrency has no effect without --serverless"),
        (["serve", "starter", "--memory", "512"], "--memory has no effect without --multi-model"),
        *(
            ([*command, "--region", "us-east-1"], "--region goes with --on sagemaker")
            for command in (["status"], ["logs", "shop"], ["invoke", "shop", "1,2,3"], ["destroy", "shop"])
        ),
    ],
)
def test_an_option_without_effect_is_refused(arguments, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_settings_may_hold_options_of_other_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "saekdong.toml").write_text('[deploy]\ntrain_instance = "ml.m5.xlarge"\nprovisioned = 2\n')
    assert run(["deploy", "--on", "sagemaker", "--startup-timeout", "1"]) == 2
    assert "give --startup-timeout from 60 to 3600" in capsys.readouterr().err


def test_a_local_name_that_differs_from_another_in_capitals_only_is_refused(tmp_path, model_file):
    (tmp_path / "Shop").mkdir()
    with pytest.raises(SaekdongError, match="shop differs from the endpoint Shop in capitals only; use the name Shop"):
        LocalPlatform(tmp_path).deploy(model_file, "shop", print)
    assert [each.name for each in tmp_path.glob("[sS]hop")] == ["Shop"]
