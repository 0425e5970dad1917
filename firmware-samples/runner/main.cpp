// Runs whatever model lies at `runner_model`, for ever. README.md says which symbols are for whom.
#include <cstddef>
#include <cstdint>

#include "board.h"
#include "console/line.hpp"
#include "runner/input_pattern.hpp"
#include "runner/runner.h"
#include "runtime/interpreter.hpp"

RunnerTensor runner_inputs[kRunnerTensors];
RunnerTensor runner_outputs[kRunnerTensors];
std::uint32_t runner_input_count;
std::uint32_t runner_output_count;
std::uint32_t runner_arena_bytes;
char runner_error[kRunnerErrorBytes];

// Empty and never inlined: hosts stop here, where nothing is in flight.
__attribute__((noipa)) void runner_before_inference() {}
__attribute__((noipa)) void runner_after_inference() {}

namespace {

// Of the linker script model_and_arena.ld.
extern "C" const std::uint8_t runner_model[], runner_model_end[];
extern "C" std::uint8_t runner_arena[], runner_arena_end[];

// Collects the text for the host, then prints it as "ERROR <text>".
class Error {
 public:
  Error& text(const char* characters) {
    while (*characters != '\0' && size_ + 1 < kRunnerErrorBytes) {
      runner_error[size_++] = *characters++;
    }
    return *this;
  }

  Error& number(std::size_t value) {
    char digits[11];
    char* first = digits + sizeof digits - 1;
    *first = '\0';
    do {
      *--first = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    return text(first);
  }

  [[noreturn]] void stop() {
    console::Line().text("ERROR ").text(runner_error).end();
    for (;;) {
      __asm volatile("wfi");
    }
  }

 private:
  std::size_t size_ = 0;
};

[[noreturn]] void fail(const char* what, mlrt::Status status) {
  Error().text(what).text(mlrt::status_name(status)).stop();
}

std::size_t room() { return static_cast<std::size_t>(runner_arena_end - runner_arena); }

constexpr std::size_t kNoNode = static_cast<std::size_t>(-1);

// Where reading the graph ended: operators have their output from the moment they are looked at.
std::size_t last_node(const mlrt::Graph& graph) {
  std::size_t last = kNoNode;
  for (std::size_t i = 0; graph.nodes != nullptr && i < graph.node_count; ++i) {
    if (graph.nodes[i].output != nullptr) last = i;
  }
  return last;
}

[[noreturn]] void fail_to_allocate(const mlrt::Interpreter& interpreter, mlrt::Status status) {
  if (status == mlrt::Status::kArenaTooSmall && interpreter.arena_needed_bytes() > room()) {
    Error()
        .text("the tensor arena would need ")
        .number(interpreter.arena_needed_bytes())
        .text(" bytes, and there is room for ")
        .number(room())
        .stop();
  }
  Error error;
  error.text("the runner cannot prepare ");
  if (const std::size_t node = last_node(interpreter.graph()); node != kNoNode) {
    error.text("operator ").number(node).text(" of the model: ");
  } else {
    error.text("the model: ");
  }
  error.text(mlrt::status_name(status)).stop();
}

using Tensors = mlrt::Tensor* (mlrt::Interpreter::*)(std::size_t) const;

std::uint32_t list(const mlrt::Interpreter& interpreter, Tensors tensor_at, RunnerTensor* tensors) {
  std::uint32_t count = 0;
  while (const mlrt::Tensor* const tensor = (interpreter.*tensor_at)(count)) {
    if (count == kRunnerTensors)
      fail("too many inputs or outputs: ", mlrt::Status::kUnsupportedModel);
    tensors[count++] = {tensor->data, static_cast<std::uint32_t>(tensor->bytes)};
  }
  return count;
}

}  // namespace

int main() {
  board_initialise();
  const auto model_room = static_cast<std::size_t>(runner_model_end - runner_model);
  std::size_t arena_bytes = room();
  {
    // With all the room there is, to learn how much of it the model needs.
    mlrt::Interpreter interpreter(runner_model, model_room, runner_arena, arena_bytes);
    const mlrt::Status status = interpreter.allocate();
    if (status != mlrt::Status::kOk) fail_to_allocate(interpreter, status);
    arena_bytes = interpreter.arena_needed_bytes();
  }
  // Then in so much, as a firmware that was made for this model would do it.
  mlrt::Interpreter interpreter(runner_model, model_room, runner_arena, arena_bytes);
  const mlrt::Status status = interpreter.allocate();
  if (status != mlrt::Status::kOk) fail("the model cannot be run: ", status);
  runner_arena_bytes = static_cast<std::uint32_t>(arena_bytes);
  runner_input_count = list(interpreter, &mlrt::Interpreter::input, runner_inputs);
  runner_output_count = list(interpreter, &mlrt::Interpreter::output, runner_outputs);
  for (;;) {
    for (std::uint32_t i = 0; i < runner_input_count; ++i) {
      runner::fill_with_pattern(*interpreter.input(i), i);
    }
    runner_before_inference();
    (void)interpreter.invoke();
    runner_after_inference();
  }
}
