# shellcheck shell=bash disable=SC2034,SC2154
# Route (c): a container of docker/Dockerfile, which has the wheels; femion itself is the mounted checkout.
# The image appears under its name only when its build is complete: Docker's own doing.

docker_image() {
  [ -n "${image-}" ] || image=femion:$(cat "$repo"/docker/{Dockerfile,packages.txt,constraints.txt} | key_of)
}

docker_ready() {
  docker_image
  docker image inspect "$image" >/dev/null 2>&1
}

docker_possible() {
  command -v docker >/dev/null || {
    why="no docker command"
    return 1
  }
  docker_ready && return 0
  timeout 10 docker info >/dev/null 2>&1 || {
    why="no Docker engine answers ('docker info' says why)"
    return 1
  }
  wheel_fits inside
}

docker_build() {
  docker_ready && return 0
  mkdir -p "$cache"
  say "building the image $image (2 GB, a few minutes)"
  docker build -t "$image" -f "$repo/docker/Dockerfile" "$repo" >"$cache/docker.log" 2>&1 </dev/null ||
    failed "$cache/docker.log"
}

docker_what() {
  if docker_ready; then echo "image $image"; else echo "to be built as image $image"; fi
}

docker_run() {
  local options=(run --rm --init -i --shm-size=1g --user "$(id -u):$(id -g)" --workdir "$PWD") v
  local jit=$cache/docker-jit
  mkdir -p "$jit"
  [ ! -t 0 ] || [ ! -t 1 ] || options+=(-t)
  defaults
  for v in OMP_NUM_THREADS PYVISTA_OFF_SCREEN VTK_DEFAULT_OPENGL_WINDOW FEMION_INSIDE CI PYTEST_ADDOPTS TERM; do
    options+=(-e "$v") # by name: passed on with its value, if it has one
  done
  options+=(-e HOME=/tmp -e XDG_CACHE_HOME=/cache -e PYTHONPATH="$repo"
    --mount "type=bind,source=$jit,target=/cache/fenics" --mount "type=bind,source=$repo,target=$repo")
  case $PWD/ in
    / | "$repo"/*) ;;
    *) options+=(--mount "type=bind,source=$PWD,target=$PWD") ;;
  esac
  exec docker "${options[@]}" "$image" \
    env PATH="/opt/femion/venv/bin:/usr/local/bin:/usr/bin:/bin:$repo/docker/bin" "$@"
}

docker_clean() {
  local images
  rm -rf "$cache/docker-jit" "$cache/docker.log"
  command -v docker >/dev/null || return 0
  images=$(docker image ls -q femion 2>/dev/null) || return 0
  # shellcheck disable=SC2086 # one id a word
  [ -z "$images" ] || docker image rm -f $images >/dev/null
}
