#!/usr/bin/env python3
"""Measures the reference values of the conformance kit again and compares them with those it has.

usage: measure.py RESOURCES LIBNCCL

RESOURCES  the folder with reductions.bin.gz, widening.bin.gz and narrowing.bin.gz
LIBNCCL    the libnccl.so.2 to measure

Needs two NVIDIA GPUs and PyTorch. Prints a line for each table: how many values were compared and how many differ. Exit
status 1 when one differs, other than in the payload of a NaN.
"""

import ctypes
import gzip
import io
import struct
import sys

import torch

SIZE = {"INT8": 1, "UINT8": 1, "INT32": 4, "UINT32": 4, "INT64": 8, "UINT64": 8, "FLOAT16": 2, "BFLOAT16": 2,
        "FLOAT32": 4, "FLOAT64": 8, "FLOAT8_E4M3": 1, "FLOAT8_E5M2": 1}
CODE = {"INT8": 0, "UINT8": 1, "INT32": 2, "UINT32": 3, "INT64": 4, "UINT64": 5, "FLOAT16": 6, "FLOAT32": 7,
        "FLOAT64": 8, "BFLOAT16": 9, "FLOAT8_E4M3": 10, "FLOAT8_E5M2": 11}
OPERATORS = ["SUM", "PROD", "MAX", "MIN", "AVG"]
TORCH = {"FLOAT16": torch.float16, "BFLOAT16": torch.bfloat16, "FLOAT32": torch.float32, "FLOAT64": torch.float64,
         "FLOAT8_E4M3": torch.float8_e4m3fn, "FLOAT8_E5M2": torch.float8_e5m2}
RANKS = 2


class Table:
    """A resource, read front to back."""

    def __init__(self, path):
        self.data = io.BytesIO(gzip.open(path).read())

    def text(self):
        return self.data.read(struct.unpack(">H", self.data.read(2))[0]).decode()

    def number(self):
        return struct.unpack(">i", self.data.read(4))[0]

    def at_end(self):
        return self.data.tell() == len(self.data.getbuffer())

    def planes(self, count, size):
        """Big numbers were stored byte by byte, all highest bytes first."""
        planes = [self.data.read(count) for _ in range(size)]
        return [int.from_bytes(bytes(column), "big") for column in zip(*planes)]


class Nccl:
    """Two communicators of this process."""

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.ncclAllReduce.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int,
                                               ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
        version = ctypes.c_int()
        self.check(self.library.ncclGetVersion(ctypes.byref(version)))
        self.version = version.value
        self.communicators = (ctypes.c_void_p * RANKS)()
        self.check(self.library.ncclCommInitAll(self.communicators, RANKS, (ctypes.c_int * RANKS)(*range(RANKS))))

    @staticmethod
    def check(status):
        if status != 0:
            sys.exit(f"NCCL returned {status}")

    def all_reduce(self, inputs, kind, operator):
        """The result that rank 0 has; inputs are the ranks' bytes."""
        send = [torch.frombuffer(bytearray(data), dtype=torch.uint8).cuda(rank) for rank, data in enumerate(inputs)]
        recv = [torch.full_like(data, 0xDB) for data in send]
        for rank in range(RANKS):
            torch.cuda.synchronize(rank)
        self.check(self.library.ncclGroupStart())
        for rank in range(RANKS):
            stream = torch.cuda.current_stream(rank).cuda_stream
            count = len(inputs[rank]) // SIZE[kind]
            self.check(self.library.ncclAllReduce(send[rank].data_ptr(), recv[rank].data_ptr(), count, CODE[kind],
                                                  OPERATORS.index(operator), self.communicators[rank], stream))
        self.check(self.library.ncclGroupEnd())
        for rank in range(RANKS):
            torch.cuda.synchronize(rank)
        return bytes(recv[0].cpu().numpy())


def bits(data, size):
    return [int.from_bytes(data[i:i + size], "little") for i in range(0, len(data), size)]


def nans(values, kind):
    if kind not in TORCH:
        return [False] * len(values)
    data = bytearray(b"".join(value.to_bytes(SIZE[kind], "little") for value in values))
    return torch.frombuffer(data, dtype=torch.uint8).view(TORCH[kind]).double().isnan().tolist()


def report(what, kind, expected, measured):
    """Counts the values that differ; all NaNs are one."""
    pairs = zip(expected, measured, nans(expected, kind), nans(measured, kind))
    wrong = sum(1 for old, new, was_nan, is_nan in pairs if old != new and not (was_nan and is_nan))
    print(f"{what:32} {len(expected):8} compared {wrong:6} differ")
    return wrong


def reductions(path, nccl):
    table = Table(path)
    wrong = 0
    while not table.at_end():
        kind, operator, count = table.text(), table.text(), table.number()
        size = SIZE[kind]
        raw = table.data.read(count * size)
        inputs = [raw[i:i + size] for i in range(0, len(raw), size)]
        expected = bits(table.data.read(count * count * size), size)
        first = b"".join(value * count for value in inputs)
        second = b"".join(inputs) * count
        measured = bits(nccl.all_reduce([first, second], kind, operator), size)
        wrong += report(f"{kind} {operator}", kind, expected, measured)
    return wrong


def widening(path):
    table = Table(path)
    wrong = 0
    while not table.at_end():
        kind, count = table.text(), table.number()
        expected = table.planes(count, 4)
        patterns = b"".join(value.to_bytes(SIZE[kind], "little") for value in range(count))
        values = torch.frombuffer(bytearray(patterns), dtype=torch.uint8).view(TORCH[kind]).float()
        measured = bits(bytes(values.view(torch.uint8).numpy()), 4)
        wrong += report(f"{kind} to float", "FLOAT32", expected, measured)
    return wrong


def narrowing(path):
    table = Table(path)
    wrong = 0
    count = table.number()
    inputs = b"".join(value.to_bytes(4, "little") for value in table.planes(count, 4))
    values = torch.frombuffer(bytearray(inputs), dtype=torch.float32)
    while not table.at_end():
        kind = table.text()
        expected = table.planes(count, SIZE[kind])
        measured = bits(bytes(values.to(TORCH[kind]).view(torch.uint8).numpy()), SIZE[kind])
        wrong += report(f"float to {kind}", kind, expected, measured)
    return wrong


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, library = sys.argv[1:]
    nccl = Nccl(library)
    print(f"NCCL {nccl.version}, {RANKS} x {torch.cuda.get_device_name(0)}, PyTorch {torch.__version__}")
    wrong = reductions(f"{folder}/reductions.bin.gz", nccl)
    wrong += widening(f"{folder}/widening.bin.gz") + narrowing(f"{folder}/narrowing.bin.gz")
    print(f"{wrong} values differ")
    sys.exit(1 if wrong else 0)


main()
