#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds published findings against a language model's run that packaging/demo-lm.sh made:
where prefix matching rises and the in-context learning score falls, how far head curves part, and how well groups of
curves agree with types after scores.

    tests/benchmarks/demo_lm_findings.py --cli evolute-cli --run build/demo-lm/run
"""
import argparse
import json
import math
import subprocess


def ask(cli, *words):
    done = subprocess.run([cli, *words, "--json", "--quiet"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip())
    return json.loads(done.stdout)


def crossing(steps, values, level):
    """Step at which the values come to `level` for good, between checkpoints in log(1 + step)."""
    rising = values[-1] >= level
    last = None
    for i in range(len(values) - 1):
        if (values[i] < level) == rising and (values[i + 1] < level) != rising:
            last = i
    if last is None:
        return None
    a, b = math.log1p(steps[last]), math.log1p(steps[last + 1])
    share = (level - values[last]) / (values[last + 1] - values[last])
    return math.expm1(a + share * (b - a))


def half_way(series):
    steps, values = series["step"], series["value"]
    extreme = max(range(len(values)), key=lambda i: abs(values[i] - values[0]))
    return crossing(steps[: extreme + 1], values[: extreme + 1], 0.5 * (values[0] + values[extreme])), values[extreme]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", default="evolute-cli")
    parser.add_argument("--run", required=True)
    parser.add_argument("--slice", default="code")
    parser.add_argument("--metrics", nargs="*", default=["--checkpoints", "log:24", "--samples", "64", "--probes", "128"],
                        help="further options that the metrics were made with, so that none is computed again")
    a = parser.parse_args()
    series = ask(a.cli, "metrics", a.run, "--slice", a.slice, *a.metrics)["series"]

    def of(name, component=None):
        return [s for s in series if s["name"] == name and component in (None, s["component"])]

    for name in ("loss", "icl-score", "bigram-score", "2-gram-score", "3-gram-score"):
        for s in of(name, "all"):
            print(f"{name:16}", " ".join(f"{t}:{v:.3f}" for t, v in zip(s["step"], s["value"])))
    icl, lowest = half_way(of("icl-score", "all")[0])
    print(f"in-context learning score: {lowest:.3f} at its extreme, half-way there at step {icl and round(icl)}")
    for name in ("previous-token", "prefix-matching", "current-token"):
        best = max(of(name), key=lambda s: s["value"][-1])
        half, value = half_way(best)
        print(f"{name}: best head {best['component']} {best['value'][-1]:.3f} at the end (at the first checkpoint "
              f"{best['value'][0]:.3f}), half-way to its extreme {value:.3f} at step {half and round(half)}")
    for method in ("k-means", "hierarchical", "k-shape", "dtw-k-means"):
        found = ask(a.cli, "clusters", a.run, "--slice", a.slice, "--method", method, "--include-suspect")
        agreement = found["agreement"]
        print(f"{method}: " + "; ".join(" ".join(c["members"]) for c in found["clusters"]) +
              (f"; adjusted Rand {agreement['adjusted_rand']:.3f}, chance {agreement['chance']:.4f}" if agreement else ""))
    print("types:", json.dumps(found["types"]))


if __name__ == "__main__":
    main()
