// libFuzzer target: SVD files, and the stubs made of them.
#include <cstddef>
#include <cstdint>

#include "tests/support/parser_entries.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tinyscope::test::try_svd({data, size});
  return 0;
}
