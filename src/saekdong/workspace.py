"""The workspace: builds parts from its settings; the only module that knows all concrete parts."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from saekdong.color import STARTER, Vocabulary
from saekdong.errors import SaekdongError
from saekdong.files import cannot_read, read_regular

if TYPE_CHECKING:
    from saekdong.catalog.contract import Store
    from saekdong.catalog.tagging_model import ModelState
    from saekdong.deploy.aws import Account, Guardrails, SageMaker
    from saekdong.deploy.following import ChampionEndpoints
    from saekdong.deploy.platform import Platform, Report
    from saekdong.loop import Loop
    from saekdong.monitoring.services import EndpointFacts
    from saekdong.photo.services import PaletteSource
    from saekdong.registry import Registry
    from saekdong.web.shop.settings import ShopSettings

SETTINGS_FILE = "saekdong.toml"
PALETTE_SOURCES = ("local", "google-vision", "rekognition", "recorded")
PLATFORMS = ("local", "sagemaker")


@dataclass(frozen=True)
class Workspace:
    """The folder of one shop's settings and models.

    Attributes:
        root: the folder.
        settings: the content of its `saekdong.toml`; empty if it has none.
    """

    root: Path
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def models(self) -> Path:
        """The folder of trained models, one folder each."""
        return self.root / "models"

    @property
    def cache(self) -> Path:
        """The folder of what can be made again."""
        return self.root / "cache"

    @property
    def thumbnails(self) -> Path:
        """The folder of small versions of the catalog's photos."""
        return self.cache / "thumbnails"

    @property
    def captures(self) -> Path:
        """The folder of requests that `serve` captures; those of local endpoints are in the endpoints' own folders."""
        return self.root / "captures"

    @property
    def catalog_file(self) -> Path:
        """The file of the catalog."""
        return self.root / "catalog.db"

    @property
    def loop_file(self) -> Path:
        """The file of answers, models' versions and alarms."""
        return self.root / "loop.db"

    @property
    def people_file(self) -> Path:
        """The file of accounts, invitations, sessions and tokens."""
        return self.root / "people.db"

    def vocabulary(self, labels: str | None) -> Vocabulary | None:
        """Return the labels that rows may use.

        Args:
            labels: `starter`, `rows` (any labels of the rows), a TOML file with [[labels]] tables, or None for the
                workspace's own labels, otherwise the starter's.

        Returns:
            The vocabulary, or None for `rows`.
        """
        own = self.settings.get("labels")
        if labels is None and isinstance(own, list):
            return self._own_vocabulary(own)
        labels = labels or "starter"
        if labels == "rows":
            return None
        return STARTER if labels == "starter" else Vocabulary.from_toml(Path(labels))

    def own_words(self, vocabulary: Vocabulary) -> dict[str, str]:
        """Return the shop's own color words: the table `[words]`, or the file that `words = "words.csv"` names.

        Args:
            vocabulary: the labels that they may mean.

        Returns:
            The id of each word's label; "" if the word is not a color.

        Raises:
            SaekdongError: the table or the file is invalid; the message names the place.
        """
        own = self.settings.get("words", {})
        if isinstance(own, str):
            from saekdong.catalog.words_file import read_words

            return read_words(self.root / own, vocabulary)
        from saekdong.words import check_own_words

        try:
            return check_own_words(own, vocabulary)
        except SaekdongError as error:
            raise SaekdongError(f"{self.root / SETTINGS_FILE}: {error.problem}", fix=error.fix) from error

    def shop_settings(self) -> "ShopSettings":
        """Return how the customers' pages look: the table `[shop]`.

        Raises:
            SaekdongError: a key or a value is invalid; the message names the file and the key.
        """
        from saekdong.web.shop.settings import read_shop_settings

        try:
            return read_shop_settings(self.settings.get("shop", {}), self.root)
        except SaekdongError as error:
            raise SaekdongError(f"{self.root / SETTINGS_FILE}: {error.problem}", fix=error.fix) from error

    @property
    def registry(self) -> "Registry":
        """The workspace's models, and which of them a command uses."""
        from saekdong.registry import ModelFolder, Registry

        return Registry(ModelFolder(self.models), self.catalog_model, self.loop_to_read)

    def palette_source(self, name: str, colors: int, answers: Path | None = None) -> "PaletteSource":
        """Return a source of palettes, one of `PALETTE_SOURCES`.

        Args:
            name: the source's name.
            colors: the number of colors per photo.
            answers: for `recorded`, the JSON Lines file of answers; None for files beside the photos.

        Raises:
            SaekdongError: the recorded answers cannot be read. A service reports missing parts at its first request.
        """
        from saekdong.photo import services

        if name == "recorded":
            return services.Recorded.read(answers, colors) if answers else services.Recorded(None, colors)
        if name == "google-vision":
            return services.GoogleVision(self._answers(name), colors)
        if name == "rekognition":
            return services.Rekognition(self._answers(name), colors)
        return services.LocalPalettes(colors)

    @property
    def durable(self) -> bool:
        """Whether corrections must survive a power cut: the setting `durable`.

        Raises:
            SaekdongError: it is neither true nor false.
        """
        value = os.environ.get("SAEKDONG_DURABLE") or self.settings.get("durable", False)
        if str(value).lower() not in ("true", "false", "1", "0"):
            raise SaekdongError(f"the setting durable is {value!r}", fix="give true or false")
        return str(value).lower() in ("true", "1")

    @property
    def time_zone(self) -> tzinfo | None:
        """The shop's time zone, whose days `watch run` counts: the setting `timezone`; None for this machine's.

        Raises:
            SaekdongError: there is no such time zone.
        """
        name = os.environ.get("SAEKDONG_TIMEZONE") or self.settings.get("timezone")
        if name is None:
            return None
        try:
            return ZoneInfo(name)
        except (ValueError, TypeError, OSError, KeyError) as error:
            raise SaekdongError(
                f"the setting timezone is {name!r}, which is not a time zone", fix="give one such as Asia/Seoul"
            ) from error

    def catalog(self, *, make: bool = True) -> "Store":
        """Open the workspace's catalog, `catalog.db`.

        Args:
            make: make one if there is none.

        Raises:
            SaekdongError: it cannot be opened, or there is none.
        """
        from saekdong.catalog.sqlite.store import SqliteStore

        path = self.catalog_file if make else self._existing_catalog()
        return SqliteStore.open(path, self.vocabulary(None) or STARTER, durable=self.durable)

    def catalog_to_read(self) -> "Store":
        """Open the workspace's catalog to read, also if this user may not write it; see `SqliteStore.open_to_read`.

        Raises:
            SaekdongError: it cannot be opened, or there is none.
        """
        from saekdong.catalog.sqlite.store import SqliteStore

        return SqliteStore.open_to_read(
            self._existing_catalog(), self.vocabulary(None) or STARTER, durable=self.durable
        )

    def catalog_model(self) -> "ModelState":
        """Return the catalog's records about models, without changing the catalog; empty if there is none.

        Raises:
            SaekdongError: the catalog cannot be read.
        """
        from saekdong.catalog.sqlite.model_rows import read_model_state
        from saekdong.catalog.tagging_model import ModelState

        if self.catalog_file.exists():
            return read_model_state(self.catalog_file)
        return ModelState(None, has_tags=False, products={})

    def loop(self) -> "Loop":
        """Open the workspace's record of answers and models, made if there is none.

        Raises:
            SaekdongError: it cannot be opened.
        """
        from saekdong.loop import Loop

        return Loop.open(self.loop_file)

    def loop_to_read(self) -> "Loop | None":
        """Open the workspace's record of answers and models to read; return None if there is none.

        Raises:
            SaekdongError: it cannot be opened.
        """
        from saekdong.loop import Loop

        return Loop.open_to_read(self.loop_file) if self.loop_file.exists() else None

    def _existing_catalog(self) -> Path:
        if not self.catalog_file.exists():
            raise SaekdongError(
                f"there is no catalog {self.catalog_file}", fix="fill one with 'saekdong catalog add FEED'"
            )
        return self.catalog_file

    def platform(self, on: str, **options: Any) -> "Platform":
        """Return a platform for endpoints, one of `PLATFORMS`.

        Args:
            on: the platform's name.
            options: the options of that platform: `engine` and `capture` for `local`; see `_sagemaker` for the other.

        Raises:
            SaekdongError: the platform is unavailable, or boto3 or the credentials are missing.
        """
        if on == "local":
            from saekdong.deploy.local import LocalPlatform

            return LocalPlatform(self.root / "endpoints", **options)
        return self._sagemaker(**options)

    def champion_endpoints(self, report: "Report") -> "ChampionEndpoints":
        """Return what lets the workspace's endpoints follow a new champion: those here, and those on AWS if it has any.

        Args:
            report: takes lines about the progress.
        """
        from saekdong.deploy.following import ChampionEndpoints

        # The ledger is opened only if there is one: what AWS needs takes time to load.
        names = ("local", "sagemaker") if (self.root / "ledger.jsonl").exists() else ("local",)
        return ChampionEndpoints({on: partial(self.platform, on) for on in names}, report)

    def endpoint_facts(self) -> "list[EndpointFacts]":
        """Return what monitoring looks at of the endpoints on this machine."""
        from saekdong.deploy.local import LocalPlatform
        from saekdong.monitoring.services import EndpointFacts

        platform = LocalPlatform(self.root / "endpoints")
        return [
            EndpointFacts(each.name, each.status, each.detail, platform.traffic(each.name))
            for each in platform.status()
        ]

    def _sagemaker(
        self,
        profile: str | None = None,
        credentials: Path | None = None,
        region: str | None = None,
        guardrails: "Guardrails | None" = None,
        image: str | None = None,
        report: "Report" = lambda _line: None,
        **options: Any,
    ) -> "SageMaker":
        """Return SageMaker in the account that `account` returns.

        Args:
            profile: see `account`.
            credentials: see `account`.
            region: see `account`.
            guardrails: see `account`.
            image: the container image to push; None for this version's, which is built if it is missing.
            report: takes the engine's output while it builds and pushes.
            options: further options of `SageMaker`.
        """
        from saekdong.deploy.aws import SageMaker

        def push(repository: str, user: str, password: str, platform: str) -> str:
            from saekdong.deploy.image import publish

            return publish(repository, user, password, image, platform, report)

        return SageMaker(self.account(profile, credentials, region, guardrails), push, **options)

    def account(
        self, profile: str | None, credentials: Path | None, region: str | None, guardrails: "Guardrails | None" = None
    ) -> "Account":
        """Return the workspace's AWS account; this makes no request to AWS yet.

        Args:
            profile: a profile of AWS's files, or of `credentials`.
            credentials: a file in the form of `~/.aws/credentials`.
            region: None for the configured one, otherwise ap-northeast-2.
            guardrails: the company's rules for every new resource; None for none.

        Raises:
            SaekdongError: boto3 or the credentials are missing.
        """
        from saekdong.deploy.aws import LEDGER_FILE, Account, Guardrails, Ledger, connect_aws

        session, ledger = connect_aws(profile, credentials, region), Ledger(self.root / LEDGER_FILE)
        return Account(session, ledger, guardrails=guardrails or Guardrails())

    def _answers(self, source: str) -> Path:
        """Return the folder of a paid source's stored answers."""
        return self.root / "cache" / source

    def _own_vocabulary(self, labels: list[Any]) -> Vocabulary:
        try:
            return Vocabulary.from_list(labels)
        except SaekdongError as error:
            raise SaekdongError(f"{self.root / SETTINGS_FILE}: {error.problem}", fix=error.fix) from error


def find_workspace() -> Workspace:
    """Return the workspace: SAEKDONG_WORKSPACE, the nearest folder upward with a saekdong.toml, or this one.

    Raises:
        SaekdongError: its saekdong.toml cannot be read or is not TOML.
    """
    here = Path.cwd()
    if chosen := os.environ.get("SAEKDONG_WORKSPACE"):
        root = Path(chosen)
        if not root.is_dir():
            raise SaekdongError(
                f"SAEKDONG_WORKSPACE is {chosen}, which is not a directory", fix="create it, or unset the variable"
            )
    else:
        root = next((folder for folder in (here, *here.parents) if (folder / SETTINGS_FILE).is_file()), here)
    return Workspace(Path(os.path.relpath(root)), _read_settings(root / SETTINGS_FILE))


def _read_settings(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(read_regular(path).decode())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise cannot_read(path, error) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SaekdongError(
            f"{path} is not TOML: {error}", fix="fix it, or make a new one with 'saekdong init'"
        ) from error
