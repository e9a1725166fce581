# Medians and ratios of what run.sh measured.
#
# usage: summary.py MEASUREMENTS.csv OUT.md
# The lines of the input are mode,round,program,operation,bytes,microseconds; ratios are taken within a round, against
# nccl-tests where it has the mode and else against the C loop, and the median of the rounds is printed. The last column is
# the quotient of the lower quartiles over all rounds: what is left where something else slows whole programs down now and
# then, so that a round says more about that than about them.
import collections
import csv
import statistics
import sys

ORDER = ["ccl perf", "nccl-tests", "C loop", "JNA loop", "JavaCPP", "Python ctypes", "torch.distributed"]


def size(count):
    for unit in ("", " Ki", " Mi", " Gi"):
        if count < 1024 or unit == " Gi":
            return f"{count}{unit}"
        count //= 1024


def number(value):
    return f"{value:.1f}" if value < 1000 else f"{value:.0f}"


def lower_quartile(values):
    return sorted(values)[len(values) // 4]


def main():
    cells = collections.defaultdict(dict)
    for mode, turn, program, operation, count, micros in csv.reader(open(sys.argv[1])):
        cells[mode, operation, int(count)].setdefault(program, {})[turn] = float(micros)
    with open(sys.argv[2], "w") as out:
        for mode in dict.fromkeys(key[0] for key in cells):
            rows = {key: value for key, value in cells.items() if key[0] == mode}
            programs = [p for p in ORDER if any(p in row for row in rows.values())]
            base = "nccl-tests" if "nccl-tests" in programs else "C loop"
            print(f"| {mode}: operation | bytes | " + " | ".join(f"{p}, µs" for p in programs)
                  + f" | ccl perf / {base}, median (lowest–highest) | lower quartiles |", file=out)
            print("|---" * (len(programs) + 4) + "|", file=out)
            for (_, operation, count), row in rows.items():
                medians = [number(statistics.median(row[p].values())) if p in row else "" for p in programs]
                ours, theirs = row.get("ccl perf", {}), row.get(base, {})
                ratios = sorted(ours[t] / theirs[t] for t in ours if t in theirs)
                ratio = f"{statistics.median(ratios):.3f} ({ratios[0]:.3f}–{ratios[-1]:.3f})" if ratios else ""
                quartiles = f"{lower_quartile(ours.values()) / lower_quartile(theirs.values()):.3f}" if ratios else ""
                print(f"| {operation} | {size(count)} | " + " | ".join(medians) + f" | {ratio} | {quartiles} |", file=out)
            print(file=out)


main()
