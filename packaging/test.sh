#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and runs all default tests: first the whole suite, then those that need no
# LibTorch (its packages are not instrumented) and the replay of the fuzz corpora under the address and
# undefined-behaviour sanitizers. The last line counts both. Safe to repeat; needs no terminal and no display.
#   packaging/test.sh [--no-sanitizers | --all-sanitizers]      the second: the whole suite, half an hour more
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
sanitizers=torch-free
case "${1:-}" in
  "") ;;
  --no-sanitizers) sanitizers=none ;;
  --all-sanitizers) sanitizers=all ;;
  *) echo "usage: packaging/test.sh [--no-sanitizers | --all-sanitizers]" >&2; exit 2 ;;
esac

packaging/install-packages.sh

jobs="$(nproc)"
passed=0
failed=0
failures=""
# run_suite NAME BUILD-FOLDER CTEST-ARGUMENT...: adds to the counts; a suite that ran nothing is a failure.
run_suite() {
  local name="$1" folder="$2" report="$2/tests.xml" total bad
  shift 2
  rm -f "$report"
  ctest "$@" --output-junit "$(pwd)/$report" </dev/null || true
  if [ ! -s "$report" ]; then
    echo "$name: ctest left no report" >&2
    failed=$((failed + 1))
    return
  fi
  count() { sed -n "s/.*[[:space:]]$1=\"\([0-9]*\)\".*/\1/p" "$report" | head -1; }
  total="$(count tests)" bad="$(count failures)"
  echo "$name: $((total - bad)) of $total passed"
  [ "$total" -gt 0 ] || bad=1 total=1
  if [ "$bad" -gt 0 ]; then # what failed and where, repeated below the last suite: the log above is long
    failures+="$name:"$'\n'"$(grep -E '^FAIL!|^   (Actual|Expected|Loc:)|runtime error:|ERROR: .*Sanitizer|Test (Failed|timeout)' \
      "$folder/Testing/Temporary/LastTest.log" | head -60)"$'\n'
  fi
  passed=$((passed + total - bad))
  failed=$((failed + bad))
}

cmake --preset dev ${CI:+-DEVOLUTE_WERROR=ON}
cmake --build --preset dev -j "$jobs"
run_suite "all tests" build/dev --preset dev

if [ "$sanitizers" = all ]; then
  cmake --preset asan
  cmake --build --preset asan -j "$jobs"
  run_suite "sanitizers" build/asan --preset asan
elif [ "$sanitizers" = torch-free ]; then
  cmake --preset asan
  cmake --build --preset asan -j "$jobs" --target tests_without_torch
  run_suite "sanitizers" build/asan --preset asan -L torch-free
fi

printf '%s' "$failures"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
