#!/bin/sh
# Build the wheel and the sdist into dist/, check them, and use the wheel in a fresh environment.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/tools"
"$folder/tools/bin/pip" install --quiet --disable-pip-version-check \
    build==1.6.1 twine==7.0.0 check-wheel-contents==0.6.3 pyroma==5.0.1
rm -rf dist
"$folder/tools/bin/python" -m build --outdir dist . >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
"$folder/tools/bin/twine" check --strict dist/*
"$folder/tools/bin/check-wheel-contents" dist/*.whl
"$folder/tools/bin/pyroma" --min=10 dist/*.tar.gz
"${PYTHON:-python3}" -m venv "$folder/user"
"$folder/user/bin/pip" install --quiet --disable-pip-version-check --constraint constraints.txt dist/*.whl
cd "$folder"
user/bin/saekdong predict '#1f2a52' | grep -q navy
echo "dist/: built, checked, and used: $(user/bin/saekdong --version)"
