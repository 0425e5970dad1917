// The lock of a FLASH interface's registers: two keys in a row unlock.
#pragma once

#include <array>
#include <cstdint>

#include "sim/snapshot.hpp"

namespace tinyscope::st {

// RM0432, FLASH_KEYR: a wrong key locks until the next reset. Keys that come while it is open are
// taken as without effect, since the manual does not say.
class FlashLock {
 public:
  FlashLock(std::uint32_t first, std::uint32_t second) : keys_{first, second} {}
  bool open() const { return state_ == 2; }
  void write_key(std::uint32_t key) {
    if (open()) return;
    state_ = state_ < keys_.size() && key == keys_[state_] ? static_cast<std::uint8_t>(state_ + 1)
                                                           : kJammed;
  }
  void close() {
    if (state_ != kJammed) state_ = 0;
  }
  void reset() { state_ = 0; }
  void snapshot(StateArchive& archive) { archive(state_); }

 private:
  static constexpr std::uint8_t kJammed = 0xFF;
  std::array<std::uint32_t, 2> keys_;
  std::uint8_t state_ = 0;  // keys seen so far
};

}  // namespace tinyscope::st
