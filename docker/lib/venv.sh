# shellcheck shell=bash disable=SC2034,SC2154
# Route (b): a virtual environment from pinned wheels, with the newest Python >= 3.12 on this machine.
#
# A virtual environment cannot be moved: its scripts name its folder. So it is not made elsewhere and
# renamed, but made in its final folder .venvs/KEY-PYTHON, where it counts for nothing until the file
# .femion-ready is in it (renamed into place, last of all). What a killed build leaves has no such file,
# and is removed by the next builder. .venv is a link to the current one, for editors.

venv_key() { # all that defines the environment; [tool.*] does not; the folder does, as scripts name it
  venv_hash=$({
    echo "layout 1 $repo"
    sed '/^\[tool\./,$d' "$repo/pyproject.toml"
    cat "$repo/docker/constraints.txt"
  } | key_of)
}

venv_ready() {
  local d
  [ -n "${venv_hash-}" ] || venv_key
  for d in "$repo/.venvs/$venv_hash"-*; do
    # bin/python is a link to the Python it was made with, which may be gone
    if [ -f "$d/.femion-ready" ] && [ -x "$d/bin/python" ]; then
      venv_dir=$d
      return 0
    fi
  done
  return 1
}

venv_possible() {
  venv_ready && return 0
  wheel_fits here || return 1
  [ -w "$repo" ] || {
    why="cannot write in $repo"
    return 1
  }
  venv_python || return 1
  venv_system
}

venv_python() { # set $base to the newest supported Python, $base_version to its version
  local found
  found=$(venv_pythons)
  if [ -z "$found" ] && debian_has_python; then
    system_packages python3 python3-venv python3-dev || return 1
    found=$(venv_pythons)
    [ "${asked-}" != where ] || found=${found:-"3.x /usr/bin/python3"}
  fi
  if [ -z "$found" ]; then
    why="no Python 3.12 to 3.14 with venv on PATH, in pyenv or uv;"
    why+=" 'uv python install 3.13' or 'pyenv install 3.13' gets one"
    return 1
  fi
  read -r base_version base <<<"$(sort -V <<<"$found" | tail -n 1)"
}

debian_has_python() { # would apt-get install a Python that is new enough?
  # a machine on which apt never ran has no lists yet
  [ "$(id -u)" != 0 ] || apt-cache show python3 >/dev/null 2>&1 || apt-get update -qq >/dev/null 2>&1
  [[ $(apt-cache policy python3 2>/dev/null) =~ Candidate:\ 3\.1[2-4] ]]
}

venv_pythons() { # lines 'VERSION EXECUTABLE' of every supported Python found
  local p
  {
    type -aP python3 python python3.14 python3.13 python3.12 || true
    ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3 2>/dev/null || true
    ! command -v uv >/dev/null ||
      uv python find --python-preference only-managed --no-python-downloads '>=3.12,<3.15' 2>/dev/null || true
  } | sort -u | while read -r p; do
    "$p" -I -c '
import os, sys, sysconfig, venv, ensurepip
final = sys.version_info[3] == "final" and not sysconfig.get_config_var("Py_GIL_DISABLED")
if (3, 12) <= sys.version_info[:2] <= (3, 14) and final:
    print("%d.%d.%d" % sys.version_info[:3], os.path.realpath(sys._base_executable))
' 2>/dev/null </dev/null || true
  done
}

venv_system() { # are compiler, headers and shared libraries there? install them if we may
  local need package libraries missing=()
  libraries=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null) || libraries=unknown
  while read -r need package; do
    case $need in
      '#'*) ;;
      cc) command -v gcc >/dev/null || missing+=("$package") ;;
      stdio.h) [ -e /usr/include/stdio.h ] || missing+=("$package") ;;
      *) [[ $libraries == unknown || $libraries == *"$need "* ]] || missing+=("$package") ;;
    esac
  done <"$repo/docker/packages.txt"
  "$base" -I - <<<'
import os, sysconfig
raise SystemExit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' ||
    missing+=("python${base_version%.*}-dev")
  [ ${#missing[@]} = 0 ] || system_packages "${missing[@]}"
}

venv_fill() ( # in a subshell: the folder and variables are its own
  cd "$repo" &&
    unset PYTHONPATH PYTHONHOME VIRTUAL_ENV &&
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 &&
    "$base" -m venv "$1" &&
    "$1/bin/python" -m pip install -r docker/constraints.txt &&
    "$1/bin/python" -m pip install -c docker/constraints.txt --no-build-isolation -e '.[solver,dev]' &&
    defaults &&
    "$1/bin/python" docker/smoke.py
)

venv_build() {
  local dir log
  venv_ready && return 0 # the builder we waited for has made it
  [ -n "${base-}" ] || venv_python || die 3 "$why"
  dir=$repo/.venvs/$venv_hash-$base_version
  log=$repo/.venvs/build.log
  for old in "$repo/.venvs"/*/; do drop "${old%/}"; done # of older keys, or half made
  [ ! -e "$dir" ] || die 4 "cannot remove the unfinished $dir"
  say "making .venv with Python $base_version: DOLFINx, PETSc, gmsh, pyvista (2 GB, about a minute)"
  venv_fill "$dir" >"$log" 2>&1 </dev/null || failed "$log"
  "$dir/bin/python" "$repo/docker/pins.py" >&2 || true
  echo "$base_version $base" >"$dir/.femion-ready.new"
  mv "$dir/.femion-ready.new" "$dir/.femion-ready"
  if [ -L "$repo/.venv" ] || [ ! -e "$repo/.venv" ]; then # a .venv of the user's own is left alone
    ln -s ".venvs/${dir##*/}" "$repo/.venvs/link.$$" && mv -fT "$repo/.venvs/link.$$" "$repo/.venv"
  fi
  venv_dir=$dir
}

venv_what() {
  if venv_ready; then
    echo "$venv_dir (Python ${venv_dir##*-})"
  else
    echo "to be made in $repo/.venv with Python $base_version ($base)"
  fi
}

venv_run() {
  hold "$venv_dir"
  defaults
  export VIRTUAL_ENV=$venv_dir PATH=$venv_dir/bin:$PATH
  exec "$@"
}

venv_clean() {
  for old in "$repo/.venvs"/*/; do drop "${old%/}"; done
  rm -f "$repo/.venvs"/choice* "$repo/.venvs"/link.* "$repo/.venvs/build.log"
  [ ! -L "$repo/.venv" ] || [ -e "$repo/.venv" ] || rm "$repo/.venv"
}
