// Measurement: what the board itself counts of an inference, over the UART.
#include "board.h"
#include "console/measurement.hpp"
#include "frontend/features.h"
#include "kws/model.hpp"

extern "C" const std::int8_t kws_verify_input[kFeatureFrames * kFeatureBands];

namespace {

alignas(16) std::uint8_t tensor_arena[32 * 1024];

}  // namespace

int main() {
  console::paint_stack();
  board_initialise();
  console::measure({kws_model, kws_model_size, kws_verify_input, sizeof kws_verify_input,
                    tensor_arena, sizeof tensor_arena});
  for (;;) {
    __asm volatile("wfi");
  }
}
