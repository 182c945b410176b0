"""Inference in ONNX Runtime. A program is a list of operators as ONNX writes them; images are NCHW,
as ONNX has them: the transposition from the arrays of the model files is not measured."""
import os

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs.split(), [output], **attributes)


def dense(i, x, y):
    return node("Gemm", f"{x} w{i} b{i}", y)


def dense_relu(i, x, y):
    return [dense(i, x, y + "z"), node("Relu", y + "z", y)]


def convolved(i, x, y, padding):
    return [node("Conv", f"{x} k{i} b{i}", y + "z", pads=[padding] * 4),
            node("Relu", y + "z", y + "r"),
            node("MaxPool", y + "r", y, kernel_shape=[2, 2], strides=[2, 2])]


MLP = [*dense_relu(1, "x", "h1"), *dense_relu(2, "h1", "h2"), dense(3, "h2", "y")]
LENET = [*convolved(1, "x", "c1", 2), *convolved(2, "c1", "c2", 0),
         node("Transpose", "c2", "rows", perm=[0, 2, 3, 1]), node("Flatten", "rows", "flat"),
         *dense_relu(3, "flat", "h3"), *dense_relu(4, "h3", "h4"), dense(5, "h4", "y")]

PROGRAMS = {"mlp_predict_128": MLP, "mlp_predict_1": MLP,
            "lenet_predict_64": LENET, "lenet_predict_1": LENET}


def to_onnx(name, a):
    if a.ndim != 4:
        return a
    return np.ascontiguousarray(a.transpose(0, 3, 1, 2) if name == "x" else a.transpose(3, 2, 0, 1))


class Program:
    """One of PROGRAMS as a session, its input and output bound to memory of the caller."""

    def __init__(self, name, params, inputs):
        x = to_onnx("x", inputs["x"])
        weights = [numpy_helper.from_array(to_onnx(k, a), k) for k, a in params.items()]
        self.y = np.zeros((len(x), 10), np.float32)
        graph = helper.make_graph(
            PROGRAMS[name], name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, self.y.shape)], weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                                    providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        self.x = onnxruntime.OrtValue.ortvalue_from_numpy(x)
        self.binding.bind_ortvalue_input("x", self.x)
        self.binding.bind_ortvalue_output("y", onnxruntime.OrtValue.ortvalue_from_numpy(self.y))

    def __call__(self):
        self.session.run_with_iobinding(self.binding)

    def results(self):
        return self.binding.copy_outputs_to_cpu()[0], {}


version = f"ONNX Runtime {onnxruntime.__version__}"
