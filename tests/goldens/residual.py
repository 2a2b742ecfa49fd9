"""tests/goldens/residual/: residual blocks of normflows, whose log-determinants are computed here from their Jacobians.

Needs normflows 1.7 beside python3-torch (in a virtual environment that sees the system's packages; --no-deps).

normflows.safetensors, in float64, for NAME in dense (x [6, 5]) and image (x [4, 2, 4, 3]):
    NAME.x, NAME.y       y = x + g(x), g normflows' LipschitzMLP or LipschitzCNN of two hidden layers of 16
    NAME.log_det         log|det dy/dx| by autograd; normflows' own is a random estimate
    NAME.net.I.PARAMETER raw weights, biases and Swish slopes, in Pushforward's names; the power iteration of each
                         side has converged
"""

import pathlib

import torch

from formula import save

HERE = pathlib.Path(__file__).resolve().parent


def block(net, x):
    """The weights, y and log-determinants of x + net(x)."""
    from normflows.flows.residual import iResBlock

    block = iResBlock(net, brute_force=False).double()
    with torch.no_grad():
        for parameter in block.nnet.parameters():
            drawn = torch.randn(parameter.shape).double()
            # Weights have a mean, so that layers of few large singular values add up.
            parameter.copy_(0.7 * drawn + 0.5 if parameter.dim() > 1 else 0.5 * drawn)
        block.nnet(x)  # tells convolutions the size of their images
        for linear in block.nnet.net[1::2]:
            linear.compute_weight(True, n_iterations=2000)
    block.eval()
    kept = {}
    for index, (swish, linear) in enumerate(zip(block.nnet.net[::2], block.nnet.net[1::2])):
        kept[f"net.{index}.weight"] = linear.weight
        kept[f"net.{index}.bias"] = linear.bias
        kept[f"net.{index}.beta"] = swish.beta
    y = block(x)
    y = (y[0] if isinstance(y, tuple) else y).detach()
    log_dets = []
    for one in x:
        jacobian = torch.autograd.functional.jacobian(lambda v: block.nnet(v[None])[0] + v, one)
        log_dets.append(torch.linalg.slogdet(jacobian.reshape(one.numel(), one.numel()))[1])
    return {**kept, "x": x, "y": y, "log_det": torch.stack(log_dets)}


def normflows():
    from normflows.nets.lipschitz import LipschitzCNN, LipschitzMLP

    torch.manual_seed(0)
    cases = {
        "dense": (LipschitzMLP([5, 16, 16, 5], max_lipschitz_iter=5), (6, 5)),
        "image": (LipschitzCNN([2, 16, 16, 2], [3, 1, 3], max_lipschitz_iter=5), (4, 2, 4, 3)),
    }
    kept = {}
    for name, (net, shape) in cases.items():
        found = block(net, torch.randn(shape).double())
        print(name, "log-determinants", found["log_det"].numpy())
        kept.update({f"{name}.{key}": value for key, value in found.items()})
    save(HERE / "residual" / "normflows.safetensors", kept)
