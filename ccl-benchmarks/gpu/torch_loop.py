# The calls through torch.distributed, a process for each device.
#
# usage: torch_loop.py OPERATIONS MIN MAX FACTOR ITERATIONS WARMUPS RANKS
# Prints "operation,bytes,microseconds" for each size.
import os
import sys
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


def work(rank, ranks, operations, low, high, factor, iterations, warmups, port):
    os.environ["MASTER_ADDR"] = "127.0.0.1"
    os.environ["MASTER_PORT"] = str(port)
    torch.cuda.set_device(rank)
    dist.init_process_group("nccl", rank=rank, world_size=ranks, device_id=torch.device("cuda", rank))
    send = torch.full((high // 4,), 0.19, device="cuda")
    recv = torch.full((high // 4,), 0.19, device="cuda")
    for name in operations.split(","):
        size = low
        while size <= high:
            count = size // 4
            part = count // ranks // 4 * 4
            if name == "all_reduce":
                # In place: torch has no other form.
                x = send[:count]
                call = lambda: dist.all_reduce(x)
            elif name == "all_gather":
                x, y = send[:part], recv[: part * ranks]
                call = lambda: dist.all_gather_into_tensor(y, x)
            elif name == "reduce_scatter":
                x, y = send[: part * ranks], recv[:part]
                call = lambda: dist.reduce_scatter_tensor(y, x)
            else:
                x, y = send[:count], recv[:count]

                def call():
                    both = [
                        dist.P2POp(dist.isend, x, (rank + 1) % ranks),
                        dist.P2POp(dist.irecv, y, (rank - 1) % ranks),
                    ]
                    for request in dist.batch_isend_irecv(both):
                        request.wait()

            if name in ("all_gather", "reduce_scatter") and part == 0:
                size *= factor
                continue
            for _ in range(warmups):
                call()
            torch.cuda.synchronize()
            start = time.perf_counter_ns()
            for _ in range(iterations):
                call()
            torch.cuda.synchronize()
            if rank == 0:
                print(f"{name},{size},{(time.perf_counter_ns() - start) / 1e3 / iterations:.3f}", flush=True)
            size *= factor
    dist.destroy_process_group()


if __name__ == "__main__":
    numbers = list(map(int, sys.argv[2:8]))
    mp.spawn(work, (numbers[5], sys.argv[1], *numbers[:5], 20000 + os.getpid() % 10000), nprocs=numbers[5])
