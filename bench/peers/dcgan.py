"""The study's DCGAN and its WGAN-GP in plain PyTorch: what Pushforward is compared with, in numbers and in time.

Images are [N, 1, 64, 64] in [-1, 1], latents [N, 100]. No layer has a bias.
"""

import torch
from torch import nn
from torch.nn import functional


class Generator(nn.Module):
    """`model`: transposed convolutions 100-512-256-128-64-1 with batch norm and ReLU between, tanh at the end."""

    def __init__(self, latent=100, widths=(512, 256, 128, 64), channels=1):
        super().__init__()
        layers, before = [], latent
        for number, width in enumerate(widths):
            stride, padding = (1, 0) if number == 0 else (2, 1)
            layers += [nn.ConvTranspose2d(before, width, 4, stride, padding, bias=False),
                       nn.BatchNorm2d(width), nn.ReLU()]
            before = width
        self.model = nn.Sequential(*layers, nn.ConvTranspose2d(before, channels, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, z):
        return self.model(z[:, :, None, None])


class Discriminator(nn.Module):
    """`model`: convolutions 1-64-128-256-512-1 with LeakyReLU 0.2 between, batch norm from the second on; logits [N].

    Without batch norm it is the critic of WGAN-GP; positions in `model` close up.
    """

    def __init__(self, widths=(64, 128, 256, 512), channels=1, batch_norm=True):
        super().__init__()
        layers, before = [], channels
        for number, width in enumerate(widths):
            layers.append(nn.Conv2d(before, width, 4, 2, 1, bias=False))
            if batch_norm and number > 0:
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.LeakyReLU(0.2))
            before = width
        self.model = nn.Sequential(*layers, nn.Conv2d(before, 1, 4, 1, 0, bias=False))

    def forward(self, x):
        return self.model(x).flatten()


def dcgan_adam(model, learning_rate=2e-4, adam=torch.optim.Adam):
    return adam(model.parameters(), lr=learning_rate, betas=(0.5, 0.999))


def wgan_gp_adam(model, adam=torch.optim.Adam):
    return adam(model.parameters(), lr=1e-4, betas=(0.0, 0.9))


def dcgan_step(generator, discriminator, generator_optimizer, discriminator_optimizer, real, z):
    """The study's step: the generator first, then the discriminator on the same fakes. Both losses."""
    ones, zeros = torch.ones_like(real[:, 0, 0, 0]), torch.zeros_like(real[:, 0, 0, 0])
    generator_optimizer.zero_grad()
    fake = generator(z)
    generator_loss = functional.binary_cross_entropy_with_logits(discriminator(fake), ones)
    generator_loss.backward()
    generator_optimizer.step()

    discriminator_optimizer.zero_grad()
    real_loss = functional.binary_cross_entropy_with_logits(discriminator(real), ones)
    fake_loss = functional.binary_cross_entropy_with_logits(discriminator(fake.detach()), zeros)
    discriminator_loss = (real_loss + fake_loss) / 2
    discriminator_loss.backward()
    discriminator_optimizer.step()
    return generator_loss.item(), discriminator_loss.item()


def gradient_norms(critic, real, fake, epsilon):
    """|grad f(x)| at x = epsilon real + (1 - epsilon) fake, [N]"""
    epsilon = epsilon[:, None, None, None]
    between = (epsilon * real + (1 - epsilon) * fake).requires_grad_(True)
    gradient, = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return gradient.flatten(1).norm(dim=1)


def gradient_penalty(critic, real, fake, epsilon):
    """mean (|grad f(x)| - 1)^2  (Gulrajani et al. 2017, eq. 3)."""
    return ((gradient_norms(critic, real, fake, epsilon) - 1) ** 2).mean()


def critic_step(generator, critic, optimizer, real, z, epsilon, weight=10.0):
    """mean f(fake) - mean f(real) + weight * penalty. The loss and the penalty."""
    with torch.no_grad():
        fake = generator(z)
    optimizer.zero_grad()
    penalty = gradient_penalty(critic, real, fake, epsilon)
    loss = critic(fake).mean() - critic(real).mean() + weight * penalty
    loss.backward()
    optimizer.step()
    return loss.item(), penalty.item()


def generator_step(generator, critic, optimizer, z):
    """-mean f(fake), the critic's weights held."""
    critic.requires_grad_(False)
    optimizer.zero_grad()
    loss = -critic(generator(z)).mean()
    loss.backward()
    optimizer.step()
    critic.requires_grad_(True)
    return loss.item()
