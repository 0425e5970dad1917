// libFuzzer target: ELF with DWARF lines, Intel HEX and UF2.
#include <cstddef>
#include <cstdint>

#include "sim/log.hpp"
#include "tests/support/parser_entries.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tinyscope::log::set_level(tinyscope::log::Level::kOff);
  tinyscope::test::try_firmware({data, size});
  return 0;
}
