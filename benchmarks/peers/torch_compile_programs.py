"""Rows of torch_programs with what they compute compiled by `torch.compile`; optimizers are
PyTorch's own, which are one fused loop each."""
import torch

from peers import torch_programs
from peers.torch_programs import Gradients, Inference, InputGradient, Step

COMPILED = {Inference: "function", Gradients: "function", InputGradient: "function", Step: "loss"}


def compiled(make):
    def program():
        made = make()
        name = COMPILED[type(made)]
        setattr(made, name, torch.compile(getattr(made, name), dynamic=False))
        return made
    return program


PROGRAMS = {name: compiled(make) for name, make in torch_programs.PROGRAMS.items()}


class Program(torch_programs.Program):
    programs = PROGRAMS

    def __init__(self, name, params, inputs):
        torch.compiler.reset()
        super().__init__(name, params, inputs)


version = f"torch.compile {torch.__version__}"
