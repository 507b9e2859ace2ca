#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes a run of a small language model end to end, from text that any Debian 12 machine can have (scripture, a
# dictionary and fortunes as prose, kernel sources as code, and lines of all of them said twice): vocabulary and token arrays, training, metrics of heads,
# refined lambda-hat of all heads on prose and code, groups of heads. The packages are downloaded and unpacked below the
# output folder, not installed. Safe to repeat: what is there is not made again, what was interrupted goes on.
#   packaging/demo-lm.sh [--out DIR] [--vocabulary-size N] [--steps N] [--tokens-only]
#     --out              default build/demo-lm
#     --vocabulary-size  default 1024
#     --steps            of training, default that of the preset demo-lm
#     --tokens-only      stops before training
#   EVOLUTE_CLI=PROGRAM  uses that evolute-cli instead of building one
#
# DIR/text/train       nineteen parts of twenty of each text; DIR/text/held-out the rest
# DIR/data             vocabulary.model, train.npy, a slice of held-out tokens for each text, data.toml
# DIR/run              the run, to open with evolute; DIR/tables what was measured, as CSV
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out="build/demo-lm" vocabulary=1024 tokens_only= steps=()
while [ $# -gt 0 ]; do
  case "$1" in
    --out) out="${2:?}"; shift 2 ;;
    --vocabulary-size) vocabulary="${2:?}"; shift 2 ;;
    --steps) steps=(--steps "${2:?}"); shift 2 ;;
    --tokens-only) tokens_only=1; shift ;;
    *) echo "usage: packaging/demo-lm.sh [--out DIR] [--vocabulary-size N] [--steps N] [--tokens-only]" >&2; exit 2 ;;
  esac
done

cli="${EVOLUTE_CLI:-}"
if [ -z "$cli" ]; then
  packaging/install-packages.sh common torch cli demo-lm
  cmake --preset cli-only
  cmake --build build/cli-only -j "$(nproc)" --target evolute-cli
  cli="build/cli-only/bin/evolute-cli"
fi

mkdir -p "$out/packages" "$out/text/train" "$out/text/held-out"
out="$(cd "$out" && pwd)"
unpacked="$out/packages/unpacked"
most=16000000 # bytes of each text: none outweighs the others by much

# Downloads a package that is not there yet and unpacks it.
unpack() {
  local package="$1"
  [ ! -e "$out/packages/$package.done" ] || return 0
  echo "Downloading $package"
  if ! (cd "$out/packages" && rm -f "${package}"_*.deb && apt-get download -qq "$package" 2>"$package.log"); then
    echo "demo-lm.sh: the package $package could not be downloaded: $(tail -1 "$out/packages/$package.log")" >&2
    exit 1
  fi
  dpkg-deb -x "$out/packages/${package}"_*.deb "$unpacked"
  touch "$out/packages/$package.done"
}

# Text on standard input: of every twenty stretches of 200 lines the last is held out. Whole or not at all.
split() {
  local name="$1"
  iconv -f UTF-8 -t UTF-8 -c | tr -d '\000-\010\013-\037\177' |
    LC_ALL=C awk -v most="$most" -v train="$out/text/train/$name.tmp" -v held="$out/text/held-out/$name.tmp" \
      '{ bytes += length($0) + 1; if (bytes > most) next
         if (int((NR - 1) / 200) % 20 == 19) print > held; else print > train }' # reads on: no broken pipe above
  mv "$out/text/train/$name.tmp" "$out/text/train/$name.txt"
  mv "$out/text/held-out/$name.tmp" "$out/text/held-out/$name.txt"
}
missing() { [ ! -s "$out/text/train/$1.txt" ] || [ ! -s "$out/text/held-out/$1.txt" ]; }

if missing scripture; then
  unpack bible-kjv-text
  unpack bible-kjv # the program that reads the packed text
  "$unpacked/usr/bin/bible" -p "$unpacked/usr/lib" -f gen1:1-rev22:21 | sed -E 's/^[0-9]*[A-Za-z]+[0-9]+:[0-9]+ //' |
    split scripture
fi
if missing dictionary; then
  unpack dict-gcide
  # Without the licence at its begin (the entry A follows it) and the marks of where an entry comes from.
  { zcat "$unpacked/usr/share/dictd/gcide.dict.dz" || true; } | sed -n '/^A \\A/,$p' |
    sed -E '/^ *\[[^]]*\]$/d; s/ *\[1913 Webster\]//' | split dictionary
fi
if missing fortunes; then
  unpack fortunes-min
  unpack fortunes
  find "$unpacked/usr/share/games/fortunes" -maxdepth 1 -type f ! -name '*.dat' -print0 | LC_ALL=C sort -z |
    xargs -0 cat | sed 's/^%$//' | split fortunes
fi
if missing code; then
  unpack linux-source-6.1
  mkdir -p "$out/packages/code"
  tar -xJf "$unpacked/usr/src/linux-source-6.1.tar.xz" -C "$out/packages/code" --strip-components=1 --wildcards \
    'linux-source-6.1/kernel/*.c' 'linux-source-6.1/mm/*.c' 'linux-source-6.1/lib/*.c' \
    'linux-source-6.1/fs/ext4/*.c' 'linux-source-6.1/block/*.c' 'linux-source-6.1/net/core/*.c'
  find "$out/packages/code" -name '*.c' -print0 | LC_ALL=C sort -z | xargs -0 cat | split code
  rm -rf "$out/packages/code"
fi

if missing refrains; then
  # Every fourth stretch of four lines of each text, every line of it twice. What comes again soon after is what
  # induction feeds on; in plain text it is rare, and a network this small is not trained long enough to profit from it.
  for part in train held-out; do
    for name in scripture dictionary fortunes code; do
      LC_ALL=C awk 'int((NR - 1) / 4) % 4 == 0 && length($0) > 20 { print; print }' "$out/text/$part/$name.txt"
    done >"$out/text/$part/refrains.tmp"
    mv "$out/text/$part/refrains.tmp" "$out/text/$part/refrains.txt"
  done
fi

words=()
for name in scripture dictionary fortunes code refrains; do
  words+=("train=$out/text/train/$name.txt" "$name=$out/text/held-out/$name.txt")
done
"$cli" tokenize "${words[@]}" --vocabulary-size "$vocabulary" --out "$out/data"
[ -z "$tokens_only" ] || exit 0

"$cli" train language-model --preset demo-lm --data "$out/data/data.toml" --out "$out/run" "${steps[@]}"
"$cli" metrics "$out/run" --checkpoints all --slice refrains --samples 32 --probes 32 --metrics loss,attention --quiet
"$cli" metrics "$out/run" --checkpoints log:24 --slice code --samples 64 --probes 128 --quiet
# The published settings with small batches and shorter chains, which relax in 2 / (0.001 x 200) = 10 steps.
for slice in refrains code; do
  "$cli" llc "$out/run" --checkpoints log:12 --components heads --slice "$slice" --preset wang2024-rllc \
    --samples 512 --batch 8 --draws 140 --burn-in 40 --quiet
done
"$cli" clusters "$out/run" --slice refrains --include-suspect
"$cli" table "$out/run" --out "$out/tables"
echo "The run is in $out/run; open it with: evolute $out/run --tab heads"
