"""tests/goldens/metrics/values.safetensors: sample-quality metrics by NumPy and SciPy, as their definitions read.

Both sides make the features from their names (formula.py; `features` here and in tests/metrics/golden_test.cpp), so
only values are kept, in float64:

    fid.full             N = 400 and 500 of 48 dimensions, by scipy.linalg.sqrtm
    fid.half             N = 16 and 500 of 48 dimensions: one covariance is singular
    fid.low              N = 16 and 16 of 48 dimensions: both are
    fid.influence        [20]  derivatives of fid.full by the weight of the first ten of either set, less the mean over the set
    kid                  [2]   unbiased MMD^2 of the first 300 of either set, and its standard error to first order
    inception_score      [3]   of splits 2, 7 and 10 of the same 100 logits
    prdc                 [4]   precision, recall, density, coverage, k = 5, 200 against 150 of 6 dimensions
"""

import pathlib

import numpy
import scipy.linalg
import torch

from formula import formula, save

OUT = pathlib.Path(__file__).resolve().parent / "metrics" / "values.safetensors"


def features(name, n, dims, scale=1.0, shift=0.0):
    """Sums of correlated uniform numbers, not far from a Gaussian mixture."""
    raw = formula(name, [n, dims]).numpy().astype(numpy.float64)
    mix = formula("mix", [dims, dims]).numpy().astype(numpy.float64)
    return scale * (raw + raw @ mix / 4) + shift


def fid(mean_a, cov_a, mean_b, cov_b):
    root = scipy.linalg.sqrtm(cov_a @ cov_b)
    return ((mean_a - mean_b) ** 2).sum() + numpy.trace(cov_a + cov_b) - 2 * numpy.trace(root).real


def moments(x):
    return x.mean(0), numpy.cov(x, rowvar=False)


def influence(x, y, count):
    """Central differences by the weight of one sample of x: its moments move towards that sample's."""
    mean, covariance = moments(x)
    other = moments(y)

    def moved(sample, step):
        c = sample - mean
        return fid(mean + step * c, covariance + step * (numpy.outer(c, c) - covariance), *other)

    step = 1e-4
    effects = numpy.array([(moved(sample, step) - moved(sample, -step)) / (2 * step) for sample in x])
    return (effects - effects.mean())[:count]


def kid(x, y):
    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    n = len(x)
    xx, yy, xy = kernel(x, x), kernel(y, y), kernel(x, y)
    within_x = (xx.sum(1) - xx.diagonal()) / (n - 1)
    within_y = (yy.sum(1) - yy.diagonal()) / (n - 1)
    effects = [within_x - xy.mean(1), within_y - xy.mean(0)]
    error = numpy.sqrt(sum(4 * effect.var(ddof=1) / n for effect in effects))
    return within_x.mean() + within_y.mean() - 2 * xy.mean(), error


def inception_score(logits, splits):
    p = numpy.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    scores = []
    for i in range(splits):
        part = p[len(p) * i // splits:len(p) * (i + 1) // splits]
        scores.append(numpy.exp((part * numpy.log(part / part.mean(0))).sum(1).mean()))
    return numpy.mean(scores)


def prdc(real, fake, k):
    def distances(a, b):
        return numpy.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))

    reach_real = numpy.sort(distances(real, real), 1)[:, k]  # column 0 is the point itself
    reach_fake = numpy.sort(distances(fake, fake), 1)[:, k]
    between = distances(real, fake)
    in_real, in_fake = between <= reach_real[:, None], between <= reach_fake[None]
    return [in_real.any(0).mean(), in_fake.any(1).mean(), in_real.sum(0).mean() / k, in_real.any(1).mean()]


def values():
    real, fake = features("real", 400, 48), features("fake", 500, 48, 1.1, 0.05)
    logits = 4 * formula("logits", [100, 10]).numpy().astype(numpy.float64)
    found = {
        "fid.full": fid(*moments(real), *moments(fake)),
        "fid.half": fid(*moments(real[:16]), *moments(fake)),
        "fid.low": fid(*moments(real[:16]), *moments(fake[:16])),
        "fid.influence": numpy.concatenate([influence(real, fake, 10), influence(fake, real, 10)]),
        "kid": kid(real[:300], fake[:300]),
        "inception_score": [inception_score(logits, splits) for splits in (2, 7, 10)],
        "prdc": prdc(features("real", 200, 6), features("fake", 150, 6, 0.8, 0.3), 5),
    }
    save(OUT, {name: torch.tensor(numpy.atleast_1d(value), dtype=torch.float64) for name, value in found.items()})
