"""Hooks of the docs' site (mkdocs.yml): links into the repository; commands and routes out of the program itself."""

import asyncio
import posixpath
import tempfile
from pathlib import Path
from typing import Any

import click
import httpx

from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.cli.app import app
from saekdong.color import STARTER
from saekdong.serving import Service
from saekdong.serving.app import build_app
from saekdong.tagging import starter
from saekdong.web.api import CatalogApi

REPOSITORY = "https://github.com/saekdong/saekdong/blob/main"
COMMANDS, ROUTES = "<!-- commands -->", "<!-- routes -->"


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Point links that leave docs/ to the repository, and fill in commands and routes."""
    folder = posixpath.dirname(page.file.src_uri)
    parts = markdown.split("](")
    for index, part in enumerate(parts[1:], start=1):
        target, closing, rest = part.partition(")")
        place = posixpath.normpath(posixpath.join("docs", folder, target))
        if closing and "://" not in target and not place.startswith("docs/") and not target.startswith("#"):
            parts[index] = f"{REPOSITORY}/{place}{closing}{rest}"
    text = "](".join(parts)
    for marker, content in ((COMMANDS, _commands), (ROUTES, _routes)):
        text = text.replace(marker, content()) if marker in text else text
    return text


def _commands() -> str:
    with click.Context(app, info_name="saekdong") as context:
        return "\n".join(_help(app, context))


def _help(command: click.Command, context: click.Context) -> list[str]:
    lines = [f"## {context.command_path}", "", "```", command.get_help(context), "```", ""]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inside = command.get_command(context, name)
            assert inside is not None  # noqa: S101
            with click.Context(inside, info_name=name, parent=context) as below:
                lines += _help(inside, below)
    return lines


def _routes() -> str:
    lines = []
    for path, methods in asyncio.run(_openapi())["paths"].items():
        for method, route in methods.items():
            lines += [f"## {method.upper()} {path}", "", route.get("summary", "")]
            lines += ["", route["description"]] if "description" in route else []
            if parameters := route.get("parameters"):
                lines += ["", "| parameter | in | meaning |", "|---|---|---|"]
                lines += [f"| `{each['name']}` | {each['in']} | {each.get('description', '')} |" for each in parameters]
            bodies = ", ".join(f"`{kind}`" for kind in route.get("requestBody", {}).get("content", {}))
            lines += ["", f"Body: {bodies}"] if bodies else []
            lines += ["", "| status | meaning |", "|---|---|"]
            lines += [f"| {status} | {answer['description']} |" for status, answer in route["responses"].items()]
            lines.append("")
    return "\n".join(lines)


async def _openapi() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder) / "catalog.db", STARTER)
        service = build_app(Service(starter()), mount=CatalogApi(store, starter()))
        transport = httpx.ASGITransport(app=service)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            found: dict[str, Any] = (await client.get("/openapi.json")).json()
        store.close()
    return found
