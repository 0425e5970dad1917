// What firmware can do to the caches of the core through the System Control Space.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cores/memory/line_cache.hpp"
#include "cores/memory/memory_attributes.hpp"

namespace tinyscope {

class CachedData;

class CacheControl {
 public:
  struct Shape {
    std::optional<LineCache::Geometry> instruction_cache;
    std::optional<LineCache::Geometry> data_cache;
    std::uint32_t itcm_bytes = 0;
    std::uint32_t dtcm_bytes = 0;
    bool ecc = false;  // TCM and caches correct errors
  };
  enum class DataOperation : std::uint8_t { kInvalidate, kClean, kCleanAndInvalidate };

  virtual Shape shape() const = 0;
  // CCR.IC and CCR.DC.
  virtual void enable_caches(bool instruction, bool data) = 0;
  // What the MPU and the default memory map say, by address; begins at address 0.
  virtual void set_attributes(const std::vector<AttributeRange>& ranges) = 0;
  // ICIALLU, ICIMVAU.
  virtual void invalidate_instructions() = 0;
  virtual void invalidate_instruction_line(Address address) = 0;
  // DCIMVAC, DCCMVAU, DCCMVAC, DCCIMVAC, and the same by set and way.
  virtual void maintain_line(DataOperation operation, Address address) = 0;
  virtual void maintain_place(DataOperation operation, std::uint32_t set, std::uint32_t way) = 0;
  // Stores to this address stay in the data cache until it writes them back.
  virtual bool keeps_stores(Address address) const = 0;
  // Null: there is no data cache.
  virtual CachedData* cached_data() = 0;

 protected:
  ~CacheControl() = default;
};

}  // namespace tinyscope
