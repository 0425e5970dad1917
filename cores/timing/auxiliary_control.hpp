// Bits of the Auxiliary Control Register that change what the core does in which order (Arm DDI
// 0439D 4.2).
#pragma once

#include <cstdint>

namespace tinyscope::actlr {

inline constexpr std::uint32_t kDismcycint = 1u << 0,  // no instruction is abandoned
    kDisdefwbuf = 1u << 1,                             // no write buffer
    kDisfold = 1u << 2,                                // IT takes a cycle of its own
    kDisfpca = 1u << 8, kDisoofp = 1u << 9;            // floating point in program order

}  // namespace tinyscope::actlr
