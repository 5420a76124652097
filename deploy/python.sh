# Sourced by deploy/run and tests/run: finds a python and makes an environment from a lock.

fail() {
    echo "$1" >&2
    exit 2
}

find_python() {
    for name in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    fail "需要 Python 3.11 或更新的版本，请先安装 python3。"
}

# ensure_venv FOLDER LOCK: an environment with exactly what the lock pins. A second call with the
# same lock and python returns at once.
ensure_venv() {
    stamp="$1/.lock"
    if [ -x "$1/bin/python" ] && cmp -s "$2" "$stamp"; then
        return
    fi
    python=$(find_python)
    echo "正在准备运行环境 $1（只在第一次和升级后需要）……" >&2
    rm -rf "$1"
    if ! "$python" -m venv "$1" >/dev/null 2>&1; then
        rm -rf "$1"
        install_venv_module "$python"
        "$python" -m venv "$1" || fail "建不了运行环境 $1：请检查文件夹能否写入。"
    fi
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --prefer-binary --requirement "$2" ||
        fail "安装依赖没有成功：请检查网络和 pip 的软件源设置，再运行一次。"
    cp "$2" "$stamp"
}

# Debian splits the venv module off: installed when we may, named when not.
install_venv_module() {
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq >/dev/null 2>&1 || true
        apt-get install -y -qq "python$version-venv" >/dev/null 2>&1 ||
            apt-get install -y -qq python3-venv >/dev/null 2>&1 ||
            fail "装不上 python3-venv，请手动安装后再运行一次。"
    else
        fail "这个 Python 没有 venv 模块，请先安装 python3-venv（Debian/Ubuntu：apt install python3-venv）。"
    fi
}
