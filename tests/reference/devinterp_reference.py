#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the Python package devinterp, of either generation, on Evolute's own checkpoints and data.

    evolute-cli export-data tests/reference/devinterp/transformer --samples 1024 --out /tmp/transformer-data
    python3 devinterp_reference.py transformer --data /tmp/transformer-data
    (likewise for network)

Writes devinterp/<run>-<version of devinterp>.json: settings, versions, one value of lambda-hat for each
independent unit, and for the first chains their losses draw by draw. Needs devinterp, torch, numpy and, for
generation 2, datasets. A unit is what is independent of the others: a chain in generation 1; a call of sample() in
generation 2, where all chains of a call see the same minibatches.

The models are written here once more, in plain PyTorch, from the names and shapes that core/model/architectures.h
lists: that they agree with Evolute's is part of what is checked.
"""
import argparse
import importlib.metadata
import json
import os
import pathlib
import struct
import tomllib
import warnings

import numpy
import torch
from torch.nn import functional as F

os.environ.setdefault("TQDM_DISABLE", "1")
HERE = pathlib.Path(__file__).parent / "devinterp"
SAMPLES = 1024
UNITS = {"network": {1: 64, 2: 48}, "transformer": {1: 24, 2: 16}}  # by generation
CHAINS_OF_A_CALL = 2  # generation 2
SETTINGS = {
    "network": dict(epsilon=1e-4, gamma=30.0, nbeta=300.0, batch=64, draws=300, burn_in=200, thinning=2),
    "transformer": dict(epsilon=3e-4, gamma=100.0, nbeta=None, batch=64, draws=200, burn_in=100, thinning=2),
}


def read_safetensors(path):
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    arrays = {}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        assert info["dtype"] == "F32", info
        begin, end = (8 + length + offset for offset in info["data_offsets"])
        arrays[name] = torch.tensor(numpy.frombuffer(content[begin:end], "<f4").reshape(info["shape"]).copy())
    return arrays


class Model(torch.nn.Module):
    """Parameters under their names; torch forbids dots in them."""

    def __init__(self, arrays):
        super().__init__()
        for name, array in arrays.items():
            self.register_parameter(name.replace(".", "_"), torch.nn.Parameter(array.clone()))


class LinearNetwork(Model):
    def forward(self, x):
        for parameter in self.parameters():
            x = x @ parameter.T
        return x


class RegressionTransformer(Model):
    """Pre-LN blocks; qkv rows are, head by head, [q | k | v]; predictions at coordinate 0 of every x token."""

    def __init__(self, arrays, heads):
        super().__init__(arrays)
        self.heads = heads
        self.layers = sum(name.endswith("attn.qkv.weight") for name in arrays)

    def forward(self, tokens):
        p = dict(self.named_parameters())
        x = tokens @ p["embed_weight"].T + p["pos_weight"]
        batch, length, width = x.shape
        for layer in range(self.layers):
            q = lambda name: p[f"blocks_{layer}_{name}"]
            normal = F.layer_norm(x, (width,), q("ln1_weight"), q("ln1_bias"))
            qkv = (normal @ q("attn_qkv_weight").T).view(batch, length, self.heads, -1).transpose(1, 2)
            query, key, value = qkv.chunk(3, dim=-1)
            mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
            x = x + mixed.transpose(1, 2).reshape(batch, length, width) @ q("attn_out_weight").T
            normal = F.layer_norm(x, (width,), q("ln2_weight"), q("ln2_bias"))
            hidden = torch.relu(normal @ q("mlp_in_weight").T + q("mlp_in_bias"))
            x = x + hidden @ q("mlp_out_weight").T + q("mlp_out_bias")
        x = F.layer_norm(x, (width,), p["ln_final_weight"], p["ln_final_bias"])
        return (x @ p["unembed_weight"].T + p["unembed_bias"])[:, ::2, 0]


def model_of(run, checkpoint):
    description = tomllib.loads((HERE / run / "run.toml").read_text())["model"]
    arrays = read_safetensors(checkpoint)
    return LinearNetwork(arrays) if run == "network" else RegressionTransformer(arrays, description["heads"])


def decimated(losses):
    """Losses of the first two chains at every tenth draw: enough to see what a chain does."""
    return [[float(f"{loss:.6g}") for loss in chain[::10]] for chain in losses[:2]]


def generation_1(model, inputs, targets, s, units, seed):
    from devinterp.optim.sgmcmc import SGMCMC
    from devinterp.slt.sampler import estimate_learning_coeff_with_summary
    from devinterp.utils import default_nbeta, get_init_loss_multi_batch

    data = torch.utils.data.TensorDataset(inputs, targets)
    loader = torch.utils.data.DataLoader(data, batch_size=s["batch"], shuffle=True)
    evaluate = lambda model, batch: F.mse_loss(model(batch[0]), batch[1])
    nbeta = s["nbeta"] or default_nbeta(loader)
    torch.manual_seed(seed)
    # its own rule takes as many minibatches as there are chains, here all of them: the mean over the data set
    start = [get_init_loss_multi_batch(loader, 4, model, evaluate, "cpu") for _ in range(400)]
    assert units >= len(loader) and len(data) % s["batch"] == 0
    result = estimate_learning_coeff_with_summary(
        model, loader, evaluate=evaluate, sampling_method=SGMCMC.sgld,
        optimizer_kwargs=dict(lr=s["epsilon"], localization=s["gamma"], nbeta=nbeta),
        num_chains=units, num_draws=s["draws"], num_burnin_steps=s["burn_in"], num_steps_bw_draws=s["thinning"],
        seed=seed, verbose=False)
    return dict(
        nbeta=float(nbeta),
        llc=[float(result[f"llc-chain/{i}"]) for i in range(units)],
        init_loss=float(get_init_loss_multi_batch(loader, units, model, evaluate, "cpu")),
        init_loss_of_4_batches=dict(mean=float(numpy.mean(start)), sd=float(numpy.std(start, ddof=1)), count=len(start)),
        traces=decimated(result["loss/trace"]))


def generation_2(model, inputs, targets, s, units, seed):
    import datasets
    from devinterp.slt.llc import compute_llc
    from devinterp.slt.sampling import sample

    # It wants rows of tokens and a loss a token: a row is (index of the sample, 0), its one loss the sample's.
    rows = datasets.Dataset.from_dict({"input_ids": [[i, 0] for i in range(len(inputs))]}).with_format("torch")

    def loss(model, ids):
        chosen = ids[:, 0]
        return (model(inputs[chosen]) - targets[chosen]).square().mean(dim=-1, keepdim=True)

    nbeta = s["nbeta"] or s["batch"] / numpy.log(s["batch"])
    llc, last = [], None
    for unit in range(units):
        last = sample(
            model, rows, {}, lr=s["epsilon"], n_beta=float(nbeta), num_chains=CHAINS_OF_A_CALL,
            num_draws=s["draws"], batch_size=s["batch"], num_burnin_steps=s["burn_in"],
            num_steps_bw_draws=s["thinning"], num_init_loss_batches=len(inputs) // s["batch"],
            localization=s["gamma"], init_seed=seed + CHAINS_OF_A_CALL * unit, device="cpu", loss_fn=loss)
        llc.append(float(compute_llc(last).llc_mean))
    result = compute_llc(last)
    draws = last.dataset.sampling_loss.mean(dim=["batch", "token_pos"]).values
    return dict(nbeta=float(nbeta), llc=llc, init_loss=float(result.init_loss), chains_of_a_call=CHAINS_OF_A_CALL,
                traces=decimated(draws))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("run", choices=SETTINGS)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder that `evolute-cli export-data` wrote")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--units", type=int, help="fewer, for a trial")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    inputs, targets = (torch.tensor(numpy.load(arguments.data / name)) for name in ("inputs.npy", "targets.npy"))
    assert len(inputs) == SAMPLES, "export-data --samples %d" % SAMPLES
    version = importlib.metadata.version("devinterp")
    generation = int(version.split(".")[0])
    generate = {1: generation_1, 2: generation_2}[generation]
    units = arguments.units or UNITS[arguments.run][generation]
    settings = SETTINGS[arguments.run]
    cases = {}
    for checkpoint in sorted((HERE / arguments.run / "checkpoints").glob("*.safetensors")):
        model = model_of(arguments.run, checkpoint)
        case = generate(model, inputs, targets, settings, units, arguments.seed)
        with torch.no_grad():
            case["loss"] = float(F.mse_loss(model(inputs), targets))  # of all samples, for comparing the models
        cases[checkpoint.stem] = case
        llc = numpy.array(case["llc"])
        print(f"{checkpoint.stem}: {llc.mean():.4f} +- {llc.std(ddof=1) / len(llc) ** 0.5:.4f}, loss {case['loss']:.6f}")
    document = dict(
        devinterp=version, torch=torch.__version__, numpy=numpy.__version__, seed=arguments.seed, samples=SAMPLES,
        settings=settings, cases=cases)
    text = json.dumps(document, indent=1)
    (HERE / f"{arguments.run}-{version}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
