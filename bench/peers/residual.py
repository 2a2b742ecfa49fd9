"""The preset `residual` in plain PyTorch (Chen et al. 2019). A layer makes of x {its value, its part of log p}."""

import math

import torch
from torch import nn
from torch.nn import functional

import pixels
from glow import ActNorm, Layers, Squeeze

ALPHA = 0.05  # of the logit
BOUND, TOLERANCE, MOST_ITERATIONS = 0.9, 1e-4, 50  # of a layer's norm, by power iteration
CERTAIN, CERTAIN_IN_EVALUATION, CONTINUATION = 2, 20, 0.6  # terms of the series


class SpectralBound(nn.Module):
    """W / max(1, norm / BOUND) of a convolution of images [channels, side, side]; of a 1x1 kernel by its matrix."""

    def __init__(self, weight, side):
        super().__init__()
        out, in_, kernel, _ = weight.shape
        self.padding = kernel // 2
        shape = (lambda channels: (channels,)) if kernel == 1 else (lambda channels: (1, channels, side, side))
        self.register_buffer("u", functional.normalize(torch.randn(shape(out)).flatten(), dim=0).view(shape(out)))
        self.register_buffer("v", functional.normalize(torch.randn(shape(in_)).flatten(), dim=0).view(shape(in_)))

    def apply_to(self, weight, x):
        return weight[:, :, 0, 0] @ x if x.dim() == 1 else functional.conv2d(x, weight, padding=self.padding)

    def transpose_to(self, weight, y):
        if y.dim() == 1:
            return weight[:, :, 0, 0].t() @ y
        return functional.conv_transpose2d(y, weight, padding=self.padding)

    @torch.no_grad()
    def iterate(self, weight):
        u, v = self.u, self.v
        sigma = (u * self.apply_to(weight, v)).sum().item()
        for _ in range(MOST_ITERATIONS):
            v = self.transpose_to(weight, u)
            v = v / v.norm().clamp_min(1e-30)
            u = self.apply_to(weight, v)
            norm = u.norm()
            u, before, sigma = u / norm.clamp_min(1e-30), sigma, norm.item()
            if abs(sigma - before) <= TOLERANCE * sigma:
                break
        return u, v

    def forward(self, weight):
        with torch.autocast("cpu", enabled=False):
            u, v = self.iterate(weight) if self.training else (self.u, self.v)
            if self.training:
                self.u, self.v = u, v
            return weight / ((u * self.apply_to(weight, v)).sum() / BOUND).clamp_min(1)


class Layer(nn.Module):
    """LipSwish, but before the first, and a convolution."""

    def __init__(self, in_, out, kernel, side, activates):
        super().__init__()
        reach = 1 / math.sqrt(in_ * kernel ** 2)
        self.weight = nn.Parameter(torch.empty(out, in_, kernel, kernel).uniform_(-reach, reach))
        self.bias = nn.Parameter(torch.empty(out).uniform_(-reach, reach))
        self.beta = nn.Parameter(torch.tensor(0.5)) if activates else None
        self.spectral_bound = SpectralBound(self.weight, side)

    def forward(self, x):
        if self.beta is not None:
            x = functional.silu(functional.softplus(self.beta) * x) / (1.1 * functional.softplus(self.beta))
        return functional.conv2d(x, self.spectral_bound(self.weight), self.bias, padding=self.weight.size(2) // 2)


class ResidualBlock(nn.Module):
    """x + g(x), and log|det(I + J)| by its series, cut off at random (eq. 6) and differentiated as a Neumann series
    (eq. 8)."""

    def __init__(self, channels, hidden, side):
        super().__init__()
        self.net = nn.ModuleList([Layer(channels, hidden, 3, side, False), Layer(hidden, hidden, 1, side, True),
                                  Layer(hidden, channels, 3, side, True)])
        nn.init.zeros_(self.net[2].weight)
        nn.init.zeros_(self.net[2].bias)

    def weights(self, n):
        """Of the terms, [K, 1] in training, [K, n] in evaluation."""
        certain = CERTAIN if self.training else CERTAIN_IN_EVALUATION
        further = torch.empty(1 if self.training else n).geometric_(1 - CONTINUATION) - 1
        j = torch.arange(1, int(further.max()) + 1).unsqueeze(1)
        return torch.cat([torch.ones(certain, len(further)),
                          torch.where(j <= further, CONTINUATION ** -j.float(), torch.zeros(()))])

    def forward(self, x):
        differentiable = torch.is_grad_enabled()
        with torch.enable_grad():
            x = x if x.requires_grad else x.detach().requires_grad_()
            g = x
            for layer in self.net:
                g = layer(g)
            g = g.float()
            log_det = self.log_det(x, g, differentiable)
        return (x + g, log_det) if differentiable else ((x + g).detach(), log_det.detach())

    @staticmethod
    def by_jacobian(v, x, g, differentiable):
        """v^T J."""
        return torch.autograd.grad(g, x, v, retain_graph=True, create_graph=differentiable)[0]

    def log_det(self, x, g, differentiable):
        v = 2 * torch.randint_like(x, 2) - 1
        product, neumann, value = v, torch.zeros_like(x), torch.zeros(len(x))
        for k, weight in enumerate(self.weights(len(x))):
            weight = weight if k % 2 == 0 else -weight
            neumann = neumann + weight.view(-1, 1, 1, 1) * product if differentiable else neumann
            product = self.by_jacobian(product, x, g, False)
            value = value + weight / (k + 1) * (product * v).flatten(1).sum(dim=1)
        if not differentiable:
            return value
        slope = (self.by_jacobian(neumann, x, g, True) * v).flatten(1).sum(dim=1)
        return value + (slope - slope.detach())


class Residual(Layers):
    estimates = True

    def __init__(self, layout=torch.contiguous_format, scales=2, blocks=6, hidden=64):
        super().__init__()
        layers, channels, side = [], 1, 28
        for _ in range(scales):
            layers.append(Squeeze(layout))
            channels, side = 4 * channels, side // 2
            for _ in range(blocks):
                layers += [ActNorm(channels), ResidualBlock(channels, hidden, side)]
        self.layers = nn.ModuleList([*layers, ActNorm(channels)])
        self.to(memory_format=layout)

    def forward(self, level):
        """Levels [N, 1, H, W] -> an estimate of log p [N] nats of them dequantised by noise, in evaluation as well."""
        noise = torch.rand_like(level)
        p = ALPHA + (1 - 2 * ALPHA) * (level + noise) / pixels.LEVELS
        x = p.log() - torch.log1p(-p)
        log_prob = math.log(1 - 2 * ALPHA) * level[0].numel() - (p.log() + torch.log1p(-p)).flatten(1).sum(dim=1)
        return self.through(x, log_prob)
