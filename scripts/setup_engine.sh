#!/bin/sh
# Set up .engine, what the tests of the image need besides .venv: a Docker engine and a registry (Debian packages), a
# base image, wheels to build with no network, SageMaker's SDK. Where it cannot be had, those tests are skipped and say
# why. A second run starts at once.
set -eu

cd "$(dirname "$0")/.."
folder=.engine
packages="docker.io iptables mmdebstrap docker-registry apache2-utils docker-compose python3-venv"
python=/usr/bin/python3

say() { printf '%s\n' "$*" >&2; }

if [ "$(id -u)" -ne 0 ] || [ ! -r /etc/debian_version ]; then
    say "no Docker engine is set up: that takes Debian, and root; the tests that need one are skipped"
    exit 0
fi
wanted=$(cat pyproject.toml constraints.txt constraints-sagemaker.txt scripts/setup_engine.sh | cksum)
[ "$(cat "$folder/ready" 2>/dev/null)" = "$wanted" ] && exit 0

say "setting up $folder (once; two minutes or three)"
mkdir -p "$folder"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $packages >/dev/null 2>&1 || {
    apt-get update -qq >/dev/null
    apt-get install -y -qq --no-install-recommends $packages >/dev/null
}

# The base is of this Debian, so that its Python is the one that the wheels are for.
if [ ! -f "$folder/base.tar" ]; then
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mmdebstrap --quiet --variant=minbase --include=python3,python3-venv \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        "$codename" "$folder/base.part.tar"
    mv "$folder/base.part.tar" "$folder/base.tar"
fi

[ -x "$folder/sagemaker/bin/python" ] || "$python" -m venv "$folder/sagemaker"
pip="$folder/sagemaker/bin/python -m pip --quiet --disable-pip-version-check"
$pip install --constraint constraints-sagemaker.txt 'sagemaker[local]<3' sagemaker-training
rm -rf "$folder/wheels"
$pip download --only-binary :all: --constraint constraints.txt --dest "$folder/wheels" '.[parquet]'
printf '%s' "$wanted" >"$folder/ready"
