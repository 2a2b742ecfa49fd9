"""tests/goldens/glow/: what normflows 1.7.3 makes of a Glow of two scales of two steps.

Its package is `pip install --no-deps normflows==1.7.3`. The weights are computed from our names on both sides
(`weight` here, tests/flows/normflows_test.cpp there); its maps go from latents to data, so its shifts and
logarithmic scales are ours with the other sign, and its couplings' networks alternate shift and scale.

scores.safetensors, in float64:
    log_prob [16]  of the images formula("x", [16, 1, 8, 8])
"""

import pathlib

import torch

from formula import formula, save

HERE = pathlib.Path(__file__).resolve().parent
HIDDEN, STEPS = 6, 2


def weight(name, shape):
    if name.endswith(".permutation"):
        return torch.eye(shape[0]).roll(1, 0)
    if name.endswith(".sign"):
        return formula(name, shape).sign()
    return formula(name, shape) * 0.3


def fill_block(block, layer, channels):
    """A GlowBlock with our weights of the three layers from `layer`."""
    coupling, rotation, norm = block.flows
    norm.s.data = -weight(f"layers.{layer}.log_scale", [channels]).view_as(norm.s)
    norm.t.data = -weight(f"layers.{layer}.bias", [channels]).view_as(norm.t)
    norm.data_dep_init_done.fill_(1)
    for own, name in (("L", "lower"), ("U", "upper"), ("P", "permutation")):
        getattr(rotation, own).data = weight(f"layers.{layer + 1}.{name}", [channels, channels])
    rotation.log_S.data = weight(f"layers.{layer + 1}.log_scale", [channels])
    rotation.sign_S.data = weight(f"layers.{layer + 1}.sign", [channels])
    net = coupling.flows[1].param_map.net
    for index in (0, 2, 4):
        for kind in ("weight", "bias"):
            tensor = getattr(net[index], kind)
            tensor.data = weight(f"layers.{layer + 2}.net.{index}.{kind}", list(tensor.shape))
            if index == 4:
                scale, translate = tensor.data.chunk(2)
                tensor.data = torch.stack([-translate, scale], 1).flatten(0, 1)


def scores():
    import normflows
    flows, base = [], []
    for scale, (channels, first) in enumerate(((8, 9), (4, 1))):  # coarse to fine, as it has them
        blocks = [normflows.flows.GlowBlock(channels, HIDDEN, scale_map="sigmoid") for _ in range(STEPS)]
        for step, block in enumerate(reversed(blocks)):
            fill_block(block, first + 3 * step, channels)
        flows.append([*blocks, normflows.flows.Squeeze()])
        base.append(normflows.distributions.DiagGaussian((8, 2, 2) if scale == 0 else (2, 4, 4), trainable=False))
    model = normflows.MultiscaleFlow(base, flows, [normflows.flows.Merge()]).double()
    with torch.no_grad():
        log_prob = model.log_prob(formula("x", [16, 1, 8, 8]).double(), None)
    save(HERE / "glow" / "scores.safetensors", {"log_prob": log_prob})
