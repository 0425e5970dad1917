#include "console/measurement.hpp"

#include <cstring>

#include "console/line.hpp"
#include "runtime/interpreter.hpp"

extern "C" std::uint32_t stack_top, bss_end;  // of the linker script

namespace console {
namespace {

// Arm DDI 0403E C1.6.5 and C1.8: DEMCR.TRCENA switches the DWT on, its CTRL.CYCCNTENA the counter.
volatile std::uint32_t& debug_register(std::uint32_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}
volatile std::uint32_t& demcr() { return debug_register(0xE000EDFC); }
volatile std::uint32_t& dwt_ctrl() { return debug_register(0xE0001000); }
volatile std::uint32_t& dwt_cyccnt() { return debug_register(0xE0001004); }

constexpr std::uint8_t kArenaPaint = 0xA5;
constexpr std::uint32_t kStackPaint = 0xC5C5C5C5;
// Not painted: what the painting function itself may have below its frame.
constexpr std::size_t kMarginBytes = 64;
constexpr std::size_t kMostLayers = 64;

std::uint32_t layer_cycles[kMostLayers];

__attribute__((noinline)) void run_layer_by_layer(const mlrt::Graph& graph) {
  for (std::size_t i = 0; i < graph.node_count && i < kMostLayers; ++i) {
    const mlrt::Node& node = graph.nodes[i];
    const std::uint32_t before = dwt_cyccnt();
    node.evaluate(node);
    layer_cycles[i] = dwt_cyccnt() - before;
  }
}

void load_input(mlrt::Interpreter& interpreter, const Verification& verification) {
  std::memcpy(interpreter.input(0)->data, verification.input, verification.input_bytes);
}

std::size_t painted_stack_bytes() {
  const std::uint32_t* word = &bss_end;
  while (word != &stack_top && *word == kStackPaint) ++word;
  return static_cast<std::size_t>(&stack_top - word) * sizeof *word;
}

std::size_t used_arena_bytes(const Verification& verification) {
  std::size_t used = verification.arena_bytes;
  while (used != 0 && verification.arena[used - 1] == kArenaPaint) --used;
  return used;
}

void report(const char* what, std::size_t value) {
  Line().text("MEASURE ").text(what).text(" ").number(static_cast<std::uint32_t>(value)).end();
}

}  // namespace

// Written without calls, which would use the stack that is being painted.
__attribute__((noinline)) void paint_stack() {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) - kMarginBytes;
  auto* const end = reinterpret_cast<volatile std::uint32_t*>(here & ~std::uintptr_t{3});
  for (volatile std::uint32_t* word = &bss_end; word != end; ++word) *word = kStackPaint;
}

void measure(const Verification& verification) {
  demcr() = demcr() | 1u << 24;
  dwt_ctrl() = dwt_ctrl() | 1u;
  std::memset(verification.arena, kArenaPaint, verification.arena_bytes);
  static mlrt::Interpreter interpreter(verification.model, verification.model_bytes,
                                       verification.arena, verification.arena_bytes);
  mlrt::Status status = interpreter.allocate();
  std::uint32_t invoke_cycles = 0;
  for (int round = 0; round < 2 && status == mlrt::Status::kOk; ++round) {
    load_input(interpreter, verification);
    const std::uint32_t before = dwt_cyccnt();
    status = interpreter.invoke();
    invoke_cycles = dwt_cyccnt() - before;
  }
  if (status != mlrt::Status::kOk) {
    Line().text("MEASURE FAILED ").text(mlrt::status_name(status)).end();
    return;
  }
  load_input(interpreter, verification);
  run_layer_by_layer(interpreter.graph());

  const std::uint32_t first = dwt_cyccnt();
  const std::uint32_t second = dwt_cyccnt();
  report("read", second - first);
  for (std::size_t i = 0; i < interpreter.operator_count() && i < kMostLayers; ++i) {
    Line line;
    line.text("MEASURE layer ").number(static_cast<std::uint32_t>(i)).text(" ");
    line.number(layer_cycles[i]).end();
  }
  report("invoke", invoke_cycles);
  report("arena", used_arena_bytes(verification));
  report("stack", painted_stack_bytes());
  Line().text("MEASURE DONE").end();
}

}  // namespace console
