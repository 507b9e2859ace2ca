#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Result files as users of the Python package devinterp have them, written by it: what `evolute-cli import` reads.

    evolute-cli export-data tests/reference/devinterp/network --samples 1024 --out /tmp/network-data
    python3 make_devinterp_results.py --data /tmp/network-data

With devinterp 1.x writes devinterp/results-<version>.json (the dictionary), online-<version>.json (its online
estimator's) and results-<version>.csv (a row a step, of one chain and of three). With 2.x writes
devinterp/results-<version>.json by the lines of Python that core/results/README.md gives for its Zarr stores.
Short chains of the deep linear network: these files are for reading, not for their values.
"""
import argparse
import importlib.metadata
import json
import pathlib
import warnings

import numpy
import torch

import devinterp_reference as reference
from torch.nn import functional as F


def lists(dictionary):
    """As people make it fit for JSON: arrays as lists."""
    return {key: value.tolist() if hasattr(value, "tolist") else value for key, value in dictionary.items()}


def generation_1(model, inputs, targets, s, version):
    from devinterp.optim.sgmcmc import SGMCMC
    from devinterp.slt.sampler import estimate_learning_coeff_with_summary

    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(inputs, targets), batch_size=64, shuffle=True)

    def estimate(chains, **more):
        return lists(estimate_learning_coeff_with_summary(
            model, loader, evaluate=lambda m, batch: F.mse_loss(m(batch[0]), batch[1]), sampling_method=SGMCMC.sgld,
            optimizer_kwargs=dict(lr=s["epsilon"], localization=s["gamma"], nbeta=s["nbeta"]), num_chains=chains,
            num_draws=20, num_burnin_steps=20, seed=5, verbose=False, **more))

    result = estimate(3)
    (reference.HERE / f"results-{version}.json").write_text(json.dumps(result) + "\n")
    (reference.HERE / f"online-{version}.json").write_text(json.dumps(estimate(2, online=True)) + "\n")
    single = estimate(1)  # its llc/std is NaN, which json.dump writes bare and csv as nan
    keys = ["llc/mean", "llc/std", "llc-chain/0", "llc-chain/1", "llc-chain/2"]
    rows = ["step," + ",".join(keys)]
    for step, dictionary in ((0, single), (3000, result)):
        rows.append(",".join([str(step)] + [str(dictionary.get(key, "")) for key in keys]))
    (reference.HERE / f"results-{version}.csv").write_text("\n".join(rows) + "\n")
    (reference.HERE / f"single-{version}.json").write_text(json.dumps(single) + "\n")


def generation_2(model, inputs, targets, s, version):
    import datasets
    from devinterp.slt.llc import compute_llc
    from devinterp.slt.sampling import sample

    rows = datasets.Dataset.from_dict({"input_ids": [[i, 0] for i in range(len(inputs))]}).with_format("torch")
    loss = lambda m, ids: (m(inputs[ids[:, 0]]) - targets[ids[:, 0]]).square().mean(dim=-1, keepdim=True)
    tree = sample(model, rows, {}, lr=s["epsilon"], n_beta=s["nbeta"], num_chains=2, num_draws=20, batch_size=64,
                  num_init_loss_batches=16, localization=s["gamma"], init_seed=5, device="cpu", loss_fn=loss)
    r = compute_llc(tree)
    text = json.dumps({"step": 3000, "llc/mean": float(r.llc_mean), "llc/std": float(r.llc_std),
                       "loss/trace": r.loss_trace.values.tolist(),
                       **{f"llc-chain/{i}": float(v) for i, v in enumerate(r.llc_per_chain.values)}})
    (reference.HERE / f"results-{version}.json").write_text(text + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder that `evolute-cli export-data` wrote")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    inputs, targets = (torch.tensor(numpy.load(arguments.data / name)) for name in ("inputs.npy", "targets.npy"))
    model = reference.model_of("network", reference.HERE / "network/checkpoints/step_3000.safetensors")
    version = importlib.metadata.version("devinterp")
    {"1": generation_1, "2": generation_2}[version[0]](model, inputs, targets, reference.SETTINGS["network"], version)


if __name__ == "__main__":
    main()
