// Writes one valid file of each firmware format into a folder, for the fuzzer to start from.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/support/firmware_builders.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: fuzz_seeds FOLDER\n", stderr);
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  const auto write = [&](const char* name, const tinyscope::test::Bytes& bytes) {
    std::ofstream(folder / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  };
  write("example.elf", tinyscope::test::example_elf());
  write("example.hex", tinyscope::test::example_hex());
  write("example.uf2", tinyscope::test::example_uf2());
  return 0;
}
