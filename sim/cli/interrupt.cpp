#include "sim/cli/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace tinyscope {
namespace {

std::atomic<bool> caught{false};
bool (*interrupt_check)() = [] { return caught.exchange(false); };

}  // namespace

void catch_interrupt() {
  std::signal(SIGINT, [](int) { caught = true; });
}

void set_interrupt_check(bool (*interrupted)()) { interrupt_check = interrupted; }

bool interrupt_requested() { return interrupt_check(); }

}  // namespace tinyscope
