// What masters other than the core find in memory where a data cache of the core holds something
// else than memory does. Host memory is what the core sees.
#pragma once

#include <cstdint>
#include <span>

#include "sim/types.hpp"

namespace tinyscope {

class MasterView {
 public:
  // `bytes` hold what the core sees from `address` on, all within one memory: puts in their place
  // what memory holds.
  virtual void read(Address address, std::span<std::uint8_t> bytes) const = 0;
  // Keeps for itself what is written to the line of `address` without the core seeing it, and
  // returns true; `bytes` lie within that line. False: the core sees it.
  virtual bool write(Address address, std::span<const std::uint8_t> bytes) = 0;
  virtual std::uint32_t line_bytes() const = 0;

 protected:
  ~MasterView() = default;
};

}  // namespace tinyscope
