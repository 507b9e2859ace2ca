#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes tests/fuzz/corpus/pytorch: the pickle streams inside tests/reference/checkpoints, which fuzz_pytorch wraps
in an archive again, and one stream whose tensor fits the storage of that archive.

Made with Python 3.11.7 and torch 2.15.0. Run from the repository root:  tests/fuzz/make_corpus.py
"""
import io
import os
import zipfile

import torch

CORPUS = "tests/fuzz/corpus/pytorch"


def pickle_of(archive):
    with zipfile.ZipFile(archive) as opened:
        return opened.read(next(name for name in opened.namelist() if name.endswith("/data.pkl")))


for name in ["strided.pt", "training.pt", "ddp_compiled.pt", "protocol4.pt", "bad_whole_module.pt", "torchscript.pt",
             "old_training.ckpt"]:
    with open(os.path.join(CORPUS, name + ".pkl"), "wb") as out:
        out.write(pickle_of(os.path.join("tests/reference/checkpoints", name)))
two = io.BytesIO()
torch.save({"model": {"w": torch.tensor([1.0, 2.0]), "t": torch.tensor([1.0, 2.0]).reshape(1, 2).t()}, "step": 1}, two)
two.seek(0)
with open(os.path.join(CORPUS, "two_values.pkl"), "wb") as out:
    out.write(pickle_of(two))
