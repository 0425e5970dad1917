// Registers of the System Control Space that the core itself consults.
// Names, offsets and bits: Armv7-M architecture (Arm DDI 0403E), B3.2; Cortex-M4 TRM (DDI 0439D).
#pragma once

#include <cstdint>

#include "cores/timing/auxiliary_control.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope {

namespace cfsr {
inline constexpr std::uint32_t kIaccviol = 1u << 0, kDaccviol = 1u << 1, kMunstkerr = 1u << 3,
                               kMstkerr = 1u << 4, kMlsperr = 1u << 5, kMmarvalid = 1u << 7;
inline constexpr std::uint32_t kIbuserr = 1u << 8, kPreciserr = 1u << 9, kImpreciserr = 1u << 10,
                               kUnstkerr = 1u << 11, kStkerr = 1u << 12, kLsperr = 1u << 13,
                               kBfarvalid = 1u << 15;
inline constexpr std::uint32_t kUndefinstr = 1u << 16, kInvstate = 1u << 17, kInvpc = 1u << 18,
                               kNocp = 1u << 19, kUnaligned = 1u << 24, kDivbyzero = 1u << 25;
}  // namespace cfsr

namespace hfsr {
inline constexpr std::uint32_t kVecttbl = 1u << 1, kForced = 1u << 30, kDebugevt = 1u << 31;
}

namespace ccr {
inline constexpr std::uint32_t kNonbasethrdena = 1u << 0, kUsersetmpend = 1u << 1,
                               kUnalignTrp = 1u << 3, kDiv0Trp = 1u << 4, kBfhfnmign = 1u << 8,
                               kStkalign = 1u << 9, kDc = 1u << 16, kIc = 1u << 17, kBp = 1u << 18;
}

namespace scr {
inline constexpr std::uint32_t kSleeponexit = 1u << 1, kSleepdeep = 1u << 2, kSevonpend = 1u << 4;
}

namespace fpccr {
inline constexpr std::uint32_t kLspact = 1u << 0, kUser = 1u << 1, kThread = 1u << 3,
                               kHfrdy = 1u << 4, kMmrdy = 1u << 5, kBfrdy = 1u << 6,
                               kMonrdy = 1u << 8, kLspen = 1u << 30, kAspen = 1u << 31;
}

struct SystemRegisters {
  std::uint32_t vtor = 0;
  std::uint32_t scr = 0;
  std::uint32_t ccr = ccr::kStkalign;
  std::uint32_t cfsr = 0;
  std::uint32_t hfsr = 0;
  std::uint32_t dfsr = 0;
  std::uint32_t mmfar = 0;
  std::uint32_t bfar = 0;
  std::uint32_t afsr = 0;
  std::uint32_t cpacr = 0;
  std::uint32_t fpccr = fpccr::kAspen | fpccr::kLspen;
  std::uint32_t fpcar = 0;
  std::uint32_t fpdscr = 0;
  std::uint32_t actlr = 0;
  std::uint32_t demcr = 0;

  // CP10 and CP11 of CPACR: 0 none, 1 privileged only, 3 everyone.
  bool fpu_enabled(bool privileged) const {
    const std::uint32_t access = cpacr >> 20 & 3u;
    return access == 3 || (access == 1 && privileged);
  }

  void snapshot(StateArchive& archive) { archive(*this); }
};

}  // namespace tinyscope
