# shellcheck shell=bash disable=SC2034,SC2154
# Route (d): a Debian 13 of our own. mmdebstrap unpacks it, without root if need be, into a temporary
# folder in the user's cache; the wheels go into its /usr/lib/femion; then it is renamed to its key.
# bubblewrap shows it to a command as /usr and /etc, read-only, together with the machine's own other
# folders (/home, /tmp, /data, ...), so that paths mean inside what they mean outside.

sandbox_suite=trixie
sandbox_python=(python3 python3-venv python3-dev ca-certificates)
# Left out, a third of the size; the linker needs the second list back (dpkg's * matches / as well).
sandbox_without=('/usr/share/man/*' '/usr/share/doc/*' '/usr/share/info/*' '/usr/share/locale/*'
  '/usr/share/lintian/*' '/usr/share/icons/*' '/usr/lib/x86_64-linux-gnu/*.a' '/usr/lib/python3*/config-*/*.a'
  '/usr/bin/*lto-dump*')
sandbox_with=('/usr/lib/*/libc_nonshared.a' '/usr/lib/gcc/*')

sandbox_packages() {
  sed '/^#/d' "$repo/docker/packages.txt" | while read -r _ package; do echo "$package"; done
  printf '%s\n' "${sandbox_python[@]}"
}

sandbox_folder() {
  [ -n "${root-}" ] || root=$cache/sandbox/$sandbox_suite-$({
    cat "$repo/docker/lib/sandbox.sh" "$repo/docker/packages.txt" "$repo/docker/constraints.txt"
  } | key_of)
}

sandbox_ready() {
  sandbox_folder
  [ -f "$root/.femion-ready" ]
}

sandbox_possible() {
  local missing=()
  wheel_fits inside || return 1
  command -v bwrap >/dev/null || missing+=(bubblewrap)
  if ! sandbox_ready; then
    command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
    [ "$(id -u)" = 0 ] || command -v newuidmap >/dev/null || missing+=(uidmap)
    ls /usr/share/keyrings/debian-archive-keyring.* >/dev/null 2>&1 || missing+=(debian-archive-keyring)
  fi
  if [ ${#missing[@]} -gt 0 ]; then
    system_packages "${missing[@]}" || return 1
    [ "${asked-}" != where ] || return 0
  fi
  sandbox_probe && return 0
  why="bwrap may not make name spaces here; on Debian: sudo sysctl kernel.unprivileged_userns_clone=1;"
  why+=" on Ubuntu: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
  return 1
}

sandbox_probe() { # how far name spaces go here: set $sandbox_spaces
  if bwrap --ro-bind / / --unshare-pid --proc /proc --dev /dev true 2>/dev/null; then
    sandbox_spaces=(--unshare-pid --proc /proc --die-with-parent)
  elif bwrap --ro-bind / / --dev /dev true 2>/dev/null; then # in a container that hides parts of /proc
    sandbox_spaces=(--ro-bind /proc /proc --die-with-parent)
  else
    return 1
  fi
}

sandbox_build() {
  sandbox_ready && return 0
  local tmp=$root.tmp log=$root.log options=(--variant=apt --format=tar) free list p
  mkdir -p "$cache/sandbox"
  free=$(df -Pk "$cache/sandbox" | sed -n '2s/^\S* *\S* *\S* *\(\S*\).*/\1/p')
  [ "$free" -gt $((4 * 1024 * 1024)) ] || die 4 "the sandbox needs 4 GiB free in $cache"
  for old in "$cache/sandbox"/*/; do case $old in *jit/) ;; *) drop "${old%/}" ;; esac; done
  [ ! -e "$tmp" ] || die 4 "cannot remove the unfinished $tmp"
  say "making a Debian 13 with DOLFINx in $root (2 GB, two to five minutes)"
  for p in "${sandbox_without[@]}"; do options+=(--dpkgopt="path-exclude=$p"); done
  for p in "${sandbox_with[@]}"; do options+=(--dpkgopt="path-include=$p"); done
  if [ "$(id -u)" = 0 ]; then options+=(--mode=root); else options+=(--mode=unshare); fi
  list=$(sandbox_packages | paste -sd,)
  mkdir "$tmp"
  # As a tar, so that all files are the caller's, not those of mapped ids.
  mmdebstrap "${options[@]}" --dpkgopt=force-unsafe-io --aptopt='Acquire::Retries "3"' --include="$list" \
    "$sandbox_suite" - 2>"$log" </dev/null |
    tar -x --no-same-owner -C "$tmp" --exclude='./dev/*' --exclude='./var/lib/apt/lists/*' \
      --exclude='./var/cache/apt/*' || failed "$log"
  sandbox_fill "$tmp" >>"$log" 2>&1 </dev/null || failed "$log"
  date -u +%FT%TZ >"$tmp/.femion-ready"
  mv -T "$tmp" "$root"
}

sandbox_fill() { # the wheels, and files to show the machine's own ones upon
  local f
  for f in "${sandbox_own[@]}"; do
    [ -f "$1$f" ] || { mkdir -p "$1${f%/*}" && rm -f "$1$f" && : >"$1$f"; } || return 1
  done
  (sandbox_enter "$1" --bind "$1/usr" /usr -- python3 -m venv /usr/lib/femion) &&
    (sandbox_enter "$1" --bind "$1/usr" /usr -- /usr/lib/femion/bin/python -m pip install --no-input \
      --disable-pip-version-check -r "$repo/docker/constraints.txt") &&
    (sandbox_enter "$1" -- python "$repo/docker/smoke.py")
}

# The machine's own: names of users and hosts, and how to reach a package registry if it has its own way.
sandbox_own=(/etc/passwd /etc/group /etc/hosts /etc/resolv.conf /etc/pip.conf /etc/ssl/certs/ca-certificates.crt)

sandbox_enter() { # sandbox_enter ROOT [BWRAP-OPTION...] -- CMD...; never returns
  local in=$1 options=() d bwrap
  bwrap=$(type -P bwrap)
  shift
  for d in /*; do # the machine's other folders, where they are
    case $d in
      /usr | /bin | /sbin | /lib* | /etc | /var | /proc | /sys | /dev | /run | /boot | /lost+found) continue ;;
    esac
    if [ -L "$d" ]; then
      options+=(--symlink "$(readlink "$d")" "$d")
    elif [ -d "$d" ]; then
      options+=(--bind "$d" "$d")
    fi
  done
  options+=(--ro-bind "$in/usr" /usr --ro-bind "$in/etc" /etc --tmpfs /var --tmpfs /run --dev /dev
    --ro-bind-try /sys /sys --symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib
    --symlink usr/lib64 /lib64)
  for d in "${sandbox_own[@]}"; do options+=(--ro-bind-try "$d" "$d"); done
  for d in "$HOME" "$PWD" "$repo" "$cache"; do # those in /var or /run, which are hidden
    case $d in /var/* | /run/*) options+=(--bind "$d" "$d") ;; esac
  done
  # Compiled forms are tied to this Debian's C library: a cache of their own, where DOLFINx looks.
  mkdir -p "$cache/sandbox/jit" "${XDG_CACHE_HOME:-$HOME/.cache}/fenics"
  options+=(--bind "$cache/sandbox/jit" "${XDG_CACHE_HOME:-$HOME/.cache}/fenics")
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  defaults
  unset LD_LIBRARY_PATH PYTHONPATH VIRTUAL_ENV CC CFLAGS LDFLAGS XDG_RUNTIME_DIR
  case ${TMPDIR-} in /var/* | /run/*) unset TMPDIR ;; esac
  PATH=/usr/lib/femion/bin:/usr/local/bin:/usr/bin:/bin
  use_checkout
  export LANG=C.UTF-8 LC_ALL=C.UTF-8
  exec "$bwrap" "${options[@]}" "${sandbox_spaces[@]}" --chdir "$PWD" -- "$@"
}

sandbox_what() {
  if sandbox_ready; then echo "$root"; else echo "to be made in $root"; fi
}

sandbox_run() {
  [ -n "${sandbox_spaces-}" ] || sandbox_probe || die 3 "bwrap may not make name spaces here any more"
  hold "$root"
  sandbox_enter "$root" -- "$@"
}

sandbox_clean() {
  for old in "$cache/sandbox"/*/; do drop "${old%/}"; done
  rm -f "$cache/sandbox"/*.log "$cache/sandbox"/*.smoke
  rmdir "$cache/sandbox" 2>/dev/null || true
}
