# The calls and nothing else, through ctypes, as the wrappers in inference engines make them: one thread drives all devices.
#
# usage: loop.py NCCL CUDART OPERATIONS MIN MAX FACTOR ITERATIONS WARMUPS RANKS
# Prints "operation,bytes,microseconds" for each size.
import ctypes
import sys
import time

FLOAT, SUM, NON_BLOCKING = 7, 0, 1


def ok(code, what):
    if code:
        sys.exit(f"loop.py: {what} gave {code}")


def main():
    nccl_file, cudart_file, operations = sys.argv[1:4]
    low, high, factor, iterations, warmups, ranks = map(int, sys.argv[4:10])
    nccl, cuda = ctypes.CDLL(nccl_file), ctypes.CDLL(cudart_file)
    pointer, size_t, integer = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    nccl.ncclAllReduce.argtypes = [pointer, pointer, size_t, integer, integer, pointer, pointer]
    nccl.ncclReduceScatter.argtypes = nccl.ncclAllReduce.argtypes
    nccl.ncclAllGather.argtypes = [pointer, pointer, size_t, integer, pointer, pointer]
    nccl.ncclSend.argtypes = [pointer, size_t, integer, integer, pointer, pointer]
    nccl.ncclRecv.argtypes = nccl.ncclSend.argtypes
    cuda.cudaMalloc.argtypes = [ctypes.POINTER(pointer), size_t]
    cuda.cudaMemset.argtypes = [pointer, integer, size_t]
    cuda.cudaStreamSynchronize.argtypes = [pointer]

    comms = (pointer * ranks)()
    ok(nccl.ncclCommInitAll(comms, ranks, (integer * ranks)(*range(ranks))), "ncclCommInitAll")
    sends, recvs, streams = [], [], []
    for rank in range(ranks):
        ok(cuda.cudaSetDevice(rank), "cudaSetDevice")
        send, recv, stream = pointer(), pointer(), pointer()
        ok(cuda.cudaMalloc(ctypes.byref(send), high), "cudaMalloc")
        ok(cuda.cudaMalloc(ctypes.byref(recv), high), "cudaMalloc")
        ok(cuda.cudaMemset(send, 0x3E, high), "cudaMemset")
        ok(cuda.cudaStreamCreateWithFlags(ctypes.byref(stream), NON_BLOCKING), "cudaStreamCreateWithFlags")
        sends.append(send)
        recvs.append(recv)
        streams.append(stream)

    def all_reduce(rank, count):
        nccl.ncclAllReduce(sends[rank], recvs[rank], count, FLOAT, SUM, comms[rank], streams[rank])

    def all_gather(rank, count):
        nccl.ncclAllGather(sends[rank], recvs[rank], count, FLOAT, comms[rank], streams[rank])

    def reduce_scatter(rank, count):
        nccl.ncclReduceScatter(sends[rank], recvs[rank], count, FLOAT, SUM, comms[rank], streams[rank])

    def sendrecv(rank, count):
        nccl.ncclGroupStart()
        nccl.ncclSend(sends[rank], count, FLOAT, (rank + 1) % ranks, comms[rank], streams[rank])
        nccl.ncclRecv(recvs[rank], count, FLOAT, (rank - 1) % ranks, comms[rank], streams[rank])
        nccl.ncclGroupEnd()

    def run(call, count):
        nccl.ncclGroupStart()
        for rank in range(ranks):
            call(rank, count)
        nccl.ncclGroupEnd()

    def wait():
        for stream in streams:
            ok(cuda.cudaStreamSynchronize(stream), "cudaStreamSynchronize")

    calls = {f.__name__: f for f in (all_reduce, all_gather, reduce_scatter, sendrecv)}
    for name in operations.split(","):
        call, size = calls[name], low
        while size <= high:
            count = size // 4
            if name in ("all_gather", "reduce_scatter"):
                count = count // ranks // 4 * 4
            if count == 0:
                size *= factor
                continue
            for _ in range(warmups):
                run(call, count)
                wait()
            start = time.perf_counter_ns()
            for _ in range(iterations):
                run(call, count)
            wait()
            print(f"{name},{size},{(time.perf_counter_ns() - start) / 1e3 / iterations:.3f}", flush=True)
            size *= factor


main()
