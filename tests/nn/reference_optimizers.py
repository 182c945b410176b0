"""Five steps of every optimiser on given gradients, by NumPy (language.md 4.8)."""

import json
import math

import numpy as np

from cases import FOLDER, tensor

STEPS = 5


def rate(schedule, t):
    lr, kind = schedule["lr"], schedule["kind"]
    if kind == "step":
        lr *= schedule["factor"]**(t // schedule["every"])
    elif kind == "exponential":
        lr *= schedule["rate"]**t
    elif kind == "inverse_time":
        lr /= 1 + schedule["decay"] * t
    elif kind == "cosine":
        lr *= (1 + math.cos(math.pi * min(t, schedule["total"]) / schedule["total"])) / 2
    warmup = schedule.get("warmup", 0)
    return lr * min(1, (t + 1) / warmup) if warmup else lr


def clipped(gradients, attrs):
    if "clip_value" in attrs:
        c = attrs["clip_value"]
        gradients = {k: np.clip(g, -c, c) for k, g in gradients.items()}
    if "clip_norm" in attrs:
        norm = math.sqrt(sum((g * g).sum() for g in gradients.values()))
        gradients = {k: g * min(1, attrs["clip_norm"] / norm) for k, g in gradients.items()}
    return gradients


def root(s, eps, attrs):
    return np.sqrt(s + eps) if attrs.get("eps_inside") else np.sqrt(s) + eps


def sgd(w, g, lr, t, slot, attrs):
    momentum = attrs.get("momentum", 0)
    g = g + attrs.get("weight_decay", 0) * w
    if not momentum:
        return w - lr * g, {}
    v = momentum * slot("momentum") + g
    return w - lr * (g + momentum * v if attrs.get("nesterov") else v), {"momentum": v}


def adagrad(w, g, lr, t, slot, attrs):
    s = slot("s") + g * g
    return w - lr * g / root(s, attrs.get("eps", 1e-10), attrs), {"s": s}


def rmsprop(w, g, lr, t, slot, attrs):
    decay, momentum = attrs.get("decay", 0.9), attrs.get("momentum", 0)
    s = decay * slot("s") + (1 - decay) * g * g
    u = g / root(s, attrs.get("eps", 1e-8), attrs)
    if not momentum:
        return w - lr * u, {"s": s}
    v = momentum * slot("momentum") + u
    return w - lr * v, {"s": s, "momentum": v}


def adam(w, g, lr, t, slot, attrs):
    b1, b2 = attrs.get("beta1", 0.9), attrs.get("beta2", 0.999)
    m, v = b1 * slot("m") + (1 - b1) * g, b2 * slot("v") + (1 - b2) * g * g
    w = w - lr * (m / (1 - b1**t)) / root(v / (1 - b2**t), attrs.get("eps", 1e-8), attrs)
    return w, {"m": m, "v": v}


def adamw(w, g, lr, t, slot, attrs):
    return adam(w - lr * attrs.get("weight_decay", 0.01) * w, g, lr, t, slot, attrs)


RULES = {"sgd": sgd, "adagrad": adagrad, "rmsprop": rmsprop, "adam": adam, "adamw": adamw}
COUNTING = {"adam", "adamw"}


def trajectory(kind, attrs, schedule=None):
    random = np.random.default_rng(11)
    params = {"w": random.integers(-64, 64, (2, 3)) / 32.0, "b": random.integers(-64, 64, 3) / 32.0}
    names = list(params)
    case = {"kind": kind, "attrs": attrs, "params": {k: tensor(v) for k, v in params.items()},
            "gradients": [], "after": []}
    if schedule:
        case["schedule"] = schedule
    rates = schedule or {"kind": "constant", "lr": attrs.get("lr", 0.001)}
    slots = {}
    host = rates["kind"] == "halve_on_plateau"
    for t in range(STEPS):
        raw = {k: random.integers(-96, 96, params[k].shape) / 32.0 for k in names}
        if t == 2:
            raw["b"] = np.zeros(3)
        case["gradients"].append({k: tensor(v) for k, v in raw.items()})
        gradients = clipped(raw, attrs)
        lr, updated = rate(rates, t), {}
        for k in names:
            old = lambda slot: slots.get(f"opt.{k}.{slot}", np.zeros(params[k].shape))
            params[k], new = RULES[kind](params[k], gradients[k], lr, t + 1, old, attrs)
            updated.update({f"opt.{k}.{slot}": value for slot, value in new.items()})
        slots = updated
        changing = rates["kind"] not in ("constant", "halve_on_plateau") or rates.get("warmup")
        if kind in COUNTING or changing:
            slots["opt.step"] = np.int64(t + 1)
        after = {**params, **slots}
        case["after"].append({k: tensor(v) for k, v in after.items()})
    if host:
        case["rate"] = rates["lr"]
    return case


def write():
    cases = [trajectory("sgd", {"lr": 0.1}),
             trajectory("sgd", {"lr": 0.1, "momentum": 0.9}),
             trajectory("sgd", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
             trajectory("sgd", {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.01}),
             trajectory("sgd", {"lr": 0.1, "clip_value": 1.0}),
             trajectory("sgd", {"lr": 0.1, "clip_norm": 2}),
             trajectory("sgd", {"lr": 0.1, "clip_norm": 100}),
             trajectory("adam", {"lr": 0.1, "clip_value": 2.0, "clip_norm": 1.5}),
             trajectory("adagrad", {"lr": 0.1}),
             trajectory("adagrad", {"lr": 0.1, "eps": 0.125, "eps_inside": True}),
             trajectory("rmsprop", {"lr": 0.1}),
             trajectory("rmsprop", {"lr": 0.1, "momentum": 0.9, "decay": 0.5}),
             trajectory("rmsprop", {"lr": 0.1, "eps": 0.125, "eps_inside": True}),
             trajectory("adam", {}),
             trajectory("adam", {"lr": 0.1, "beta1": 0.5, "beta2": 0.75, "eps": 0.125}),
             trajectory("adam", {"lr": 0.1, "eps": 0.125, "eps_inside": True}),
             trajectory("adamw", {"lr": 0.1}),
             trajectory("adamw", {"lr": 0.1, "weight_decay": 0.25}),
             trajectory("sgd", {}, {"kind": "step", "lr": 0.5, "factor": 0.5, "every": 2}),
             trajectory("sgd", {}, {"kind": "exponential", "lr": 0.5, "rate": 0.75}),
             trajectory("sgd", {}, {"kind": "inverse_time", "lr": 0.5, "decay": 0.5}),
             trajectory("sgd", {}, {"kind": "cosine", "lr": 0.5, "total": 4}),
             trajectory("sgd", {"momentum": 0.9}, {"kind": "constant", "lr": 0.5, "warmup": 3}),
             trajectory("adamw", {}, {"kind": "cosine", "lr": 0.5, "total": 8, "warmup": 2}),
             trajectory("sgd", {}, {"kind": "halve_on_plateau", "lr": 0.25, "patience": 2}),
             trajectory("adam", {}, {"kind": "halve_on_plateau", "lr": 0.25, "patience": 2,
                                     "warmup": 4})]
    text = ",\n".join("  " + json.dumps(case) for case in cases)
    (FOLDER / "optimizers.json").write_text("[\n" + text + "\n]\n")
