// Memory Protection Unit of Armv7-M (Arm DDI 0403E, B3.5): permissions, XN and memory attributes.
//
// Not modelled: handlers of faults that run with the MPU off see the attributes of the MPU.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "cores/memory/memory_attributes.hpp"
#include "sim/register_file.hpp"
#include "sim/types.hpp"

namespace tinyscope {

class Mpu {
 public:
  explicit Mpu(unsigned regions) : regions_(regions) {}

  void add_registers(RegisterFile& registers);
  // Called after any change.
  void on_change(std::function<void()> listener) { changed_ = std::move(listener); }

  bool enabled() const { return (control_ & kEnable) != 0; }
  // May an access of `size` bytes go ahead? `negative_priority`: the core runs HardFault, NMI or
  // with FAULTMASK set.
  bool allows(Address address, std::uint32_t size, AccessType type, bool privileged,
              bool negative_priority) const;

  // Of the region that holds the address, or of the default memory map.
  MemoryAttributes attributes(Address address) const;
  // The same for all addresses, neighbours told apart.
  std::vector<AttributeRange> attribute_ranges() const;

  // Addresses, sorted, between which nothing of allows() changes.
  std::vector<Address> boundaries() const;
  // Another number after each change.
  std::uint64_t version() const { return version_; }

  void reset();
  void snapshot(StateArchive& archive);

 private:
  static constexpr std::uint32_t kEnable = 1u << 0, kHfnmiena = 1u << 1, kPrivdefena = 1u << 2;

  struct Region {
    std::uint32_t rbar = 0;
    std::uint32_t rasr = 0;
    friend bool operator==(const Region&, const Region&) = default;
  };

  const Region* region_of(Address address) const;  // null: in none
  bool allows_byte(Address address, AccessType type, bool privileged) const;
  // What allows() found out last for a kind of access, and for which addresses it holds.
  struct Known {
    Address first = 1;
    Address last = 0;
    bool privileged = false;
    bool allowed = false;
  };
  Known find_out(Address address, AccessType type, bool privileged) const;

  void changed() {
    ++version_;
    known_ = {};
    if (changed_) changed_();
  }

  std::vector<Region> regions_;
  std::uint32_t control_ = 0;
  std::uint32_t number_ = 0;
  std::uint64_t version_ = 1;
  mutable std::array<Known, 3> known_;  // by AccessType
  std::function<void()> changed_;
};

}  // namespace tinyscope
