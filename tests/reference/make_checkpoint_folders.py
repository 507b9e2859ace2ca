#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes tests/reference/folders: checkpoints of several files, Lightning's, and files in PyTorch's format from
before 1.6, written by the libraries themselves.

Made with Python 3.11, torch 2.15.0, safetensors 0.8.0, huggingface_hub 2.4.0, pytorch-lightning 2.6.6 and
torchmetrics 1.9.0. Run:  make_checkpoint_folders.py FOLDER

expected.json: {path of the file that is opened: {"arrays": {name: {"dtype", "shape", "values"}}}}, as in
make_checkpoint_files.py. Files of a GPU are made on the CPU with the location that torch.save would write there.
"""
import collections
import json
import os
import sys

import huggingface_hub
import pytorch_lightning
import torch


def described(tensors):
    return {name: {"dtype": str(t.dtype).replace("torch.", ""), "shape": list(t.shape),
                   "values": t.detach().to(torch.float64).contiguous().reshape(-1).tolist()}
            for name, t in tensors.items()}


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.first = torch.nn.Linear(6, 8)
        self.second = torch.nn.Linear(8, 6, bias=False)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


class Module(pytorch_lightning.LightningModule):
    """The network under a name of its own, and a buffer of the loss beside it, as Lightning modules have."""
    def __init__(self):
        super().__init__()
        self.save_hyperparameters({"lr": 0.1})
        self.net = Net()
        self.register_buffer("class_weights", torch.ones(6))

    def training_step(self, batch, _):
        return (self.net(batch[0]) * self.class_weights).square().mean()

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.1)


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    expected = {}
    net = Net()

    # Hugging Face: what Trainer keeps in checkpoint-N, in both formats
    for run, safe, index in [("hf", True, "model.safetensors.index.json"), ("hf-bin", False, "pytorch_model.bin.index.json")]:
        place = os.path.join(run, "checkpoint-10")
        os.makedirs(place)
        state = {("model." + k): v for k, v in net.state_dict().items()}
        huggingface_hub.save_torch_state_dict(state, place, max_shard_size=200, safe_serialization=safe)
        optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
        torch.save(optimizer.state_dict(), os.path.join(place, "optimizer.pt"))
        torch.save(torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: 1.0).state_dict(),
                   os.path.join(place, "scheduler.pt"))
        torch.save({"cpu": torch.get_rng_state()[:16]}, os.path.join(place, "rng_state_0.pth"))
        with open(os.path.join(place, "trainer_state.json"), "w") as out:
            json.dump({"epoch": 1.0, "global_step": 10, "log_history": []}, out)
        with open(os.path.join(place, "config.json"), "w") as out:
            json.dump({"architectures": ["Net"], "model_type": "net"}, out)
        expected[os.path.join(place, index)] = {"arrays": described(net.state_dict())}

    # Lightning: names with epoch and step, and one without
    module = Module()
    keep = pytorch_lightning.callbacks.ModelCheckpoint(dirpath="lightning", save_last=True, every_n_train_steps=2,
                                                       save_top_k=-1)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(8, 6)), batch_size=2)
    pytorch_lightning.Trainer(max_steps=4, accelerator="cpu", callbacks=[keep], logger=False,
                              enable_progress_bar=False, enable_model_summary=False).fit(module, data)
    last = dict(module.net.state_dict())
    last["class_weights"] = module.class_weights
    expected["lightning/last.ckpt"] = {"arrays": described(last)}

    # before 1.6
    os.makedirs("legacy")

    def save(name, value, state, location="cpu"):
        tag = torch.serialization.location_tag
        torch.serialization.location_tag = lambda storage: location
        torch.save(value, os.path.join("legacy", name), _use_new_zipfile_serialization=False)
        torch.serialization.location_tag = tag
        expected[os.path.join("legacy", name)] = {"arrays": described(state)}

    matrix = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    strided = collections.OrderedDict(
        [("whole", matrix), ("transposed", matrix.t()), ("every_other", matrix[::2, 1::2]), ("row", matrix[2]),
         ("expanded", matrix[0, :2].reshape(2, 1).expand(2, 3)), ("no_elements", matrix[:0])])
    tied = collections.OrderedDict(net.state_dict())
    tied["tied.weight"] = tied["first.weight"]
    halves = {"half": torch.linspace(-3, 3, 7).half(), "brain": torch.linspace(-3, 3, 7).bfloat16(),
              "double": torch.linspace(-3, 3, 7, dtype=torch.float64), "ids": torch.arange(5)}
    save("step_1.pt", net.state_dict(), net.state_dict())
    save("step_2.pt", strided, strided)
    save("step_3.pt", {"state_dict": tied, "optimizer": torch.optim.Adam(net.parameters()).state_dict(),
                       "complex": torch.zeros(2, dtype=torch.complex128), "epoch": 2}, tied)
    save("step_4.pt", halves, halves, "cuda:0")
    save("step_5.pt", {"module." + k: v for k, v in net.state_dict().items()}, net.state_dict(), "mps")
    # the zip format of files saved on a GPU
    for name, location in [("step_6.pt", "cuda:3"), ("step_7.pt", "mps:0")]:
        tag = torch.serialization.location_tag
        torch.serialization.location_tag = lambda storage: location
        torch.save(tied, os.path.join("legacy", name))
        torch.serialization.location_tag = tag
        expected[os.path.join("legacy", name)] = {"arrays": described(tied)}

    with open("expected.json", "w") as out:
        json.dump(expected, out)
        out.write("\n")
    print(torch.__version__, huggingface_hub.__version__, pytorch_lightning.__version__)


main()
