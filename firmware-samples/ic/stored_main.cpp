// Image classification as the other boards have it: the picture in flash, over and over, with every
// byte of the answer.
#include "board.h"
#include "console/stored_input.hpp"
#include "ic/model.hpp"

namespace {

alignas(16) std::uint8_t tensor_arena[60 * 1024];

}  // namespace

int main() {
  board_initialise();
  console::infer_stored_input(
      {"image classification",
       ic::kModelName,
       {ic_model, ic_model_size, ic_picture, ic_picture_size, tensor_arena, sizeof tensor_arena},
       nullptr});
}
