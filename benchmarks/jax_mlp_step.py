"""The step of mlp_step.json in JAX, one thread a number: prints the median time in microseconds."""
import statistics
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

SIZES = [784, 512, 512, 10]
BATCH = 128


def loss(params, x, y):
    for i, (w, b) in enumerate(params):
        x = x @ w + b
        if i + 1 < len(params):
            x = jnp.where(x <= 0, 0, x)
    logp = jax.nn.log_softmax(x)
    return -jnp.mean(jnp.take_along_axis(logp, y[:, None], axis=1))


def step(params, x, y):
    value, grads = jax.value_and_grad(loss)(params, x, y)
    return value, jax.tree_util.tree_map(lambda p, g: p - 0.01 * g, params, grads)


step = jax.jit(step, donate_argnums=0)


def main():
    seconds = float(sys.argv[1])
    random = np.random.default_rng(0)
    params = [(jnp.asarray(random.uniform(-1, 1, (a, b)) * np.sqrt(6 / (a + b)), jnp.float32),
               jnp.zeros(b, jnp.float32)) for a, b in zip(SIZES, SIZES[1:])]
    x = jnp.asarray(random.uniform(-1, 1, (BATCH, 784)), jnp.float32)
    y = jnp.asarray(random.integers(0, 2, BATCH), jnp.int32)
    samples = []
    begin = time.perf_counter()
    while (now := time.perf_counter()) - begin < 0.5 + seconds:
        value, params = step(params, x, y)
        jax.block_until_ready((value, params))
        if now - begin > 0.5:
            samples.append((time.perf_counter() - now) * 1e6)
    print(f"{statistics.median(samples):.1f} {jax.__version__}")


main()
