// The part of an RCC that lies in the backup domain: BDCR, which is written while PWR allows it
// only, keeps its value in all resets but that of power-on, and can reset the domain with the RTC.
#pragma once

#include <functional>

#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {

class RccBackup {
 public:
  using Register = RegisterFile::Register;

  // Takes over writes of `bdcr`, whose fields its owner names; `changed` is called after each.
  RccBackup(PeripheralContext& context, Register& bdcr, std::function<void()> changed);

  std::uint32_t value() const { return bdcr_.value(); }
  // After flags in it have changed: what a refused write leaves.
  void keep() { kept_ = bdcr_.value(); }
  // After the registers were reset.
  void reset(ResetKind kind);
  void snapshot(StateArchive& archive);

 private:
  void write();

  Register& bdcr_;
  Wire& writable_;
  Wire& reset_line_;
  std::function<void()> changed_;
  std::uint32_t kept_ = 0;
};

}  // namespace tinyscope::st
