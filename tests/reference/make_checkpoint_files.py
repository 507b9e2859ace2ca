#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes tests/reference/checkpoints: small files written by the real libraries, and what they hold.

Made with Python 3.11.7, torch 2.15.0, safetensors 0.8.0, numpy 2.4.6; the files named old_* with Python 3.11.2 and
torch 1.13.1 of Debian 12, by calling this script with --old. Run:  make_checkpoint_files.py [--old] FOLDER

expected.json: {file: {"arrays": {name: {"dtype", "shape", "values"}}}}; values row-major, as
Python converts them to double; NaN and infinities as texts. bad_*: files that a reader has to refuse.
"""
import collections
import json
import math
import os
import sys

import torch


def number(value):
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def described(tensors):
    arrays = {}
    for name, tensor in tensors.items():
        tensor = tensor.detach()
        flat = tensor.to(torch.float64) if tensor.is_floating_point() else tensor
        arrays[name] = {
            "dtype": str(tensor.dtype).replace("torch.", ""),
            "shape": list(tensor.shape),
            "values": [number(v) for v in flat.contiguous().reshape(-1).tolist()] if not tensor.is_complex() else None,
        }
    return arrays


def small_state():
    torch.manual_seed(1)
    return collections.OrderedDict(
        [("embed.weight", torch.randn(5, 3)), ("blocks.0.attn.W_Q", torch.randn(2, 3, 2)),
         ("blocks.0.attn.b_Q", torch.randn(2, 2)), ("unembed.weight", torch.randn(5, 3)),
         ("scale", torch.tensor(0.25)), ("empty", torch.zeros(0, 3))])


def every_dtype():
    """The awkward values of each type: zeros, subnormals, extremes, NaN, infinities."""
    inf, nan = math.inf, math.nan
    state = {
        "f64": torch.tensor([0.0, -0.1, 1e300, 5e-324, inf, -inf, nan], dtype=torch.float64),
        "f32": torch.tensor([0.0, -0.1, 3e38, 1e-45, inf, -inf, nan], dtype=torch.float32),
        "f16": torch.arange(0, 65536, 97, dtype=torch.int32).to(torch.uint16).view(torch.float16),
        "bf16": torch.arange(0, 65536, 97, dtype=torch.int32).to(torch.uint16).view(torch.bfloat16),
        "f8_e4m3": torch.arange(256, dtype=torch.int32).to(torch.uint8).view(torch.float8_e4m3fn),
        "f8_e5m2": torch.arange(256, dtype=torch.int32).to(torch.uint8).view(torch.float8_e5m2),
        "i64": torch.tensor([0, -1, 2**62, -(2**63)], dtype=torch.int64),
        "i32": torch.tensor([0, -1, 2**31 - 1, -(2**31)], dtype=torch.int32),
        "i16": torch.tensor([0, -1, 2**15 - 1, -(2**15)], dtype=torch.int16),
        "i8": torch.tensor([0, -1, 127, -128], dtype=torch.int8),
        "u64": torch.tensor([0, 1, 2**62], dtype=torch.int64).to(torch.uint64),
        "u32": torch.tensor([0, 1, 2**32 - 1], dtype=torch.int64).to(torch.uint32),
        "u16": torch.tensor([0, 1, 2**16 - 1], dtype=torch.int32).to(torch.uint16),
        "u8": torch.tensor([0, 1, 255], dtype=torch.uint8),
        "bool": torch.tensor([[True, False], [False, True]]),
        "c64": torch.tensor([1 + 2j], dtype=torch.complex64),
    }
    return state


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(2)
        self.first = torch.nn.Linear(3, 4)
        self.second = torch.nn.Linear(4, 3, bias=False)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


def trained(model):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    model(torch.ones(2, 3)).square().sum().backward()
    optimizer.step()
    scheduler.step()
    return optimizer, scheduler


class Opaque:
    """An object of a class that the reader cannot know."""
    def __init__(self):
        self.settings = {"rate": 0.1, "names": ["a", "b"], "weights": torch.ones(2)}


def strided():
    base = torch.arange(24, dtype=torch.float32)
    matrix = base.reshape(4, 6)
    return collections.OrderedDict(
        [("transposed", matrix.t()), ("every_other", matrix[::2, 1::2]), ("tail", base[20:]),
         ("shared_with_tail", base[18:22]), ("permuted", base.reshape(2, 3, 4).permute(2, 0, 1)),
         ("expanded", base[3:5].reshape(2, 1).expand(2, 3)), ("no_elements", base[:0])])


def main():
    old = "--old" in sys.argv
    folder = [a for a in sys.argv[1:] if not a.startswith("--")][0]
    os.makedirs(folder, exist_ok=True)
    expected = {}

    def save(name, value, state, **options):
        torch.save(value, os.path.join(folder, name), **options)
        expected[name] = {"arrays": described(state)}

    prefix = "old_" if old else ""
    state = small_state()
    model = Tiny()
    optimizer, scheduler = trained(model)
    save(prefix + "bare.pt", state, state)
    save(prefix + "parameters.pt", dict(model.named_parameters()), dict(model.named_parameters()))
    save(prefix + "strided.pt", strided(), strided())
    if old:
        save(prefix + "training.ckpt",
             {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": 7}, model.state_dict())
    else:
        import numpy
        import safetensors
        import safetensors.torch
        print("torch", torch.__version__, "safetensors", safetensors.__version__, "numpy", numpy.__version__)

        def save_safetensors(name, tensors, **options):
            safetensors.torch.save_file(tensors, os.path.join(folder, name), **options)
            expected[name] = {"arrays": described(tensors)}

        save_safetensors("small.safetensors", dict(state), metadata={"step": "100", "format": "pt"})
        save_safetensors("dtypes.safetensors", every_dtype())
        save("dtypes.pt", every_dtype(), every_dtype())
        tied = collections.OrderedDict(state)
        tied["unembed.weight"] = tied["embed.weight"]
        save("tied.pt", tied, tied)
        # what training scripts write: the wrapper keys, the optimizer and the rest beside the model
        save("training.pt", {
            "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(), "rng_state": torch.get_rng_state().tolist()[:64], "step": 7,
            "loss": 0.5, "numpy_loss": numpy.float64(0.25), "config": {"n_heads": 4, "name": "tiny"},
            "best": None, "flag": True, "big": 2**80, "bytes": b"abc", "set": {1, 2}, "args": Opaque(),
        }, model.state_dict())
        ddp = {"module._orig_mod." + key: value for key, value in model.state_dict().items()}
        save("ddp_compiled.pt", {"state_dict": ddp, "epoch": 3}, model.state_dict())
        lightning = {"model." + key: value for key, value in model.state_dict().items()}
        save("lightning.ckpt", {"epoch": 3, "global_step": 400, "pytorch-lightning_version": "2.5.0",
                                "state_dict": lightning, "callbacks": {}, "hyper_parameters": {"lr": 0.1}},
             model.state_dict())
        save("nested.pt", {"checkpoint": {"net": model.state_dict()}, "step": 1}, model.state_dict())
        save("protocol4.pt", {"weights": state}, state, pickle_protocol=4)
        save("legacy.pt", state, state, _use_new_zipfile_serialization=False)
        torch.jit.script(model).save(os.path.join(folder, "torchscript.pt"))
        expected["torchscript.pt"] = {"arrays": described(model.state_dict())}
        # files to refuse
        save("bad_whole_module.pt", model, {})
        save("bad_no_tensors.pt", {"step": 7, "loss": [0.5, 0.25]}, {})
        for name in ["bad_whole_module.pt", "bad_no_tensors.pt"]:
            del expected[name]
    with open(os.path.join(folder, prefix + "expected.json"), "w") as out:
        json.dump(expected, out)
        out.write("\n")


main()
