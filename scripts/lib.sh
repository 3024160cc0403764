# shellcheck shell=bash
# Functions that the scripts share. To be sourced by bash with `set -euo pipefail`.

# shellcheck disable=SC2034 # used by those who source this
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# Debian packages that building, testing or running needs beside Swift itself: one list for all scripts.
DEBIAN_PACKAGES=(ca-certificates curl git libjpeg62-turbo-dev liblcms2-dev libpng-dev libsqlite3-dev libssl-dev libwebp-dev openssl
    pkg-config python3 python3-venv zlib1g-dev)

say() { printf '== %s\n' "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Runs a command and says every half minute that it still runs, for commands that are silent for long.
# alive WHAT COMMAND [ARGUMENT ...]
alive() {
    local what="$1" start="$SECONDS" beat status=0
    shift
    (
        # Short naps, deaf and dumb: the last one outlives us by a moment and must not hold our output open.
        while sleep 1 >/dev/null 2>&1 && kill -0 "$$" 2>/dev/null; do
            if (((SECONDS - start) % 30 == 29)); then
                printf '   ... %s: %s s\n' "$what" "$((SECONDS - start + 1))" >&2
            fi
        done
    ) </dev/null &
    beat=$!
    "$@" || status=$?
    kill "$beat" 2>/dev/null || true
    wait "$beat" 2>/dev/null || true
    return "$status"
}

# Gives the user a home directory where a system service has none: Swift and pip keep caches there.
need_home() {
    if [ -n "${HOME:-}" ]; then return 0; fi
    HOME="$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6 || true)"
    if [ -z "$HOME" ] || [ ! -d "$HOME" ]; then HOME="${TMPDIR:-/tmp}"; fi
    export HOME
}

need_swift() {
    if command -v swift >/dev/null; then return 0; fi
    die "there is no 'swift' on PATH. Install Swift 6.2 or later from https://www.swift.org/install
       and put its usr/bin on PATH (as a system service too), then run this script again."
}

# Installs what is missing of DEBIAN_PACKAGES; as another user than root only says what to do.
need_packages() {
    command -v dpkg-query >/dev/null || return 0
    local package missing=()
    for package in "${DEBIAN_PACKAGES[@]}"; do
        if ! dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed; then
            missing+=("$package")
        fi
    done
    if [ "${#missing[@]}" -eq 0 ]; then return 0; fi
    if [ "$(id -u)" -ne 0 ]; then
        die "these packages are missing: ${missing[*]}
       Install them as root and run this script again:  sudo apt-get install -y ${missing[*]}"
    fi
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq -o Acquire::Retries=3 update >&2 || warn "apt-get update failed; trying with the lists that are there"
    alive "installing packages" apt-get -qq -o Acquire::Retries=3 -y --no-install-recommends install "${missing[@]}" >&2 </dev/null
}

# Puts Prometheus and its promtool under .build/prometheus, without installing (and so starting) them, and sets PROMETHEUS_BIN.
need_prometheus() {
    PROMETHEUS_BIN="$ROOT/.build/prometheus/usr/bin"
    if [ -x "$PROMETHEUS_BIN/promtool" ]; then return 0; fi
    if command -v prometheus >/dev/null && command -v promtool >/dev/null; then
        PROMETHEUS_BIN="$(dirname "$(command -v promtool)")"
        return 0
    fi
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then return 1; fi
    local download="$ROOT/.build/prometheus-download" status=0
    mkdir -p "$download"
    say "fetching Prometheus"
    if ! (cd "$download" && apt-get -qq -o Acquire::Retries=3 download prometheus >&2 </dev/null); then
        apt-get -qq -o Acquire::Retries=3 update >&2 </dev/null || true
        (cd "$download" && apt-get -qq -o Acquire::Retries=3 download prometheus >&2 </dev/null) || status=1
    fi
    if [ "$status" -eq 0 ]; then dpkg-deb -x "$download"/prometheus_*.deb "$ROOT/.build/prometheus" || status=1; fi
    rm -rf "$download"
    return "$status"
}

# Whether an Ollama is there: one that answers, or one that could be started.
has_ollama() {
    if command -v ollama >/dev/null; then return 0; fi
    local host="${OLLAMA_HOST:-127.0.0.1:11434}"
    host="${host#*://}"
    host="${host%%/*}"
    case "$host" in
        *:*) ;;
        *) host="$host:11434" ;;
    esac
    host="${host/#0.0.0.0:/127.0.0.1:}"
    curl -fsS -m 2 "http://$host/api/version" >/dev/null 2>&1
}
