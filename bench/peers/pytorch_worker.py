"""Times a model in PyTorch: one JSON line {version, QUANTITY: [...]}.

    python pytorch_worker.py SUBJECT --threads 2 --steps 5 [--channels-last] [--compile] [--bfloat16]

realnvp          train_step_ms, score_images_per_s, one_image_ms
realnvp-halved   the same flow without what its masks make zero
dcgan            train_step_ms, sample_images_per_s
wgan-gp          train_iteration_ms: five critic steps and one of the generator
flows of images  train_step_ms, score_images_per_s and parameters, a number; with --check, instead, difference, the
                 largest of log p relative to what Pushforward says

With --export FILE, instead, a network is written as .onnx: log p of RealNVP, the generator of dcgan.
"""

from functools import partial

import torch

import agreement
import dcgan
import idx
import peer
import realnvp
from autoregressive import Autoregressive
from glow import Glow
from likelihood import Training, adam, casting
from multiscale import Multiscale
from residual import Residual


def more(parser):
    parser.add_argument("--channels-last", action="store_true", help="NHWC weights and images")
    parser.add_argument("--compile", action="store_true", help="flows of images by torch.compile")
    parser.add_argument("--check", metavar="RUN", help="of a flow of images, to be compared with")
    parser.add_argument("--pushforward", default="pushforward", help="the program, for --check")
    parser.add_argument("--export", metavar="FILE", help="write the network, .onnx")


def images(options):
    return torch.from_numpy(peer.images(options.data))


class LogProb(torch.nn.Module):
    """log p of a flow, as a module."""

    def __init__(self, flow):
        super().__init__()
        self.flow = flow

    def forward(self, x):
        return self.flow.log_prob(x)


def time_realnvp(model_of, options):
    model = model_of()
    if options.export:
        return export(LogProb(model), torch.rand(peer.BATCH, 784), options.export)
    optimizer = adam(model.parameters())
    data = images(options)
    batches = data.split(peer.BATCH)[:-1]

    def step(i):
        with casting(options.bfloat16):
            realnvp.training_step(model, optimizer, data[i * peer.BATCH % 9000:][:peer.BATCH])

    @torch.inference_mode()
    def score(some):
        with casting(options.bfloat16):
            return sum(len(model.log_prob(x)) for x in some)

    return {"train_step_ms": peer.milliseconds(step, options.steps, warm_up=3),
            "score_images_per_s": peer.images_per_second(lambda: score(batches)),
            "one_image_ms": peer.milliseconds(lambda _: score([data[:1]]), 30, warm_up=5)}


def export(network, example, path):
    """With a batch of any size."""
    torch.onnx.export(network.eval(), (example,), path, dynamo=True, verbose=False,
                      dynamic_shapes=({0: torch.export.Dim("batch", min=1)},))
    return {}


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
    if options.export:
        return export(nets.generator, torch.randn(64, 100), options.export)
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

    step_ms = peer.milliseconds(step, options.steps, warm_up=1)
    nets.generator.eval()
    return {"train_step_ms": step_ms, "sample_images_per_s": peer.images_per_second(sample)}


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

    return {"train_iteration_ms": peer.milliseconds(iteration, options.steps, warm_up=1)}


def flow_of_images(model_of, clip_norm, options):
    """Times a preset's training and scoring, or holds it against a run."""
    batch, test = 64, options.data / "t10k-images-idx3-ubyte.gz"
    model = model_of(torch.channels_last if options.channels_last else torch.contiguous_format)
    levels = torch.round(255 * images(options)).reshape(-1, 1, 28, 28)
    if options.check:
        return {"difference": agreement.largest_difference(model, options.check, levels, test, options.pushforward)}
    training = Training(model, clip_norm, options.compile, options.bfloat16)

    def step(i):
        training.step(levels[i * batch % 9000:][:batch])

    @torch.no_grad()
    def score():
        return sum(len(training.log_prob(x)) for x in levels[:idx.FEW].split(batch))

    step_ms = peer.milliseconds(step, options.steps, warm_up=3)
    model.eval()
    score()
    return {"parameters": sum(parameter.numel() for parameter in model.parameters()), "train_step_ms": step_ms,
            "score_images_per_s": peer.images_per_second(score)}


SUBJECTS = {"realnvp": partial(time_realnvp, realnvp.RealNVP),
            "realnvp-halved": partial(time_realnvp, realnvp.HalvedRealNVP), "dcgan": time_dcgan, "wgan-gp": time_wgan_gp,
            "autoregressive": partial(flow_of_images, Autoregressive, 1),
            "multiscale": partial(flow_of_images, Multiscale, 100),
            "glow": partial(flow_of_images, Glow, 100), "residual": partial(flow_of_images, Residual, 200)}


def main():
    options = peer.arguments(__doc__, SUBJECTS, more)
    torch.set_num_threads(options.threads)
    peer.report(torch.__version__, SUBJECTS[options.subject](options))


main()
