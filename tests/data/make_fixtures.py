#!/usr/bin/env python3
"""Makes the data files that the runtime's tests read, with NumPy (1.24) alone.

Run it in this folder; the files are committed, so that the tests need no Python. The elements of
`<dtype>.npy` are in values_of() and, in the same order, in tests/runtime/npy_test.cpp.
"""
import io
import json
import struct
import zipfile

import numpy as np

DTYPES = ["f8", "f4", "f2", "i8", "i4", "u4", "i1", "u1", "b1"]


def values_of(dtype):
    """2x3 elements with the extremes of the dtype."""
    kind = np.dtype(dtype).kind
    if kind == "f":
        info = np.finfo(dtype)
        values = [0.0, -0.0, 1.5, float(info.max), -float(info.tiny), float("-inf")]
    elif kind == "b":
        values = [True, False, False, True, True, False]
    else:
        info = np.iinfo(dtype)
        values = [info.min, info.max, 0, 1, 2, 3]
    return np.array(values, dtype).reshape(2, 3)


def save(name, array, version=None):
    with open(name, "wb") as file:
        np.lib.format.write_array(file, array, version=version)


def save_raw(name, header, data):
    header = header.encode()
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    with open(name, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data)


def make_npy():
    for dtype in DTYPES:
        save(f"{dtype}.npy", values_of(dtype))
    count = np.arange(24, dtype="f4").reshape(2, 3, 4)
    save("fortran.npy", np.asfortranarray(count))
    save("version2.npy", count, version=(2, 0))
    save("version3.npy", count, version=(3, 0))
    save("scalar.npy", np.array(2.5, "f8"))
    save("empty.npy", np.zeros((0, 5), "i4"))
    save("vector.npy", np.arange(3, dtype="i8"))
    # What ml_dtypes.bfloat16 arrays are saved as: 1.5, -2.
    save_raw("bf16.npy", "{'descr': '<V2', 'fortran_order': False, 'shape': (2,), }",
             struct.pack("<2H", 0x3FC0, 0xC000))
    # What nnc refuses.
    np.save("object.npy", np.array([{}, None], dtype=object), allow_pickle=True)
    save("big_endian.npy", np.arange(3, dtype=">f4"))
    save("complex.npy", np.zeros(2, "c8"))
    save("structured.npy", np.zeros(2, [("a", "f4"), ("b", "i4")]))
    save("i2.npy", np.zeros(2, "i2"))
    save("string.npy", np.array(["a", "bc"]))


def make_npz():
    arrays = {"w": np.arange(6, dtype="f4").reshape(2, 3), "n": np.array(7, "i8"),
              "none": np.zeros((0, 4), "u1")}
    np.savez("stored.npz", **arrays)
    arrays["w"] = np.zeros((100, 100), "f8")
    np.savez_compressed("deflated.npz", **arrays)


def make_npz_attacks():
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.arange(4, dtype="f4"))
    good = buffer.getvalue()

    def archive(name, entries, method=zipfile.ZIP_STORED):
        with zipfile.ZipFile(name, "w", method) as file:
            for entry, data in entries:
                file.writestr(zipfile.ZipInfo(entry), data, method)

    archive("attack_not_npy.npz", [("readme.txt", b"hello")])
    archive("attack_bzip2.npz", [("a.npy", good)], zipfile.ZIP_BZIP2)
    archive("attack_declares_more.npz", [("a.npy", good.replace(b"(4,), }  ", b"(400,), }"))])
    archive("attack_declares_less.npz", [("a.npy", good.replace(b"(4,)", b"(3,)"))])
    # 4 MiB of zeros after a header that declares 16 bytes.
    archive("attack_bomb.npz", [("a.npy", good + bytes(1 << 22))], zipfile.ZIP_DEFLATED)


def make_idx():
    images = np.arange(12, dtype="u1").reshape(2, 2, 3)
    with open("images.idx", "wb") as file:
        file.write(struct.pack(">4B3I", 0, 0, 0x08, 3, *images.shape) + images.tobytes())
    for kind, dtype in [(0x09, "i1"), (0x0C, "i4"), (0x0D, "f4"), (0x0E, "f8")]:
        values = np.array([1, -2, 100], ">" + dtype)
        with open(f"{dtype}.idx", "wb") as file:
            file.write(struct.pack(">4BI", 0, 0, kind, 1, 3) + values.tobytes())


def make_safetensors():
    """Laid out by hand after the format's description, with a name order unlike the byte order."""
    header = {
        "__metadata__": {"epoch": "3", "note": "caf\u00e9"},
        "b": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]},
        "a": {"dtype": "I64", "shape": [], "data_offsets": [0, 8]},
        "c": {"dtype": "BOOL", "shape": [3], "data_offsets": [16, 19]},
        "none": {"dtype": "F16", "shape": [0, 7], "data_offsets": [19, 19]},
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    data = struct.pack("<q2f3B", -5, 1.5, -0.25, 1, 0, 1)
    with open("small.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    make_npy()
    make_npz()
    make_npz_attacks()
    make_idx()
    make_safetensors()
