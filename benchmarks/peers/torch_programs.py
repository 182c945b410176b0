"""Rows in PyTorch, eager: those where it is the best peer, or near it. A program is a function of
params and inputs, a Step of such a loss, or a Gradients of such a result. Images are NCHW in
channels-last memory, so that the model files' NHWC arrays are used as they lie."""
import os

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.set_flush_denormal(True)


class Inference:
    def __init__(self, function):
        self.function = function

    def start(self, p):
        self.p = p

    def __call__(self, *inputs):
        with torch.inference_mode():
            return self.function(self.p, *inputs)


class Step:
    """One training step; the optimizer is a function of the params' tensors."""

    def __init__(self, loss, optimizer):
        self.loss, self.optimizer = loss, optimizer

    def start(self, p):
        self.p = {name: value.requires_grad_() for name, value in p.items()}
        self.update = self.optimizer(list(self.p.values()))

    def __call__(self, *inputs):
        self.update.zero_grad(set_to_none=True)
        loss = self.loss(self.p, *inputs)
        loss.backward()
        self.update.step()
        return loss


class Gradients:
    """A result, and its gradients to the first input and all params for the cotangent given."""

    def __init__(self, function):
        self.function = function

    def start(self, p):
        self.p = {name: value.requires_grad_() for name, value in p.items()}

    def __call__(self, x, ct):
        wrt = {"x": x.requires_grad_()} | self.p
        y = self.function(self.p, x)
        gradients = torch.autograd.grad(y, list(wrt.values()), ct)
        return {"y": y} | {"g" + name: g for name, g in zip(wrt, gradients)}


class InputGradient:
    """The gradient of the sum of a result to the input."""

    def __init__(self, function):
        self.function = function

    def start(self, p):
        self.p = p

    def __call__(self, x):
        return torch.autograd.grad(self.function(self.p, x.requires_grad_()).sum(), x)[0]


def adam(params):
    return torch.optim.Adam(params, lr=0.001, fused=True)


def momentum(params):
    return torch.optim.SGD(params, lr=0.01, momentum=0.9, fused=True)


def linear(p, i, x):
    return torch.addmm(p[f"b{i}"], x, p[f"w{i}"])


def mlp(p, x):
    return linear(p, 3, linear(p, 2, linear(p, 1, x).relu_()).relu_())


def autoencoder_loss(p, x):
    hidden = linear(p, 3, linear(p, 2, linear(p, 1, x).relu_()).relu_()).relu_()
    return F.mse_loss(linear(p, 4, hidden).sigmoid_(), x)


def lenet(p, x):
    x = F.max_pool2d(F.conv2d(x, p["k1"], p["b1"], padding=2).relu_(), 2)
    x = F.max_pool2d(F.conv2d(x, p["k2"], p["b2"]).relu_(), 2)
    x = x.permute(0, 2, 3, 1).reshape(len(x), 400)
    return linear(p, 5, linear(p, 4, linear(p, 3, x).relu_()).relu_())


def inception(p, x):
    def conv(x, k, b, padding=0):
        return F.conv2d(x, p[k], p[b], padding=padding).relu_()
    return torch.cat([conv(x, "k1", "b1"),
                      conv(conv(x, "r3", "c3"), "k3", "b3", 1),
                      conv(conv(x, "r5", "c5"), "k5", "b5", 2),
                      conv(F.max_pool2d(x, 3, 1, 1), "kp", "bp")], dim=1)


class LstmLoss:
    """torch.nn.LSTM has a second bias, which stays 0 here."""

    def __init__(self):
        self.zeros = torch.zeros(512)

    def __call__(self, p, x, y):
        zeros = x.new_zeros(1, x.shape[1], 128)
        _, h, _ = torch.lstm(x, (zeros, zeros), (p["w"], p["u"], p["b"], self.zeros), True, 1, 0.0,
                             True, False, False)
        return F.cross_entropy(torch.addmm(p["bo"], h[0], p["wo"]), y)


def transformer(p, x):
    def heads(z):
        return z.view(8, 128, 8, 32).transpose(1, 2)
    n = F.layer_norm(x, (256,), p["s1"], p["t1"])
    h = F.scaled_dot_product_attention(heads(n @ p["wq"]), heads(n @ p["wk"]), heads(n @ p["wv"]),
                                       is_causal=True)
    a = x + h.transpose(1, 2).reshape(8, 128, 256) @ p["wo"]
    n = F.layer_norm(a, (256,), p["s2"], p["t2"]).view(1024, 256)
    return a + linear(p, 2, F.gelu(linear(p, 1, n))).view(8, 128, 256)


def gelu(p, x):
    return F.gelu(x * p["a"] + p["b"]) * torch.sigmoid(x)


def softmax(p, x):
    return F.softmax(x, dim=1)


def layer_norm(p, x):
    return F.layer_norm(x, (768,), p["s"], p["t"])


def with_entropy(function):
    return lambda p, x, y: F.cross_entropy(function(p, x), y)


PROGRAMS = {
    "mlp_step": lambda: Step(with_entropy(mlp), momentum),
    "mlp_predict_128": lambda: Inference(mlp),
    "mlp_predict_1": lambda: Inference(mlp),
    "lenet_step": lambda: Step(with_entropy(lenet), adam),
    "lenet_predict_64": lambda: Inference(lenet),
    "lenet_predict_1": lambda: Inference(lenet),
    "inception": lambda: Gradients(inception),
    "lstm_step": lambda: Step(LstmLoss(), adam),
    "transformer": lambda: Gradients(transformer),
    "autoencoder_step": lambda: Step(autoencoder_loss, adam),
    "gelu_forward": lambda: Inference(gelu),
    "gelu_gradient": lambda: InputGradient(gelu),
    "softmax": lambda: Inference(softmax),
    "softmax_both": lambda: Gradients(softmax),
    "layer_norm": lambda: Inference(layer_norm),
    "layer_norm_both": lambda: Gradients(layer_norm),
}


def to_torch(name, a):
    """In the order of axes that PyTorch has: those of images, kernels, and an LSTM's matrices."""
    t = torch.tensor(np.asarray(a))  # in memory of PyTorch's own, which is aligned
    if a.dtype == "int32":
        return t.long()  # labels
    if a.ndim == 4:
        return t.permute(0, 3, 1, 2) if name in ("x", "ct") else t.permute(3, 2, 0, 1).contiguous(
            memory_format=torch.channels_last)
    return t.T.contiguous() if name in ("w", "u") and a.ndim == 2 else t


def from_torch(name, t):
    t = t.detach()
    if t.ndim == 4:
        return t.permute(0, 2, 3, 1) if name in ("y", "gx") else t.permute(2, 3, 1, 0)
    return t.T if name in ("w", "u") else t


class Program:
    """One of PROGRAMS with its tensors."""
    programs = PROGRAMS

    def __init__(self, name, params, inputs):
        self.program = self.programs[name]()
        self.program.start({k: to_torch(k, a) for k, a in params.items()})
        self.inputs = [to_torch(k, a) for k, a in inputs.items()]

    def __call__(self):
        self.outputs = self.program(*self.inputs)

    def results(self):
        """What the last call gave, and params after it by name."""
        if isinstance(self.outputs, dict):
            outputs = {name: from_torch(name, t).numpy() for name, t in self.outputs.items()}
        else:
            outputs = self.outputs.detach().numpy()
        trained = self.program.p if isinstance(self.program, Step) else {}
        return outputs, {name: from_torch(name, t).numpy() for name, t in trained.items()}


version = f"PyTorch {torch.__version__}"
