// Keyword spotting without a microphone: the features of one clip in flash, over and over.
#include "board.h"
#include "console/stored_input.hpp"
#include "frontend/features.h"
#include "kws/model.hpp"

extern "C" const std::int8_t kws_verify_input[kFeatureFrames * kFeatureBands];

namespace {

alignas(16) std::uint8_t tensor_arena[28 * 1024];

}  // namespace

int main() {
  board_initialise();
  console::infer_stored_input({"keyword spotting",
                               kws::kModelName,
                               {kws_model, kws_model_size, kws_verify_input,
                                sizeof kws_verify_input, tensor_arena, sizeof tensor_arena},
                               kws::kLabels});
}
