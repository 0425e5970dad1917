// The registers of a Cortex-M7 for its caches and tightly coupled memories: identification,
// maintenance operations, TCM and AHBP control. Arm DDI 0403E, B2.2 and B4.8; Cortex-M7 TRM (DDI
// 0489), chapter 3; offsets: CMSIS, core_cm7.h.
//
// Not modelled: switching TCM and AHBP off, error records, AHBS priority.
#pragma once

#include <functional>

#include "cores/memory/cache_control.hpp"
#include "sim/register_file.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope {

class CacheRegisters {
 public:
  // `control` is null for a core without caches and TCM. `changed`: CACR says something else.
  CacheRegisters(CacheControl* control, std::function<void()> changed);

  void add_registers(RegisterFile& registers);
  // Shareable memory is cached, written through (CACR.SIWT).
  bool caches_shareable() const { return (cacr_ & kSiwt) != 0; }
  // All cacheable memory is written through (CACR.FORCEWT).
  bool forces_write_through() const { return (cacr_ & kForcewt) != 0; }
  void reset();
  void snapshot(StateArchive& archive);

 private:
  static constexpr std::uint32_t kSiwt = 1u << 0, kEccen = 1u << 1, kForcewt = 1u << 2;

  void add_identification(RegisterFile& registers);
  void add_operations(RegisterFile& registers);
  void add_control(RegisterFile& registers);
  std::uint32_t cache_size_id() const;

  CacheControl* control_;
  CacheControl::Shape shape_;
  std::function<void()> changed_;
  std::uint32_t csselr_ = 0;
  std::uint32_t itcmcr_ = 0;
  std::uint32_t dtcmcr_ = 0;
  std::uint32_t ahbpcr_ = 0;
  std::uint32_t cacr_ = 0;
  std::uint32_t ahbscr_ = 0;
};

}  // namespace tinyscope
