#!/bin/sh
# Install Saekdong with everything in fresh environments and run the quick tests in each: `pinned` to constraints.txt,
# the `newest` versions that resolve, and the `lowest` that pyproject.toml allows. Without arguments all three.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$python" -m venv "$folder/tools"
"$folder/tools/bin/python" -m pip install --quiet --disable-pip-version-check uv==0.13.9
uv=$folder/tools/bin/uv

check() {
    "$python" -m venv "$folder/venv" --clear
    case $1 in
    pinned) set -- "$1" --constraint constraints.txt ;;
    newest) set -- "$1" --upgrade ;;
    lowest) set -- "$1" --resolution lowest-direct ;;
    *) echo "usage: sh scripts/check_installs.sh [pinned|newest|lowest]..." >&2 && exit 2 ;;
    esac
    how=$1
    shift
    echo "== $how" >&2
    "$uv" pip install --quiet --python "$folder/venv/bin/python" "$@" --editable '.[quick]'
    "$uv" pip check --quiet --python "$folder/venv/bin/python"
    MPLBACKEND=Agg "$folder/venv/bin/python" -m pytest -q -p no:cacheprovider -m 'not slow' \
        -W ignore::DeprecationWarning -W ignore::PendingDeprecationWarning -W ignore::FutureWarning tests/unit
}

for each in ${*:-pinned newest lowest}; do
    check "$each"
done
