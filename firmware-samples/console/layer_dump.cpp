#include "console/layer_dump.hpp"

#include <cstring>

#include "console/line.hpp"
#include "runtime/interpreter.hpp"

namespace console {
namespace {

constexpr std::size_t kBytesOfLine = 32;

void print_layer(std::size_t number, const mlrt::Tensor& tensor) {
  Line line;
  line.text("LAYER ").number(number).text(" ").text(tensor.name).text(" ");
  line.number(tensor.bytes).end();
  for (std::size_t i = 0; i < tensor.bytes; ++i) {
    line.hex(tensor.as<const std::uint8_t>()[i]);
    if ((i + 1) % kBytesOfLine == 0 || i + 1 == tensor.bytes) line.end();
  }
}

mlrt::Status infer(mlrt::Interpreter& interpreter, const Verification& verification) {
  const mlrt::Status status = interpreter.allocate(mlrt::ArenaPolicy::kKeepEveryone);
  if (status != mlrt::Status::kOk) return status;
  mlrt::Tensor* const input = interpreter.input(0);
  if (input == nullptr || input->bytes != verification.input_bytes) return mlrt::Status::kBadTensor;
  std::memcpy(input->data, verification.input, input->bytes);
  return interpreter.invoke();
}

}  // namespace

void dump_layers(const Verification& verification) {
  mlrt::Interpreter interpreter(verification.model, verification.model_bytes, verification.arena,
                                verification.arena_bytes);
  const mlrt::Status status = infer(interpreter, verification);
  if (status != mlrt::Status::kOk) {
    Line().text("VERIFY FAILED ").text(mlrt::status_name(status)).end();
    return;
  }
  for (std::size_t i = 0; i < interpreter.operator_count(); ++i) {
    print_layer(i, *interpreter.operator_output(i));
  }
  Line().text("VERIFY DONE").end();
}

}  // namespace console
