#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A family of runs to compare: in-context regression on M fixed tasks, one run an M, all else the same. Small enough
# for two cores. Safe to repeat: finished runs stay, one that was cut off goes on.
#   packaging/sweep-tasks.sh CLI OUT [M…]     (CLI: evolute-cli; default M: 1 2 4 8 16 32 64 inf)
# Then, on the runs together: evolute-cli ed OUT --joint, or evolute OUT.
# SWEEP_OPTIONS replaces the training's options; LLC=1 also estimates the learning coefficient of each run.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '3,7p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//' >&2; exit 2; }
cli=$1 out=$2
shift 2
[ $# -gt 0 ] || set -- 1 2 4 8 16 32 64 inf
read -ra options <<<"${SWEEP_OPTIONS:---steps 6000 --batch 64 --width 32 --heads 2 --layers 2 --schedule constant
  --linear-checkpoints 30 --log-checkpoints 30 --log-every 50}"
mkdir -p "$out"
for tasks in "$@"; do
  run="$out/tasks-$tasks"
  "$cli" train icl-regression --out "$run" --tasks "$tasks" "${options[@]}"
  [ "${LLC:-0}" -eq 0 ] || "$cli" llc "$run" --preset quick --checkpoints log:8
done
