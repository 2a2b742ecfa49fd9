"""tests/goldens/dcgan/ and wgan_gp/: what PyTorch makes of the study's networks at full width.

Everything that goes in is computed from names on both sides (tests/gans/formula.h), with u = formula(NAME):
    weight of a convolution       u * bound * scale, bound = float32(1 / sqrt(fan_in)), PyTorch's initial bound, where
                                  fan_in = weight.size(1) * 16 (of transposed convolutions too)
    weight, bias of a batch norm  1 + u/4, u/4
    running_mean, running_var     m u, v (1 + u/2): m = 2^-6, v = 2^-8 for generator.model.1, else m = 2^-4, v = 2^-3
    num_batches_tracked           3
    latents NAME                  2 u, [N, 100]
    real images NAME              c/2 + f/2: c = formula(NAME/coarse) [N, 1, 8, 8] with each value repeated 8 x 8,
                                  f = formula(NAME/fine) [N, 1, 64, 64]
    epsilon NAME                  (1 + u)/2, [N]
Weights are named by position in the study's Sequential, generator.model.0.weight; scale is 1 unless said. All of it is
exact in float32; "float64" below are runs in float64 on these numbers, "float32" is PyTorch's own, to show how far it
is from exact.

dcgan/samples.safetensors, float64 rounded to float32:
    eval, train           [4, 1, 10, 64], [16, 1, 4, 64]  rows 0, 7, ... 63 and 0, 21, 42, 63 of the images of latents
                          "samples", by running and by batch statistics (from the same state)
    checksums/eval|train  [N, 3] float64: sum x, sum x^2, sum x u of each whole image, u = formula(checksum)
dcgan/trajectory.safetensors, ten of the study's steps of 16 images, "real/STEP" and latents "latent/STEP" (from 1):
    losses/TYPE           [10, 2] float64: the generator's and the discriminator's, before each step, at rate 5e-6
    losses.study/TYPE     [10, 2] at the study's rate, 2e-4
    index/NAME            [8] flat positions; gradient/TYPE/NAME [8] at those; norm/TYPE/NAME [1]: of the first step
    state/NAME            running_mean, running_var after ten steps at 5e-6, float64; the discriminator, in the study's
                          order, sees fakes, reals and the same fakes again
  At 2e-4 the first steps from random weights are chaotic: PyTorch's own float32 and float64 losses part by 3e-4 at
  step 3, by 1e-2 at step 5 and by a half later. At 5e-6 they stay within 1e-4 of each other.
wgan_gp/critic.safetensors, five critic steps of 8 images against a generator that keeps its weights (batch
statistics) and a critic without batch norm (discriminator.model.0, .2, ... .8), its weights of scale 3; "real/STEP",
"latent/STEP", "epsilon/STEP"; Adam 1e-4, betas 0 and 0.9:
    losses/TYPE           [5, 2] float64: the critic's loss and the unweighted penalty, before each step
    gradient_norms        [8] float64: |grad f| at the interpolates of the first step
    index/NAME            [8] flat positions
    penalty/NAME          [8] gradient of the unweighted penalty at step 1, and penalty.norm/NAME [1], float64
    gradient/TYPE/NAME    [8] gradient of the whole loss at step 1, and norm/TYPE/NAME [1]
    generator/TYPE        [2] float64: -mean f(G("latent/6")) after these steps, and the norm of all its gradients
"""

import pathlib

import numpy
import torch

import dcgan
from formula import formula, save, spread

HERE = pathlib.Path(__file__).resolve().parent
TYPES = {"float64": torch.float64, "float32": torch.float32}


def weights(model, prefix, scale=1.0):
    state = model.state_dict()
    for key, tensor in state.items():
        name = f"{prefix}.{key}"
        mean, variance = (2.0**-6, 2.0**-8) if name.startswith("generator.model.1.") else (2.0**-4, 2.0**-3)
        if name.endswith("num_batches_tracked"):
            tensor.fill_(3)
            continue
        u = formula(name, tensor.shape)
        if name.endswith("running_mean"):
            state[key] = mean * u
        elif name.endswith("running_var"):
            state[key] = variance * (1 + u / 2)
        elif tensor.dim() == 4:
            bound = torch.tensor(numpy.float32(1 / numpy.sqrt(tensor.shape[1] * 16)))
            state[key] = u * bound * scale
        else:
            state[key] = 1 + u / 4 if name.endswith("weight") else u / 4
    model.load_state_dict(state)
    return model


def latents(name, count):
    return 2 * formula(name, (count, 100))


def images(name, count):
    coarse = formula(f"{name}/coarse", (count, 1, 8, 8)).repeat_interleave(8, dim=2).repeat_interleave(8, dim=3)
    return coarse / 2 + formula(f"{name}/fine", (count, 1, 64, 64)) / 2


def epsilon(name, count):
    return (1 + formula(name, (count,))) / 2


def checksums(x):
    u = formula("checksum", (64, 64)).double()
    return torch.stack([x.sum((1, 2, 3)), (x * x).sum((1, 2, 3)), (x * u).sum((1, 2, 3))], dim=1)


def samples():
    kept = {}
    for mode, count, every in (("eval", 4, 7), ("train", 16, 21)):
        found = {}
        for name, dtype in TYPES.items():
            generator = weights(dcgan.Generator(), "generator").to(dtype).train(mode == "train")
            with torch.no_grad():
                found[name] = generator(latents("samples", count).to(dtype)).double()
        x = found["float64"]
        kept[mode] = x[:, :, ::every].float()
        kept[f"checksums/{mode}"] = checksums(x)
        print(f"{mode}: pixels {x.min().item():.4f} to {x.max().item():.4f}, deviation {x.std().item():.4f}; float32 "
              f"against float64 {(found['float32'] - x).abs().max().item():.1e}", flush=True)
    save(HERE / "dcgan" / "samples.safetensors", kept)


def gradients(models):
    """{NAME: gradient} of all parameters; models {prefix: module}"""
    return {f"{prefix}.{name}": parameter.grad.clone() for prefix, model in models.items()
            for name, parameter in model.named_parameters()}


def keep_gradients(kept, group, norms, found):
    """Samples of `found` {NAME: gradient} at index/NAME, chosen at the first call, and norms."""
    for name, gradient in found.items():
        if f"index/{name}" not in kept:
            kept[f"index/{name}"] = spread(torch.arange(gradient.numel()), gradient, 8)
        kept[f"{group}/{name}"] = gradient.flatten()[kept[f"index/{name}"]]
        kept[f"{norms}/{name}"] = gradient.norm()[None]


def report_rounding(kept, exact, single):
    worst = max((kept[name.replace(exact, single)] - value).abs().max().item() / value.abs().max().item()
                for name, value in kept.items() if name.startswith(exact))
    print(f"{single} against {exact}: {worst:.1e} of the largest", flush=True)


def walk(dtype, learning_rate, after_step):
    """Ten steps of the study's: [10, 2] losses; `after_step(step, models)` may look at gradients and states."""
    models = {"generator": weights(dcgan.Generator(), "generator").to(dtype),
              "discriminator": weights(dcgan.Discriminator(), "discriminator").to(dtype)}
    optimizers = [dcgan.dcgan_adam(model, learning_rate) for model in models.values()]
    losses = []
    for step in range(1, 11):
        losses.append(dcgan.dcgan_step(*models.values(), *optimizers, images(f"real/{step}", 16).to(dtype),
                                       latents(f"latent/{step}", 16).to(dtype)))
        print(f"{dtype}, {learning_rate}, step {step}: {losses[-1][0]:.9f} {losses[-1][1]:.9f}", flush=True)
        after_step(step, models)
    return torch.tensor(losses, dtype=torch.float64)


def trajectory():
    kept = {}
    for name, dtype in TYPES.items():
        def after_step(step, models):
            if step == 1:
                keep_gradients(kept, f"gradient/{name}", f"norm/{name}", gradients(models))
            if step == 10 and name == "float64":
                kept.update({f"state/{prefix}.{key}": value.clone() for prefix, model in models.items()
                             for key, value in model.state_dict().items() if "running" in key})
        kept[f"losses/{name}"] = walk(dtype, 5e-6, after_step)
        kept[f"losses.study/{name}"] = walk(dtype, 2e-4, lambda step, models: None)
    report_rounding(kept, "gradient/float64", "gradient/float32")
    report_rounding(kept, "losses/float64", "losses/float32")
    save(HERE / "dcgan" / "trajectory.safetensors", kept)


def wgan_gp():
    kept = {}
    for name, dtype in TYPES.items():
        generator = weights(dcgan.Generator(), "generator").to(dtype)
        critic = weights(dcgan.Discriminator(batch_norm=False), "discriminator", 3.0).to(dtype)
        optimizer = dcgan.wgan_gp_adam(critic)
        losses = []
        for step in range(1, 6):
            real, z = images(f"real/{step}", 8).to(dtype), latents(f"latent/{step}", 8).to(dtype)
            mix = epsilon(f"epsilon/{step}", 8).to(dtype)
            if step == 1 and name == "float64":
                with torch.no_grad():
                    fake = generator(z)
                kept["gradient_norms"] = dcgan.gradient_norms(critic, real, fake, mix)
                dcgan.gradient_penalty(critic, real, fake, mix).backward()
                keep_gradients(kept, "penalty", "penalty.norm", gradients({"discriminator": critic}))
            losses.append(dcgan.critic_step(generator, critic, optimizer, real, z, mix))
            print(f"{name}, step {step}: loss {losses[-1][0]:.9f}, penalty {losses[-1][1]:.9f}", flush=True)
            if step == 1:
                keep_gradients(kept, f"gradient/{name}", f"norm/{name}", gradients({"discriminator": critic}))
        kept[f"losses/{name}"] = torch.tensor(losses, dtype=torch.float64)
        loss = dcgan.generator_step(generator, critic, dcgan.wgan_gp_adam(generator), latents("latent/6", 8).to(dtype))
        norm = torch.cat([parameter.grad.flatten() for parameter in generator.parameters()]).norm()
        kept[f"generator/{name}"] = torch.tensor([loss, norm.item()], dtype=torch.float64)
        print(f"{name}: generator {kept[f'generator/{name}'].tolist()}", flush=True)
    report_rounding(kept, "gradient/float64", "gradient/float32")
    report_rounding(kept, "losses/float64", "losses/float32")
    save(HERE / "wgan_gp" / "critic.safetensors", kept)
