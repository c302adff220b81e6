"""What a workspace leaves on AWS and what it is called: log streams, images, names, and the ledgers of version 0.1."""

import json
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from clouds import ACCOUNT, MANIFEST, REGION, everything, record
from saekdong.deploy.aws import Data, Training
from saekdong.deploy.aws.bucket import bucket_name, upload
from saekdong.deploy.aws.notebook import create_notebook, default_name
from saekdong.deploy.aws.role import ensure_role, role_name
from saekdong.deploy.aws.teardown import LeftoverError, remove_notebook
from saekdong.deploy.aws.transform import Transform, transform
from saekdong.errors import SaekdongError

NOTEBOOKS = "/aws/sagemaker/NotebookInstances"


@pytest.fixture
def notebooks(tmp_path):
    """A folder with a notebook."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "a.ipynb").write_text("{}")
    return folder


def silent(_):
    """Take what is reported and say nothing."""


def streams(account, group):
    listed = account.client("logs").describe_log_streams(logGroupName=group)["logStreams"]
    return [stream["logStreamName"] for stream in listed]


def test_the_log_streams_of_a_notebook_go_with_it_and_others_stay(make, notebooks):
    account = make().account
    create_notebook(account, "lab", notebooks, silent)
    logs = account.client("logs")
    logs.create_log_group(logGroupName=NOTEBOOKS)
    for stream in ("lab/jupyter.log", "lab/LifecycleConfigOnStart", "lab2/jupyter.log"):
        logs.create_log_stream(logGroupName=NOTEBOOKS, logStreamName=stream)
    remove_notebook(account, "lab", silent)
    assert streams(account, NOTEBOOKS) == ["lab2/jupyter.log"]


def test_a_notebook_that_is_killed_on_its_way_out_leaves_no_stream(make, notebooks):
    class Killed(BaseException):
        pass

    def die(**_):
        raise Killed

    for event in ("before-send", "response-received"):
        killed = make()
        account = killed.account
        create_notebook(account, "lab", notebooks, silent)
        logs = account.client("logs")
        if event == "before-send":
            logs.create_log_group(logGroupName=NOTEBOOKS)
        logs.create_log_stream(logGroupName=NOTEBOOKS, logStreamName="lab/jupyter.log")
        for service, operation in (("cloudwatch-logs", "DeleteLogStream"), ("sagemaker", "DeleteNotebookInstance")):
            client = account.client("logs" if service == "cloudwatch-logs" else service)
            client.meta.events.register(f"{event}.{service}.{operation}", die, unique_id="die")
            with pytest.raises(Killed):
                remove_notebook(account, "lab", silent)
            client.meta.events.unregister(f"{event}.{service}.{operation}", unique_id="die")
        remove_notebook(make().account, "lab", silent)
        assert streams(account, NOTEBOOKS) == []
        assert "notebook" not in everything(account.session)


def test_a_stream_that_may_not_be_removed_is_reported(make, notebooks):
    account = make().account
    create_notebook(account, "lab", notebooks, silent)
    logs = account.client("logs")
    logs.create_log_group(logGroupName=NOTEBOOKS)
    logs.create_log_stream(logGroupName=NOTEBOOKS, logStreamName="lab/jupyter.log")
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "DeleteLogStream")
    record(account, {"logs.DeleteLogStream": lambda _: denied})
    with pytest.raises(LeftoverError, match=r"could not be removed; first: AWS does not allow it: .*DeleteLogStream"):
        remove_notebook(account, "lab", silent)


def test_teardown_reports_the_records_that_sagemaker_keeps(make, model_file, write):
    saekdong = make(data=Data("lab", write("x", "train.csv")), training=Training())
    saekdong.deploy(model_file, "shop", silent)
    (job,) = saekdong.account.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
    told = []
    saekdong.destroy(None, told.append, dry_run=False)
    assert f"SageMaker keeps the records of jobs for good, free of charge: {job['TrainingJobName']}" in told
    assert told[-1].startswith("nothing of workspace ")


def push_number(account, number):
    """Push an image of its own, as a new build is pushed."""

    def push(uri, *_):
        layer = {"mediaType": MANIFEST["config"]["mediaType"], "size": 7, "digest": f"sha256:{number:064x}"}
        ecr = account.client("ecr")
        with suppress(ecr.exceptions.ImageAlreadyExistsException):
            ecr.put_image(
                repositoryName=uri.partition("/")[2],
                imageManifest=json.dumps({**MANIFEST, "layers": [layer]}),
                imageTag=f"v{number}",
            )
        return f"{uri}:v{number}"

    return push


def test_images_that_nothing_uses_go_but_the_newest_and_those_in_use_stay(make, model_file):
    first, second = make(), make()
    first.push = push_number(first.account, 1)
    first.deploy(model_file, "one", silent)
    ecr, repository = first.account.client("ecr"), first.account.shared_name
    for number in range(2, 7):
        push_number(first.account, number)(f"ecr/{repository}")
    second.push = push_number(second.account, 7)
    told = []
    second.deploy(model_file, "two", told.append)
    assert told[-1] == f"removed 3 older images that nothing uses from {repository}"
    left = {
        tag for image in ecr.describe_images(repositoryName=repository)["imageDetails"] for tag in image["imageTags"]
    }
    assert left == {"v1", "v5", "v6", "v7"}


def test_images_are_left_alone_while_another_process_puts_one_to_use(make, model_file, monkeypatch):
    monkeypatch.setattr("saekdong.deploy.aws.images._KEPT", 0)
    saekdong, other = make(), make()
    saekdong.push = push_number(saekdong.account, 1)
    saekdong.deploy(model_file, "shop", silent)
    push_number(saekdong.account, 2)(f"ecr/{saekdong.account.shared_name}")
    with other.account.ledger.using_images():
        saekdong.deploy(model_file, "shop", silent)
    ecr, repository = saekdong.account.client("ecr"), saekdong.account.shared_name
    assert len(ecr.describe_images(repositoryName=repository)["imageDetails"]) == 2
    saekdong.deploy(model_file, "shop", silent)
    assert [one["imageTags"] for one in ecr.describe_images(repositoryName=repository)["imageDetails"]] == [["v1"]]


def test_images_that_may_not_be_removed_do_not_spoil_a_deployment(make, model_file):
    saekdong = make()
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "DescribeImages")
    record(saekdong.account, {"ecr.DescribeImages": lambda _: denied})
    told = []
    assert saekdong.deploy(model_file, "shop", told.append).status == "InService"
    assert told[-1].startswith("unused images may be left in ECR: AWS does not allow it")


def test_a_name_with_capitals_is_removed_and_nothing_is_said_to_be_left(make, model_file):
    saekdong = make()
    saekdong.deploy(model_file, "Shop", silent)

    def tagged(_):
        # Recorded: SageMaker's ARNs have small letters, and what was removed is listed for a while.
        names = [entry.name for entry in saekdong.account.ledger.made() if entry.kind in ("endpoint", "model")]
        arns = [f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{name.lower()}" for name in names]
        return {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": []} for arn in arns]}

    record(saekdong.account, {"resource-groups-tagging-api.GetResources": tagged})
    told = []
    saekdong.destroy(None, told.append, dry_run=False)
    assert told[-1].startswith("nothing of workspace ")


def test_names_that_differ_in_capitals_only_are_refused(make, model_file, notebooks):
    saekdong = make()
    saekdong.deploy(model_file, "Shop", silent)
    before = everything(saekdong.account.session)
    with pytest.raises(SaekdongError, match="shop differs from the endpoint Shop in capitals only; use the name Shop"):
        make().deploy(model_file, "shop", silent)
    assert everything(saekdong.account.session) == before
    create_notebook(saekdong.account, "Lab", notebooks, silent)
    with pytest.raises(SaekdongError, match="lab differs from the notebook Lab in capitals only"):
        create_notebook(saekdong.account, "lab", notebooks, silent)
    with (
        saekdong.account.ledger.held("Shop"),
        pytest.raises(SaekdongError, match="another saekdong is changing shop"),
        make().account.ledger.held("shop"),
    ):
        pass


def test_a_transform_reads_no_neighbors_of_its_prefix(make, model_file):
    saekdong = make()
    saekdong.deploy(model_file, "shop", silent)
    bucket = bucket_name(saekdong.account)
    upload(saekdong.account, "rows.csv", b"1,2,3")
    client = saekdong.account.client("sagemaker")
    for source, read in (("rows", "rows/"), ("rows/", "rows/"), ("rows.csv", "rows.csv")):
        asked = {}
        client.meta.events.register(
            "provide-client-params.sagemaker.CreateTransformJob", lambda params, asked=asked, **_: asked.update(params)
        )
        transform(saekdong.account, f"s3://{bucket}/{source}", f"s3://{bucket}/labels/", Transform("shop"), silent)
        place = asked["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
        assert place == f"s3://{bucket}/{read}"


def test_two_workspaces_of_an_account_have_a_notebook_each(make, notebooks):
    accounts = [make(root).account for root in ("one", "two")]
    for account in accounts:
        create_notebook(account, default_name(account), notebooks, silent)
    names = sorted(f"saekdong-{account.ledger.workspace}-notebook" for account in accounts)
    assert sorted(everything(accounts[0].session)["notebook"]) == names


def test_two_notebooks_of_a_workspace_have_their_own_files(make, notebooks, tmp_path):
    account = make().account
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.ipynb").write_text("{}")
    create_notebook(account, "lab", notebooks, silent)
    create_notebook(account, "lab2", other, silent)
    listed = account.client("s3").list_objects_v2(Bucket=bucket_name(account), Prefix="notebooks/")["Contents"]
    assert [one["Key"] for one in listed] == ["notebooks/lab/a.ipynb", "notebooks/lab2/b.ipynb"]


def test_a_workspace_of_two_regions_has_a_role_for_each(make, monkeypatch):
    here = make().account
    ensure_role(here, None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    there = make().account
    ensure_role(there, None)
    assert sorted(everything(here.session)["role"]) == sorted([role_name(here), role_name(there)])
    there_policy = there.client("iam").get_role_policy(RoleName=role_name(there), PolicyName="saekdong")
    assert bucket_name(there) in json.dumps(there_policy["PolicyDocument"])
    make().destroy(None, silent, dry_run=False)
    assert everything(here.session)["role"] == [role_name(here)]


def test_what_version_01_made_goes_on_and_is_removed(make, model_file, notebooks):
    saekdong = make()
    account = saekdong.account
    # As version 0.1 named them: the role without its region, the notebook without the workspace.
    account.ledger.creating(account.entry("role", account.shared_name, ""))
    account.client("iam").create_role(
        RoleName=account.shared_name, AssumeRolePolicyDocument="{}", Tags=account.tag_list("")
    )
    create_notebook(account, "saekdong-notebook", notebooks, silent)
    assert (default_name(account), role_name(account)) == ("saekdong-notebook", account.shared_name)
    make().deploy(model_file, "shop", silent)
    assert everything(account.session)["role"] == [account.shared_name]
    make().destroy(None, silent, dry_run=False)
    assert everything(account.session) == {}
