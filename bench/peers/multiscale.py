"""The preset `multiscale` in plain PyTorch: the phases of 2x2 squares given those before them, coarsest first."""

import torch
from torch import nn
from torch.nn import functional

import pixels
from autoregressive import AutoregressiveImage


class GatedConv(nn.Module):
    """x + value(elu(x)) * sigma(gate(elu(x)))"""

    def __init__(self, channels):
        super().__init__()
        self.value = nn.Conv2d(channels, channels, 3, padding=1)
        self.gate = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        inner = functional.elu(x)
        return torch.addcmul(x, self.value(inner), torch.sigmoid(self.gate(inner)))


class GatedNet(nn.Module):
    """[N, channels, side, side] -> [N, out, side, side]; beside x it sees rows and columns, from -1 to 1."""

    def __init__(self, channels, hidden, layers, out, side):
        super().__init__()
        self.first = nn.Conv2d(channels + 2, hidden, 3, padding=1)
        self.depth = layers
        for number in range(layers):
            self.add_module(str(number), GatedConv(hidden))
        self.last = nn.Conv2d(hidden, out, 1)
        along = torch.linspace(-1, 1, side)
        rows, columns = along.view(side, 1).expand(side, side), along.expand(side, side)
        self.register_buffer("place", torch.stack([rows, columns]).unsqueeze(0), persistent=False)

    def forward(self, x):
        x = self.first(torch.cat([x, self.place.expand(len(x), -1, -1, -1)], 1))
        for number in range(self.depth):
            x = self.get_submodule(str(number))(x)
        return self.last(functional.elu(x))


class Phase(nn.Module):
    """The distribution of the phase `goes` given the phases `kept`: 0 is x00, 1 x01, 2 x10, 3 x11."""

    def __init__(self, goes, kept, side, hidden=64, layers=6, components=10):
        super().__init__()
        self.goes, self.kept = goes, kept
        self.net = GatedNet(2 * len(kept), hidden, layers, 3 * components, side)
        with torch.no_grad():
            self.net.last.weight.mul_(0.01)
            self.net.last.bias.copy_(pixels.spread_biases(components))

    def forward(self, phases):
        """[N, 4, side, side] -> log p [N] nats."""
        seen = pixels.features(phases[:, self.kept])
        return pixels.log_probability(phases[:, self.goes:self.goes + 1], self.net(seen))


class Multiscale(nn.Module):
    def __init__(self, layout=torch.contiguous_format, side=28, scales=2):
        super().__init__()
        self.layers = nn.ModuleDict()  # Pushforward counts squeezes and splits too
        self.scales = scales
        for scale in range(scales):
            side //= 2
            for number, (goes, kept) in enumerate([(2, [0, 1, 3]), (1, [0, 3]), (3, [0])]):
                self.layers[str(7 * scale + 1 + 2 * number)] = Phase(goes, kept, side)
        self.base = str(7 * scales)
        self.layers[self.base] = AutoregressiveImage(side, side, hidden=48, mirror=False)
        self.to(memory_format=layout)

    def forward(self, level):
        """Levels [N, 1, H, W] -> log p [N] nats."""
        log_prob = 0
        for scale in range(self.scales):
            phases = functional.pixel_unshuffle(level, 2)
            for number in range(3):
                log_prob = log_prob + self.layers[str(7 * scale + 1 + 2 * number)](phases)
            level = phases[:, :1]
        return log_prob + self.layers[self.base](level)

    def load(self, state):
        self.layers[self.base].take(state, f"layers.{self.base}.")
        self.load_state_dict(state)
