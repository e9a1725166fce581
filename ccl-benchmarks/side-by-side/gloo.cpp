// Gloo's side: its TCP transport over the loopback interface (it has none over shared memory), found through a file
// store. Blocking calls, one after the other.
#include <gloo/allgather.h>
#include <gloo/allreduce.h>
#include <gloo/barrier.h>
#include <gloo/broadcast.h>
#include <gloo/math.h>
#include <gloo/reduce_scatter.h>
#include <gloo/rendezvous/context.h>
#include <gloo/rendezvous/file_store.h>
#include <gloo/transport/tcp/device.h>

#include <memory>

#include "loop.h"

namespace {

class Gloo final : public Library {
 public:
  explicit Gloo(const Arguments& arguments) {
    gloo::transport::tcp::attr attributes;
    attributes.iface = "lo";
    attributes.hostname = "127.0.0.1";
    auto device = gloo::transport::tcp::CreateDevice(attributes);
    gloo::rendezvous::FileStore store(arguments.text("--store"));
    auto made = std::make_shared<gloo::rendezvous::Context>(static_cast<int>(arguments.number("--rank")),
                                                            static_cast<int>(arguments.number("--ranks")));
    made->connectFullMesh(store, device);
    context = made;
  }
  int rank() const override { return context->rank; }
  int ranks() const override { return context->size; }
  void barrier() override {
    gloo::BarrierOptions options(context);
    options.setTag(1);
    gloo::barrier(options);
  }
  double max(double value) override {
    gloo::AllreduceOptions options(context);
    options.setOutput(&value, 1);
    options.setReduceFunction(static_cast<void (*)(void*, const void*, const void*, size_t)>(&gloo::max<double>));
    options.setTag(2);
    gloo::allreduce(options);
    return value;
  }

  std::shared_ptr<gloo::Context> context;
};

template <typename Call>
void checkAndMeasure(Gloo& gloo, const Arguments& arguments, const std::string& op, size_t bytes, const Shape& shape,
                     const float* received, Call call) {
  call();
  measure(gloo, arguments, op, bytes, isRight(gloo, op, shape, received), call);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments(argc, argv);
  Gloo gloo(arguments);
  auto& context = gloo.context;
  int next = (gloo.rank() + 1) % gloo.ranks();
  int previous = (gloo.rank() + gloo.ranks() - 1) % gloo.ranks();
  for (const auto& op : arguments.list("--ops")) {
    for (const auto& size : arguments.list("--sizes")) {
      size_t bytes = std::stoul(size);
      Shape shape(op, bytes, gloo.ranks());
      Buffers buffers(gloo, op, shape);
      float* send = buffers.send.data();
      float* recv = buffers.recv.data();
      auto run = [&](const float* received, auto call) {
        checkAndMeasure(gloo, arguments, op, bytes, shape, received, call);
      };
      if (op == "all_reduce") {
        run(recv, [&] {
          gloo::AllreduceOptions options(context);
          options.setInput(send, shape.sent);
          options.setOutput(recv, shape.received);
          options.setReduceFunction(
              static_cast<void (*)(void*, const void*, const void*, size_t)>(&gloo::sum<float>));
          gloo::allreduce(options);
        });
      } else if (op == "all_gather") {
        run(recv, [&] {
          gloo::AllgatherOptions options(context);
          options.setInput(send, shape.sent);
          options.setOutput(recv, shape.received);
          gloo::allgather(options);
        });
      } else if (op == "reduce_scatter") {
        // In place over the input: it has no other form. Sums of sums soon are infinite, which takes as long to add.
        std::vector<int> parts(gloo.ranks(), static_cast<int>(shape.received));
        gloo::ReduceScatterHalvingDoubling<float> algorithm(context, {send}, static_cast<int>(shape.sent), parts);
        run(send, [&] { algorithm.run(); });
      } else if (isBroadcast(op)) {
        bool inTurn = op == "broadcast_in_turn";
        long turn = 0;
        run(recv, [&] {
          gloo::BroadcastOptions options(context);
          options.setOutput(recv, shape.received);
          options.setRoot(inTurn ? static_cast<int>(turn++ % gloo.ranks()) : 0);
          gloo::broadcast(options);
        });
      } else if (op == "sendrecv") {
        auto from = context->createUnboundBuffer(send, shape.sent * sizeof(float));
        auto to = context->createUnboundBuffer(recv, shape.received * sizeof(float));
        run(recv, [&] {
          to->recv(previous, 3);
          from->send(next, 3);
          from->waitSend();
          to->waitRecv();
        });
      } else {
        std::fprintf(stderr, "no such operation: %s\n", op.c_str());
        return 2;
      }
    }
  }
  gloo.barrier();
  return 0;
}
