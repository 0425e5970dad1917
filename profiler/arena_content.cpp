#include "profiler/arena_content.hpp"

#include <algorithm>
#include <cstring>

namespace tinyscope {

ArenaContent::ArenaContent(Address address, std::uint32_t bytes, ReadMemory read)
    : address_(address),
      read_(std::move(read)),
      initial_(bytes),
      seen_(bytes),
      now_(bytes),
      used_(bytes) {}

void ArenaContent::on_reset() {
  if (!started_) read_(address_, initial_);
  started_ = true;
}

// Most bytes are as they were when looked at last, so words are compared first.
void ArenaContent::look() {
  if (!read_(address_, now_)) return;
  constexpr std::size_t kStride = 64;
  for (std::size_t from = 0; from < now_.size(); from += kStride) {
    const std::size_t count = std::min(kStride, now_.size() - from);
    if (std::memcmp(&now_[from], &seen_[from], count) == 0) continue;
    for (std::size_t i = from; i < from + count; ++i) {
      if (now_[i] != 0 && now_[i] != initial_[i]) used_[i] = true;
    }
  }
  seen_.swap(now_);
}

std::uint32_t used_bytes(const std::vector<bool>& used) {
  std::uint32_t sum = 0;
  std::uint32_t gap = 0;
  bool begun = false;
  for (const bool byte : used) {
    if (!byte) {
      ++gap;
      continue;
    }
    sum += 1 + (begun && gap < ArenaContent::kSmallestGap ? gap : 0);
    begun = true;
    gap = 0;
  }
  return sum;
}

}  // namespace tinyscope
