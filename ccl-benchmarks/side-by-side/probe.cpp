// Two threads on the first two processors this program may use hand a cache line to each other: nanoseconds for one
// way, the median of several tries. Virtual processors move between near and far, and latencies with them.
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

namespace {

struct alignas(128) Line {
  std::atomic<int> turn{0};
};

void pinTo(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

double hop(int first, int second) {
  constexpr int kRounds = 5000;
  Line line;
  std::thread other([&] {
    pinTo(second);
    for (int i = 0; i < kRounds; i++) {
      while (line.turn.load(std::memory_order_acquire) != 2 * i + 1) {
      }
      line.turn.store(2 * i + 2, std::memory_order_release);
    }
  });
  pinTo(first);
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; i++) {
    line.turn.store(2 * i + 1, std::memory_order_release);
    while (line.turn.load(std::memory_order_acquire) != 2 * i + 2) {
    }
  }
  std::chrono::duration<double, std::nano> passed = std::chrono::steady_clock::now() - start;
  other.join();
  return passed.count() / (2.0 * kRounds);
}

}  // namespace

int main() {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof(allowed), &allowed);
  std::vector<int> processors;
  for (int i = 0; i < CPU_SETSIZE; i++) {
    if (CPU_ISSET(i, &allowed)) {
      processors.push_back(i);
    }
  }
  if (processors.size() < 2) {
    std::puts("0");
    return 0;
  }
  std::vector<double> hops;
  for (int i = 0; i < 5; i++) {
    hops.push_back(hop(processors[0], processors[1]));
  }
  std::sort(hops.begin(), hops.end());
  std::printf("%.0f\n", hops[2]);
  return 0;
}
