// Verification: one inference on a fixed input with an arena that nothing is reused in, then every
// operator's output over the UART, to be compared with tests/firmware/check_layers.py.
//
//   LAYER <number> <tensor name> <bytes>      then lines of up to 32 bytes as hex digits
//   VERIFY DONE
#include <cstdint>
#include <cstring>

#include "board.h"
#include "frontend/features.h"
#include "kws/console.hpp"
#include "kws/model.hpp"
#include "runtime/interpreter.hpp"

extern "C" const std::int8_t kws_verify_input[kFeatureFrames * kFeatureBands];

namespace {

constexpr std::size_t kBytesOfLine = 32;

alignas(16) std::uint8_t tensor_arena[112 * 1024];

void print_layer(std::size_t number, const mlrt::Tensor& tensor) {
  kws::Line line;
  line.text("LAYER ").number(number).text(" ").text(tensor.name).text(" ");
  line.number(tensor.bytes).end();
  for (std::size_t i = 0; i < tensor.bytes; ++i) {
    line.hex(tensor.as<const std::uint8_t>()[i]);
    if ((i + 1) % kBytesOfLine == 0 || i + 1 == tensor.bytes) line.end();
  }
}

void verify() {
  mlrt::Interpreter interpreter(kws_model, kws_model_size, tensor_arena, sizeof tensor_arena);
  mlrt::Status status = interpreter.allocate(mlrt::ArenaPolicy::kKeepEveryone);
  if (status == mlrt::Status::kOk) {
    std::memcpy(interpreter.input(0)->data, kws_verify_input, sizeof kws_verify_input);
    status = interpreter.invoke();
  }
  if (status != mlrt::Status::kOk) {
    kws::Line().text("VERIFY FAILED ").text(mlrt::status_name(status)).end();
    return;
  }
  for (std::size_t i = 0; i < interpreter.operator_count(); ++i) {
    print_layer(i, *interpreter.operator_output(i));
  }
  kws::Line().text("VERIFY DONE").end();
}

}  // namespace

int main() {
  board_initialise();
  verify();
  for (;;) {
    __asm volatile("wfi");
  }
}
