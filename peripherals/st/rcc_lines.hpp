// Names of the lines that RCC, PWR, FLASH, RTC and the watchdogs of an STM32 share inside the chip
// (EventFabric::line). The block that drives a line is named first.
#pragma once

#include <string>
#include <string_view>

namespace tinyscope::st {

// RCC -> the block of that instance name: high while RCC holds it in reset (xxxRST).
inline std::string block_reset_line(std::string_view block) {
  return "rcc.reset." + std::string(block);
}

// PWR -> RCC, RTC: high while the backup domain may be written (PWR_CR1.DBP).
inline constexpr const char* kBackupWritableLine = "pwr.dbp";
// RCC -> PWR (F4, F7): high while the main PLL is switched on, when PWR_CR.VOS takes effect.
inline constexpr const char* kPllOnLine = "rcc.pllon";
// PWR -> FLASH: high in voltage range 2.
inline constexpr const char* kVoltageRange2Line = "pwr.range2";
// PWR of the STM32H7 -> FLASH: the two bits of CSR1.ACTVOS, lower first.
inline constexpr const char* kActvos0Line = "pwr.actvos0";
inline constexpr const char* kActvos1Line = "pwr.actvos1";
// FLASH -> PWR: high while firmware says that an external SMPS feeds the core (FLASH_CFGR.LVEN).
inline constexpr const char* kExternalSupplyLine = "flash.lven";
// RCC -> RTC: high while the backup domain is held in reset (RCC_BDCR.BDRST).
inline constexpr const char* kBackupResetLine = "rcc.bdrst";
// IWDG -> RCC: high from its start on; LSI then runs whatever LSION says.
inline constexpr const char* kWatchdogNeedsLsiLine = "iwdg.lsi";

// Pulsed just before the block's wire "reset": tells RCC which flag of CSR to set.
inline constexpr const char* kIwdgResetLine = "iwdg.reset";
inline constexpr const char* kWwdgResetLine = "wwdg.reset";
inline constexpr const char* kOptionLoadLine = "flash.obl_launch";

}  // namespace tinyscope::st
