#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds evolute-cli against the PyTorch of a Python environment, with CUDA where that PyTorch has it, and checks
# the sampler with it. The environment is the one of $PYTHON (default python3) when it has torch, else a virtual
# environment of our own in build/venv, with the newest torch from PyPI (about 6 GB with its CUDA libraries).
#   packaging/torch-from-pip.sh             builds, then runs `doctor` and `validate`
#   packaging/torch-from-pip.sh --prefix    only prints the folder for -DCMAKE_PREFIX_PATH
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
only_prefix=0
case "${1:-}" in
  "") ;;
  --prefix) only_prefix=1 ;;
  *) echo "usage: packaging/torch-from-pip.sh [--prefix]" >&2; exit 2 ;;
esac

python="${PYTHON:-python3}"
if ! command -v "$python" >/dev/null || ! "$python" -c 'import torch' 2>/dev/null; then
  packaging/install-packages.sh wheel >&2
  python=build/venv/bin/python
  [ -x "$python" ] || "${PYTHON:-python3}" -m venv build/venv >&2
  "$python" -c 'import torch' 2>/dev/null || "$python" -m pip install --quiet torch >&2
fi
prefix="$("$python" -W ignore -c 'import torch; print(torch.utils.cmake_prefix_path)')"
if [ "$only_prefix" -eq 1 ]; then
  echo "$prefix"
  exit 0
fi

packaging/install-packages.sh common cli
build=build/cli-only-wheel
cmake --preset cli-only -B "$build" -DCMAKE_PREFIX_PATH="$prefix"
cmake --build "$build" -j "$(nproc)"
"$build/bin/evolute-cli" doctor
"$build/bin/evolute-cli" validate
echo "Built $build/bin/evolute-cli"
