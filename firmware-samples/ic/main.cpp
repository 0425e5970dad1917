// Image classification: the picture in flash, inference, result on the UART, over and over.
#include <cstdint>
#include <cstring>

#include "board.h"
#include "console/line.hpp"
#include "ic/model.hpp"
#include "runtime/interpreter.hpp"

namespace {

alignas(16) std::uint8_t tensor_arena[60 * 1024];

[[noreturn]] void fail(mlrt::Status status) {
  console::Line().text("error: ").text(mlrt::status_name(status)).end();
  for (;;) {
    __asm volatile("wfi");
  }
}

std::size_t best_class(const std::int8_t* scores) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < ic::kClassCount; ++i) {
    if (scores[i] > scores[best]) best = i;
  }
  return best;
}

// Scores are int8 with scale 1/256 and zero point -128.
void report(std::uint32_t round, const std::int8_t* scores, std::uint32_t inference_us) {
  console::Line().text("inference: ").number(inference_us).text(" us").end();
  const std::size_t best = best_class(scores);
  const auto steps = static_cast<std::uint32_t>(scores[best] + 128);
  console::Line line;
  line.text("RESULT ").number(round).text(": class ").number(best);
  line.text(" score ").number(steps).text("/256").end();
}

void announce(const mlrt::Interpreter& interpreter) {
  console::Line().text("image classification, model ").text(ic::kModelName).end();
  console::Line line;
  line.text("arena: ").number(interpreter.arena_used_bytes()).text(" of ");
  line.number(sizeof tensor_arena).text(" bytes").end();
}

}  // namespace

int main() {
  board_initialise();
  static mlrt::Interpreter interpreter(ic_model, ic_model_size, tensor_arena, sizeof tensor_arena);
  if (const mlrt::Status status = interpreter.allocate(); status != mlrt::Status::kOk) {
    fail(status);
  }
  announce(interpreter);
  for (std::uint32_t round = 0;; ++round) {
    std::memcpy(interpreter.input(0)->data, ic_picture, ic_picture_size);
    const std::uint32_t start = board_microseconds();
    if (const mlrt::Status status = interpreter.invoke(); status != mlrt::Status::kOk) {
      fail(status);
    }
    const std::uint32_t end = board_microseconds();
    report(round, interpreter.output(0)->as<const std::int8_t>(), end - start);
  }
}
