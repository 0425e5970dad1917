// Which bytes of the tensor arena have been in use, from its content alone: those that at the end
// of some layer were neither zero nor what power-on left there. A gap of less than kSmallestGap
// bytes counts as used: tensors hold zeros too. So this may be too low where long zeros end a
// tensor.
#pragma once

#include <cstdint>
#include <vector>

#include "profiler/thread_collector.hpp"
#include "sim/types.hpp"

namespace tinyscope {

class ArenaContent {
 public:
  static constexpr std::uint32_t kSmallestGap = 64;

  // `read` must outlive the run.
  ArenaContent(Address address, std::uint32_t bytes, ReadMemory read);

  // To be called at each reset: at the first one, the content is what power-on left.
  void on_reset();
  // The run had begun before: what is not zero counts as used.
  void begin() { started_ = true; }
  // A layer has run.
  void look();

  const std::vector<bool>& used() const { return used_; }

 private:
  Address address_;
  ReadMemory read_;
  std::vector<std::uint8_t> initial_;
  std::vector<std::uint8_t> seen_;
  std::vector<std::uint8_t> now_;
  std::vector<bool> used_;
  bool started_ = false;
};

// Bytes in use, with gaps below ArenaContent::kSmallestGap counted as used.
std::uint32_t used_bytes(const std::vector<bool>& used);

}  // namespace tinyscope
