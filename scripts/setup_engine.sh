#!/bin/sh
# Set up .engine, what the tests of the image need besides .venv: a Docker engine, podman and a registry (Debian
# packages), a base image, wheels to build with no network, SageMaker's SDK; with the argument arm64 also emulation, and
# base and wheels of that platform. Where it cannot be had, those tests are skipped and say why. A second run starts at
# once.
set -eu

cd "$(dirname "$0")/.."
folder=.engine
packages="docker.io iptables mmdebstrap docker-registry apache2-utils docker-compose python3-venv podman buildah runc"
emulation="qemu-user-static arch-test"
python=/usr/bin/python3
pip="$folder/sagemaker/bin/python -m pip --quiet --disable-pip-version-check"

say() { printf '%s\n' "$*" >&2; }

if [ "$(id -u)" -ne 0 ] || [ ! -r /etc/debian_version ]; then
    say "no Docker engine is set up: that takes Debian, and root; the tests that need one are skipped"
    exit 0
fi

install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 || {
        apt-get update -qq >/dev/null
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    }
}

set_up() {
    say "setting up $folder (once; three minutes or four)"
    mkdir -p "$folder"
    # shellcheck disable=SC2086
    install $packages
    bootstrap "$folder/base.tar" --variant=minbase --include=python3,python3-venv
    [ -x "$folder/sagemaker/bin/python" ] || "$python" -m venv "$folder/sagemaker"
    $pip install --constraint constraints-sagemaker.txt 'sagemaker[local]<3' sagemaker-training
    download "$folder/wheels"
    printf '%s' "$wanted" >"$folder/ready"
}

# Packages are unpacked and not configured, which under emulation would take five minutes.
set_up_arm64() {
    say "setting up $folder/arm64 (once)"
    mkdir -p "$folder/arm64"
    # shellcheck disable=SC2086
    install $emulation
    bootstrap "$folder/arm64/base.tar" --variant=extract --architectures=arm64 \
        --include=python3,python3-venv,base-files,coreutils,dash,findutils,libstdc++6
    download "$folder/arm64/wheels" --platform manylinux_2_28_aarch64 --platform manylinux2014_aarch64
    printf '%s' "$wanted" >"$folder/arm64/ready"
}

# The bases are of this Debian, so that their Python is the one that the wheels are for.
bootstrap() {
    [ -f "$1" ] && return
    target=$1
    shift
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mmdebstrap --quiet --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        "$@" "$codename" "$folder/part.tar"
    mv "$folder/part.tar" "$target"
}

download() {
    target=$1
    shift
    rm -rf "$target"
    $pip download --only-binary :all: --constraint constraints.txt --dest "$target" "$@" '.[train,serve,parquet]'
}

# A kernel forgets this when the machine is started anew.
emulate_arm64() {
    known=/proc/sys/fs/binfmt_misc
    [ -e "$known/qemu-aarch64" ] && return
    [ -e "$known/register" ] || mount -t binfmt_misc none "$known"
    cat /usr/lib/binfmt.d/qemu-aarch64.conf >"$known/register"
}

wanted=$(cat pyproject.toml constraints.txt constraints-sagemaker.txt scripts/setup_engine.sh | cksum)
if [ "$(cat "$folder/ready" 2>/dev/null)" != "$wanted" ]; then
    set_up
fi
if [ "${1:-}" = arm64 ]; then
    [ "$(cat "$folder/arm64/ready" 2>/dev/null)" = "$wanted" ] || set_up_arm64
    emulate_arm64 2>/dev/null || say "this kernel runs no arm64 programs; the test of the arm64 image is skipped"
fi
