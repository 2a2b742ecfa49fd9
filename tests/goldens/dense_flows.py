"""tests/goldens/dense_flows/: log-likelihoods by the public implementations of spline couplings and of MAF.

Both flows have 6 features, a condition of 2 numbers and an affine map before each layer, which stands for our
activation norm. Their weights are kept in our names and shapes; values are float64.

spline.safetensors   4 couplings of nflows 0.14 (Durkan et al. 2019, by its authors), 8 bins on [-4, 4]
maf.safetensors      3 layers of zuko 1.6.0, in three orders, with our affine map of an element
    flow/NAME        the weights
    x, condition     [64, 6], [64, 2]   some x are beyond the splines' interval
    z                [64, 6]   f(x)
    log_prob         [64]      log N(f(x); 0, I) + log|det df/dx|, the determinant that of autograd's Jacobian
"""

import math
import pathlib

import torch

import peers
from formula import formula, save

HERE = pathlib.Path(__file__).resolve().parent / "dense_flows"
DIMS, CONDITION, BINS, HIDDEN = 6, 2, 8, 30  # as many hidden units of each of the degrees 0 ... 5


def weights(name, shape, scale):
    """U(-scale, scale), of float32."""
    return (formula("dense_flows." + name, shape) * scale).double()


def norm(state, name, features=slice(None)):
    """y = (x + b) exp(s), with its weights; ours come in the order `features`."""
    log_scale, bias = weights(f"{name}.log_scale", (DIMS,), 0.3), weights(f"{name}.bias", (DIMS,), 0.5)
    state[f"{name}.log_scale"], state[f"{name}.bias"] = log_scale[features], bias[features]
    state[f"{name}.initialised"] = torch.ones(())
    return lambda x: (x + bias) * log_scale.exp()


def golden(name, layers, state, spread):
    """`layers` map (x, condition) of one example; our weights are in `state`."""
    x = weights(name + ".x", (64, DIMS), spread)
    condition = weights(name + ".condition", (64, CONDITION), 2)

    def flow(one, c):
        for layer in layers:
            one = layer(one, c)
        return one

    z = torch.stack([flow(one, c) for one, c in zip(x, condition)])
    log_det = torch.stack([torch.linalg.slogdet(torch.autograd.functional.jacobian(lambda one: flow(one, c), one))[1]
                           for one, c in zip(x, condition)])
    log_prob = -0.5 * (z ** 2).sum(1) - 0.5 * DIMS * math.log(2 * math.pi) + log_det
    tensors = {f"flow/{key}": value.detach().float() for key, value in state.items()}
    save(HERE / f"{name}.safetensors", {**tensors, "x": x, "condition": condition, "z": z, "log_prob": log_prob})
    print(name, "log_prob", log_prob.min().item(), log_prob.max().item(), "|z|", z.abs().max().item())


class Net(torch.nn.Sequential):
    """What nflows calls with the kept features and the condition."""

    def __init__(self, kept, out):
        super().__init__(torch.nn.Linear(kept + CONDITION, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, HIDDEN),
                         torch.nn.ReLU(), torch.nn.Linear(HIDDEN, out))

    def forward(self, kept, context):
        return super().forward(torch.cat([kept, context], 1))


def fill(net, name, scale):
    for key, parameter in net.named_parameters():
        parameter.data = weights(f"{name}.{key}", parameter.shape, scale / math.sqrt(parameter.shape[-1]))


def full_coupling(state, name, net, kept):
    """The network of a coupling in our shapes: number k of feature d in row k*D + d, zero where a mask is."""
    changed = [d for d in range(DIMS) if d not in kept]
    numbers = 3 * BINS - 1
    state[f"{name}.mask"] = torch.tensor([float(d in kept) for d in range(DIMS)])
    first, middle, last = net[0], net[2], net[4]
    weight = torch.zeros(HIDDEN, DIMS + CONDITION, dtype=torch.double)
    weight[:, kept + [DIMS, DIMS + 1]] = first.weight.data
    state[f"{name}.spline_net.0.weight"], state[f"{name}.spline_net.0.bias"] = weight, first.bias.data
    state[f"{name}.spline_net.2.weight"], state[f"{name}.spline_net.2.bias"] = middle.weight.data, middle.bias.data
    weight, bias = torch.zeros(numbers, DIMS, HIDDEN).double(), torch.zeros(numbers, DIMS).double()
    weight[:, changed] = last.weight.data.unflatten(0, (len(changed), numbers)).transpose(0, 1)
    bias[:, changed] = last.bias.data.unflatten(0, (len(changed), numbers)).transpose(0, 1)
    bias[2 * BINS:] -= math.log(math.exp(1 - 1e-3) - 1)  # our slopes are 1 where a network says 0
    state[f"{name}.spline_net.4.weight"], state[f"{name}.spline_net.4.bias"] = weight.flatten(0, 1), bias.flatten()


def spline():
    peers.install("nflows==0.14")
    from nflows.transforms.coupling import PiecewiseRationalQuadraticCouplingTransform

    layers, state = [], {}
    for i in range(4):
        kept = [d for d in range(DIMS) if (d + i) % 2 == 0]
        coupling = PiecewiseRationalQuadraticCouplingTransform(
            [int(d not in kept) for d in range(DIMS)], Net, num_bins=BINS, tails="linear", tail_bound=4.0).double()
        fill(coupling.transform_net, f"spline.{i}", 1)
        full_coupling(state, f"layers.{2 * i + 1}", coupling.transform_net, kept)
        before = norm(state, f"layers.{2 * i}")
        layers.append(lambda x, c, before=before, coupling=coupling:
                      coupling(before(x).unsqueeze(0), c.unsqueeze(0))[0].squeeze(0))
    golden("spline", layers, state, 5)


def by_degree(features):
    """The permutation that brings zuko's hidden units, of degrees 0, 1, ..., D-1, 0, 1, ..., in order."""
    return (torch.arange(features) % DIMS).sort(stable=True).indices


def full_masked(state, name, net, features):
    """A masked network in our order of features, units and numbers; what zuko masks is zero."""
    units = by_degree(HIDDEN)
    inputs = torch.cat([features, torch.tensor([DIMS, DIMS + 1])])
    for i, module in enumerate([net[0], net[2], net[4]]):
        weight, bias = (module.weight * module.mask).data, module.bias.data
        if i == 2:
            weight = weight.unflatten(0, (DIMS, 2))[features].transpose(0, 1).flatten(0, 1)[:, units]
            bias = bias.unflatten(0, (DIMS, 2))[features].transpose(0, 1).flatten()
        else:
            weight, bias = weight[units][:, inputs if i == 0 else units], bias[units]
        state[f"{name}.net.{2 * i}.weight"], state[f"{name}.net.{2 * i}.bias"] = weight, bias


def maf():
    peers.install("zuko==1.6.0")
    from zuko.flows import MaskedAutoregressiveTransform

    def univariate(scale, shift):
        return torch.distributions.AffineTransform(shift, scale.tanh().exp())

    orders = [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0, 4, 1, 5, 2]]  # of zuko: the place of each feature
    layers, state, place, before = [], {}, 0, torch.arange(DIMS)
    for i, order in enumerate(orders):
        features = torch.tensor(order).argsort()  # by place
        if i > 0:
            state[f"layers.{place}.order"] = before.argsort()[features].double()
            place += 1
        before = features
        layer = MaskedAutoregressiveTransform(DIMS, CONDITION, order=torch.tensor(order), univariate=univariate,
                                              shapes=((), ()), hidden_features=(HIDDEN, HIDDEN)).double()
        fill(layer.hyper, f"maf.{i}", 2)
        scale = norm(state, f"layers.{place}", features)
        full_masked(state, f"layers.{place + 1}", layer.hyper, features)
        layers.append(lambda x, c, scale=scale, layer=layer: layer(c)(scale(x)))
        place += 2
    layers.append(lambda x, c: x[before])  # our z is in the last layer's order
    golden("maf", layers, state, 2)
