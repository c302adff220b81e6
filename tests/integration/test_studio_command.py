"""`saekdong studio`: where it starts, and for whom."""

import pytest

from saekdong.cli.app import run
from shops import small_catalog


@pytest.fixture(autouse=True)
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small_catalog(tmp_path).close()


@pytest.mark.parametrize(
    "options",
    [["--host", "0.0.0.0"], ["--host", "192.0.2.1"], ["--name", "desk.shop.example"], ["--trust-proxy", "127.0.0.1"]],  # noqa: S104
    ids=lambda options: options[0] + options[1],
)
def test_where_others_reach_it_it_starts_with_accounts_alone(capsys, options):
    assert run(["studio", *options]) == 2
    assert "its desk has no accounts; invite the first person with 'saekdong people invite --role admin'" in (
        capsys.readouterr().err
    )
    run(["people", "invite", "--role", "viewer"])
    assert run(["studio", *options]) == 2  # a viewer cannot invite others


def test_settings_of_a_provider_are_checked_before_it_starts(tmp_path, capsys):
    (tmp_path / "saekdong.toml").write_text('[openid]\nissuer = "http://id.example"\nclient_id = "desk"\n')
    assert run(["studio"]) == 2
    assert "[openid] has no roles; see docs/people.md" in capsys.readouterr().err
