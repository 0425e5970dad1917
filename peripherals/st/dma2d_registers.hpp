// Registers of DMA2D, by the names of RM0385.
#pragma once

#include "sim/types.hpp"

namespace tinyscope::st::dma2d {

inline constexpr Address kCr = 0x00;
inline constexpr Address kIsr = 0x04;
inline constexpr Address kIfcr = 0x08;
inline constexpr Address kFgmar = 0x0C;
inline constexpr Address kFgor = 0x10;
inline constexpr Address kBgmar = 0x14;
inline constexpr Address kBgor = 0x18;
inline constexpr Address kFgpfccr = 0x1C;  // then FGCOLR
inline constexpr Address kBgpfccr = 0x24;  // then BGCOLR
inline constexpr Address kFgcmar = 0x2C;
inline constexpr Address kBgcmar = 0x30;
inline constexpr Address kOpfccr = 0x34;
inline constexpr Address kOcolr = 0x38;
inline constexpr Address kOmar = 0x3C;
inline constexpr Address kOor = 0x40;
inline constexpr Address kNlr = 0x44;
inline constexpr Address kLwr = 0x48;
inline constexpr Address kAmtcr = 0x4C;
inline constexpr Address kFgclut = 0x400;
inline constexpr Address kBgclut = 0x800;

// CR.
inline constexpr std::uint32_t kStart = 1u << 0;
inline constexpr std::uint32_t kSusp = 1u << 1;
inline constexpr std::uint32_t kAbort = 1u << 2;
inline constexpr std::uint32_t kLom = 1u << 6;  // STM32H7
// CR.MODE.
inline constexpr std::uint32_t kMemoryToMemory = 0;
inline constexpr std::uint32_t kBlending = 2;
inline constexpr std::uint32_t kRegisterToMemory = 3;
inline constexpr std::uint32_t kFixedForeground = 4;  // STM32H7
inline constexpr std::uint32_t kFixedBackground = 5;

// ISR and IFCR; the enables stand eight bits higher in CR.
inline constexpr std::uint32_t kTeif = 1u << 0;
inline constexpr std::uint32_t kTcif = 1u << 1;
inline constexpr std::uint32_t kTwif = 1u << 2;
inline constexpr std::uint32_t kCaeif = 1u << 3;
inline constexpr std::uint32_t kCtcif = 1u << 4;
inline constexpr std::uint32_t kCeif = 1u << 5;
inline constexpr std::uint32_t kAllFlags = 0x3F;

// FGPFCCR, BGPFCCR, OPFCCR.
inline constexpr std::uint32_t kCcm = 1u << 4;
inline constexpr std::uint32_t kPfccrStart = 1u << 5;
inline constexpr std::uint32_t kSb = 1u << 8;  // OPFCCR, STM32H7
inline constexpr std::uint32_t kAi = 1u << 20;
inline constexpr std::uint32_t kRbs = 1u << 21;

}  // namespace tinyscope::st::dma2d
