// How long the slow part behind a bus takes for a read, where that follows from settings of a
// peripheral: flash that a controller shows in the memory map, or SDRAM.
#pragma once

#include <functional>
#include <utility>

#include "sim/ports.hpp"
#include "sim/types.hpp"

namespace tinyscope {

class BridgePort : public Port {
 public:
  struct Times {
    Duration word{};   // of 32 bits in reads that follow each other
    Duration first{};  // the first 64 bits of a read
    Duration next{};   // each further 64 bits of it
    friend bool operator==(const Times&, const Times&) = default;
  };

  Address base = 0;  // of the window, by which [[bridge]] or [[l1_bus]] is found

  // The controller's side. Zero: nothing is known; the bus takes what its description says.
  void set(const Times& times) {
    if (times == times_) return;
    times_ = times;
    if (changed_) changed_();
  }
  const Times& times() const { return times_; }

  // The memory system's side.
  void on_change(std::function<void()> listener) { changed_ = std::move(listener); }

 private:
  Times times_;
  std::function<void()> changed_;
};

}  // namespace tinyscope
