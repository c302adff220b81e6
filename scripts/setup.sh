#!/bin/sh
# Set up .venv for `demo` (what a user needs), `quick` (what the fast tests need), `lint`, `docs` or `test`
# (everything but `docs`, and the Debian packages that tests run against). A second run starts at once.
set -eu

level=${1:?"usage: sh scripts/setup.sh demo|quick|lint|docs|test"}
cd "$(dirname "$0")/.."
venv=.venv

# Debian packages: the one that makes virtual environments, and the real parts that tests run against.
venv_packages="python3-venv"
test_packages="postgresql chromium firefox-esr fonts-nanum nginx-light caddy openssl"
# Node and npm, from wherever they are; Debian's packages only if there are none, for others may bring both in one.
command -v npm >/dev/null 2>&1 || test_packages="$test_packages nodejs npm"
node_client=tests/node

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    say "Saekdong needs Python 3.11 or newer, and found none. Install it (Debian: apt-get install python3), or name it: make $level PYTHON=/path/to/python3"
    exit 1
}

can_install() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; }

missing_of() {
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
    done
}

install_packages() {
    say "installing $* (apt)"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 || {
        apt-get update -qq >/dev/null
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    }
}

python=$(find_python)
wanted=$({ "$python" -VV; pwd; cat pyproject.toml constraints.txt scripts/setup.sh "$node_client/package-lock.json"; } | cksum)
is_ready() { [ -x "$venv/bin/python" ] && [ "$(cat "$venv/ready-$1" 2>/dev/null)" = "$wanted" ]; }
if is_ready "$level" || { [ "$level" != docs ] && is_ready test; }; then
    exit 0
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    can_install || {
        say "Python cannot make virtual environments here. Install them, then run this again: sudo apt-get install $venv_packages"
        exit 1
    }
    install_packages $venv_packages
fi
if [ "$level" = test ]; then
    missing=$(missing_of $test_packages)
    if [ -n "$missing" ] && can_install; then
        install_packages $missing
    elif [ -n "$missing" ]; then
        say "tests that need these Debian packages will fail or be skipped: $missing"
    fi
fi
what='.[train,catalog,serve,studio]'
[ "$level" = demo ] || what=".[$level]"
say "setting up $venv for $level (once; a minute or two)"
if [ "$(cat "$venv/python" 2>/dev/null)" != "$python $(pwd)" ]; then
    "$python" -m venv --clear "$venv"
    printf '%s' "$python $(pwd)" >"$venv/python"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable "$what"
if [ "$level" = test ] && command -v npm >/dev/null 2>&1; then
    npm ci --prefix "$node_client" --silent --no-audit --no-fund --ignore-scripts
fi
if [ "$level" = test ]; then
    # MLflow wants other versions of what Saekdong uses.
    [ -x "$venv/mlflow/bin/python" ] || "$python" -m venv "$venv/mlflow"
    "$venv/mlflow/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints-mlflow.txt \
        mlflow-skinny pandas pillow
fi
printf '%s' "$wanted" >"$venv/ready-$level"
