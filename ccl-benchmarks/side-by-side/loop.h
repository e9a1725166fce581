// What every program here has in common: the arguments, the data, and the one loop that is timed. The Java side
// (org.ccl4j.benchmarks.SideBySide) does the same, step by step, through the public API.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

struct Arguments {
  std::map<std::string, std::string> values;

  Arguments(int argc, char** argv) {
    for (int i = 1; i + 1 < argc; i += 2) {
      values[argv[i]] = argv[i + 1];
    }
  }

  std::string text(const std::string& key) const {
    auto found = values.find(key);
    if (found == values.end()) {
      std::fprintf(stderr, "%s is missing\n", key.c_str());
      std::exit(2);
    }
    return found->second;
  }

  long number(const std::string& key) const { return std::stol(text(key)); }

  std::vector<std::string> list(const std::string& key) const {
    std::vector<std::string> parts;
    std::string all = text(key) + ",";
    for (size_t from = 0, to; (to = all.find(',', from)) != std::string::npos; from = to + 1) {
      parts.push_back(all.substr(from, to - from));
    }
    return parts;
  }
};

// Small whole numbers, so that sums are exact; different for each rank and neighbouring elements.
inline float input(int rank, size_t index) { return static_cast<float>((index * 7 + rank * 13) % 32); }

// The message of one operation. `bytes` is the whole message as nccl-tests counts it: what all_gather receives, what
// reduce_scatter sends, and what a rank sends in the others. A rank's part is at least one element.
struct Shape {
  size_t sent;
  size_t received;

  Shape(const std::string& op, size_t bytes, int ranks) {
    size_t whole = bytes / sizeof(float);
    size_t part = std::max<size_t>(1, whole / ranks);
    sent = op == "all_gather" ? part : op == "reduce_scatter" ? part * ranks : whole;
    received = op == "all_gather" ? part * ranks : op == "reduce_scatter" ? part : whole;
  }
};

// With rank 0 as the root, or with the next rank each time.
inline bool isBroadcast(const std::string& op) { return op == "broadcast" || op == "broadcast_in_turn"; }

// What must be at `index` of the rank's receive buffer afterwards.
inline float expected(const std::string& op, const Shape& shape, int rank, int ranks, size_t index) {
  if (op == "all_gather") {
    return input(static_cast<int>(index / shape.sent), index % shape.sent);
  }
  if (isBroadcast(op)) {
    return input(0, index);
  }
  if (op == "sendrecv") {
    return input((rank + ranks - 1) % ranks, index);
  }
  size_t at = op == "reduce_scatter" ? rank * shape.received + index : index;
  float sum = 0;
  for (int r = 0; r < ranks; r++) {
    sum += input(r, at);
  }
  return sum;
}

// One rank of a library. `call` does one operation and has returned when the result is there.
class Library {
 public:
  virtual ~Library() = default;
  virtual int rank() const = 0;
  virtual int ranks() const = 0;
  virtual void barrier() = 0;
  virtual double max(double value) = 0;
};

using Clock = std::chrono::steady_clock;

// Microseconds that the slowest rank needed for `calls` calls.
template <typename Call>
double timed(Library& library, long calls, Call& call) {
  library.barrier();
  auto start = Clock::now();
  for (long i = 0; i < calls; i++) {
    call();
  }
  std::chrono::duration<double, std::micro> passed = Clock::now() - start;
  return library.max(passed.count());
}

// A measurement is cut into parts, of which the median and the best are kept: somebody else may want the processor for
// a moment. Fewer where a call takes long.
constexpr long kLeastParts = 3;
constexpr long kMostParts = 20;

// Warms up for `--warm-ms`, then times as many calls as fit into `--budget-ms`, and appends one line to the file.
template <typename Call>
void measure(Library& library, const Arguments& arguments, const std::string& op, size_t bytes, bool correct,
             Call call) {
  double warm = arguments.number("--warm-ms") * 1000.0;
  double budget = arguments.number("--budget-ms") * 1000.0;
  long calls = 1;
  double last = timed(library, calls, call);
  for (double total = last; total < warm; total += last) {
    calls *= 2;
    last = timed(library, calls, call);
  }
  long affordable = static_cast<long>(budget / std::max(0.01, last / calls));
  long count = std::min(kMostParts, std::max(kLeastParts, affordable));
  long iterations = std::max(1L, affordable / count);
  std::vector<double> parts;
  for (long i = 0; i < count; i++) {
    parts.push_back(timed(library, iterations, call) / iterations);
  }
  std::sort(parts.begin(), parts.end());
  if (library.rank() == 0) {
    FILE* out = std::fopen(arguments.text("--out").c_str(), "a");
    std::fprintf(out, "%s,%s,%zu,calls,%d,%ld,%.4f,%.4f,%s\n", arguments.text("--label").c_str(), op.c_str(), bytes,
                 library.ranks(), count * iterations, parts[count / 2], parts[0], correct ? "ok" : "WRONG");
    std::fclose(out);
  }
}

// The buffers of one operation: filled, and so in memory, before anything is timed.
struct Buffers {
  std::vector<float> send;
  std::vector<float> recv;

  Buffers(Library& library, const std::string& op, const Shape& shape)
      : send(shape.sent), recv(shape.received, -1.0f) {
    for (size_t i = 0; i < shape.sent; i++) {
      send[i] = input(library.rank(), i);
    }
    if (isBroadcast(op) && library.rank() == 0) {
      recv = send;  // in place: there is nothing to copy at the root
    }
  }
};

inline bool isRight(Library& library, const std::string& op, const Shape& shape, const float* received) {
  double wrong = 0;
  for (size_t i = 0; i < shape.received; i++) {
    wrong += received[i] != expected(op, shape, library.rank(), library.ranks(), i);
  }
  return library.max(wrong) == 0;
}
