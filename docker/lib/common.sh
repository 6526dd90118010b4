# shellcheck shell=bash disable=SC2034,SC2154
# What all routes use: messages, keys, locks, system packages, the environment's variables.

say() { printf 'femion: %s\n' "$*" >&2; }

die() { # die STATUS MESSAGE
  say "$2"
  exit "$1"
}

key_of() { # the first 12 digits of a hash of standard input
  sha256sum | cut -c1-12
}

lock_of() { # the lock file of a route's builder
  if [ "$1" = venv ]; then echo "$repo/.venvs/lock"; else echo "$cache/$1.lock"; fi
}

locked() { # locked FILE CMD...: run CMD alone; it must look again whether its work is still to do
  local file=$1 fd
  shift
  while :; do
    mkdir -p "$(dirname "$file")"
    # What CMD starts inherits the file descriptor. So if this shell is killed while pip goes on, the
    # next builder waits for pip to end, and then starts anew in an empty folder.
    exec {fd}>>"$file"
    flock -n "$fd" || { say "another docker/run is building; waiting for it" && flock "$fd"; }
    # --clean may have removed the file we waited for: then the lock is worth nothing
    [ "$(stat -Lc %i "/proc/self/fd/$fd")" != "$(stat -c %i "$file" 2>/dev/null)" ] || break
    exec {fd}>&-
  done
  "$@"
  exec {fd}>&-
}

hold() { # hold FOLDER: keep it from being removed while this process and its children live
  local fd
  { exec {fd}<"$1/.femion-ready" && flock -s -n "$fd" && [ -f "$1/.femion-ready" ]; } 2>/dev/null ||
    die 3 "$1 is being removed by another docker/run; try again"
}

drop() { # drop FOLDER: remove it unless a command runs in it; the builder's lock is held
  local fd
  [ -d "$1" ] || return 0
  if [ -f "$1/.femion-ready" ]; then
    exec {fd}<"$1/.femion-ready"
    flock -x -n "$fd" || {
      say "kept $1: a command is running in it"
      left=1
      return 0
    }
    rm "$1/.femion-ready" # first of all: half a folder is not a ready one
    exec {fd}>&-
  fi
  rm -rf --one-file-system "$1"
}

clean_all() {
  local left=0 r
  for r in venv docker sandbox; do
    [ ! -d "$(dirname "$(lock_of "$r")")" ] || locked "$(lock_of "$r")" "${r}_clean"
  done
  rm -f "$cache"/*.lock "$repo/.venvs/lock"
  rmdir "$cache" "$repo/.venvs" 2>/dev/null || true
  return "$left"
}

defaults() { # variables a command inside may rely on; the caller's own values win
  export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
  export PYVISTA_OFF_SCREEN=${PYVISTA_OFF_SCREEN:-true}
  # Else VTK asks for an X server first, and prints a warning when there is none.
  [ "$PYVISTA_OFF_SCREEN" != true ] ||
    export VTK_DEFAULT_OPENGL_WINDOW=${VTK_DEFAULT_OPENGL_WINDOW:-vtkEGLRenderWindow}
  # Open MPI, in a native environment, refuses root and more ranks than cores; MPICH minds neither.
  [ "$EUID" != 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
  unset PYTHONHOME
}

use_checkout() { # where femion is not installed: import it from here; 'femion' and 'python' exist all the same
  export PYTHONPATH=$repo${PYTHONPATH:+:$PYTHONPATH} PATH=$PATH:$repo/docker/bin
}

debian() { # is this Debian or a relative of it?
  # shellcheck disable=SC1091
  (. /etc/os-release && [[ " $ID ${ID_LIKE-} " == *" debian "* ]]) 2>/dev/null && command -v apt-get >/dev/null
}

system_packages() { # install Debian packages if this is root on Debian; else 1, with the command in $why
  local cmd=(apt-get install -y --no-install-recommends "$@")
  if ! debian; then
    why="needs what Debian calls $*: install it with this system's package manager"
    return 1
  fi
  if [ "$(id -u)" != 0 ]; then
    why="needs system packages: sudo ${cmd[*]}"
    return 1
  fi
  [ "${asked-}" != where ] || return 0
  say "installing Debian packages: $*"
  quiet_apt "$@" || { apt-get update -qq >/dev/null 2>&1; quiet_apt "$@"; } || {
    why="failed: ${cmd[*]}"
    return 1
  }
}

quiet_apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -qq \
    --no-install-recommends "$@" >/dev/null 2>&1 </dev/null
}

wheel_fits() { # the wheels are for x86-64 Linux with glibc >= 2.34
  local glibc
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || glibc="no glibc"
  if [ "$(uname -sm)" != "Linux x86_64" ]; then
    why="the DOLFINx wheel is for Linux x86-64, this is $(uname -sm); use environment.yml (conda)"
  elif [ "$1" = here ] && [ "$(printf '%s\n' "glibc 2.34" "$glibc" | sort -V | head -n 1)" != "glibc 2.34" ]; then
    why="the DOLFINx wheel needs glibc 2.34, here is $glibc"
  else
    return 0
  fi
  return 1
}

failed() { # failed LOG: a build's end
  tail -n 15 "$1" >&2
  die 4 "the build failed; the whole log is $1"
}
