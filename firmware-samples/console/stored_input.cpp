#include "console/stored_input.hpp"

#include <cstring>

#include "board.h"
#include "console/line.hpp"
#include "console/sample.hpp"

namespace console {
namespace {

void report(std::uint32_t round, const StoredInput& stored, const mlrt::Tensor& output,
            std::uint32_t inference_us) {
  const auto* const scores = output.as<const std::int8_t>();
  std::size_t best = 0;
  Line line;
  line.text("inference: ").number(inference_us).text(" us").end();
  line.text("OUTPUT ");
  for (std::size_t i = 0; i < output.bytes; ++i) {
    line.hex(static_cast<std::uint8_t>(scores[i]));
    if (scores[i] > scores[best]) best = i;
  }
  line.end();
  line.text("RESULT ").number(round).text(": ");
  if (stored.labels != nullptr) {
    line.text(stored.labels[best]);
  } else {
    line.text("class ").number(static_cast<std::uint32_t>(best));
  }
  line.text(" ").hundredths(hundredths(scores[best])).end();
}

}  // namespace

void infer_stored_input(const StoredInput& stored) {
  const Verification& inference = stored.inference;
  static mlrt::Interpreter interpreter(inference.model, inference.model_bytes, inference.arena,
                                       inference.arena_bytes);
  if (const mlrt::Status status = interpreter.allocate(); status != mlrt::Status::kOk) fail(status);
  mlrt::Tensor* const input = interpreter.input(0);
  if (input == nullptr || input->bytes != inference.input_bytes) fail(mlrt::Status::kBadTensor);
  announce(stored.title, stored.model_name, interpreter,
           static_cast<std::uint32_t>(inference.arena_bytes));
  for (std::uint32_t round = 0;; ++round) {
    std::memcpy(input->data, inference.input, inference.input_bytes);
    const std::uint32_t start = board_microseconds();
    const mlrt::Status status = interpreter.invoke();
    const std::uint32_t end = board_microseconds();
    if (status != mlrt::Status::kOk) fail(status);
    report(round, stored, *interpreter.output(0), end - start);
  }
}

}  // namespace console
