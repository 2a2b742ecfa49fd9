"""The study's RealNVP in plain PyTorch: what Pushforward is compared with, in numbers and in time."""

import torch
from torch import nn


class AffineCoupling(nn.Module):
    """y = m*x + (1-m)*(x*exp(s(m*x)) + t(m*x)), log|det| = sum((1-m)*s(m*x))  (Dinh et al. 2017, eq. 4-9)."""

    def __init__(self, dims, hidden, mask):
        super().__init__()
        self.scale_net = nn.Sequential(nn.Linear(dims, hidden), nn.ReLU(), nn.Linear(hidden, dims), nn.Tanh())
        self.translate_net = nn.Sequential(nn.Linear(dims, hidden), nn.ReLU(), nn.Linear(hidden, dims))
        self.register_buffer("mask", mask)

    def forward(self, x):
        kept = x * self.mask
        s, t = self.scale_net(kept), self.translate_net(kept)
        y = kept + (1 - self.mask) * (x * torch.exp(s) + t)
        return y, ((1 - self.mask) * s).sum(dim=1)

    def inverse(self, y):
        kept = y * self.mask
        s, t = self.scale_net(kept), self.translate_net(kept)
        return kept + (1 - self.mask) * ((y - t) * torch.exp(-s))


class HalvedCoupling(nn.Module):
    """The same of halves: both networks see the kept half and make the other's s and t; their first layers are one."""

    def __init__(self, dims, hidden):
        super().__init__()
        self.first = nn.Linear(dims // 2, 2 * hidden)
        self.scale, self.translate = nn.Linear(hidden, dims // 2), nn.Linear(hidden, dims // 2)

    def forward(self, kept, moved):
        seen_by_scale, seen_by_translate = torch.relu(self.first(kept)).chunk(2, dim=1)
        s, t = torch.tanh(self.scale(seen_by_scale)), self.translate(seen_by_translate)
        return moved * torch.exp(s) + t, s.sum(dim=1)


class HalvedRealNVP(nn.Module):
    """RealNVP without what the masks make zero, half of the arithmetic: as who knows it would write it."""

    def __init__(self, dims=784, hidden=1024, couplings=8):
        super().__init__()
        self.dims = dims
        self.layers = nn.ModuleList(HalvedCoupling(dims, hidden) for _ in range(couplings))

    def log_prob(self, x):
        kept, moved = x[:, 0::2].contiguous(), x[:, 1::2].contiguous()
        log_det = x.new_zeros(x.shape[0])
        for layer in self.layers:
            moved, ld = layer(kept, moved)
            log_det = log_det + ld
            kept, moved = moved, kept
        square = (kept ** 2).sum(dim=1) + (moved ** 2).sum(dim=1)
        return log_det - 0.5 * square - 0.5 * self.dims * torch.log(torch.tensor(2 * torch.pi, dtype=x.dtype))


class RealNVP(nn.Module):
    """Alternating masks: layer i keeps the dimensions j with j % 2 == i % 2 ... (layer 0 keeps 0, 2, 4, ...)."""

    def __init__(self, dims=784, hidden=1024, couplings=8):
        super().__init__()
        masks = [((torch.arange(dims) + i) % 2 == 0).float() for i in range(couplings)]
        self.dims = dims
        self.layers = nn.ModuleList(AffineCoupling(dims, hidden, m) for m in masks)

    def forward(self, x):
        log_det = x.new_zeros(x.shape[0])
        for layer in self.layers:
            x, ld = layer(x)
            log_det = log_det + ld
        return x, log_det

    def inverse(self, z):
        for layer in reversed(self.layers):
            z = layer.inverse(z)
        return z

    def log_prob(self, x):
        z, log_det = self(x)
        base = -0.5 * (z ** 2).sum(dim=1) - 0.5 * self.dims * torch.log(torch.tensor(2 * torch.pi, dtype=x.dtype))
        return base + log_det


def training_step(model, optimizer, x):
    optimizer.zero_grad()
    loss = -model.log_prob(x).mean()
    loss.backward()
    optimizer.step()
    return loss.item()
