"""Times a model in PyTorch: one JSON line {version, QUANTITY: [...]}.

    /usr/bin/python3 bench/vs_pytorch/worker.py SUBJECT --threads 2 --steps 5 [--channels-last] [--compile] [--bfloat16]

realnvp          train_step_ms, score_images_per_s
realnvp-halved   the same flow without what its masks make zero
dcgan            train_step_ms, sample_images_per_s
wgan-gp          train_iteration_ms: five critic steps and one of the generator
flows of images  train_step_ms, score_images_per_s and parameters, a number; with --check, instead, difference, the
                 largest of log p relative to what Pushforward says
"""

import argparse
import gzip
import json
import pathlib
import time
from functools import partial

import numpy
import torch

import agreement
import dcgan
import idx
import realnvp
from autoregressive import Autoregressive
from glow import Glow
from likelihood import Training, adam, casting
from multiscale import Multiscale

ROUNDS = 3  # of scoring and of sampling


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subject", choices=SUBJECTS)
    parser.add_argument("--threads", default=1, type=int)
    parser.add_argument("--steps", default=5, type=int, help="training steps timed")
    parser.add_argument("--channels-last", action="store_true", help="NHWC weights and images")
    parser.add_argument("--compile", action="store_true", help="flows of images by torch.compile")
    parser.add_argument("--bfloat16", action="store_true", help="under autocast")
    parser.add_argument("--check", metavar="RUN", help="of a flow of images, to be compared with")
    parser.add_argument("--pushforward", default="pushforward", help="the program, for --check")
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", type=pathlib.Path)
    return parser.parse_args()


def milliseconds(step, count, warm_up):
    """Of `count` calls step(i), after `warm_up` that are not timed."""
    times = []
    for i in range(warm_up + count):
        start = time.perf_counter()
        step(i)
        times.append(1e3 * (time.perf_counter() - start))
    return times[warm_up:]


def images_per_second(work):
    """`work()` returns how many images it went through."""
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        count = work()
        rates.append(count / (time.perf_counter() - start))
    return rates


def images(path):
    """[N, 784] in [0, 1]"""
    with gzip.open(path) as file:
        pixels = numpy.frombuffer(file.read(), dtype=numpy.uint8, offset=16)
    return torch.from_numpy(pixels.reshape(-1, 784).astype(numpy.float32)) / 255


def time_realnvp(model_of, options):
    batch, score_batch, test = 128, 512, options.data / "t10k-images-idx3-ubyte.gz"
    model = model_of()
    optimizer = adam(model.parameters())
    data = images(test)

    def step(i):
        with casting(options.bfloat16):
            realnvp.training_step(model, optimizer, data[i * batch % 9000:][:batch])

    @torch.no_grad()
    def score():
        with casting(options.bfloat16):
            return len(torch.cat([model.log_prob(x) for x in images(test).split(score_batch)]))

    return {"train_step_ms": milliseconds(step, options.steps, warm_up=3),
            "score_images_per_s": images_per_second(score)}


class Adversarial:
    """Two networks and a batch of 64 images of 64x64, in the layout asked for."""

    def __init__(self, options, batch_norm):
        self.casting = casting(options.bfloat16)
        self.format = torch.channels_last if options.channels_last else torch.contiguous_format
        self.generator = dcgan.Generator().to(memory_format=self.format)
        self.critic = dcgan.Discriminator(batch_norm=batch_norm).to(memory_format=self.format)
        self.real = (2 * torch.rand(64, 1, 64, 64) - 1).contiguous(memory_format=self.format)


def time_dcgan(options):
    nets = Adversarial(options, batch_norm=True)
    optimizers = [dcgan.dcgan_adam(net, adam=adam) for net in (nets.generator, nets.critic)]

    def step(_):
        with nets.casting:
            dcgan.dcgan_step(nets.generator, nets.critic, *optimizers, nets.real, torch.randn(64, 100))

    @torch.no_grad()
    def sample():
        with nets.casting:
            for _ in range(4):
                nets.generator(torch.randn(64, 100))
        return 4 * 64

    step_ms = milliseconds(step, options.steps, warm_up=1)
    nets.generator.eval()
    return {"train_step_ms": step_ms, "sample_images_per_s": images_per_second(sample)}


def time_wgan_gp(options):
    nets = Adversarial(options, batch_norm=False)
    generator_optimizer, critic_optimizer = [dcgan.wgan_gp_adam(net, adam=adam)
                                             for net in (nets.generator, nets.critic)]

    def iteration(_):
        with nets.casting:
            for _ in range(5):
                dcgan.critic_step(nets.generator, nets.critic, critic_optimizer, nets.real, torch.randn(64, 100),
                                  torch.rand(64))
            dcgan.generator_step(nets.generator, nets.critic, generator_optimizer, torch.randn(64, 100))

    return {"train_iteration_ms": milliseconds(iteration, options.steps, warm_up=1)}


def flow_of_images(model_of, clip_norm, options):
    """Times a preset's training and scoring, or holds it against a run."""
    batch, test = 64, options.data / "t10k-images-idx3-ubyte.gz"
    model = model_of(torch.channels_last if options.channels_last else torch.contiguous_format)
    levels = torch.round(255 * images(test)).reshape(-1, 1, 28, 28)
    if options.check:
        return {"difference": agreement.largest_difference(model, options.check, levels, test, options.pushforward)}
    training = Training(model, clip_norm, options.compile, options.bfloat16)

    def step(i):
        training.step(levels[i * batch % 9000:][:batch])

    @torch.no_grad()
    def score():
        return sum(len(training.log_prob(x)) for x in levels[:idx.FEW].split(batch))

    step_ms = milliseconds(step, options.steps, warm_up=3)
    model.eval()
    score()
    return {"parameters": sum(parameter.numel() for parameter in model.parameters()), "train_step_ms": step_ms,
            "score_images_per_s": images_per_second(score)}


SUBJECTS = {"realnvp": partial(time_realnvp, realnvp.RealNVP),
            "realnvp-halved": partial(time_realnvp, realnvp.HalvedRealNVP), "dcgan": time_dcgan, "wgan-gp": time_wgan_gp,
            "autoregressive": partial(flow_of_images, Autoregressive, 1),
            "multiscale": partial(flow_of_images, Multiscale, 100),
            "glow": partial(flow_of_images, Glow, 100)}


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    print(json.dumps({"version": torch.__version__, **SUBJECTS[options.subject](options)}))


main()
