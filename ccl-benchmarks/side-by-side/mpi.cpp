// Open MPI's side: blocking calls, one after the other.
#include <mpi.h>

#include "loop.h"

namespace {

class Mpi final : public Library {
 public:
  Mpi() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks_);
  }
  int rank() const override { return rank_; }
  int ranks() const override { return ranks_; }
  void barrier() override { MPI_Barrier(MPI_COMM_WORLD); }
  double max(double value) override {
    double all = 0;
    MPI_Allreduce(&value, &all, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    return all;
  }

 private:
  int rank_ = 0;
  int ranks_ = 0;
};

template <typename Call>
void checkAndMeasure(Mpi& mpi, const Arguments& arguments, const std::string& op, size_t bytes, const Shape& shape,
                     const Buffers& buffers, Call call) {
  call();
  measure(mpi, arguments, op, bytes, isRight(mpi, op, shape, buffers.recv.data()), call);
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  {
    Arguments arguments(argc, argv);
    Mpi mpi;
    MPI_Comm all = MPI_COMM_WORLD;
    int next = (mpi.rank() + 1) % mpi.ranks();
    int previous = (mpi.rank() + mpi.ranks() - 1) % mpi.ranks();
    for (const auto& op : arguments.list("--ops")) {
      for (const auto& size : arguments.list("--sizes")) {
        size_t bytes = std::stoul(size);
        Shape shape(op, bytes, mpi.ranks());
        Buffers buffers(mpi, op, shape);
        const float* send = buffers.send.data();
        float* recv = buffers.recv.data();
        int sent = static_cast<int>(shape.sent);
        int received = static_cast<int>(shape.received);
        auto run = [&](auto call) { checkAndMeasure(mpi, arguments, op, bytes, shape, buffers, call); };
        if (op == "all_reduce") {
          run([=] { MPI_Allreduce(send, recv, sent, MPI_FLOAT, MPI_SUM, all); });
        } else if (op == "all_gather") {
          run([=] { MPI_Allgather(send, sent, MPI_FLOAT, recv, sent, MPI_FLOAT, all); });
        } else if (op == "reduce_scatter") {
          run([=] { MPI_Reduce_scatter_block(send, recv, received, MPI_FLOAT, MPI_SUM, all); });
        } else if (op == "broadcast") {
          run([=] { MPI_Bcast(recv, received, MPI_FLOAT, 0, all); });
        } else if (op == "broadcast_in_turn") {
          run([=, ranks = mpi.ranks(), turn = 0L]() mutable {
            MPI_Bcast(recv, received, MPI_FLOAT, static_cast<int>(turn++ % ranks), all);
          });
        } else if (op == "sendrecv") {
          run([=] {
            MPI_Sendrecv(send, sent, MPI_FLOAT, next, 0, recv, received, MPI_FLOAT, previous, 0, all,
                         MPI_STATUS_IGNORE);
          });
        } else {
          std::fprintf(stderr, "no such operation: %s\n", op.c_str());
          MPI_Abort(all, 2);
        }
      }
    }
  }
  MPI_Finalize();
  return 0;
}
