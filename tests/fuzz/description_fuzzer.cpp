// libFuzzer target: TOML, read as a chip and as a board.
#include <cstddef>
#include <cstdint>

#include "tests/support/parser_entries.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tinyscope::test::try_description({data, size});
  return 0;
}
