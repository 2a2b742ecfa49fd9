"""tests/goldens/realnvp/: what PyTorch makes of the study's RealNVP on FashionMNIST.

The weights are too large to keep, so both sides compute them from their names (formula_weights here,
tests/flows/formula_weights.h there).

trajectory.safetensors   Adam on the first 20 x 128 training images, in float32:
    losses             [20]  at learning rate 1e-5, before each step
    index/NAME         [16]  flat positions in the full tensor NAME
    gradient/STEP/NAME [16]  at those positions, of the loss before step STEP (from 1)
    losses.study       [5]   at the study's learning rate, 1e-3
    losses.study/float64 [20]  at 1e-3, all in float64
  At 1e-3 the first steps from random weights overshoot (the loss rises fivefold at step 3) and the trajectory is
  chaotic: PyTorch's own float32 and float64 runs part by 1e-4 at step 3 and by 0.3 later. So in float32 that rate is
  walked for five steps, and all twenty at a rate where rounding moves few hidden units across ReLU's kink.
autocast.safetensors     the same 1e-5 over 50 steps, whose products PyTorch rounds:
    losses/float32, losses/autocast  [50]  before each step, without and with torch.autocast("cpu", torch.bfloat16)
scores.safetensors       weights half as large again, whose log-likelihoods are of order 1,000, in float64:
    log_prob   [64]       of the first 64 test images
    z, x       [8, 784]   latents and their images under the inverse, float32
"""

import gzip
import pathlib

import numpy
import torch

import realnvp
from formula import formula, save, spread

HERE = pathlib.Path(__file__).resolve().parent
DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
STEPS, BATCH = 20, 128
GRADIENT_STEPS = (1, 5, 20)


def images(split, count):
    """[count, 784] in [0, 1]"""
    with gzip.open(DATA / f"{split}-images-idx3-ubyte.gz") as file:
        pixels = numpy.frombuffer(file.read(16 + count * 784)[16:], dtype=numpy.uint8)
    return torch.from_numpy(pixels.reshape(count, 784).astype(numpy.float32)) / 255


def formula_weights(scale):
    """PyTorch's initial bounds, 1/sqrt(fan_in), times `scale`, each product rounded to float32."""
    model = realnvp.RealNVP()
    state = model.state_dict()
    for name in state:
        if not name.endswith("mask"):
            bound = numpy.float32(1 / 28 if ".0." in name.split("net")[1] else 1 / 32)
            state[name] = formula(name, state[name].shape) * torch.tensor(bound) * scale
    model.load_state_dict(state)
    return model


def sampled(model):
    """Tensor names with 16 positions each, in the live part: the 8 largest gradients and 8 at random."""
    chosen = {}
    for layer in (0, 3, 7):
        mask = model.layers[layer].mask.bool()
        for net in ("scale_net", "translate_net"):
            for part in ("0.weight", "0.bias", "2.weight", "2.bias"):
                name = f"layers.{layer}.{net}.{part}"
                live = torch.ones_like(model.get_parameter(name), dtype=torch.bool)
                if part == "0.weight":
                    live &= mask
                elif part[0] == "2":
                    live[mask] = False
                # Pixels near the border are always black; keep to gradients that are not zero.
                live &= model.get_parameter(name).grad != 0
                positions = live.flatten().nonzero().flatten()
                chosen[name] = spread(positions, model.get_parameter(name).grad, 16)
    return chosen


def walk(learning_rate, steps, dtype=torch.float32):
    model = formula_weights(1.0).to(dtype)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    losses, gradients, chosen = [], {}, None
    for step, batch in enumerate(images("train", steps * BATCH).split(BATCH), start=1):
        losses.append(realnvp.training_step(model, optimizer, batch.to(dtype)))
        chosen = chosen or sampled(model)
        if step in GRADIENT_STEPS:
            for name, index in chosen.items():
                gradients[f"gradient/{step}/{name}"] = model.get_parameter(name).grad.flatten()[index].clone()
        print(f"learning rate {learning_rate}, step {step}: loss {losses[-1]:.6f}", flush=True)
    return torch.tensor(losses, dtype=dtype), chosen, gradients


def trajectory():
    losses, chosen, gradients = walk(1e-5, STEPS)
    indices = {f"index/{name}": index for name, index in chosen.items()}
    kept = {"losses": losses, "losses.study": walk(1e-3, 5)[0], **indices, **gradients}
    kept["losses.study/float64"] = walk(1e-3, STEPS, torch.float64)[0]
    save(HERE / "realnvp" / "trajectory.safetensors", kept)


def autocast(steps=50):
    def losses(rounds):
        model = formula_weights(1.0)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-5)
        found = []
        for batch in images("train", steps * BATCH).split(BATCH):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=rounds):
                loss = -model.log_prob(batch).mean()
            loss.backward()
            optimizer.step()
            found.append(loss.item())
        print("autocast" if rounds else "float32", found[0], found[-1], flush=True)
        return torch.tensor(found, dtype=torch.float32)

    save(HERE / "realnvp" / "autocast.safetensors",
         {"losses/float32": losses(False), "losses/autocast": losses(True)})


def scores():
    model = formula_weights(1.5).double()
    z = torch.randn(8, 784, generator=torch.Generator().manual_seed(1)).double()
    with torch.no_grad():
        log_prob = model.log_prob(images("t10k", 64).double())
        x = model.inverse(z)
        print("log_prob", log_prob.min().item(), log_prob.max().item(), "|x|", x.abs().max().item())
        single = model.float()
        print("float32 against float64:", (single.log_prob(images("t10k", 64)) - log_prob).abs().max().item(),
              (single.inverse(z.float()) - x).abs().max().item())
    save(HERE / "realnvp" / "scores.safetensors", {"log_prob": log_prob, "z": z.float(), "x": x.float()})
