"""From an artifact to an endpoint and back to nothing, on moto's server over HTTP."""

import pytest

from clouds import everything, moto, platform, reset, settings


@pytest.fixture(scope="module")
def server():
    with moto() as address:
        yield address


@pytest.fixture
def cloud(server, monkeypatch):
    for name, value in settings(server).items():
        monkeypatch.setenv(name, value)
    reset(server)
    return server


@pytest.fixture
def sagemaker(cloud, tmp_path):
    made = platform(tmp_path)
    yield made
    made.account.session.close()


def test_from_an_artifact_to_an_endpoint_and_back_to_nothing(sagemaker, model_file):
    told = []
    endpoint = sagemaker.deploy(model_file, "shop", told.append)
    assert (endpoint.name, endpoint.status, endpoint.version) == ("shop", "InService", 1)
    answer, kind = sagemaker.invoke("shop", b'{"r": 1, "g": 2, "b": 3}', "application/json", "application/json")
    assert answer == b'{"label": "navy"}'
    assert kind == "application/json"
    assert sagemaker.status() == [endpoint]
    listed = sagemaker.destroy(None, told.append, dry_run=True)
    assert sagemaker.status() == [endpoint]
    assert sagemaker.destroy(None, told.append, dry_run=False) == listed
    assert everything(sagemaker.account.session) == {}
    assert told[-1].startswith("nothing of workspace ")
    assert sagemaker.destroy(None, told.append, dry_run=False) == []
