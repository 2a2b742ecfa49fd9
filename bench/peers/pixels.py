"""What the flows of images have in common: levels of pixels, what a network sees of them, and their distributions.

Images are levels 0 ... 255 as floats, [N, C, H, W].
"""

import math

import torch
from torch.nn import functional

LEVELS = 256
MOST_LOG_SCALE = 7


def features(level):
    """[N, C, H, W] -> [N, 2C, H, W]: the levels in [-1, 1], then whether each is 0."""
    return torch.cat([level / 127.5 - 1, (level == 0).to(level.dtype)], 1)


def log_probability(level, parameters):
    """log p of [N, 1, H, W] dequantised to [0, 1), summed over an image: [N] nats.

    `parameters` [N, 3K, H, W] are the logits, means and log scales of K logistics on [-1, 1], discretised, the first
    and the last level open (Salimans et al. 2017, "PixelCNN++", eq. 2): log(sigma(b) - sigma(a)) =
    log(1 - exp(a - b)) - softplus(-b) - softplus(a), which keeps its digits where a component is narrow, wide or far.
    Planes of their own are faster to go over than channels last, as all components meet the same level.
    """
    logit, mean, log_scale = parameters.float().contiguous().chunk(3, dim=1)
    inverse_scale = torch.exp(-log_scale.clamp(-MOST_LOG_SCALE, MOST_LOG_SCALE))
    gap = 2 / LEVELS * inverse_scale
    a = (level * (2 / LEVELS) - 1 - mean) * inverse_scale
    first, last = level == 0, level == LEVELS - 1
    below = functional.softplus(-(a + gap)).masked_fill(last, 0)
    above = functional.softplus(a).masked_fill(first, 0)
    between = torch.log(-torch.expm1(-gap)).masked_fill(first | last, 0)
    log_p = torch.logsumexp(logit + between - below - above, dim=1) - torch.logsumexp(logit, dim=1)
    return log_p.flatten(1).sum(dim=1) + level[0].numel() * math.log(LEVELS)


def spread_biases(components=10):
    """Where the biases of the last layer start: means from -1 to 1, log scales at -1.5."""
    return torch.cat([torch.zeros(components), torch.linspace(-1, 1, components), torch.full((components,), -1.5)])


def normal_log_prob(z):
    """[N, ...] -> [N] nats under N(0, I)."""
    return -0.5 * (z ** 2).flatten(1).sum(dim=1) - 0.5 * z[0].numel() * math.log(2 * math.pi)
