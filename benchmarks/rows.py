"""The workloads of the table: a function of a model file each, and what the ratio should be."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    name: str      # of the peers' programs too
    title: str
    model: str     # the file beside this one, without .json
    function: str
    goal: float | None = None  # time of the best peer by that of nnc, 1.0 is as fast
    sizes: tuple[tuple[str, int], ...] = ()
    steps: int = 1  # that one call makes: times are those of a step


ONE = (("N", 1),)

ROWS = (
    Row("mlp_step", "MLP 784-512-512-10, batch 128, momentum step", "mlp_step", "step", 1.25),
    Row("mlp_predict_128", "the same, inference, batch 128", "mlp_step", "predict", 0.95),
    Row("mlp_predict_1", "the same, inference, batch 1", "mlp_step", "predict", 0.95, ONE),
    Row("logistic_step", "logistic regression 400x784, L2, one step a call", "logistic", "step"),
    Row("logistic_loop", "the same, a step of 1,000 in a loop", "logistic", "loop", 1.4,
        steps=1000),
    Row("regression_step", "linear regression, 100 points, one step a call", "regression", "step",
        10),
    Row("regression_loop", "the same, a step of 10,000 in a loop", "regression", "loop", 1.5,
        steps=10000),
    Row("tiny_gradient", "1-2-1 net, loss and gradient, one call", "tiny", "gradient", 150),
    Row("tiny_loop", "the same, a training step of 10,000 in a loop", "tiny", "loop", 1.2,
        steps=10000),
    Row("xor_step", "XOR 2-2-1, 4 rows, training step, one call", "xor", "step", 80),
    Row("xor_loop", "the same, a step of 10,000 in a loop", "xor", "loop", 1.5, steps=10000),
    Row("lenet_step", "LeNet 6-16-120-84-10, batch 64, Adam step", "lenet_step", "step", 4),
    Row("lenet_predict_64", "the same, inference, batch 64", "lenet_step", "predict", 2),
    Row("lenet_predict_1", "the same, inference, batch 1", "lenet_step", "predict", 1.1, ONE),
    Row("inception", "GoogLeNet 3a block, batch 8, forward and backward", "inception", "gradient",
        1.1),
    Row("lstm_step", "LSTM 128, T = 50, batch 32, Adam step", "lstm_step", "step", 1.3),
    Row("transformer", "transformer block, d = 256, T = 128, batch 8, forward and backward",
        "transformer", "gradient", 1.03),
    Row("autoencoder_step", "autoencoder 784-128-32-128-784, batch 128, Adam step", "autoencoder",
        "step", 1.3),
    Row("gelu_forward", "gelu(x*a + b)*sigmoid(x), 2^20 elements", "gelu", "forward", 2),
    Row("gelu_gradient", "its gradient", "gelu", "gradient", 2),
    Row("softmax", "softmax 4096x1000, forward", "softmax", "forward", 1.6),
    Row("softmax_both", "the same, forward and backward", "softmax", "both", 1.4),
    Row("layer_norm", "layer norm 4096x768, forward", "layer_norm", "forward", 1.0),
    Row("layer_norm_both", "the same, forward and backward", "layer_norm", "both", 1.5),
    Row("hvp", "Hessian-vector product, MLP 64-128-128-1, batch 256", "hvp", "product", 1.3),
    Row("burgers_step", "Burgers physics-informed Adam step, 2-64-64-64-64-1, 1,024 points",
        "burgers", "step", 1.5),
    Row("pair_forces", "pair potential, 64 atoms, energy and forces", "pair_potential",
        "energy_forces", 2),
    Row("pair_step", "the same, force-matching Adam step", "pair_potential", "step", 2),
    Row("hessian", "Hessian of a function of 10 variables, f64", "hessian", "hessian_of_y", 10),
    Row("jacobian", "Jacobian of a net 32-64-64-32", "jacobian", "jacobian_of_y", 2),
)
