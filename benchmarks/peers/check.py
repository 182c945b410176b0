"""Whether nnc and a peer compute the same: one call of each with the same params and inputs."""
import json
import pathlib
import struct
import subprocess
import tempfile

import numpy as np

from peers.model_arrays import FOLDER, arrays_of, model_of

DTYPES = {"F32": np.float32, "F64": np.float64, "I32": np.int32, "I64": np.int64}


def save_safetensors(path, arrays):
    header, offset = {}, 0
    spelling = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
    for name, a in arrays.items():
        header[name] = {"dtype": spelling[a.dtype], "shape": a.shape,
                        "data_offsets": [offset, offset + a.nbytes]}
        offset += a.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(b"".join([struct.pack("<Q", len(text)), text,
                               *(a.tobytes() for a in arrays.values())]))


def load_safetensors(path):
    data = path.read_bytes()
    begin = 8 + struct.unpack("<Q", data[:8])[0]
    return {name: np.frombuffer(data[begin:][slice(*entry["data_offsets"])],
                                DTYPES[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in json.loads(data[8:begin]).items() if name != "__metadata__"}


def run_nnc(nnc, row, params, inputs, folder):
    """Outputs, and params and state after a call, by name."""
    words = [nnc, "run", FOLDER / f"{row.model}.json", "-f", row.function, "--output-dir", folder]
    if params:
        save_safetensors(folder / "before.safetensors", params)
        words += ["--params", folder / "before.safetensors",
                  "--save-params", folder / "after.safetensors"]
    for name, a in inputs.items():
        np.save(folder / f"in_{name}.npy", a)
        words += ["--input", f"{name}=@{folder}/in_{name}.npy"]
    for name, value in row.sizes:
        words += ["--size", f"{name}={value}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    names = model_of(row)["functions"][row.function]["out"]
    return ({name: np.load(folder / f"{name}.npy") for name in names},
            load_safetensors(folder / "after.safetensors") if params else {})


def difference(ours, theirs):
    """|ours - theirs| by |theirs|, as vectors; NaN and a wrong shape are infinite."""
    theirs = np.asarray(theirs)
    if ours.shape != theirs.shape or not np.isfinite(theirs).all():
        return float("inf")
    ours, theirs = ours.astype(np.float64), theirs.astype(np.float64)
    error = np.linalg.norm(ours - theirs) / max(np.linalg.norm(theirs), 1e-30)
    return float(error) if np.isfinite(error) else float("inf")


def differences(nnc, row, make):
    """The difference of everything that the peer has a name for."""
    params, inputs = arrays_of(row)
    program = make(row.name, params, inputs)
    program()
    outputs, after = program.results()
    with tempfile.TemporaryDirectory() as folder:
        our_outputs, our_after = run_nnc(nnc, row, params, inputs, pathlib.Path(folder))
    if not isinstance(outputs, dict):
        outputs = {next(iter(our_outputs)): outputs}
    if set(outputs) != set(our_outputs):
        raise RuntimeError(f"{sorted(outputs)} are not {sorted(our_outputs)}")
    return {name: difference(ours[name], value)
            for ours, theirs in ((our_outputs, outputs), (our_after, after))
            for name, value in theirs.items()}
