#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what apt-packages.txt lists and this system lacks; calls apt only when something is missing.
#   packaging/install-packages.sh [SECTION...]     default: common torch cli gui headless tests
set -euo pipefail
list="$(dirname "${BASH_SOURCE[0]}")/apt-packages.txt"
sections=("$@")
[ ${#sections[@]} -gt 0 ] || sections=(common torch cli gui headless tests)

packages=()
for section in "${sections[@]}"; do
  mapfile -t found < <(awk -v want="[$section]" '/^\[/ {in_it = ($1 == want); next} in_it && NF && !/^#/ {print $1}' "$list")
  if [ ${#found[@]} -eq 0 ]; then
    echo "install-packages.sh: no section [$section] in $list" >&2
    exit 2
  fi
  packages+=("${found[@]}")
done

if ! command -v dpkg-query >/dev/null; then
  echo "install-packages.sh: this is no Debian system; install the equivalents of: ${packages[*]}" >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  # pkg-config is a virtual name on newer releases, hence the second question.
  status="$(dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | sort -u || true)"
  if [[ "$status" != *installed* || "$status" == *not-installed* ]]; then
    missing+=("$package")
  fi
done

if [ ${#missing[@]} -gt 0 ]; then
  echo "Installing: ${missing[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "install-packages.sh: not root and no sudo; as root run: apt-get install ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  quiet=(env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o Dpkg::Use-Pty=0)
  "${as_root[@]}" "${quiet[@]}" update </dev/null
  "${as_root[@]}" "${quiet[@]}" install --no-install-recommends "${missing[@]}" </dev/null
fi

# Debian prefers the pthread build of OpenBLAS where both are installed; it fights with OpenMP for the cores.
if [[ " ${sections[*]} " == *" torch "* ]] && command -v update-alternatives >/dev/null; then
  blas="libblas.so.3-$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo x86_64-linux-gnu)"
  chosen="$(update-alternatives --query "$blas" 2>/dev/null | sed -n 's/^Value: //p')"
  if [[ -n "$chosen" && "$chosen" != *openblas-openmp* ]]; then
    echo "Note: the BLAS in use is $chosen. Evolute is fastest with OpenBLAS's OpenMP build; choose it with:"
    echo "  sudo update-alternatives --config $blas"
  fi
fi
