// Runs a model once on the host and prints every operator's output in the format of the
// verification firmware: run_layers MODEL.tflite INPUT.bin
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "file_bytes.hpp"
#include "runtime/interpreter.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: run_layers MODEL.tflite INPUT.bin\n", stderr);
    return 2;
  }
  const AlignedBytes model = read_file(argv[1]);
  const AlignedBytes input = read_file(argv[2]);
  AlignedBytes arena(8u << 20);
  mlrt::Interpreter interpreter(model.data(), model.size(), arena.data(), arena.size());
  mlrt::Status status = interpreter.allocate(mlrt::ArenaPolicy::kKeepEveryone);
  if (status != mlrt::Status::kOk) {
    std::printf("VERIFY FAILED %s\n", mlrt::status_name(status));
    return 1;
  }
  // The input file holds all inputs of the graph, one after the other.
  std::size_t used = 0;
  for (std::size_t i = 0; interpreter.input(i) != nullptr; ++i) {
    const mlrt::Tensor& tensor = *interpreter.input(i);
    if (input.size() - used < tensor.bytes) {
      std::fprintf(stderr, "%s is shorter than the inputs of the model\n", argv[2]);
      return 2;
    }
    std::memcpy(tensor.data, input.data() + used, tensor.bytes);
    used += tensor.bytes;
  }
  status = interpreter.invoke();
  for (std::size_t i = 0; i < interpreter.operator_count(); ++i) {
    const mlrt::Tensor& tensor = *interpreter.operator_output(i);
    std::printf("LAYER %zu %s %zu\n", i, tensor.name, tensor.bytes);
    for (std::size_t byte = 0; byte < tensor.bytes; ++byte) {
      std::printf("%02x", tensor.as<const std::uint8_t>()[byte]);
      if (byte % 32 == 31 || byte + 1 == tensor.bytes) std::putchar('\n');
    }
  }
  std::puts("VERIFY DONE");
  return status == mlrt::Status::kOk ? 0 : 1;
}
