// Keyword spotting: microphone, features, inference, result on the UART, once a second for ever.
#include <cstdint>
#include <cstring>

#include "board.h"
#include "console/line.hpp"
#include "frontend/features.h"
#include "kws/model.hpp"
#include "runtime/interpreter.hpp"

namespace {

// The microphone starts with a click and the decimation filter with an offset; 50 ms pass before
// the first window.
constexpr std::uint32_t kSettleSamples = 800;

std::int16_t audio[2][kFeatureAudioSamples];
std::int8_t features[kFeatureFrames * kFeatureBands];
alignas(16) std::uint8_t tensor_arena[28 * 1024];

[[noreturn]] void fail(mlrt::Status status) {
  console::Line().text("error: ").text(mlrt::status_name(status)).end();
  for (;;) {
    __asm volatile("wfi");
  }
}

// Scores are int8 with scale 1/256 and zero point -128: in hundredths, rounded.
std::uint32_t hundredths(std::int8_t score) {
  return (static_cast<std::uint32_t>(score + 128) * 100 + 128) / 256;
}

std::size_t best_label(const std::int8_t* scores) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < kws::kLabelCount; ++i) {
    if (scores[i] > scores[best]) best = i;
  }
  return best;
}

void report(std::uint32_t window, const std::int8_t* scores, std::uint32_t feature_us,
            std::uint32_t inference_us) {
  const std::size_t best = best_label(scores);
  console::Line().text("features ready: ").number(feature_us).text(" us").end();
  console::Line().text("inference: ").number(inference_us).text(" us").end();
  console::Line line;
  line.text("scores:");
  for (std::size_t i = 0; i < kws::kLabelCount; ++i) {
    line.text(" ").text(kws::kLabels[i]).text("=").hundredths(hundredths(scores[i]));
  }
  line.end();
  line.text("top: ").text(kws::kLabels[best]).text(" (");
  line.hundredths(hundredths(scores[best])).text(")").end();
  line.text("RESULT ").number(window).text(": ").text(kws::kLabels[best]).text(" ");
  line.hundredths(hundredths(scores[best])).end();
}

void announce(const mlrt::Interpreter& interpreter) {
  console::Line().text("keyword spotting, model ").text(kws::kModelName).end();
  console::Line()
      .text("arena: ")
      .number(interpreter.arena_used_bytes())
      .text(" of ")
      .number(sizeof tensor_arena)
      .text(" bytes")
      .end();
}

}  // namespace

int main() {
  board_initialise();
  static mlrt::Interpreter interpreter(kws_model, kws_model_size, tensor_arena,
                                       sizeof tensor_arena);
  if (const mlrt::Status status = interpreter.allocate(); status != mlrt::Status::kOk) {
    fail(status);
  }
  announce(interpreter);

  std::int16_t* const buffers[2] = {audio[0], audio[1]};
  board_microphone_start(buffers, kFeatureAudioSamples, kSettleSamples);
  for (std::uint32_t window = 0;; ++window) {
    const std::int16_t* samples = board_microphone_wait();
    const std::uint32_t start = board_microseconds();
    frontend_features(samples, features);
    const std::uint32_t middle = board_microseconds();
    std::memcpy(interpreter.input(0)->data, features, sizeof features);
    if (const mlrt::Status status = interpreter.invoke(); status != mlrt::Status::kOk) {
      fail(status);
    }
    const std::uint32_t end = board_microseconds();
    report(window, interpreter.output(0)->as<const std::int8_t>(), middle - start, end - middle);
  }
}
