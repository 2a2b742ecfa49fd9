// Signals in the middle of a product, where oneDNN's kernels have a heap address in the stack pointer.
#include "tests/ops/tensors.h"
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "pushforward/core/interrupt.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/linear.h"

namespace pushforward::ops {
namespace {

volatile std::sig_atomic_t received = 0;

/// Products of the study's size for a second, a SIGINT every 20 µs to the thread that computes, handled
/// as catch_interrupts has it but without end. Exits with 0 when each product was right.
[[noreturn]] void multiply_under_fire() {
  catch_interrupts();
  struct sigaction action {};
  sigaction(SIGINT, nullptr, &action);
  action.sa_handler = [](int) { received = received + 1; };
  sigaction(SIGINT, &action, nullptr);

  const auto x = feature_major(normal({128, 392}, 1));
  const auto weight = normal({1024, 392}, 2), bias = normal({1024}, 3);
  const at::NoGradGuard no_grad;
  const auto expected = linear(x, weight, bias);
  std::atomic<bool> done = false;
  std::thread sender([&, target = pthread_self()] {
    while (!done) {
      pthread_kill(target, SIGINT);
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  });
  bool same = true;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (same && std::chrono::steady_clock::now() < end) same = identical(linear(x, weight, bias), expected);
  done = true;
  sender.join();
  std::_Exit(!same ? 1 : received < 100 ? 2 : 0);
}

TEST(Signals, LeaveAProductAlone) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(multiply_under_fire(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace pushforward::ops
