"""The preset `autoregressive` in plain PyTorch: mixtures of logistics of each pixel given those before it."""

import torch
from torch import nn
from torch.nn import functional

import pixels


class ShiftedConv(nn.Conv2d):
    """A convolution behind zeros at the sides of the image, or, where negative, without its last rows or columns."""

    def __init__(self, before, after, kernel, left, right, top, bottom=0, dilation=1, bias=True):
        super().__init__(before, after, kernel, dilation=dilation, bias=bias)
        self.sides = left, right, top, bottom

    def forward(self, x):
        return super().forward(functional.pad(x, self.sides))


def gate(x):
    a, b = x.chunk(2, dim=1)
    return torch.tanh(a) * torch.sigmoid(b)


class CausalNet(nn.Module):
    """[N, 2, H, W] -> [N, out, H, W], two stacks without a blind spot (van den Oord et al. 2016, "Conditional image
    generation with PixelCNN decoders", section 2.2-2.3), of shifted kernels."""

    def __init__(self, height, width, hidden, dilations, out, mirror):
        super().__init__()
        self.first_above = ShiftedConv(2, hidden, (2, 3), 1, 1, 2, -1, bias=False)
        self.first_left = ShiftedConv(2, hidden, (1, 2), 2, -1, 0, bias=False)
        self.first_link = nn.Conv2d(hidden, hidden, 1, bias=False)
        if mirror:  # of the rows above, and of the left half of a row for its right half
            self.mirror_above = ShiftedConv(2, hidden, (2, 3), 1, 1, 2, -1, bias=False)
            self.mirror_left = nn.Conv2d(2, hidden, (1, 7), padding=(0, 3), bias=False)
        self.mirror = mirror
        self.position = nn.Parameter(torch.zeros(1, hidden, height, width))
        self.layers = len(dilations)
        for number, d in enumerate(dilations):
            goes_on = number + 1 < self.layers  # nobody sees what the last layer would make of the rows above
            parts = {"above": ShiftedConv(hidden, 2 * hidden, (2, 3), d, d, d, dilation=d, bias=goes_on),
                     "left": ShiftedConv(hidden, 2 * hidden, (1, 2), d, 0, 0, dilation=d),
                     "link": nn.Conv2d(2 * hidden, 2 * hidden, 1, bias=False),
                     "out": nn.Conv2d(hidden, hidden, 1, bias=False)}
            for name, part in parts.items():
                self.add_module(f"layer{number}_{name}", part)
        self.hidden = nn.Conv2d(hidden, 2 * hidden, 1)
        self.last = nn.Conv2d(2 * hidden, out, 1)

    def part(self, number, name):
        return getattr(self, f"layer{number}_{name}")

    def forward(self, x):
        above, left = self.first_above(x), self.first_left(x)
        if self.mirror:
            reversed_x, middle = x.flip(3), (x.shape[3] + 1) // 2
            above = above + self.mirror_above(reversed_x)
            left = left + functional.pad(self.mirror_left(reversed_x[..., middle:]), (middle, 0))
        left = left + self.first_link(above) + self.position
        for number in range(self.layers):
            a = self.part(number, "above")(above)
            b = self.part(number, "left")(left) + self.part(number, "link")(a)
            if number + 1 < self.layers:
                above = above + gate(a)
            left = left + self.part(number, "out")(gate(b))
        return self.last(torch.relu(self.hidden(torch.relu(left))))


class AutoregressiveImage(nn.Module):
    def __init__(self, height=28, width=28, hidden=80, layers=5, components=10, mirror=True):
        super().__init__()
        dilations = [(1, 2, 1, 4)[number % 4] for number in range(layers)]
        self.net = CausalNet(height, width, hidden, dilations, 3 * components, mirror)
        nn.init.zeros_(self.net.last.weight)
        self.net.last.bias.data.copy_(pixels.spread_biases(components))

    def forward(self, level):
        """Levels [N, 1, H, W] -> log p [N] nats."""
        return pixels.log_probability(level, self.net(pixels.features(level)))

    def take(self, state, prefix):
        """Renames, in a state of Pushforward's, what lies below `prefix`. There the link of a layer sees its rows
        above without their bias, here with it."""
        net = prefix + "net."
        for name in [name for name in state if name.startswith(net) and name.endswith("_bias")]:
            state[name[:-len("_bias")] + ".bias"] = state.pop(name)
        state[net + "position"] = state[net + "position"].unsqueeze(0)
        for number in range(self.net.layers - 1):
            layer = f"{net}layer{number}_"
            state[layer + "left.bias"] = state[layer + "left.bias"] - \
                state[layer + "link.weight"].flatten(1) @ state[layer + "above.bias"]


class Autoregressive(nn.Module):
    """The flow: one such layer."""

    def __init__(self, layout=torch.contiguous_format):
        super().__init__()
        self.layers = nn.ModuleList([AutoregressiveImage()])
        self.to(memory_format=layout)

    def forward(self, level):
        return self.layers[0](level)

    def load(self, state):
        self.layers[0].take(state, "layers.0.")
        self.load_state_dict(state)
