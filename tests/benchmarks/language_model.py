# SPDX-License-Identifier: GPL-3.0-or-later
"""The 2-layer attention-only language model (3.16 M weights: 256 positions) in plain PyTorch, for compare_devinterp.py.

Names and shapes are TransformerLens's, positions "shortformer": added where queries and keys are made.
"""
import json
import struct

import numpy
import torch
from torch.nn import functional as F

VOCABULARY, CONTEXT, WIDTH, LAYERS, HEADS = 5000, 256, 256, 2, 8


class LanguageModel(torch.nn.Module):
    def __init__(self, arrays):
        super().__init__()
        for name, array in arrays.items():  # torch forbids dots in names
            self.register_parameter(name.replace(".", "_"), torch.nn.Parameter(array.clone()))
        self.layers = LAYERS

    def forward(self, tokens):
        p = dict(self.named_parameters())
        x = p["embed_W_E"][tokens]
        batch, length, width = x.shape
        position = p["pos_embed_W_pos"][:length]
        for layer in range(LAYERS):
            q = lambda name: p[f"blocks_{layer}_{name}"]
            across = lambda x, name: (x @ q(f"attn_W_{name}").permute(1, 0, 2).reshape(width, -1)
                                      + q(f"attn_b_{name}").reshape(-1)).view(batch, length, HEADS, -1).transpose(1, 2)
            normal = F.layer_norm(x, (width,), q("ln1_w"), q("ln1_b"))
            placed = normal + position
            mixed = F.scaled_dot_product_attention(across(placed, "Q"), across(placed, "K"), across(normal, "V"),
                                                   is_causal=True)
            x = x + mixed.transpose(1, 2).reshape(batch, length, -1) @ q("attn_W_O").reshape(-1, width) + q("attn_b_O")
        return F.layer_norm(x, (width,), p["ln_final_w"], p["ln_final_b"]) @ p["unembed_W_U"] + p["unembed_b_U"]

    def head_mask(self, layer, head):
        """What devinterp takes as optimize_over_per_model_param: the weights of one head."""
        masks = {name: torch.zeros_like(value, dtype=torch.bool) for name, value in self.named_parameters()}
        for name in "QKVO":
            masks[f"blocks_{layer}_attn_W_{name}"][head] = True
        return masks


def next_token_loss(logits, tokens):
    return F.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1))


def write_random_run(folder, samples):
    """One checkpoint of random weights and a file of random tokens: what they are does not change the time."""
    folder.mkdir(parents=True)
    random = numpy.random.default_rng(0)
    width = WIDTH // HEADS
    shapes = {"embed.W_E": (VOCABULARY, WIDTH), "pos_embed.W_pos": (CONTEXT, WIDTH), "ln_final.w": (WIDTH,),
              "ln_final.b": (WIDTH,), "unembed.W_U": (WIDTH, VOCABULARY), "unembed.b_U": (VOCABULARY,)}
    for layer in range(LAYERS):
        block = f"blocks.{layer}."
        shapes |= {block + "ln1.w": (WIDTH,), block + "ln1.b": (WIDTH,), block + "attn.W_O": (HEADS, width, WIDTH),
                   block + "attn.b_O": (WIDTH,)}
        for name in "QKV":
            shapes |= {f"{block}attn.W_{name}": (HEADS, WIDTH, width), f"{block}attn.b_{name}": (HEADS, width)}
    header, parts, offset = {}, [], 0
    for name, shape in shapes.items():
        if "W_" in name:
            values = 0.05 * random.standard_normal(shape)
        else:
            values = numpy.full(shape, 1.0 if name.endswith(".w") else 0.0)
        parts.append(values.astype("<f4").tobytes())
        header[name] = dict(dtype="F32", shape=shape, data_offsets=(offset, offset + len(parts[-1])))
        offset += len(parts[-1])
    text = json.dumps(header).encode()
    (folder / "step_0.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))
    numpy.save(folder / "tokens.npy", random.integers(0, VOCABULARY, (samples, CONTEXT)).astype("uint16"))
    (folder / "run.toml").write_text(
        '[model]\npositions = "shortformer"\n[data.train]\nkind = "tokens"\npath = "tokens.npy"\n')
