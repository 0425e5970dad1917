// Registers and bits of the DMA with streams. RM0385, chapter "Direct memory access controller
// (DMA)", register map.
#pragma once

#include <array>
#include <cstdint>

#include "sim/types.hpp"

namespace tinyscope::st::dma_v2 {

inline constexpr Address kLisr = 0x00;
inline constexpr Address kHisr = 0x04;
inline constexpr Address kLifcr = 0x08;
inline constexpr Address kHifcr = 0x0C;
inline constexpr Address kStream0 = 0x10;  // CR, NDTR, PAR, M0AR, M1AR, FCR
inline constexpr Address kStreamStride = 0x18;

// LISR and HISR: flags of stream 0; those of 1 to 3 stand further up.
inline constexpr std::uint32_t kFeif = 1u << 0;
inline constexpr std::uint32_t kTeif = 1u << 3;
inline constexpr std::uint32_t kHtif = 1u << 4;
inline constexpr std::uint32_t kTcif = 1u << 5;
inline constexpr std::uint32_t kFlags = 0x3D;
inline constexpr std::array<unsigned, 4> kFlagBit = {0, 6, 16, 22};

// SxCR
inline constexpr std::uint32_t kEn = 1u << 0;
inline constexpr std::uint32_t kTeie = 1u << 2;
inline constexpr std::uint32_t kHtie = 1u << 3;
inline constexpr std::uint32_t kTcie = 1u << 4;
inline constexpr unsigned kDirBit = 6;
inline constexpr std::uint32_t kCirc = 1u << 8;
inline constexpr std::uint32_t kPinc = 1u << 9;
inline constexpr std::uint32_t kMinc = 1u << 10;
inline constexpr unsigned kPsizeBit = 11;
inline constexpr unsigned kMsizeBit = 13;
inline constexpr unsigned kPlBit = 16;
inline constexpr std::uint32_t kDbm = 1u << 18;
inline constexpr std::uint32_t kCt = 1u << 19;
inline constexpr unsigned kPburstBit = 21;
inline constexpr unsigned kMburstBit = 23;
inline constexpr unsigned kChselBit = 25;
// What can be written while EN is 1: EN itself and the interrupt enables.
inline constexpr std::uint32_t kLiveBits = 0x1F;

enum Direction : std::uint32_t { kPeripheralToMemory, kMemoryToPeripheral, kMemoryToMemory };

// SxFCR
inline constexpr std::uint32_t kFth = 0x3;
inline constexpr std::uint32_t kDmdis = 1u << 2;
inline constexpr unsigned kFsBit = 3;
inline constexpr std::uint32_t kFeie = 1u << 7;
inline constexpr std::uint32_t kFcrReset = 0x21;  // half full, FIFO empty

}  // namespace tinyscope::st::dma_v2
