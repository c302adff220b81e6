"""The package's extras: how to install one, and the error if one that a command needs is missing."""

from importlib.util import find_spec

from saekdong.errors import SaekdongError

_SERVE = ("fastapi", "uvicorn", "httptools", "prometheus_client", "python_multipart", "aiohttp")
_MODULES = {
    "train": ("sklearn", "scipy", "threadpoolctl", "matplotlib", "jinja2"),
    "aws": ("boto3",),
    "catalog": ("aiohttp",),
    "remote": ("aiohttp",),
    "serve": _SERVE,
    "studio": (*_SERVE, "argon2", "jinja2"),
    "oidc": ("joserfc",),
}


def pip_install(extra: str) -> str:
    """Return the command that installs an extra.

    Example:
        >>> pip_install("train")
        "pip install 'saekdong[train]'"
    """
    return f"pip install 'saekdong[{extra}]'"


def missing_extra(extra: str, problem: str, *, otherwise: str = "") -> SaekdongError:
    """Return the error of a missing extra.

    Args:
        extra: the extra's name.
        problem: what needs which package.
        otherwise: an alternative fix.

    Example:
        >>> str(missing_extra("aws", "AWS needs boto3"))
        "AWS needs boto3; pip install 'saekdong[aws]'"
    """
    return SaekdongError(problem, fix=f"{pip_install(extra)}{otherwise and f', or {otherwise}'}")


def check_extra(extra: str, what: str) -> None:
    """Check that an extra is installed, without importing its packages.

    Args:
        extra: the extra's name.
        what: what needs it, such as `saekdong train`.

    Raises:
        SaekdongError: a package of the extra is not installed.
    """
    if module := missing_module(extra):
        raise missing_extra(extra, f"{what} needs {module}, which is not installed")


def missing_module(extra: str) -> str:
    """Return the first module of an extra that is not installed; an empty text if all are."""
    return next((module for module in _MODULES[extra] if not is_installed(module)), "")


def is_installed(module: str) -> bool:
    """Return whether a module can be imported, without importing it."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
