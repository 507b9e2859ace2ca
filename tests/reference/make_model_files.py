#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes tests/reference/models: small random models of other libraries as these save them, and their logits.

    pip install torch transformers "transformer_lens<4" safetensors
    python3 tests/reference/make_model_files.py

Every folder is a run with one checkpoint, tokens.npy (4 texts), logits.npy (of all tokens but each text's last) and,
where names and shapes do not say enough, run.toml or the library's own config.json. versions.json says with what.
Logits are computed in float64; weights are float32. All weights are random, biases and gains too: initial values
(zeros, ones) would hide mistakes.
"""
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from importlib.metadata import version
import transformers
from transformer_lens import HookedTransformer, HookedTransformerConfig
from transformers import GPT2Config, GPT2LMHeadModel, GPTNeoXConfig, GPTNeoXForCausalLM

OUT = Path(__file__).parent / "models"
VOCABULARY, CONTEXT = 50, 12


def fresh(name):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def randomise(model):
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, p in model.named_parameters():
            gain = p.dim() == 1 and ("ln" in name or "norm" in name) and name.endswith((".w", ".weight"))
            p.copy_((1.0 if gain else 0.0) + 0.3 * torch.randn(p.shape, generator=generator))


def write_tokens_and_logits(folder, logits_of, context):
    tokens = np.random.default_rng(3).integers(0, VOCABULARY, (4, context)).astype(np.uint16)
    np.save(folder / "tokens.npy", tokens)
    with torch.no_grad():
        logits = logits_of(torch.tensor(tokens[:, :-1].astype(np.int64)))
    np.save(folder / "logits.npy", logits.double().numpy())


def write_toml(folder, lines, data='kind = "tokens"\npath = "tokens.npy"\n'):
    (folder / "run.toml").write_text(("[model]\n" + lines + "\n" if lines else "") + "[data.train]\n" + data)


def lens(name, toml, **options):
    folder = fresh(name)
    config = HookedTransformerConfig(n_layers=2, d_model=16, n_ctx=CONTEXT, d_head=8, n_heads=2, d_vocab=VOCABULARY,
                                     device="cpu", dtype=torch.float64, seed=1, **options)
    model = HookedTransformer(config)
    randomise(model)
    state = {key: value.float() if value.is_floating_point() else value for key, value in model.state_dict().items()}
    model.load_state_dict({key: value.double() if value.is_floating_point() else value for key, value in state.items()})
    torch.save(state, folder / "step_0.pt")
    write_tokens_and_logits(folder, model, CONTEXT)
    write_toml(folder, toml)


def hugging_face(name, model, folder_name, save):
    folder = fresh(name)
    randomise(model)
    inner = folder / folder_name
    inner.mkdir(exist_ok=True)
    save(inner)
    model = model.double().eval()
    write_tokens_and_logits(folder, lambda ids: model(ids).logits, CONTEXT)
    write_toml(folder, "")


def gpt2():
    return GPT2LMHeadModel(GPT2Config(vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=16, n_layer=2, n_head=2,
                                      attn_implementation="eager"))


def neox(**options):
    return GPTNeoXForCausalLM(GPTNeoXConfig(vocab_size=VOCABULARY, max_position_embeddings=CONTEXT, hidden_size=16,
                                            num_hidden_layers=2, num_attention_heads=2, intermediate_size=40,
                                            attn_implementation="eager", **options))


def mlp(name, activation, classes):
    """Outputs of nn.Sequential, and losses of eight samples."""
    folder = fresh(name)
    torch.manual_seed(5)
    model = torch.nn.Sequential(torch.nn.Linear(6, 9), activation, torch.nn.Linear(9, 7), activation, torch.nn.Linear(7, 4))
    randomise(model)
    torch.save(model.state_dict(), folder / "step_0.pt")
    model.double()
    inputs = torch.randn(8, 6)
    targets = torch.randint(0, 4, (8,)) if classes else torch.randn(8, 4)
    with torch.no_grad():
        outputs = model(inputs.double())
        if classes:
            losses = torch.nn.functional.cross_entropy(outputs, targets, reduction="none")
        else:
            losses = (outputs - targets.double()).square().mean(1)
    for key, value in (("inputs", inputs), ("targets", targets), ("outputs", outputs), ("losses", losses)):
        np.save(folder / f"{key}.npy", value.numpy())
    write_toml(folder, f'activation = "{"tanh" if classes else "gelu"}"\n',
               'kind = "arrays"\ninputs = "inputs.npy"\ntargets = "targets.npy"\n')


class Convolution(torch.nn.Module):
    """A network with batch norm and convolution, which no family of ours is."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv1d(1, 3, 3)
        self.norm = torch.nn.BatchNorm1d(3)
        self.out = torch.nn.Linear(12, 2)

    def forward(self, x):
        return self.out(torch.relu(self.norm(self.conv(x.unsqueeze(1)))).flatten(1))


class PerSampleLoss(torch.nn.Module):
    """As README.md has it: its state dict's names all begin with "model."."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    @torch.jit.export
    def outputs(self, x):
        return self.model(x)

    def forward(self, x, y):
        return (self.model(x) - y).square().mean(1)


def torchscript():
    folder = fresh("torchscript")
    torch.manual_seed(5)
    model = PerSampleLoss(Convolution())
    torch.jit.script(model).save(str(folder / "loss.pt"))  # other weights than the checkpoint's
    randomise(model)
    with torch.no_grad():
        model.model.norm.running_mean.copy_(torch.tensor([0.1, -0.2, 0.3]))
        model.model.norm.running_var.copy_(torch.tensor([0.5, 1.5, 2.0]))
    (folder / "checkpoints").mkdir()
    torch.save(model.state_dict(), folder / "checkpoints" / "step_0.pt")
    inputs, targets = torch.randn(8, 6), torch.randn(8, 2)
    with torch.no_grad():
        losses = model.double().eval()(inputs.double(), targets.double())
    for key, value in (("inputs", inputs), ("targets", targets), ("losses", losses)):
        np.save(folder / f"{key}.npy", value.numpy())
    write_toml(folder, 'family = "torchscript"\nscript = "loss.pt"\n',
               'kind = "arrays"\ninputs = "inputs.npy"\ntargets = "targets.npy"\n')
    toml = (folder / "run.toml").read_text()
    (folder / "run.toml").write_text('[run]\ncheckpoints = "checkpoints/*.pt"\n' + toml)


if __name__ == "__main__":
    torch.manual_seed(0)
    lens("lens_attention_shortformer", 'positions = "shortformer"\n', attn_only=True,
         positional_embedding_type="shortformer", normalization_type="LN")
    lens("lens_attention_standard", 'positions = "standard"\n', attn_only=True, normalization_type="LN")
    lens("lens_mlp", 'positions = "standard"\nactivation = "gelu_new"\n', d_mlp=40, act_fn="gelu_new",
         normalization_type="LN")
    lens("lens_lnpre", 'positions = "standard"\nactivation = "relu"\nnormalization = "LNPre"\n', d_mlp=40, act_fn="relu",
         normalization_type="LNPre")
    lens("lens_shortformer_without_norm", 'positions = "shortformer"\nactivation = "gelu"\nnormalization = "none"\n',
         d_mlp=40, act_fn="gelu", normalization_type=None, positional_embedding_type="shortformer")
    lens("lens_rotary", 'activation = "gelu"\nrotary_base = 10000\n', d_mlp=40, act_fn="gelu", normalization_type="LN",
         positional_embedding_type="rotary", rotary_dim=4)

    model = gpt2()
    hugging_face("gpt2_tied", model, "checkpoint-3", lambda folder: model.save_pretrained(folder))
    whole = gpt2()  # as a training script saves the whole state, with the tied head and without config.json
    hugging_face("gpt2_state_dict", whole, ".", lambda folder: torch.save(whole.state_dict(), folder / "step_3.pt"))
    write_toml(OUT / "gpt2_state_dict", 'heads = 2\nactivation = "gelu_new"\n')
    parallel = neox(rotary_pct=0.25, use_parallel_residual=True)
    hugging_face("neox_parallel", parallel, "checkpoint-3", lambda folder: parallel.save_pretrained(folder))
    sequential = neox(rotary_pct=1.0, use_parallel_residual=False)
    hugging_face("neox_sequential", sequential, "checkpoint-3", lambda folder: sequential.save_pretrained(folder))
    mlp("mlp_regression", torch.nn.GELU(), classes=False)
    mlp("mlp_classes", torch.nn.Tanh(), classes=True)
    torchscript()
    for left in OUT.rglob("generation_config.json"):
        left.unlink()
    (OUT / "versions.json").write_text(json.dumps({"torch": torch.__version__, "transformers": transformers.__version__,
                                                   "transformer_lens": version("transformer_lens"), "numpy": np.__version__}, indent=1) + "\n")
