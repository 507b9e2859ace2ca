#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and opens the desktop on a demo run that trains live. With no display it does
# the same on a virtual one and leaves a picture of the window, figures and tables in build/demo. Safe to repeat:
# the demo goes on from where it was.
#   packaging/run.sh [--cuda] [--cli-only]
#     --cuda      with PyTorch from PyPI instead of Debian's LibTorch, so that NVIDIA GPUs are used
#     --cli-only  without Qt: the same run from the command line alone, as on a cluster node
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cuda=0 cli_only=0
for word in "$@"; do
  case "$word" in
    --cuda) cuda=1 ;;
    --cli-only) cli_only=1 ;;
    *) echo "usage: packaging/run.sh [--cuda] [--cli-only]" >&2; exit 2 ;;
  esac
done
display=0
[ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || display=1

sections=(common cli)
[ "$cuda" -eq 1 ] || sections+=(torch)
if [ "$cli_only" -eq 0 ]; then
  sections+=(gui)
  [ "$display" -eq 1 ] || sections+=(headless)
fi
packaging/install-packages.sh "${sections[@]}"

preset=release
[ "$cli_only" -eq 0 ] || preset="cli-only"
build="build/$preset"
arguments=()
if [ "$cuda" -eq 1 ]; then
  build="$build-wheel"
  prefix="$(packaging/torch-from-pip.sh --prefix)"
  arguments=(-DCMAKE_PREFIX_PATH="$prefix")
fi
cmake --preset "$preset" -B "$build" "${arguments[@]}"
cmake --build "$build" -j "$(nproc)"
cli="$(pwd)/$build/bin/evolute-cli"
window="$(pwd)/$build/bin/evolute"

if [ "$cli_only" -eq 0 ] && [ "$display" -eq 1 ]; then
  exec "$window" --demo
fi

out="$(pwd)/build/demo"
mkdir -p "$out"
estimates=32 # as many as the demo in the window makes

run_on_command_line() {
  run="$out/run"
  "$cli" train icl-regression --preset demo --out "$run"
  "$cli" llc "$run" --checkpoints "log:$estimates"
  "$cli" ed "$run" --checkpoints "log:$estimates"
}

started=()
end_started() { for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done; }

# The demo as a person would see it, on a virtual display, until its last estimate is stored.
run_in_window() {
  # The demo lives in the user's data folder; here it gets one of its own.
  export XDG_DATA_HOME="$out/data" XDG_CONFIG_HOME="$out/config" QT_QPA_PLATFORM=xcb
  run=""
  trap end_started EXIT
  Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp 3>"$out/display" 2>/dev/null &
  started+=($!)
  for _ in $(seq 100); do [ -s "$out/display" ] && break; sleep 0.1; done
  [ -s "$out/display" ] || { echo "run.sh: Xvfb did not start" >&2; exit 1; }
  DISPLAY=":$(cat "$out/display")"
  export DISPLAY
  "$window" --demo &
  local window_pid=$!
  started+=("$window_pid")

  echo "The demo trains and is measured in a window on display $DISPLAY; this takes some minutes."
  local deadline=$((SECONDS + 1800)) found=0
  while [ "$found" -lt "$estimates" ]; do
    sleep 5
    if ! kill -0 "$window_pid" 2>/dev/null; then
      echo "run.sh: the window has ended before its demo" >&2
      exit 1
    fi
    if [ "$SECONDS" -gt "$deadline" ]; then
      echo "run.sh: after 30 minutes the demo has $found of $estimates estimates; going on with these" >&2
      break
    fi
    # The window names the folder by the demo's settings; an older version's may lie beside it.
    run="$(ls -td "$XDG_DATA_HOME"/evolute/demo-*/ 2>/dev/null | head -1 || true)"
    run="${run%/}"
    "$cli" table "$run" --out "$out/so-far" --quiet >/dev/null 2>&1 || true # nothing there yet
    found="$(tail -n +2 "$out/so-far/estimates.csv" 2>/dev/null | wc -l || true)"
  done
  [ -n "$run" ] || { echo "run.sh: the window has made no demo run" >&2; exit 1; }
  sleep 5 # for the last points to be drawn
  import -window root "$out/window.png"
  convert "$out/window.png" -trim +repage "$out/window.png" # no window manager: the rest of the screen is black
  end_started
  trap - EXIT
  rm -rf "$out/so-far"

  for kind in overview loss llc ed scree; do
    for ending in png pdf; do
      "$window" --export "$run" --figure "$kind" --out "$out/$kind.$ending"
    done
  done
}

if [ "$cli_only" -eq 1 ]; then run_on_command_line; else run_in_window; fi
rm -rf "$out/tables"
"$cli" table "$run" --out "$out/tables" --quiet >/dev/null

echo
echo "Run: $run"
echo "Left in $out:"
find "$out" -path "$run" -prune -o \( -name '*.png' -o -name '*.pdf' -o -name '*.csv' \) -print | sort | sed 's/^/  /'
