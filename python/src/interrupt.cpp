#include "python/src/interrupt.hpp"

#include <pybind11/pybind11.h>

#include <chrono>
#include <optional>
#include <thread>

#include "sim/cli/session.hpp"

namespace py = pybind11;

namespace tinyscope {
namespace {

using Clock = std::chrono::steady_clock;

// Asking takes the GIL, which another thread may hold for some time.
constexpr auto kAskEvery = std::chrono::milliseconds(50);

std::optional<py::error_already_set>& raised() {
  static std::optional<py::error_already_set> error;
  return error;
}

// Python runs signal handlers in its main thread only.
bool interrupted() {
  static const std::thread::id main_thread = std::this_thread::get_id();
  static Clock::time_point asked;
  if (std::this_thread::get_id() != main_thread) return false;
  const Clock::time_point now = Clock::now();
  if (now - asked < kAskEvery) return false;
  asked = now;
  const py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() == 0) return false;
  raised().emplace();
  return true;
}

}  // namespace

void ask_python_for_interrupts() {
  interrupted();  // remembers the thread
  set_interrupt_check(interrupted);
}

void throw_interrupt() {
  if (raised()) {
    const py::error_already_set error = *std::exchange(raised(), std::nullopt);
    throw error;
  }
  PyErr_SetNone(PyExc_KeyboardInterrupt);
  throw py::error_already_set();
}

}  // namespace tinyscope
