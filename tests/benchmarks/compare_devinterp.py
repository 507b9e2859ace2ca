#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed of `evolute-cli llc` and of the Python package devinterp 1.x, in alternating pairs.

    python3 compare_devinterp.py --cli build/release/bin/evolute-cli [--pairs 3] [--cases tiny linear transformer]

Same weights, data, settings and machine. Each pair is one run of Evolute, one of the peer in its default mode (chains
one after another, torch's own threads) and one with cores=2 (a process a chain, one thread each, spawning included).
What is timed is the estimate alone on both sides: neither the start of Python nor that of evolute-cli counts, the
checkpoint and the data are loaded. Prints chain-steps a second and the ratios within a pair, medians last.
Needs devinterp 1.x in the Python that runs it.
"""
import argparse
import importlib.metadata
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "reference"))

SAMPLES = 8192
# training arguments, batch, chains, steps a chain, epsilon
CASES = {
    "tiny": (["linear-network", "--widths", "6,5,5", "--rank", "2"], 400, 4, 1000, 1e-4),
    "linear": (["linear-network", "--widths", "250,200,250", "--rank", "10", "--training-samples", "2000"],
               256, 4, 200, 1e-6),
    "transformer": (["icl-regression", "--task-dimension", "4", "--pairs", "16", "--width", "64", "--heads", "4",
                     "--layers", "2", "--batch", "64"], 256, 4, 40, 3e-4),
}


def evolute(cli, run, case, seed):
    _, batch, chains, steps, epsilon = CASES[case]
    told = subprocess.run(
        [cli, "llc", run, "--checkpoints", "last", "--preset", "compat-devinterp-1", "--epsilon", str(epsilon),
         "--gamma", "100", "--chains", str(chains), "--draws", str(steps), "--batch", str(batch), "--samples",
         str(SAMPLES), "--seed", str(seed), "--json", "--quiet"], capture_output=True, text=True, check=True)
    return chains * steps / json.loads(told.stdout)["estimates"][0]["seconds"]


def peer(run, case, seed, cores):
    environment = dict(os.environ)
    if cores == 2:
        environment["OMP_NUM_THREADS"] = "1"
    told = subprocess.run([sys.executable, __file__, "--peer", run, case, str(seed), str(cores)], env=environment,
                          capture_output=True, text=True)
    if told.returncode:
        sys.exit(told.stderr)
    return float(told.stdout.split()[-1])


def run_peer(run, case, seed, cores):
    import numpy
    import torch
    from torch.nn import functional as F
    from devinterp.optim.sgmcmc import SGMCMC
    from devinterp.slt.sampler import estimate_learning_coeff_with_summary
    from devinterp_reference import LinearNetwork, RegressionTransformer, read_safetensors

    warnings.simplefilter("ignore")
    _, batch, chains, steps, epsilon = CASES[case]
    arrays = read_safetensors(sorted(pathlib.Path(run, "checkpoints").glob("*.safetensors"))[-1])
    model = RegressionTransformer(arrays, 4) if case == "transformer" else LinearNetwork(arrays)
    inputs, targets = (torch.tensor(numpy.load(pathlib.Path(run, name))) for name in ("inputs.npy", "targets.npy"))
    data = torch.utils.data.TensorDataset(inputs, targets)
    loader = torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True)
    evaluate = lambda model, batch: F.mse_loss(model(batch[0]), batch[1])
    start = time.perf_counter()
    estimate_learning_coeff_with_summary(
        model, loader, evaluate=evaluate, sampling_method=SGMCMC.sgld,
        optimizer_kwargs=dict(lr=epsilon, localization=100.0, nbeta=batch / numpy.log(batch)), num_chains=chains,
        num_draws=steps, num_burnin_steps=0, cores=cores, seed=seed, verbose=False)
    print(chains * steps / (time.perf_counter() - start))


def main():
    if sys.argv[1:2] == ["--peer"]:
        run, case, seed, cores = sys.argv[2:]
        return run_peer(run, case, int(seed), int(cores))
    parser = argparse.ArgumentParser()
    parser.add_argument("--cli", required=True)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    arguments = parser.parse_args()
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("devinterp", "torch"))
    print(f"{versions}; chain-steps a second: Evolute, peer, peer with cores=2; ratios to each")
    with tempfile.TemporaryDirectory() as folder:
        for case in arguments.cases:
            run = f"{folder}/{case}"
            quiet = dict(check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            subprocess.run([arguments.cli, "train", *CASES[case][0], "--out", run, "--steps", "50",
                            "--log-checkpoints", "0", "--linear-checkpoints", "1"], **quiet)
            subprocess.run([arguments.cli, "export-data", run, "--samples", str(SAMPLES), "--out", run], **quiet)
            rows = []
            for pair in range(arguments.pairs):
                ours = evolute(arguments.cli, run, case, pair)
                default, best = peer(run, case, pair, 1), peer(run, case, pair, 2)
                rows.append((ours, default, best, ours / default, ours / best))
                print(f"{case:12}", *(f"{value:10.1f}" for value in rows[-1]), flush=True)
            print(f"{case:12}", *(f"{statistics.median(column):10.1f}" for column in zip(*rows)), "  median", flush=True)


if __name__ == "__main__":
    main()
