// Anomaly detection: a second of a machine's sound, its features through an autoencoder that knows
// healthy machines only, and how badly it could rebuild them; then the next second, for ever.
#include <cstdint>
#include <cstring>

#include "ad/model.hpp"
#include "ad/threshold.h"
#include "board.h"
#include "console/line.hpp"
#include "console/sample.hpp"
#include "frontend/features.h"
#include "runtime/interpreter.hpp"

namespace {

constexpr std::uint32_t kSettleSamples = 800;
constexpr std::size_t kValues = std::size_t{kFeatureFrames} * kFeatureBands;

std::int16_t audio[2][kFeatureAudioSamples];
std::int8_t features[kValues];
alignas(16) std::uint8_t tensor_arena[8 * 1024];

float squared_error(const mlrt::Tensor& input, const mlrt::Tensor& output) {
  const std::int8_t* const rebuilt = output.as<const std::int8_t>();
  float sum = 0;
  for (std::size_t i = 0; i < kValues; ++i) {
    const float heard = static_cast<float>(features[i] - input.zero_point) * input.scales[0];
    const float difference =
        static_cast<float>(rebuilt[i] - output.zero_point) * output.scales[0] - heard;
    sum += difference * difference;
  }
  return sum / static_cast<float>(kValues);
}

}  // namespace

int main() {
  board_initialise();
  static mlrt::Interpreter interpreter(ad_model, ad_model_size, tensor_arena, sizeof tensor_arena);
  if (const mlrt::Status status = interpreter.allocate(); status != mlrt::Status::kOk) {
    console::fail(status);
  }
  console::announce("anomaly detection", ad::kModelName, interpreter, sizeof tensor_arena);

  std::int16_t* const buffers[2] = {audio[0], audio[1]};
  board_microphone_start(buffers, kFeatureAudioSamples, kSettleSamples);
  for (std::uint32_t window = 0;; ++window) {
    const std::int16_t* const samples = board_microphone_wait();
    const std::uint32_t start = board_microseconds();
    frontend_features(samples, features);
    std::memcpy(interpreter.input(0)->data, features, sizeof features);
    if (const mlrt::Status status = interpreter.invoke(); status != mlrt::Status::kOk) {
      console::fail(status);
    }
    const float error = squared_error(*interpreter.input(0), *interpreter.output(0));
    const std::uint32_t microseconds = board_microseconds() - start;
    console::Line line;
    line.text("RESULT ").number(window).text(error > AD_THRESHOLD ? ": anomaly" : ": healthy");
    line.text(", error ").hundredths(static_cast<std::uint32_t>(error * 100 + 0.5f));
    line.text(", ").number(microseconds).text(" us").end();
  }
}
