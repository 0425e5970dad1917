#pragma once

#include <cstddef>
#include <cstdint>

namespace mlrt {

// The one block of memory the runtime works in. What lasts (tensor table, operator parameters) is
// taken from the end; activations are laid out from the start by the memory plan.
class Arena {
 public:
  static constexpr std::size_t kAlignment = 16;

  Arena(void* memory, std::size_t size) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    const std::uintptr_t aligned = round_up(address);
    const std::size_t lost = aligned - address;
    base_ = static_cast<std::uint8_t*>(memory) + lost;
    end_ = size_ = size > lost ? (size - lost) & ~(kAlignment - 1) : 0;
  }

  static constexpr std::size_t round_up(std::size_t bytes) {
    return (bytes + kAlignment - 1) & ~(kAlignment - 1);
  }

  void release_all() { end_ = size_; }

  // Zeroed memory that lasts, or nullptr. T must be trivial.
  template <typename T>
  T* allocate_lasting(std::size_t count) {
    const std::size_t room = end_ / sizeof(T);
    if (count > room || round_up(count * sizeof(T)) > end_) return nullptr;
    end_ -= round_up(count * sizeof(T));
    T* result = reinterpret_cast<T*>(base_ + end_);
    for (std::size_t i = 0; i < count; ++i) result[i] = T{};
    return result;
  }

  std::uint8_t* base() const { return base_; }
  std::size_t free_bytes() const { return end_; }
  std::size_t lasting_bytes() const { return size_ - end_; }

 private:
  std::uint8_t* base_;
  std::size_t size_;
  std::size_t end_;
};

}  // namespace mlrt
