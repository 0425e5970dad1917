// Verification: every layer of one inference over the UART.
#include "board.h"
#include "console/layer_dump.hpp"
#include "ic/model.hpp"

namespace {

alignas(16) std::uint8_t tensor_arena[136 * 1024];

}  // namespace

int main() {
  board_initialise();
  console::dump_layers(
      {ic_model, ic_model_size, ic_picture, ic_picture_size, tensor_arena, sizeof tensor_arena});
  for (;;) {
    __asm volatile("wfi");
  }
}
