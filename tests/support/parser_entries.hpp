// One entry for each parser of outside files, shared by the fuzzers and by the mutation tests:
// whatever the bytes are, it returns, having accepted them or refused them with an InputError.
#pragma once

#include <cstdint>
#include <span>

namespace tinyscope::test {

// Each returns whether the bytes were accepted. Any other outcome is a bug.
bool try_firmware(std::span<const std::uint8_t> bytes);     // ELF, Intel HEX, UF2
bool try_description(std::span<const std::uint8_t> bytes);  // TOML, as a chip and as a board
bool try_svd(std::span<const std::uint8_t> bytes);          // SVD, and its stubs on a bus

}  // namespace tinyscope::test
