// How control leaves a block, as listeners are told.
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

struct Leaves final : SimListener {
  void on_block_retired(const BlockRetired& block) override { blocks.push_back(block); }
  std::vector<BlockRetired> blocks;

  Transfer at_end(Address end) const {
    for (const BlockRetired& block : blocks) {
      if (block.end == end) return block.transfer;
    }
    ADD_FAILURE() << "no block ends at " << end;
    return Transfer::kNone;
  }
};

TEST(BlockTransfer, TellsCallsReturnsAndJumps) {
  ProgramBench bench(R"(
reset:
  bl callee
after_call:
  b.n over
after_jump:
  nop
over:
  exit
callee:
  bx lr
after_return:
)");
  Leaves leaves;
  bench.core->add_listener(leaves);
  bench.run();
  EXPECT_EQ(leaves.at_end(bench.address_of("after_call")), Transfer::kCall);
  EXPECT_EQ(leaves.at_end(bench.address_of("after_jump")), Transfer::kJump);
  EXPECT_EQ(leaves.at_end(bench.address_of("after_return")), Transfer::kReturn);
}

// As compilers make of a wrapper whose last act is to call the function that the linker puts right
// behind it.
TEST(BlockTransfer, OfATailCallToTheNextAddressIsAJump) {
  ProgramBench bench(R"(
reset:
  bl wrapper
  exit
wrapper:
  movs r4, #1
  b.w kernel
kernel:
  movs r5, #2
  bx lr
)");
  Leaves leaves;
  bench.core->add_listener(leaves);
  bench.run();
  EXPECT_EQ(bench.r(5), 2u);
  EXPECT_EQ(leaves.at_end(bench.address_of("kernel")), Transfer::kJump);
}

TEST(BlockTransfer, DoesNotHappenAtAConditionalBranchThatIsNotTaken) {
  ProgramBench bench(R"(
reset:
  movs r4, #1
  beq elsewhere
behind_beq:
  cbz r4, elsewhere
behind_cbz:
elsewhere:
  exit
)");
  Leaves leaves;
  bench.core->add_listener(leaves);
  bench.run();
  for (const BlockRetired& block : leaves.blocks) {
    EXPECT_NE(block.end, bench.address_of("behind_beq"));
    EXPECT_NE(block.end, bench.address_of("behind_cbz"));
  }
}

}  // namespace
}  // namespace tinyscope
