// Bits of the Auxiliary Control Register that change what the core does in which order (Arm DDI
// 0439D 4.2), and which bits a Cortex-M7 has (Arm DDI 0489, Auxiliary Control Register).
#pragma once

#include <cstdint>

namespace tinyscope::actlr {

inline constexpr std::uint32_t kDismcycint = 1u << 0,  // no instruction is abandoned
    kDisdefwbuf = 1u << 1,                             // no write buffer
    kDisfold = 1u << 2,                                // IT takes a cycle of its own
    kDisfpca = 1u << 8, kDisoofp = 1u << 9;            // floating point in program order

inline constexpr std::uint32_t kCortexM4 =
    kDismcycint | kDisdefwbuf | kDisfold | kDisfpca | kDisoofp;
inline constexpr std::uint32_t kCortexM7 = 0x1FFFFC04u;

}  // namespace tinyscope::actlr
