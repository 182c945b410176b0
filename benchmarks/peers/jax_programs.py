"""The rows in JAX. A program is a function of params and inputs, or a Step: a loss of these and
an optimizer, which also keeps state. Names and layouts are those of the model files: a program
gives its only result, or several by name."""
import jax
import jax.numpy as jnp
from jax import lax

# What another thread is to run would wait for the core that all run on: calls took twice as long.
jax.config.update("jax_cpu_enable_async_dispatch", False)


class Step:
    """One training step: (params and state, inputs) to (loss, params and state)."""

    def __init__(self, loss, rate, momentum=None):
        self.loss, self.rate, self.momentum = loss, rate, momentum
        self.update = self.adam if momentum is None else self.sgd

    def start(self, params):
        slots = ("m", "v") if self.momentum is None else ("momentum",) if self.momentum else ()
        state = {f"opt.{k}.{slot}": jnp.zeros_like(p) for k, p in params.items() for slot in slots}
        if self.momentum is None:
            state["opt.step"] = jnp.zeros((), jnp.int32)
        return params | state

    def __call__(self, values, *inputs):
        params = {name: p for name, p in values.items() if not name.startswith("opt.")}
        loss, gradients = jax.value_and_grad(self.loss)(params, *inputs)
        return loss, self.update(values, gradients)

    def sgd(self, values, gradients):
        result = {}
        for name, g in gradients.items():
            if self.momentum:
                g = result[f"opt.{name}.momentum"] = self.momentum * values[
                    f"opt.{name}.momentum"] + g
            result[name] = values[name] - self.rate * g
        return result

    def adam(self, values, gradients):
        t = values["opt.step"] + 1
        result = {"opt.step": t}
        c1, c2 = (1 / (1 - jnp.float32(beta) ** t) for beta in (0.9, 0.999))
        for name, g in gradients.items():
            m = result[f"opt.{name}.m"] = 0.9 * values[f"opt.{name}.m"] + 0.1 * g
            v = result[f"opt.{name}.v"] = 0.999 * values[f"opt.{name}.v"] + 0.001 * g * g
            result[name] = values[name] - self.rate * (c1 * m) / (jnp.sqrt(c2 * v) + 1e-8)
        return result


def cross_entropy(logits, y):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1))


def mse(z, y):
    return jnp.mean((z - y) ** 2)


def named(letter, values):
    return {letter + name: value for name, value in values.items()}


def with_gradients(function, wrt, ct):
    """The result of a function of a dict, and its gradients for a cotangent."""
    y, pull = jax.vjp(function, wrt)
    return {"y": y} | named("g", pull(ct)[0])


# Perceptrons and small regressions


def mlp(p, x):
    for i in (1, 2):
        x = jax.nn.relu(x @ p[f"w{i}"] + p[f"b{i}"])
    return x @ p["w3"] + p["b3"]


def autoencoder_loss(p, x):
    code = jax.nn.relu(jax.nn.relu(x @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"])
    hidden = jax.nn.relu(code @ p["w3"] + p["b3"])
    return mse(jax.nn.sigmoid(hidden @ p["w4"] + p["b4"]), x)


def logistic_loss(p, x, y):
    z = x @ p["w"] + p["b"]
    entropy = y * jax.nn.softplus(-z) + (1 - y) * jax.nn.softplus(z)
    return jnp.mean(entropy) + 0.01 * jnp.sum(p["w"] ** 2)


def regression_loss(p, x, y):
    return mse(p["w"] * x + p["b"], y)


def tiny_loss(p, x, y):
    return jnp.sum((jnp.tanh(x @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"] - y) ** 2)


def xor_loss(p, x, y):
    hidden = jax.nn.sigmoid(x @ p["w1"] + p["b1"])
    return mse(jax.nn.sigmoid(hidden @ p["w2"] + p["b2"]), y)


def tiny_gradient(p, x, y):
    loss, g = jax.value_and_grad(tiny_loss)(p, x, y)
    return {"loss": loss} | named("g", g)


def descend(loss, rate, p, *inputs):
    return {name: p[name] - rate * g for name, g in jax.grad(loss)(p, *inputs).items()}


def loop(loss, rate, steps):
    def run(p, *inputs):
        step = lambda _, q: descend(loss, rate, q, *inputs)
        return named("last_", lax.fori_loop(0, steps, step, p))
    return run


def tiny_loop(p, xs, ys):
    step = lambda q, xy: (descend(tiny_loss, 0.01, q, *xy), None)
    return named("last_", lax.scan(step, p, (xs, ys))[0])


# Images and sequences


def conv(x, k, b, padding="VALID"):
    y = lax.conv_general_dilated(x, k, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return jax.nn.relu(y + b)


def max_pool(x, size, stride, padding):
    window, strides = (1, size, size, 1), (1, stride, stride, 1)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, strides, padding)


def lenet(p, x):
    x = max_pool(conv(x, p["k1"], p["b1"], "SAME"), 2, 2, "VALID")
    x = max_pool(conv(x, p["k2"], p["b2"]), 2, 2, "VALID")
    x = jax.nn.relu(x.reshape(x.shape[0], -1) @ p["w3"] + p["b3"])
    return jax.nn.relu(x @ p["w4"] + p["b4"]) @ p["w5"] + p["b5"]


def inception(p, x, ct):
    def block(q):
        x = q["x"]
        pooled = max_pool(x, 3, 1, "SAME")
        return jnp.concatenate([
            conv(x, q["k1"], q["b1"]),
            conv(conv(x, q["r3"], q["c3"]), q["k3"], q["b3"], "SAME"),
            conv(conv(x, q["r5"], q["c5"]), q["k5"], q["b5"], "SAME"),
            conv(pooled, q["kp"], q["bp"])], axis=3)
    return with_gradients(block, {"x": x} | p, ct)


def lstm_loss(p, x, y):
    def cell(carry, z):
        h, c = carry
        i, f, g, o = jnp.split(z + h @ p["u"], 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None
    zeros = jnp.zeros((x.shape[1], 128), jnp.float32)
    (h, _), _ = lax.scan(cell, (zeros, zeros), x @ p["w"] + p["b"])
    return cross_entropy(h @ p["wo"] + p["bo"], y)


def layer_norm(x, s, t):
    mean = jnp.mean(x, axis=-1, keepdims=True)
    variance = jnp.mean((x - mean) ** 2, axis=-1, keepdims=True)
    return (x - mean) / jnp.sqrt(variance + 1e-5) * s + t


def transformer(p, x, ct):
    mask = jnp.tril(jnp.ones((128, 128), bool))

    def block(q):
        def heads(z):
            return z.reshape(8, 128, 8, 32).transpose(0, 2, 1, 3)
        n = layer_norm(q["x"], q["s1"], q["t1"])
        query, key, value = (heads(n @ q[w]) for w in ("wq", "wk", "wv"))
        scores = jnp.where(mask, query @ key.swapaxes(2, 3) / 32 ** 0.5, -jnp.inf)
        h = jax.nn.softmax(scores) @ value
        a = q["x"] + h.transpose(0, 2, 1, 3).reshape(8, 128, 256) @ q["wo"]
        n = layer_norm(a, q["s2"], q["t2"])
        return a + jax.nn.gelu(n @ q["w1"] + q["b1"], approximate=False) @ q["w2"] + q["b2"]
    return with_gradients(block, {"x": x} | p, ct)


# Kernels that memory limits


def gelu(p, x):
    return jax.nn.gelu(x * p["a"] + p["b"], approximate=False) * jax.nn.sigmoid(x)


def softmax_both(p, x, ct):
    return with_gradients(lambda q: jax.nn.softmax(q["x"]), {"x": x}, ct)


def layer_norm_both(p, x, ct):
    return with_gradients(lambda q: layer_norm(q["x"], q["s"], q["t"]), {"x": x} | p, ct)


# Derivatives beyond the gradient


def hvp(p, x, y, *vectors):
    def loss(q):
        h = jnp.tanh(jnp.tanh(x @ q["w1"] + q["b1"]) @ q["w2"] + q["b2"])
        return mse(h @ q["w3"] + q["b3"], y)
    along = dict(zip(("w1", "b1", "w2", "b2", "w3", "b3"), vectors))
    return named("h", jax.jvp(jax.grad(loss), (p,), (along,))[1])


def burgers_loss(p, t, x):
    def net(t, x):
        h = jnp.stack([t, x])
        for i in (1, 2, 3, 4):
            h = jnp.tanh(h @ p[f"w{i}"] + p[f"b{i}"])
        return -jnp.sin(jnp.pi * x) + t * (1 - x ** 2) * jnp.sum(h @ p["w5"] + p["b5"])

    def residual(t, x):
        u, (u_t, u_x) = jax.value_and_grad(net, (0, 1))(t, x)
        return u_t + u * u_x - 0.01 * jax.grad(jax.grad(net, 1), 1)(t, x)
    return jnp.mean(jax.vmap(residual)(t, x) ** 2)


def pair_energy(p, atoms):
    squares = jnp.sum((atoms[:, None] - atoms[None]) ** 2, axis=2)
    same = jnp.eye(len(atoms), dtype=bool)  # a distance of 0 has no gradient
    distance = jnp.where(same, 0, jnp.sqrt(jnp.where(same, 1, squares)))
    return jnp.sum(jnp.tril(jnp.tanh(distance[:, :, None] * p["w1"] + p["b1"]) @ p["w2"], -1))


def pair_forces(p, atoms):
    energy, gradient = jax.value_and_grad(pair_energy, 1)(p, atoms)
    return {"energy": energy, "force": -gradient}


def rosenbrock(x):
    return jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def jacobian(p, x):
    def net(x):
        h = jnp.tanh(jnp.tanh(x @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"])
        return h @ p["w3"] + p["b3"]
    return jax.jacfwd(net)(x)


PROGRAMS = {
    "mlp_step": Step(lambda p, x, y: cross_entropy(mlp(p, x), y), 0.01, 0.9),
    "mlp_predict_128": mlp,
    "mlp_predict_1": mlp,
    "logistic_step": Step(logistic_loss, 0.01, 0),
    "logistic_loop": loop(logistic_loss, 0.01, 1000),
    "regression_step": Step(regression_loss, 0.01, 0),
    "regression_loop": loop(regression_loss, 0.01, 10000),
    "tiny_gradient": tiny_gradient,
    "tiny_loop": tiny_loop,
    "xor_step": Step(xor_loss, 0.1, 0),
    "xor_loop": loop(xor_loss, 0.1, 10000),
    "lenet_step": Step(lambda p, x, y: cross_entropy(lenet(p, x), y), 0.001),
    "lenet_predict_64": lenet,
    "lenet_predict_1": lenet,
    "inception": inception,
    "lstm_step": Step(lstm_loss, 0.001),
    "transformer": transformer,
    "autoencoder_step": Step(autoencoder_loss, 0.001),
    "gelu_forward": gelu,
    "gelu_gradient": lambda p, x: jax.grad(lambda x: jnp.sum(gelu(p, x)))(x),
    "softmax": lambda p, x: jax.nn.softmax(x),
    "softmax_both": softmax_both,
    "layer_norm": lambda p, x: layer_norm(x, p["s"], p["t"]),
    "layer_norm_both": layer_norm_both,
    "hvp": hvp,
    "burgers_step": Step(burgers_loss, 0.001),
    "pair_forces": pair_forces,
    "pair_step": Step(lambda p, atoms, forces: mse(pair_forces(p, atoms)["force"], forces), 0.001),
    "hessian": lambda p, x: jax.hessian(rosenbrock)(x),
    "jacobian": jacobian,
}


class Program:
    """One of PROGRAMS with its arrays on the device; a call waits for its results."""

    def __init__(self, name, params, inputs):
        wide = any(a.dtype == "float64" for a in (*params.values(), *inputs.values()))
        jax.config.update("jax_enable_x64", wide)
        program = PROGRAMS[name]
        self.trains = isinstance(program, Step)
        self.values = {k: jnp.asarray(a) for k, a in params.items()}
        if self.trains:
            self.values = program.start(self.values)
        self.inputs = [jnp.asarray(a) for a in inputs.values()]
        self.run = jax.jit(program, donate_argnums=0 if self.trains else ())

    def __call__(self):
        if self.trains:
            self.outputs, self.values = self.run(self.values, *self.inputs)
        else:
            self.outputs = self.run(self.values, *self.inputs)
        jax.block_until_ready(self.outputs)

    def results(self):
        """What the last call gave, and params and state after it by name."""
        return self.outputs, self.values if self.trains else {}


version = f"JAX {jax.__version__}"
