// Visual wake words: a frame of the camera, shrunk to 96 by 96, inference, a line on the UART; then
// the next frame, for ever.
#include <cstdint>

#include "board.h"
#include "console/line.hpp"
#include "console/sample.hpp"
#include "parts/camera.h"
#include "runtime/interpreter.hpp"
#include "uart.h"
#include "vww/model.hpp"

namespace {

constexpr std::uint32_t kUartPort = 1, kUartPin = 8;  // D12: the camera has taken D0 and D1

std::uint8_t frame[kCameraRows * kCameraRows];
alignas(16) std::uint8_t tensor_arena[64 * 1024];

// Three pixels become two: each takes its own and half of the one in the middle.
unsigned along(const std::uint8_t* pixel, int step, int position) {
  const std::uint8_t* const first = pixel + position / 2 * 3 * step;
  const unsigned middle = first[step];
  return position % 2 == 0 ? 2u * first[0] + middle : middle + 2u * first[2 * step];
}

// 144 by 144 to 96 by 96; int8 = grey - 128.
void shrink(std::int8_t* small) {
  for (int y = 0; y < vww::kSize; ++y) {
    const std::uint8_t* const rows = frame + y / 2 * 3 * kCameraRows;
    for (int x = 0; x < vww::kSize; ++x) {
      const unsigned middle = along(rows + kCameraRows, 1, x);
      const unsigned own = along(y % 2 == 0 ? rows : rows + 2 * kCameraRows, 1, x);
      *small++ = static_cast<std::int8_t>(static_cast<int>((2u * own + middle + 4u) / 9u) - 128);
    }
  }
}

}  // namespace

int main() {
  board_initialise();
  uart_move(kUartPort, kUartPin);
  static mlrt::Interpreter interpreter(vww_model, vww_model_size, tensor_arena,
                                       sizeof tensor_arena);
  if (const mlrt::Status status = interpreter.allocate(); status != mlrt::Status::kOk) {
    console::fail(status);
  }
  console::announce("visual wake words", vww::kModelName, interpreter, sizeof tensor_arena);
  if (!camera_start()) console::fail("the camera does not answer");
  for (std::uint32_t number = 0;; ++number) {
    camera_capture(frame);
    const std::uint32_t start = board_microseconds();
    shrink(interpreter.input(0)->as<std::int8_t>());
    if (const mlrt::Status status = interpreter.invoke(); status != mlrt::Status::kOk) {
      console::fail(status);
    }
    const std::uint32_t microseconds = board_microseconds() - start;
    const std::int8_t* const scores = interpreter.output(0)->as<const std::int8_t>();
    console::Line line;
    line.text("RESULT ").number(number).text(scores[vww::kPerson] > 0 ? ": person " : ": nobody ");
    line.hundredths(console::hundredths(scores[vww::kPerson]));
    line.text(", ").number(microseconds).text(" us").end();
  }
}
