// Plans of small blocks, assembled here, against addresses worked out by hand.
#include "cores/blocks/address_plan.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <optional>

#include "cores/decode/decoder.hpp"
#include "tests/cores/decode/arm_tools.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kCode = 0x0800'0000;
constexpr Address kRam = 0x2000'0000;
constexpr Address kFlash = 0x0000'0000;
constexpr unsigned kFlagsEntry = 16;

// A plan, memory for it, and registers at the entry of the block.
class Planned {
 public:
  explicit Planned(const std::string& body, bool follow_stores = false)
      : program_(assemble("  .syntax unified\n  .thumb\n  .global _start\n_start:\nstart:\n" +
                              body + "\nend:\n  nop\n",
                          kCode)),
        ram_(0x1000),
        flash_(0x1000) {
    Decoder decoder;
    std::vector<Insn> insns;
    const Address end = program_.symbol("end");
    std::uint32_t predicated = 0;
    for (Address at = kCode; at != end; at = insns.back().end()) {
      const std::span<const std::uint8_t> code(program_.code);
      insns.push_back(decoder.decode(code.subspan(at - kCode), at, predicated > 0));
      if (predicated > 0) --predicated;
      if (insns.back().op == Op::kIt) {
        predicated = 4;
        for (std::uint32_t mask = insns.back().immediate; (mask & 1u) == 0; mask >>= 1) {
          --predicated;
        }
      }
    }
    plan_.emplace(insns, std::span<const std::uint8_t>(program_.code).first(end - kCode),
                  follow_stores);
    regions_.add({kFlash, 0x1000, flash_.data(), 1, false, false});
    regions_.add({kCode, 0x1000, flash_.data(), 1, false, false});
    regions_.add({kRam, 0x1000, ram_.data(), 2, true, false});
  }

  bool run(const std::map<unsigned, std::uint32_t>& registers, bool trap_unaligned = false) {
    const auto wanted = plan_->entry_registers();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const unsigned which =
          wanted[i] == CoreRegister::kXpsr ? kFlagsEntry : static_cast<unsigned>(wanted[i]);
      *plan_->entry_value(i) = registers.at(which);  // what is not given must not be wanted
    }
    PlanContext context(regions_);
    context.trap_unaligned = trap_unaligned;
    return plan_->run(context, [](std::uint16_t, std::uint32_t a, std::uint32_t b) {
      return static_cast<std::uint8_t>(a + b);
    });
  }
  void put(Address address, std::uint32_t value) {
    std::memcpy(ram_.data() + (address - kRam), &value, sizeof value);
  }
  // Addresses of the accesses that happen.
  std::vector<Address> addresses() const {
    std::vector<Address> result;
    for (const BlockFact& fact : plan_->facts()) {
      if (fact.kind == BlockFact::Kind::kAccess && fact.happens) result.push_back(fact.address);
    }
    return result;
  }
  AddressPlan& plan() { return *plan_; }

 private:
  Program program_;
  std::vector<std::uint8_t> ram_;
  std::vector<std::uint8_t> flash_;
  Regions regions_;
  std::optional<AddressPlan> plan_;
};

using Addresses = std::vector<Address>;

TEST(AddressPlan, FollowsIndexesWritebackAndArithmetic) {
  TINYSCOPE_NEED_ARM_TOOLS();
  Planned block(R"(
  ldr r0, [r1], #4
  ldr r2, [r1, r3, lsl #2]
  adds r4, r1, #16
  strb r0, [r4, #3]
  ldrh r5, [r4, #2]!
  ldr r6, [r4]
)");
  ASSERT_TRUE(block.run({{1, kRam}, {3, 5}}));
  EXPECT_EQ(block.addresses(), (Addresses{kRam, kRam + 4 + 20, kRam + 4 + 16 + 3, kRam + 4 + 16 + 2,
                                          kRam + 4 + 16 + 2}));
}

TEST(AddressPlan, ReadsPointersFromMemoryAsTheyAreAtEntry) {
  TINYSCOPE_NEED_ARM_TOOLS();
  Planned block("  ldrd r2, r3, [r1, #8]\n  ldr r0, [r2]\n  ldrb r4, [r3, #1]\n");
  block.put(kRam + 8, kRam + 0x40);
  block.put(kRam + 12, kRam + 0x81);
  ASSERT_TRUE(block.run({{1, kRam}}));
  EXPECT_EQ(block.addresses(), (Addresses{kRam + 8, kRam + 0x40, kRam + 0x82}));
}

TEST(AddressPlan, FollowsTheStackAndItsDepth) {
  TINYSCOPE_NEED_ARM_TOOLS();
  Planned block("  push {r4, r5, lr}\n  sub sp, #16\n  str r4, [sp, #4]\n  add sp, #8\n");
  ASSERT_TRUE(block.run({{13, kRam + 0x100}}));
  EXPECT_EQ(block.addresses(), (Addresses{kRam + 0x100 - 12, kRam + 0x100 - 28 + 4}));
  EXPECT_TRUE(block.plan().moved_sp());
  EXPECT_EQ(block.plan().lowest_sp(), kRam + 0x100 - 28);
  EXPECT_EQ(block.plan().last_sp(), kRam + 0x100 - 20);
}

TEST(AddressPlan, ASkippedWriteOfTheStackPointerIsNone) {
  TINYSCOPE_NEED_ARM_TOOLS();
  Planned block("  cmp r0, #0\n  it eq\n  pusheq {r4}\n  nop\n");
  ASSERT_TRUE(block.run({{0, 1}, {13, kRam + 0x100}, {kFlagsEntry, 0}}));
  EXPECT_FALSE(block.plan().moved_sp());
  EXPECT_EQ(block.addresses(), Addresses{});
  ASSERT_TRUE(block.run({{0, 0}, {13, kRam + 0x100}, {kFlagsEntry, 0}}));
  EXPECT_EQ(block.addresses(), Addresses{kRam + 0xFC});
}

TEST(AddressPlan, DecidesWhatItPredicates) {
  TINYSCOPE_NEED_ARM_TOOLS();
  Planned block(R"(
  cmp r0, r1
  ite hi
  ldrhi r2, [r4]
  strls r2, [r4, #8]
  nop
)");
  ASSERT_TRUE(block.run({{0, 5}, {1, 4}, {4, kRam}, {kFlagsEntry, 0}}));
  EXPECT_EQ(block.addresses(), Addresses{kRam});
  ASSERT_TRUE(block.run({{0, 4}, {1, 4}, {4, kRam}, {kFlagsEntry, 0}}));
  EXPECT_EQ(block.addresses(), Addresses{kRam + 8});
}

TEST(AddressPlan, SignaturesTellBlocksOfMemoryAndAlignmentApartButNotAddresses) {
  TINYSCOPE_NEED_ARM_TOOLS();
  Planned block("  ldr r0, [r1]\n");
  const auto signature = [&](Address address) {
    EXPECT_TRUE(block.run({{1, address}}));
    const auto found = block.plan().signature();
    return std::vector<std::uint16_t>(found.begin(), found.end());
  };
  const auto aligned = signature(kRam);
  EXPECT_EQ(signature(kRam + 64), aligned);
  EXPECT_NE(signature(kRam + 65), aligned);
  EXPECT_NE(signature(kFlash + 64), aligned);
}

TEST(AddressPlan, HandsOutDivideOperands) {
  TINYSCOPE_NEED_ARM_TOOLS();
  Planned block("  adds r2, r0, #10\n  udiv r3, r2, r1\n  ldr r4, [r5, r3]\n");
  ASSERT_TRUE(block.run({{0, 90}, {1, 25}, {5, kRam}}));
  EXPECT_EQ(block.addresses(), Addresses{kRam + 4});
  EXPECT_EQ(block.plan().signature()[0], 125) << "the class that the test's function gives";
}

TEST(AddressPlan, RefusesWhatItCannotForesee) {
  TINYSCOPE_NEED_ARM_TOOLS();
  EXPECT_FALSE(Planned("  smull r0, r1, r2, r3\n  ldr r4, [r0]\n").plan().obstacle().empty());
  EXPECT_TRUE(Planned("  smull r0, r1, r2, r3\n  ldr r4, [r5]\n").plan().obstacle().empty());
  EXPECT_FALSE(Planned("  vmov r0, s0\n  ldr r4, [r0]\n").plan().obstacle().empty());
  EXPECT_FALSE(Planned("  ldr r0, [r1]\n").run({{1, 0x4000'0000}})) << "a peripheral";
  EXPECT_FALSE(Planned("  ldr r0, [r1]\n").run({{1, kRam + 0xFFE}})) << "beyond the end";
  EXPECT_FALSE(Planned("  str r0, [r1]\n").run({{1, kFlash}})) << "read-only memory";
  EXPECT_FALSE(Planned("  ldr r0, [r1]\n").run({{1, kRam + 2}}, true)) << "would fault";
  EXPECT_FALSE(Planned("  ldrd r0, r2, [r1]\n").run({{1, kRam + 2}})) << "always faults";
}

TEST(AddressPlan, KnowsAStoreOfItsOwnOnlyIfAsked) {
  TINYSCOPE_NEED_ARM_TOOLS();
  const char* const body = "  str r0, [r7, #4]\n  ldr r3, [r7, #4]\n  ldr r2, [r3]\n";
  Planned plain(body);
  EXPECT_FALSE(plain.run({{7, kRam}}));
  EXPECT_TRUE(plain.plan().met_unknown_store());
  Planned following(body, true);
  ASSERT_TRUE(following.run({{0, kRam + 0x20}, {7, kRam}}));
  EXPECT_EQ(following.addresses(), (Addresses{kRam + 4, kRam + 4, kRam + 0x20}));
  // Part of a stored word is not followed.
  Planned part("  str r0, [r7, #4]\n  ldrb r3, [r7, #4]\n  ldr r2, [r3]\n", true);
  EXPECT_FALSE(part.run({{0, kRam + 0x20}, {7, kRam}}));
}

}  // namespace
}  // namespace tinyscope::test
