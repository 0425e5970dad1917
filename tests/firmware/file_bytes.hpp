#pragma once

// Whole files in memory aligned as the runtime asks for models and arenas.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

class AlignedBytes {
 public:
  explicit AlignedBytes(std::size_t size)
      : size_(size),
        memory_(static_cast<std::uint8_t*>(
            std::aligned_alloc(kAlignment, (size + kAlignment) / kAlignment * kAlignment))) {}

  std::uint8_t* data() { return memory_.get(); }
  const std::uint8_t* data() const { return memory_.get(); }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kAlignment = 16;
  struct Free {
    void operator()(std::uint8_t* memory) const { std::free(memory); }
  };
  std::size_t size_;
  std::unique_ptr<std::uint8_t, Free> memory_;
};

inline AlignedBytes read_file(const char* path) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) {
    std::perror(path);
    std::exit(2);
  }
  std::fseek(file, 0, SEEK_END);
  AlignedBytes bytes(static_cast<std::size_t>(std::ftell(file)));
  std::rewind(file);
  if (std::fread(bytes.data(), 1, bytes.size(), file) != bytes.size()) {
    std::perror(path);
    std::exit(2);
  }
  std::fclose(file);
  return bytes;
}
