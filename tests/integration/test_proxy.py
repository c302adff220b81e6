"""What strangers get through a reverse proxy on this machine: nginx and Caddy of Debian, as the docs set them up."""

import re
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import httpx
import pytest

from ports import free_port
from saekdong.serving.tokens import TOKEN_FILE, token_in
from saekdong.web.access.proxy import SECRET_FILE, SECRET_HEADER
from shops import small_catalog
from studios import running
from waiting import until, until_answered

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "proxy.md"
PROGRAMS = "/usr/sbin:/usr/bin:/usr/local/bin"
STUDIO, SERVE = "studio.shop.example", "color.shop.example"


def shown(program: str, first: str) -> str:
    """Return the block for a proxy in which the docs show a line."""
    blocks = re.findall(rf"```{program}\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = (block for block in blocks if f"{first}\n" in block)
    return str(block)


def nginx(folder: Path, certificate: Path, name: str, port: int, address: str) -> list[str | Path]:
    """Write nginx's settings with the docs' block; return the command that starts it."""
    block = shown("nginx", f"server_name {name};").replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    block = re.sub(r"/etc/ssl/\w+\.", f"{certificate}/tls.", block)
    block = re.sub(r"http://127\.0\.0\.1:\d+", address, block)
    temporary = "".join(
        f"{each}_temp_path {folder}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\n{block}\n}}\n"
    )
    return ["nginx", "-e", folder / "error.log", "-c", folder / "nginx.conf"]


def caddy(folder: Path, certificate: Path, name: str, port: int, address: str) -> list[str | Path]:
    """Write Caddy's settings with the docs' block; return the command that starts it."""
    tls = f"{name}:{port} {{\n    bind 127.0.0.1\n    tls {certificate}/tls.pem {certificate}/tls.key\n"
    block = shown("caddy", f"{name} {{").replace(f"{name} {{\n", tls)
    block = re.sub(r"127\.0\.0\.1:\d+", address.removeprefix("http://"), block)
    own = f"admin off\n    auto_https disable_redirects\n    storage file_system {folder}"
    (folder / "Caddyfile").write_text(f"{{\n    {own}\n}}\n{block}")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]


PROXIES = {"nginx": nginx, "caddy": caddy}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a key and of a certificate for both names."""
    folder = tmp_path_factory.mktemp("tls")
    names = f"subjectAltName=DNS:{STUDIO},DNS:{SERVE},IP:127.0.0.1"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=shop"]
    files = ["-keyout", folder / "tls.key", "-out", folder / "tls.pem"]
    subprocess.run([*command, "-addext", names, *files], check=True, capture_output=True)
    return folder


Proxy = Callable[..., httpx.Client]


@pytest.fixture(params=PROXIES)
def proxy(request: pytest.FixtureRequest, tmp_path: Path, certificate: Path) -> Iterator[Proxy]:
    """Start a proxy with the docs' block before an address, and return a client of it."""
    started: list[subprocess.Popen[bytes]] = []
    clients: list[httpx.Client] = []

    def start(name: str, address: str, secret: str = "") -> httpx.Client:
        port, folder = free_port(), tmp_path / "proxy"
        folder.mkdir()
        program, *options = PROXIES[request.param](folder, certificate, name, port, address)
        for file in folder.iterdir():
            file.write_text(file.read_text().replace("THE-SECRET", secret))
        command = [shutil.which(program, path=PROGRAMS) or program, *options]
        with (folder / "log").open("wb") as log:
            started.append(subprocess.Popen(command, env={"HOME": str(folder)}, stderr=log))
        trust = ssl.create_default_context(cafile=str(certificate / "tls.pem"))
        client = httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trust, headers={"Host": f"{name}:{port}"})
        clients.append(client)
        until(lambda: answers(client))
        return client

    yield start
    for client in clients:
        client.close()
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def answers(client: httpx.Client) -> bool:
    try:
        client.get("/")
    except httpx.TransportError:
        return False
    return True


def origin_of(client: httpx.Client) -> str:
    return f"https://{client.headers['Host']}"


def is_kept_out(answer: httpx.Response) -> bool:
    """Return whether a request for another name got nothing: Caddy answers names that it does not serve by itself."""
    return answer.status_code in (401, 421) or not answer.content


def refused_writes(client: httpx.Client) -> list[int]:
    """Return how a stranger's writes are answered."""
    correction, body = "/api/products/1/correction", {"labels": ["pink"], "by": "stranger"}
    forged = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost", "Authorization": "Bearer x"}
    assert is_kept_out(client.put(correction, json=body, headers={**forged, "Host": "localhost"}))
    return [
        client.put(correction, json=body).status_code,
        client.delete(correction).status_code,
        client.post("/products", data={"id": "x", "title": "x", "place": "/etc/passwd"}).status_code,
        client.put(correction, json=body, headers=forged).status_code,
    ]


def invited(folder: Path) -> str:
    """Return the path of a new admin's invitation."""
    command = [sys.executable, "-m", "saekdong", "people", "invite", "--role", "admin", "--name", "mina"]
    run = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return run.stdout.strip().removeprefix("http://127.0.0.1:8090")


def test_the_studio_shows_strangers_the_shop_and_people_the_desk(tmp_path, proxy):
    small_catalog(tmp_path).close()
    link = invited(tmp_path)
    secret = token_in(tmp_path / SECRET_FILE)
    with running(tmp_path, "--name", STUDIO, "--trust-proxy", "127.0.0.1") as studio:
        client = proxy(STUDIO, studio.address, secret)
        (first, *_) = re.findall(r'href="(/product\?id=[^"&]+)"', client.get("/").text)
        product_id = unquote(first.partition("=")[2])
        assert refused_writes(client)[:2] == [401, 401]
        form = {"id": product_id, "label": "pink", "do": "save", "token": "x"}
        same = {"Origin": origin_of(client)}
        assert client.post("/desk/product/correct", data=form, headers=same).status_code == 401
        for forged in ({}, {"X-Forwarded-For": "127.0.0.1"}, {SECRET_HEADER: "x"}):
            assert client.get("/desk/products", headers=forged).headers["location"].startswith("/desk/login")

        client.get(link)
        password = {"password": "seven colors of cloth", "again": "seven colors of cloth"}
        joined = client.post("/desk/invitation", data=password, headers={**same, "X-Forwarded-For": "192.0.2.1"})
        assert (joined.status_code, joined.headers["location"]) == (303, "/desk")
        assert all(re.search("(?i); secure", each) for each in joined.headers.get_list("set-cookie"))
        page = client.get(f"/desk{first}").text
        (form["token"],) = re.findall(r'name="token" value="([^"]+)"', page)
        assert client.post("/desk/product/correct", data=form, headers=same).status_code == 303
        assert studio.store.get(product_id).corrected_by == "mina"
        log = client.get("/desk/people/log").text
        assert "address: 127.0.0.1" in log  # as nginx saw it; what the browser said of itself is not kept
        assert "192.0.2.1" not in log
        made = client.post("/desk/people/invite", data={"role": "viewer", "token": form["token"]}, headers=same)
        assert f"{origin_of(client)}/desk/invitation?code=" in made.text

        assert is_kept_out(client.get("/", headers={"Host": "other.example"}))


def test_serve_gives_strangers_tags_but_takes_nothing(tmp_path, proxy):
    small_catalog(tmp_path).close()
    program = [sys.executable, "-m", "saekdong"]
    subprocess.run([*program, "catalog", "model", "starter", "--yes"], cwd=tmp_path, check=True, capture_output=True)
    port = free_port()
    command = [*program, "serve", "starter", "--catalog", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        try:
            until_answered(f"http://127.0.0.1:{port}/ping")
            client = proxy(SERVE, f"http://127.0.0.1:{port}")
            assert client.get("/ping").status_code == 200
            assert client.post("/invocations", json={"r": 31, "g": 42, "b": 82}).json()["label"] == "navy"
            assert client.get("/metrics").status_code == 403
            assert refused_writes(client) == [401] * 4
            (first, *_) = client.get("/api/products").json()["products"]
            address = f"/api/products/{quote(first['id'])}/correction"
            owner = {"Authorization": f"Bearer {token_in(tmp_path / TOKEN_FILE)}"}
            assert client.put(address, json={"labels": ["pink"], "by": "Mina"}, headers=owner).status_code == 200
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
