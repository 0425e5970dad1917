// Measurement: what the board itself counts of an inference, over the UART.
#include "board.h"
#include "console/measurement.hpp"
#include "ic/model.hpp"

namespace {

alignas(16) std::uint8_t tensor_arena[60 * 1024];

}  // namespace

int main() {
  console::paint_stack();
  board_initialise();
  console::measure(
      {ic_model, ic_model_size, ic_picture, ic_picture_size, tensor_arena, sizeof tensor_arena});
  for (;;) {
    __asm volatile("wfi");
  }
}
