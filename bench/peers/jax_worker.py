"""Times a model in JAX, as XLA compiles it for this processor: one JSON line {version, QUANTITY: [...]}.

    python jax_worker.py SUBJECT --threads 2 --steps 5 [--bfloat16]

realnvp, realnvp-halved   train_step_ms, score_images_per_s
dcgan                     train_step_ms, sample_images_per_s

Buffers are donated; with --bfloat16 products take operands of it and accumulate in float32, as autocast does.
"""

import functools
import json

import jax
import jax.numpy as jnp
import numpy
import optax

import peer

DIMS, HIDDEN, COUPLINGS = 784, 1024, 8


def linear(random, inputs, outputs):
    bound = inputs ** -0.5
    return {"weight": jnp.asarray(random.uniform(-bound, bound, (inputs, outputs)), jnp.float32),
            "bias": jnp.zeros(outputs)}


class RealNVP:
    """As the study writes it: full matrices, masked."""

    def __init__(self, product):
        random = numpy.random.default_rng(0)
        self.product = product
        self.masks = [((numpy.arange(DIMS) + i) % 2 == 0).astype(numpy.float32) for i in range(COUPLINGS)]
        self.parameters = [{"scale": [linear(random, DIMS, HIDDEN), linear(random, HIDDEN, DIMS)],
                            "translate": [linear(random, DIMS, HIDDEN), linear(random, HIDDEN, DIMS)]}
                           for _ in range(COUPLINGS)]

    def apply(self, layer, x):
        return self.product(x, layer["weight"]) + layer["bias"]

    def network(self, layers, x):
        return self.apply(layers[1], jax.nn.relu(self.apply(layers[0], x)))

    def log_prob(self, parameters, x):
        log_det = 0
        for layer, mask in zip(parameters, self.masks):
            kept = x * mask
            s = (1 - mask) * jnp.tanh(self.network(layer["scale"], kept))
            t = (1 - mask) * self.network(layer["translate"], kept)
            x = kept + (1 - mask) * x * jnp.exp(s) + t
            log_det += s.sum(1)
        return log_det - 0.5 * (x ** 2).sum(1) - 0.5 * DIMS * numpy.log(2 * numpy.pi)


class HalvedRealNVP(RealNVP):
    """The same of halves: both networks see the kept half and make the other's s and t; their first layers are one."""

    def __init__(self, product):
        random = numpy.random.default_rng(0)
        self.product = product
        self.parameters = [{"first": linear(random, DIMS // 2, 2 * HIDDEN),
                            "scale": linear(random, HIDDEN, DIMS // 2),
                            "translate": linear(random, HIDDEN, DIMS // 2)} for _ in range(COUPLINGS)]

    def log_prob(self, parameters, x):
        kept, moved, log_det = x[:, 0::2], x[:, 1::2], 0
        for layer in parameters:
            hidden = jax.nn.relu(self.apply(layer["first"], kept))
            s = jnp.tanh(self.apply(layer["scale"], hidden[:, :HIDDEN]))
            moved = moved * jnp.exp(s) + self.apply(layer["translate"], hidden[:, HIDDEN:])
            log_det += s.sum(1)
            kept, moved = moved, kept
        return log_det - 0.5 * ((kept ** 2).sum(1) + (moved ** 2).sum(1)) - 0.5 * DIMS * numpy.log(2 * numpy.pi)


def time_realnvp(model_of, options):
    model, adam = model_of(product_of(options)), optax.adam(1e-3)
    parameters, images = model.parameters, jnp.asarray(peer.images(options.data))
    state = adam.init(parameters)

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def step(parameters, state, x):
        gradient = jax.grad(lambda p: -model.log_prob(p, x).mean())(parameters)
        update, state = adam.update(gradient, state)
        return optax.apply_updates(parameters, update), state

    def train(i):
        nonlocal parameters, state
        parameters, state = step(parameters, state, images[i * peer.BATCH % 9000:][:peer.BATCH])
        jax.block_until_ready(parameters)

    step_ms = peer.milliseconds(train, options.steps, warm_up=4)
    log_prob = jax.jit(model.log_prob)
    batches = [images[i:i + peer.BATCH] for i in range(0, len(images) - peer.BATCH, peer.BATCH)]

    def score():
        jax.block_until_ready([log_prob(parameters, x) for x in batches])
        return len(batches) * peer.BATCH

    score()
    return {"train_step_ms": step_ms, "score_images_per_s": peer.images_per_second(score)}


class Dcgan:
    """The study's networks in NHWC; a transposed convolution is one with a dilated input."""

    def __init__(self, convolve):
        random = numpy.random.default_rng(0)

        def layer(inputs, outputs, normed):
            made = {"weight": jnp.asarray(random.normal(0, 0.02, (4, 4, inputs, outputs)), jnp.float32)}
            return {**made, "scale": jnp.ones(outputs), "shift": jnp.zeros(outputs)} if normed else made

        self.convolve = convolve
        upwards, downwards = (100, 512, 256, 128, 64, 1), (1, 64, 128, 256, 512, 1)
        self.generator = [layer(upwards[i], upwards[i + 1], i < 4) for i in range(5)]
        self.discriminator = [layer(downwards[i], downwards[i + 1], 0 < i < 4) for i in range(5)]

    @staticmethod
    def norm(x, layer):
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
        return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * layer["scale"] + layer["shift"]

    def generate(self, layers, z):
        x = z[:, None, None, :]
        for i, layer in enumerate(layers):
            padding, dilation = (3, 1) if i == 0 else (2, 2)
            x = self.convolve(x, layer["weight"], 1, padding, dilation)
            x = jnp.tanh(x) if i == 4 else jax.nn.relu(self.norm(x, layer))
        return x

    def discriminate(self, layers, x):
        for i, layer in enumerate(layers):
            x = self.convolve(x, layer["weight"], *((1, 0) if i == 4 else (2, 1)), 1)
            x = self.norm(x, layer) if 0 < i < 4 else x
            x = x if i == 4 else jax.nn.leaky_relu(x, 0.2)
        return x.reshape(-1)


def time_dcgan(options):
    kind = jnp.bfloat16 if options.bfloat16 else jnp.float32

    def convolve(x, weight, stride, padding, dilation):
        made = jax.lax.conv_general_dilated(
            x.astype(kind), weight.astype(kind), (stride, stride), [(padding, padding)] * 2,
            lhs_dilation=(dilation, dilation), dimension_numbers=("NHWC", "HWIO", "NHWC"))
        return made.astype(jnp.float32)

    model, adam, random = Dcgan(convolve), optax.adam(2e-4, b1=0.5), numpy.random.default_rng(0)
    cross_entropy = optax.sigmoid_binary_cross_entropy

    @functools.partial(jax.jit, donate_argnums=(0, 1, 2, 3))
    def step(generator, discriminator, of_generator, of_discriminator, z, real):
        def generator_loss(generator):
            fake = model.generate(generator, z)
            return cross_entropy(model.discriminate(discriminator, fake), 1.0).mean(), fake

        def discriminator_loss(discriminator):
            return (cross_entropy(model.discriminate(discriminator, real), 1.0).mean() +
                    cross_entropy(model.discriminate(discriminator, fake), 0.0).mean()) / 2

        gradient, fake = jax.grad(generator_loss, has_aux=True)(generator)
        update, of_generator = adam.update(gradient, of_generator)
        update_of_discriminator, of_discriminator = adam.update(jax.grad(discriminator_loss)(discriminator),
                                                                of_discriminator)
        return (optax.apply_updates(generator, update), optax.apply_updates(discriminator, update_of_discriminator),
                of_generator, of_discriminator)

    z = jnp.asarray(random.normal(size=(64, 100)), jnp.float32)
    real = jnp.asarray(random.uniform(-1, 1, (64, 64, 64, 1)), jnp.float32)
    state = [model.generator, model.discriminator, adam.init(model.generator), adam.init(model.discriminator)]

    def train(_):
        state[:] = step(*state, z, real)
        jax.block_until_ready(state)

    step_ms = peer.milliseconds(train, options.steps, warm_up=2)
    generate = jax.jit(model.generate)

    def sample():
        jax.block_until_ready([generate(state[0], z) for _ in range(4)])
        return 4 * 64

    sample()
    return {"train_step_ms": step_ms, "sample_images_per_s": peer.images_per_second(sample)}


def product_of(options):
    if not options.bfloat16:
        return jnp.matmul
    return lambda a, b: jnp.matmul(a.astype(jnp.bfloat16), b.astype(jnp.bfloat16), preferred_element_type=jnp.float32)


SUBJECTS = {"realnvp": functools.partial(time_realnvp, RealNVP),
            "realnvp-halved": functools.partial(time_realnvp, HalvedRealNVP), "dcgan": time_dcgan}

if __name__ == "__main__":
    options = peer.arguments(__doc__, SUBJECTS)
    peer.report(jax.__version__, SUBJECTS[options.subject](options))
