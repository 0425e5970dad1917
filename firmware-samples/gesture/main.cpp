// Gestures: motion sensor, a window of the last 128 samples, inference eight times a second, and a
// line on the UART for each gesture.
#include <cstdint>
#include <cstring>

#include "board.h"
#include "console/line.hpp"
#include "console/sample.hpp"
#include "gesture/model.hpp"
#include "parts/imu.h"
#include "runtime/interpreter.hpp"

namespace {

constexpr std::uint32_t kSamplesBetweenInferences = 16;
constexpr std::int8_t kSure = 102;  // 0.90
// The same gesture is seen in several windows in a row; it counts once.
constexpr std::uint32_t kQuietSamples = 119;

alignas(16) std::uint8_t tensor_arena[16 * 1024];

class Window {
 public:
  void add(const ImuSample& sample) {
    std::memmove(values_, values_ + gesture::kChannels, sizeof values_ - gesture::kChannels);
    std::int8_t* const last = values_ + sizeof values_ - gesture::kChannels;
    for (int axis = 0; axis < 3; ++axis) {
      // 1/32 g and 500/128 degrees per second a step
      last[axis] = static_cast<std::int8_t>(sample.acceleration[axis] >> 8);
      last[3 + axis] = static_cast<std::int8_t>(sample.rotation[axis] >> 8);
    }
  }
  void copy_to(mlrt::Tensor* input) const { std::memcpy(input->data, values_, sizeof values_); }

 private:
  std::int8_t values_[gesture::kWindow * gesture::kChannels] = {};
};

std::size_t best_label(const std::int8_t* scores) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < gesture::kLabelCount; ++i) {
    if (scores[i] > scores[best]) best = i;
  }
  return best;
}

}  // namespace

int main() {
  board_initialise();
  static mlrt::Interpreter interpreter(gesture_model, gesture_model_size, tensor_arena,
                                       sizeof tensor_arena);
  if (const mlrt::Status status = interpreter.allocate(); status != mlrt::Status::kOk) {
    console::fail(status);
  }
  console::announce("gestures", gesture::kModelName, interpreter, sizeof tensor_arena);
  if (!imu_start()) console::fail("the motion sensor does not answer");

  static Window window;
  std::uint32_t result = 0;
  std::uint32_t quiet_until = 0;
  for (std::uint32_t sample = 1;; ++sample) {
    ImuSample measured;
    if (!imu_wait(&measured)) console::fail("the motion sensor no longer answers");
    window.add(measured);
    if (sample < gesture::kWindow || sample % kSamplesBetweenInferences != 0) continue;
    window.copy_to(interpreter.input(0));
    const std::uint32_t start = board_microseconds();
    if (const mlrt::Status status = interpreter.invoke(); status != mlrt::Status::kOk) {
      console::fail(status);
    }
    const std::uint32_t inference_us = board_microseconds() - start;
    const std::int8_t* const scores = interpreter.output(0)->as<const std::int8_t>();
    const std::size_t best = best_label(scores);
    if (best == gesture::kNone || scores[best] < kSure || sample < quiet_until) continue;
    quiet_until = sample + kQuietSamples;
    console::Line line;
    line.text("RESULT ").number(result++).text(": ").text(gesture::kLabels[best]).text(" ");
    line.hundredths(console::hundredths(scores[best])).text(" at sample ").number(sample);
    line.text(", inference ").number(inference_us).text(" us").end();
  }
}
