#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed of `evolute-cli llc` and of the Python package devinterp 1.x, in alternating pairs.

    python3 compare_devinterp.py --cli build/release/bin/evolute-cli [--pairs 3] [--cases tiny linear transformer]

Same weights, data, settings and machine. Each pair is one run of Evolute, one of the peer in its default mode (chains
one after another, torch's own threads) and one with cores=2 (a process a chain, one thread each, spawning included).
What is timed is the estimate alone on both sides: neither the start of Python nor that of evolute-cli counts, the
checkpoint and the data are loaded. Before it is timed, the peer's model must give the loss that Evolute reports.
Prints chain-steps a second and the ratios within a pair, medians last. In `heads` a chain-step is one of one head's
chains; the peer masks the gradient of the whole network, so two heads stand for all sixteen of them.
Needs devinterp 1.x in the Python that runs it.
"""
import argparse
import dataclasses
import importlib.metadata
import json
import math
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


@dataclasses.dataclass(frozen=True)
class Case:
    training: tuple  # of `evolute-cli train`; empty: a language model of random weights
    batch: int
    chains: int
    steps: int  # a chain
    epsilon: float
    samples: int = 8192
    heads: int = 0  # refine to heads: of so many of them the peer is timed

    @property
    def nbeta(self):
        return self.batch / math.log(self.batch)


REGRESSION = ("icl-regression", "--pairs", "16", "--heads", "4", "--layers", "2", "--batch", "64", "--task-dimension")
CASES = {
    "tiny": Case(("linear-network", "--widths", "6,5,5", "--rank", "2"), 400, 4, 1000, 1e-4),
    "linear": Case(("linear-network", "--widths", "250,200,250", "--rank", "10", "--training-samples", "2000"),
                   256, 4, 200, 1e-6),
    "transformer": Case((*REGRESSION, "4", "--width", "64"), 256, 4, 40, 3e-4),
    "transformer-1024": Case((*REGRESSION, "4", "--width", "64"), 1024, 4, 10, 3e-4),
    "transformer-d8": Case((*REGRESSION, "8", "--width", "512"), 64, 4, 4, 1e-5, samples=1024),
    "language": Case((), 4, 4, 5, 1e-5, samples=64),
    "heads": Case((), 4, 4, 5, 1e-4, samples=64, heads=2),
}


def evolute(cli, run, case, seed):
    told = subprocess.run(
        [cli, "llc", run, "--checkpoints", "last", "--preset", "compat-devinterp-1", "--epsilon", str(case.epsilon),
         "--gamma", "100", "--nbeta", str(case.nbeta), "--chains", str(case.chains), "--draws", str(case.steps),
         "--batch", str(case.batch), "--samples", str(case.samples), "--seed", str(seed), "--init-loss-batches", "0",
         "--components", "heads" if case.heads else "all", "--json", "--quiet"],
        capture_output=True, text=True)
    if told.returncode:
        sys.exit(told.stderr)
    estimates = json.loads(told.stdout)["estimates"]
    rate = len(estimates) * case.chains * case.steps / sum(estimate["seconds"] for estimate in estimates)
    return rate, estimates[0]["init_loss"]


def peer(run, name, seed, cores, loss):
    environment = dict(os.environ)
    if cores == 2:
        environment["OMP_NUM_THREADS"] = "1"
    told = subprocess.run([sys.executable, __file__, "--peer", run, name, str(seed), str(cores), str(loss)],
                          env=environment, capture_output=True, text=True)
    if told.returncode:
        sys.exit(told.stderr)
    return float(told.stdout.split()[-1])


def run_peer(run, name, seed, cores, loss):
    import numpy
    import torch
    from torch.nn import functional as F
    from devinterp.optim.sgmcmc import SGMCMC
    from devinterp.slt.sampler import estimate_learning_coeff_with_summary
    from devinterp_reference import LinearNetwork, RegressionTransformer, read_safetensors
    from language_model import LanguageModel, next_token_loss

    warnings.simplefilter("ignore")
    case = CASES[name]
    arrays = read_safetensors(sorted(pathlib.Path(run).glob("**/*.safetensors"))[-1])
    if case.training:
        model = LinearNetwork(arrays) if case.training[0] == "linear-network" else RegressionTransformer(arrays, 4)
        inputs, targets = (torch.tensor(numpy.load(pathlib.Path(run, file))) for file in ("inputs.npy", "targets.npy"))
        evaluate = lambda model, batch: F.mse_loss(model(batch[0]), batch[1])
    else:
        model = LanguageModel(arrays)
        inputs = targets = torch.tensor(numpy.load(pathlib.Path(run, "tokens.npy")).astype("int64"))
        evaluate = lambda model, batch: next_token_loss(model(batch[0]), batch[0])
    data = torch.utils.data.TensorDataset(inputs, targets)
    loader = torch.utils.data.DataLoader(data, batch_size=case.batch, shuffle=True)
    with torch.no_grad():
        parts = [(evaluate(model, (x, y)).item(), len(x)) for x, y in torch.utils.data.DataLoader(data, case.batch)]
    own = sum(value * n for value, n in parts) / len(data)
    assert abs(own - loss) < 1e-3 * abs(loss), f"{name}: Evolute's loss is {loss}, that of the peer's model {own}"

    # what of the model moves: everything, or one head after another
    masks = [None] if not case.heads else [model.head_mask(i % model.layers, i // model.layers) for i in range(case.heads)]
    start = time.perf_counter()
    for mask in masks:
        estimate_learning_coeff_with_summary(
            model, loader, evaluate=evaluate, sampling_method=SGMCMC.sgld,
            optimizer_kwargs=dict(lr=case.epsilon, localization=100.0, nbeta=case.nbeta), num_chains=case.chains,
            num_draws=case.steps, num_burnin_steps=0, cores=cores, seed=seed, verbose=False,
            optimize_over_per_model_param=mask)
    print(len(masks) * case.chains * case.steps / (time.perf_counter() - start))


def prepare(cli, run, case):
    if not case.training:
        from language_model import write_random_run
        return write_random_run(pathlib.Path(run), case.samples)
    quiet = dict(check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    steps = "5" if "512" in case.training else "50"
    subprocess.run([cli, "train", *case.training, "--out", run, "--steps", steps, "--log-checkpoints", "0",
                    "--linear-checkpoints", "1"], **quiet)
    subprocess.run([cli, "export-data", run, "--samples", str(case.samples), "--out", run], **quiet)


def main():
    if sys.argv[1:2] == ["--peer"]:
        run, name, seed, cores, loss = sys.argv[2:]
        return run_peer(run, name, int(seed), int(cores), float(loss))
    parser = argparse.ArgumentParser()
    parser.add_argument("--cli", required=True)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    arguments = parser.parse_args()
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("devinterp", "torch"))
    print(f"{versions}; chain-steps a second: Evolute, peer, peer with cores=2; ratios to each")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.cases:
            run, case = f"{folder}/{name}", CASES[name]
            prepare(arguments.cli, run, case)
            rows = []
            for pair in range(arguments.pairs):
                ours, loss = evolute(arguments.cli, run, case, pair)
                default, best = (peer(run, name, pair, cores, loss) for cores in (1, 2))
                rows.append((ours, default, best, ours / default, ours / best))
                print(f"{name:17}", *(f"{value:10.2f}" for value in rows[-1]), flush=True)
            print(f"{name:17}", *(f"{statistics.median(column):10.2f}" for column in zip(*rows)), "  median", flush=True)


if __name__ == "__main__":
    main()
