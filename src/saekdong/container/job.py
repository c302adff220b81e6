"""The configuration of a training job: hyperparameters, channels, hosts."""

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from saekdong.color import STARTER, Vocabulary, channels
from saekdong.container.layout import Layout
from saekdong.errors import SaekdongError
from saekdong.files import cannot_read
from saekdong.lang import LANGS, Lang
from saekdong.model.estimators import Value, model_kind, parse_settings

TRAINING_CHANNELS = ("train", "training")
"""The channels of training rows; the SDK names it `training` if `fit` gets a single address."""

_T = TypeVar("_T")
_MOST_SEED = 2**31 - 1
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_OPTIONS = ("space", "model", "budget", "balance", "seed", "labels", "strict", "lang")


@dataclass(frozen=True)
class TrainingPlan:
    """A job's training options, as of `saekdong train`."""

    space: str | None = None
    model: str = "auto"
    settings: Mapping[str, Value] = field(default_factory=dict)
    budget: float = 120.0
    balance: bool = False
    seed: int = 0
    labels: str = "starter"
    strict: bool = False
    lang: Lang = "en"


def read_plan(layout: Layout) -> TrainingPlan:
    """Read hyperparameters.json: options of `saekdong train` and settings of the model, by name.

    Hyperparameters that the platform adds (`sagemaker_...`, `_tuning_objective_metric`) are ignored.

    Raises:
        SaekdongError: one is unknown, or its value is invalid.
    """
    given = _read_json(layout.config / "hyperparameters.json")
    texts = {name: _text(value) for name, value in given.items() if not name.startswith(("sagemaker_", "_"))}
    model = _parse(texts, "model", "auto", _model)
    known = _OPTIONS if model == "auto" else (*_OPTIONS, *model_kind(model).settings)
    for name in texts:
        if name not in known:
            raise _unknown(name, known)
    settings = {name: text for name, text in texts.items() if name not in _OPTIONS}
    return TrainingPlan(
        space=_parse(texts, "space", None, _space),
        model=model,
        settings=parse_settings(model, settings) if settings else {},
        budget=_parse(texts, "budget", 120.0, _budget),
        balance=_parse(texts, "balance", False, _truth),
        seed=_parse(texts, "seed", 0, _seed),
        labels=_parse(texts, "labels", "starter", _labels),
        strict=_parse(texts, "strict", False, _truth),
        lang=_parse(texts, "lang", "en", _lang),
    )


def _unknown(name: str, known: tuple[str, ...]) -> SaekdongError:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    more = " and, if model names a kind, its settings" if known == _OPTIONS else ""
    return SaekdongError(f"hyperparameter {name!r} is not known", fix=f"{hint}there are: {', '.join(known)}{more}")


def _parse(texts: Mapping[str, str], name: str, default: _T, read: Callable[[str], _T]) -> _T:
    if name not in texts:
        return default
    try:
        return read(texts[name])
    except ValueError as error:
        raise SaekdongError(f"hyperparameter {name} is {texts[name][:40]!r}", fix=str(error)) from error


def _model(text: str) -> str:
    if text != "auto":
        model_kind(text)
    return text


def _space(text: str) -> str | None:
    channels(text)
    return text


def _budget(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < float("inf"):
        raise ValueError("give seconds, a number from 0 up")
    return seconds


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > _MOST_SEED:
        raise ValueError(f"give a whole number from 0 to {_MOST_SEED}")
    return int(text)


def _truth(text: str) -> bool:
    if text.casefold() not in _TRUTH:
        raise ValueError("give true or false")
    return _TRUTH[text.casefold()]


def _labels(text: str) -> str:
    if text not in ("starter", "rows"):
        raise ValueError("give starter or rows; your own labels go as a TOML file into a channel called labels")
    return text


def _lang(text: str) -> Lang:
    for lang in LANGS:
        if text == lang:
            return lang
    raise ValueError(f"give one of {', '.join(LANGS)}")


def _text(value: Any) -> str:
    """Return a hyperparameter as text: SageMaker's are texts, which its SDK may have quoted as JSON again."""
    text = value if isinstance(value, str) else json.dumps(value)
    if text.startswith('"') and text.endswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text.strip()


def vocabulary(layout: Layout, labels: str) -> Vocabulary | None:
    """Return the labels that the rows may use: those of the TOML file in the channel `labels`, if there is one.

    Returns:
        The vocabulary, or None for the rows' own labels.
    """
    files = channel_files(layout, "labels")
    if files:
        return Vocabulary.from_toml(files[0])
    return STARTER if labels == "starter" else None


def training_channel(layout: Layout) -> str:
    """Return the name of the channel with the training rows: `train`, or `training` as the SDK calls it.

    Raises:
        SaekdongError: the job has neither, or both.
    """
    config = _read_json(layout.config / "inputdataconfig.json")
    names = [name for name in TRAINING_CHANNELS if name in config or layout.channel(name).is_dir()]
    if not names:
        raise SaekdongError(
            f"the job has no channel train or training ({layout.channel('train')})",
            fix="give it a channel called train with CSV or Parquet rows",
        )
    if len(names) > 1:
        raise SaekdongError(
            "the job has both channels train and training",
            fix="give the training rows as train, those to evaluate on as validation or test",
        )
    return names[0]


def channel_files(layout: Layout, name: str) -> list[Path]:
    """Return the files of a channel, including its folders, sorted by path; hidden files are left out.

    Raises:
        SaekdongError: the channel is not in File mode.
    """
    config = _read_json(layout.config / "inputdataconfig.json").get(name, {})
    mode = config.get("TrainingInputMode", "File") if isinstance(config, dict) else "File"
    if mode == "Pipe":
        raise SaekdongError(f"channel {name} is in Pipe mode", fix="use File or FastFile mode")
    folder = layout.channel(name)
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


@dataclass(frozen=True)
class Hosts:
    """The hosts of a job, in order, and the current one; a single machine has no names."""

    names: tuple[str, ...]
    here: str

    @property
    def is_first(self) -> bool:
        """Whether this is the host that trains."""
        return not self.names or self.here == self.names[0]


def read_hosts(layout: Layout) -> Hosts:
    """Read resourceconfig.json.

    Raises:
        SaekdongError: the rows are distributed over several hosts.
    """
    config = _read_json(layout.config / "resourceconfig.json")
    names = tuple(sorted(config.get("hosts", [])))
    sharded = _sharded_channel(layout) if len(names) > 1 else None
    if sharded:
        raise SaekdongError(
            f"the channel {sharded} is distributed over several hosts, and one of them trains",
            fix="use one instance, or S3DataDistributionType FullyReplicated",
        )
    return Hosts(names, config.get("current_host", ""))


def _sharded_channel(layout: Layout) -> str | None:
    config = _read_json(layout.config / "inputdataconfig.json")
    for name in TRAINING_CHANNELS:
        channel = config.get(name)
        if isinstance(channel, dict) and channel.get("S3DistributionType") == "ShardedByS3Key":
            return name
    return None


def _read_json(path: Path) -> dict[str, Any]:
    """Read a configuration file; return an empty object if it is missing.

    Raises:
        SaekdongError: it cannot be read, or is not a JSON object.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise cannot_read(path, error) from error
    except (ValueError, RecursionError) as error:
        raise SaekdongError(f"{path} is not JSON", fix="SageMaker writes it; check what wrote this one") from error
    if not isinstance(content, dict):
        raise SaekdongError(f"{path} is not a JSON object", fix="SageMaker writes it; check what wrote this one")
    return content
