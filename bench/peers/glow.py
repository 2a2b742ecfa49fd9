"""The preset `glow` in plain PyTorch (Kingma and Dhariwal 2018). A layer makes of x {its value, its part of log p}."""

import torch
from torch import nn
from torch.nn import functional

import pixels


class Squeeze(nn.Module):
    """2x2 squares to channels, in the layout that convolutions want."""

    def __init__(self, layout):
        super().__init__()
        self.layout = layout

    def forward(self, x):
        return functional.pixel_unshuffle(x, 2).contiguous(memory_format=self.layout), 0


class ActNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.log_scale, self.bias = nn.Parameter(torch.zeros(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("initialised", torch.zeros(()))

    def forward(self, x):
        y = (x + self.bias.view(1, -1, 1, 1)) * self.log_scale.exp().view(1, -1, 1, 1)
        return y, self.log_scale.sum() * (x.size(2) * x.size(3))


class InvertibleConv(nn.Module):
    """1x1, of the matrix P L (U + diag(sign exp(log_scale))), which starts as a rotation."""

    def __init__(self, channels):
        super().__init__()
        rotation, _ = torch.linalg.qr(torch.randn(channels, channels))
        permutation, lower, upper = torch.lu_unpack(*torch.linalg.lu_factor(rotation))
        diagonal = upper.diagonal()
        self.lower, self.upper = nn.Parameter(lower.tril(-1)), nn.Parameter(upper.triu(1))
        self.log_scale = nn.Parameter(diagonal.abs().log())
        self.register_buffer("permutation", permutation)
        self.register_buffer("sign", diagonal.sign())
        self.register_buffer("ones", torch.eye(channels), persistent=False)

    def forward(self, x):
        with torch.autocast("cpu", enabled=False):
            lower = self.lower.tril(-1) + self.ones
            upper = self.upper.triu(1) + torch.diag(self.sign * self.log_scale.exp())
            y = functional.conv2d(x, (self.permutation @ lower @ upper)[:, :, None, None])
        return y, self.log_scale.sum() * (x.size(2) * x.size(3))


class Coupling(nn.Module):
    """The second half of the channels is scaled by exp(log_slope(raw)), and moved, as the first half says."""

    def __init__(self, channels, hidden):
        super().__init__()
        kept, out = channels // 2, 2 * (channels - channels // 2)
        self.net = nn.Sequential(nn.Conv2d(kept, hidden, 3, padding=1), nn.ReLU(),
                                 nn.Conv2d(hidden, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, out, 3, padding=1))
        nn.init.zeros_(self.net[4].weight)
        nn.init.zeros_(self.net[4].bias)

    def forward(self, x):
        kept, changed = x.chunk(2, dim=1)
        raw, shift = self.net(kept).float().chunk(2, dim=1)
        moved, log_slope = self.transform(changed, raw, shift)
        return torch.cat([kept, moved], 1), log_slope.flatten(1).sum(dim=1)


class SigmoidCoupling(Coupling):
    @staticmethod
    def transform(x, raw, shift):
        log_slope = functional.logsigmoid(raw + 2)
        return (x + shift) * log_slope.exp(), log_slope


class AffineCoupling(Coupling):
    @staticmethod
    def transform(x, raw, shift):
        log_slope = torch.tanh(raw)
        return x * log_slope.exp() + shift, log_slope


class Split(nn.Module):
    """The second half of the channels leaves as latents."""

    def forward(self, x):
        stays, leaves = x.chunk(2, dim=1)
        return stays, pixels.normal_log_prob(leaves)


class Layers(nn.Module):
    """Layers over a standard normal."""

    def through(self, x, log_prob):
        """log p of x, and what came before it of log p: [N] nats."""
        for layer in self.layers:
            x, term = layer(x)
            log_prob = log_prob + term
        return log_prob + pixels.normal_log_prob(x)

    def load(self, state):
        self.load_state_dict(state)


class Glow(Layers):
    def __init__(self, layout=torch.contiguous_format, scales=2, steps=16, hidden=128):
        super().__init__()
        layers, channels = [], 1
        for scale in range(scales):
            layers.append(Squeeze(layout))
            channels *= 4
            for _ in range(steps):
                layers += [ActNorm(channels), InvertibleConv(channels), SigmoidCoupling(channels, hidden)]
            if scale + 1 < scales:
                layers += [AffineCoupling(channels, hidden), Split()]
                channels //= 2
        self.layers = nn.ModuleList([*layers, ActNorm(channels)])
        self.to(memory_format=layout)

    def forward(self, level):
        """Levels [N, 1, H, W] -> log p [N] nats of them dequantised: by noise in training, else in the middle."""
        noise = torch.rand_like(level) if self.training else 0.5
        return self.through((level + noise) / pixels.LEVELS, 0)
