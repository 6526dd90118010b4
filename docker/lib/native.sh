# shellcheck shell=bash disable=SC2034,SC2154
# Route (a): the active python3, if it has a supported DOLFINx and everything femion imports.

native_possible() {
  local answer
  answer=$(cd "$repo" && python3 docker/lib/probe.py 2>/dev/null) || answer="no no python3 on PATH that works"
  why=${answer#no }
  native_python=${answer#yes }
  [ "${answer%% *}" = yes ]
}

native_ready() { [ -x "$native_python" ]; }
native_build() { die 3 "$native_python has gone"; }
native_what() { echo "$native_python"; }

native_run() {
  defaults
  PATH=$(dirname "$native_python"):$PATH
  use_checkout
  exec "$@"
}
