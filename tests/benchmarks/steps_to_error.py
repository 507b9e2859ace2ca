#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many sampler steps a total error of lambda-hat costs: standard error and step-size bias together.

    python3 steps_to_error.py --cli build/release/bin/evolute-cli --run tests/reference/devinterp/network

For every sampler and step size many independent chains run from the last checkpoint, every step a draw. An estimate
is the mean of four chains (Evolute's default number) over the later part of their first T steps. Its error is
    sqrt(bias^2 + spread^2 / 4),  bias: mean over all chains less the truth, spread: standard deviation over chains
and the truth is what the sampler with the least step-size bias (BAOAB) gives at a small step in many more steps.
Printed: the smallest T after which the error stays below each target, times four chains, for both estimators and the
better of two shares of burn-in. The peer's algorithm is the row `sgld`, `plain` (tst_devinterp_compat shows that the
numbers are the same); seconds are steps over the rates that compare_devinterp.py measures. Needs h5py, numpy.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import tempfile

import h5py
import numpy

CASES = {  # by the name of the run's folder: options that stay, step sizes, those of the truth
    "network": (["--gamma", "30", "--nbeta", "300", "--batch", "64", "--samples", "1024"],
                {"sgld": [1e-5, 3e-5, 1e-4, 3e-4, 1e-3], "baoab": [1e-4, 3e-4, 1e-3, 3e-3]}, 1e-5, 6000),
    "transformer": (["--gamma", "100", "--batch", "64", "--samples", "1024"],
                    {"sgld": [1e-4, 2e-4, 3e-4, 5e-4], "baoab": [5e-5, 1e-4, 2e-4, 3e-4]}, 5e-5, 600),
}
BURN_IN = (0.2, 0.5)  # shares of the steps that are thrown away
CHAINS_OF_ESTIMATE = 4
TARGETS = (0.10, 0.05, 0.03)


def draws(cli, run, options, sampler, epsilon, chains, steps, burn_in, seed):
    """Losses [chains, steps], their excess over the start, L(w*) and n beta."""
    told = subprocess.run(
        [cli, "llc", run, "--checkpoints", "last", "--sampler", sampler, "--epsilon", str(epsilon), "--chains",
         str(chains), "--draws", str(steps), "--burn-in", str(burn_in), "--thinning", "1", "--seed", str(seed), *options,
         "--json", "--quiet"], capture_output=True, text=True)
    if told.returncode == 4:  # every chain has diverged
        return None
    document = json.loads(told.stdout)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([cli, "table", run, "--format", "netcdf", "--out", folder], check=True, capture_output=True)
        with h5py.File(pathlib.Path(folder, "draws.nc")) as file:
            loss, excess = (numpy.array(file["sample_stats"][name])[..., 0].astype(float) for name in ("loss", "excess"))
    estimate = document["estimates"][0]
    rate = chains * (steps + burn_in) / estimate["seconds"]
    return loss, excess, estimate["init_loss"], document["nbeta"], rate


def steps_to(target, values, truth):
    """Smallest T from which on the error is below target; values [chains, steps] of lambda-hat by draw."""
    lengths = numpy.unique(numpy.geomspace(8, values.shape[1], 200).astype(int))
    sums = numpy.concatenate([numpy.zeros((len(values), 1)), numpy.cumsum(values, axis=1)], axis=1)
    best = None
    for share in BURN_IN:
        first = (share * lengths).astype(int)
        means = (sums[:, lengths] - sums[:, first]) / (lengths - first)
        error = numpy.sqrt((means.mean(0) - truth) ** 2 + means.var(0, ddof=1) / CHAINS_OF_ESTIMATE)
        above = numpy.nonzero(~(error <= target * abs(truth)))[0]  # NaN: a chain has diverged
        place = above[-1] + 1 if len(above) else 0
        if place < len(lengths) and (best is None or lengths[place] < best):
            best = int(lengths[place])
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cli", required=True)
    parser.add_argument("--run", required=True, type=pathlib.Path)
    parser.add_argument("--chains", type=int, default=64)
    parser.add_argument("--steps", type=int)
    arguments = parser.parse_args()
    options, grid, small, steps = CASES[arguments.run.name]
    steps = arguments.steps or steps
    ask = lambda run, *rest: draws(arguments.cli, run, options, *rest)
    with tempfile.TemporaryDirectory() as folder:
        copies = iter(range(10**6))

        def fresh():  # a store of its own, so that the draws are those of one estimate
            return shutil.copytree(arguments.run, pathlib.Path(folder, str(next(copies))))

        loss, excess, start, nbeta, rate = ask(fresh(), "baoab", small, arguments.chains, 3 * steps, 3 * steps, 10)
        of_chains = nbeta * excess.mean(1)
        truth = of_chains.mean()
        print(f"truth {truth:.4g} +- {of_chains.std(ddof=1) / len(of_chains) ** 0.5:.2g} (baoab, epsilon {small:g}); "
              f"chain-steps to a total error of " + ", ".join(f"{t:.0%}" for t in TARGETS))
        for sampler, epsilons in grid.items():
            for epsilon in epsilons:
                found = ask(fresh(), sampler, epsilon, arguments.chains, steps, 0, 1)
                if found is None:
                    print(f"{sampler:6} {epsilon:8g} diverges", flush=True)
                    continue
                loss, excess, start, nbeta, rate = found
                for name, values in (("plain", nbeta * (loss - start)), ("paired", nbeta * excess)):
                    level = values[:, steps // 2:].mean()
                    needed = [steps_to(target, values, truth) for target in TARGETS]
                    print(f"{sampler:6} {epsilon:8g} {name:7} level {level:8.4g}  "
                          + "  ".join("     --" if n is None else f"{CHAINS_OF_ESTIMATE * n:7d}" for n in needed)
                          + f"   {rate:8.1f} steps/s", flush=True)


if __name__ == "__main__":
    main()
