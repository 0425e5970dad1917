// What the run loop, timing and profiler rely on in single instructions. Encodings are written as
// halfwords; their assembly stands beside them (Arm DDI 0403E, A7.7).
#include "cores/decode/decoder.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace tinyscope {
namespace {

constexpr unsigned kFlags = RegisterSet::kFlags;

Insn decode(std::initializer_list<std::uint16_t> halfwords, bool in_it = false,
            Address address = 0x1000) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint16_t half : halfwords) {
    bytes.push_back(static_cast<std::uint8_t>(half));
    bytes.push_back(static_cast<std::uint8_t>(half >> 8));
  }
  static Decoder decoder;
  return decoder.decode(bytes, address, in_it);
}

RegisterSet registers(std::initializer_list<unsigned> numbers) {
  RegisterSet set;
  for (const unsigned number : numbers) set.add(number);
  return set;
}

constexpr unsigned s(unsigned number) { return RegisterSet::kFirstFloat + number; }

TEST(Decoder, KnowsTheReturnsOfTheCallingConvention) {
  EXPECT_TRUE(decode({0x4770}).is_return) << "bx lr";
  EXPECT_TRUE(decode({0xBD10}).is_return) << "pop {r4, pc}";
  EXPECT_TRUE(decode({0xE8BD, 0x8FF0}).is_return) << "ldmia.w sp!, {r4-r11, pc}";
  EXPECT_TRUE(decode({0xF85D, 0xFB04}).is_return) << "ldr.w pc, [sp], #4";
  EXPECT_TRUE(decode({0x46F7}).is_return) << "mov pc, lr";
}

TEST(Decoder, TakesNoOtherJumpForAReturn) {
  EXPECT_FALSE(decode({0x4718}).is_return) << "bx r3";
  EXPECT_FALSE(decode({0x469F}).is_return) << "mov pc, r3";
  EXPECT_FALSE(decode({0x44F7}).is_return) << "add pc, lr";
  EXPECT_FALSE(decode({0xF8D1, 0xF004}).is_return) << "ldr.w pc, [r1, #4]";
  EXPECT_FALSE(decode({0xE891, 0x8FF0}).is_return) << "ldmia.w r1, {r4-r11, pc}";
  EXPECT_FALSE(decode({0xBC10}).is_return) << "pop {r4}";
}

TEST(Decoder, KnowsCalls) {
  EXPECT_TRUE(decode({0xF000, 0xF800}).is_call) << "bl";
  EXPECT_TRUE(decode({0x4798}).is_call) << "blx r3";
  EXPECT_FALSE(decode({0xE7FE}).is_call) << "b .";
  EXPECT_TRUE(decode({0x4798}).writes.contains(14)) << "blx writes lr";
}

TEST(Decoder, MarksWhateverMayLeaveStraightLineCode) {
  EXPECT_TRUE(decode({0xBD10}).writes_pc);
  EXPECT_TRUE(decode({0xD0FE}).writes_pc);
  EXPECT_TRUE(decode({0xB100}).writes_pc);
  EXPECT_TRUE(decode({0xE8DF, 0xF000}).writes_pc) << "tbb [pc, r0]";
  EXPECT_FALSE(decode({0xDF00}).writes_pc) << "svc";
  EXPECT_FALSE(decode({0xB510}).writes_pc) << "push";
}

TEST(Decoder, ConditionalBranchReadsFlagsAndHasTarget) {
  const Insn insn = decode({0xD1FC});  // bne 0xffc
  EXPECT_EQ(insn.op, Op::kBranch);
  EXPECT_EQ(insn.condition, Condition::kNe);
  EXPECT_EQ(insn.target, 0xFFCu);
  EXPECT_TRUE(insn.reads.contains(kFlags));
}

TEST(Decoder, NarrowArithmeticSetsFlagsOnlyOutsideIt) {
  const Insn outside = decode({0x1888});  // adds r0, r1, r2
  EXPECT_TRUE(outside.sets_flags);
  EXPECT_TRUE(outside.writes.contains(kFlags));
  const Insn inside = decode({0x1888}, true);  // add<c> r0, r1, r2
  EXPECT_FALSE(inside.sets_flags);
  EXPECT_FALSE(inside.writes.contains(kFlags));
  EXPECT_TRUE(inside.reads.contains(kFlags)) << "predicated";
  EXPECT_TRUE(inside.in_it);
  EXPECT_TRUE(decode({0x2800}, true).sets_flags) << "cmp sets them in both";
}

TEST(Decoder, CarryIsAnInputOfAdcSbcAndRrx) {
  EXPECT_TRUE(decode({0x4148}).reads.contains(kFlags)) << "adcs r0, r1";
  EXPECT_TRUE(decode({0xEB61, 0x0002}).reads.contains(kFlags)) << "sbc.w r0, r1, r2";
  EXPECT_TRUE(decode({0xEA4F, 0x0031}).reads.contains(kFlags)) << "mov.w r0, r1, rrx";
  EXPECT_FALSE(decode({0xEB01, 0x0002}).reads.contains(kFlags)) << "add.w r0, r1, r2";
}

TEST(Decoder, InlineShiftIsAShiftedOperandAndAShiftIsNot) {
  EXPECT_TRUE(decode({0xEB01, 0x00C2}).shifted_operand) << "add.w r0, r1, r2, lsl #3";
  EXPECT_FALSE(decode({0xEB01, 0x0002}).shifted_operand) << "add.w r0, r1, r2";
  EXPECT_FALSE(decode({0xEA4F, 0x00C2}).shifted_operand) << "mov.w r0, r2, lsl #3";
}

TEST(Decoder, LoadTellsAddressAndDestination) {
  const Insn insn = decode({0xF851, 0x3022});  // ldr.w r3, [r1, r2, lsl #2]
  EXPECT_EQ(insn.op, Op::kLoad);
  EXPECT_EQ(insn.address_mode, AddressMode::kRegister);
  EXPECT_EQ(insn.base, 1);
  EXPECT_EQ(insn.index, 2);
  EXPECT_EQ(insn.index_shift, 2);
  EXPECT_EQ(insn.access_bytes, 4);
  EXPECT_EQ(insn.access_count, 1);
  EXPECT_EQ(insn.destination, 3);
  EXPECT_EQ(insn.address_reads, registers({1, 2}));
  EXPECT_EQ(insn.writes, registers({3}));
}

TEST(Decoder, LiteralLoadReadsPcButWaitsForNoRegister) {
  const Insn insn = decode({0x4B01});  // ldr r3, [pc, #4]
  EXPECT_EQ(insn.address_mode, AddressMode::kLiteral);
  EXPECT_EQ(insn.displacement, 4);
  EXPECT_TRUE(insn.reads.contains(15));
  EXPECT_TRUE(insn.address_reads.empty());
}

TEST(Decoder, PostIndexedStoreUpdatesItsBase) {
  const Insn insn = decode({0xF841, 0x0B08});  // str r0, [r1], #8
  EXPECT_EQ(insn.op, Op::kStore);
  EXPECT_EQ(insn.address_mode, AddressMode::kPostIndex);
  EXPECT_EQ(insn.displacement, 8);
  EXPECT_TRUE(insn.writeback);
  EXPECT_EQ(insn.writes, registers({1}));
  EXPECT_EQ(insn.store_data, registers({0}));
}

TEST(Decoder, PushMovesItsListBelowTheStackPointer) {
  const Insn insn = decode({0xE92D, 0x4FF0});  // push {r4-r11, lr}
  EXPECT_EQ(insn.op, Op::kStoreMultiple);
  EXPECT_EQ(insn.access_count, 9);
  EXPECT_EQ(insn.displacement, -36);
  EXPECT_EQ(insn.store_data, registers({4, 5, 6, 7, 8, 9, 10, 11, 14}));
  EXPECT_TRUE(insn.writes_sp);
  EXPECT_EQ(insn.reads, registers({4, 5, 6, 7, 8, 9, 10, 11, 13, 14}));
}

TEST(Decoder, LoadMultipleWritesItsBaseBackUnlessItIsLoaded) {
  EXPECT_TRUE(decode({0xC806}).writeback) << "ldmia r0!, {r1, r2}";
  EXPECT_FALSE(decode({0xC803}).writeback) << "ldmia r0, {r0, r1}";
}

TEST(Decoder, DivideNamesItsOperands) {
  const Insn insn = decode({0xFB91, 0xF0F2});  // sdiv r0, r1, r2
  EXPECT_EQ(insn.op, Op::kDivide);
  EXPECT_EQ(insn.dividend, 1);
  EXPECT_EQ(insn.divisor, 2);
  EXPECT_TRUE(insn.signed_divide);
  EXPECT_FALSE(decode({0xFBB1, 0xF0F2}).signed_divide) << "udiv r0, r1, r2";
}

TEST(Decoder, MultiplyAccumulateSeparatesItsAddend) {
  const Insn insn = decode({0xEE00, 0x0A81});  // vmla.f32 s0, s1, s2
  EXPECT_EQ(insn.op, Op::kFpMultiplyAdd);
  EXPECT_TRUE(insn.is_fp);
  EXPECT_EQ(insn.accumulator, registers({s(0)}));
  EXPECT_EQ(insn.reads, registers({s(0), s(1), s(2)}));
}

TEST(Decoder, DoubleTransferMovesTwoFloats) {
  const Insn insn = decode({0xED91, 0x5B02});  // vldr d5, [r1, #8]
  EXPECT_EQ(insn.op, Op::kFpLoad);
  EXPECT_EQ(insn.access_count, 2);
  EXPECT_EQ(insn.writes, registers({s(10), s(11)}));
}

TEST(Decoder, FpStatusToFlagsWritesFlags) {
  const Insn insn = decode({0xEEF1, 0xFA10});  // vmrs APSR_nzcv, fpscr
  EXPECT_EQ(insn.op, Op::kFpReadStatus);
  EXPECT_TRUE(insn.sets_flags);
  EXPECT_FALSE(insn.writes_pc);
  EXPECT_TRUE(decode({0xEEB4, 0x0A60}).writes.contains(RegisterSet::kFpscr)) << "vcmp.f32";
}

TEST(Decoder, SpecialRegistersCarryTheirNumber) {
  EXPECT_EQ(decode({0xF3EF, 0x8010}).immediate, 16u) << "mrs r0, primask";
  const Insn msp = decode({0xF380, 0x8808});  // msr msp, r0
  EXPECT_EQ(msp.op, Op::kWriteSpecial);
  EXPECT_TRUE(msp.writes_sp);
  EXPECT_TRUE(decode({0xF380, 0x8800}).sets_flags) << "msr apsr_nzcvq, r0";
}

TEST(Decoder, ItHasItsConditionAndMask) {
  const Insn insn = decode({0xBF0C});  // ite eq
  EXPECT_EQ(insn.op, Op::kIt);
  EXPECT_EQ(insn.immediate, 0x0Cu);
  EXPECT_TRUE(insn.reads.contains(kFlags));
}

TEST(Decoder, PermanentlyUndefinedStaysUndefined) {
  EXPECT_EQ(decode({0xDE05}).op, Op::kUndefined);
  EXPECT_EQ(decode({0xF7F0, 0xA000}).op, Op::kUndefined);
  EXPECT_EQ(decode({0xF7F0, 0xA000}).size, 4);
}

TEST(Decoder, OtherCoprocessorsAreToldFromTheFpu) {
  const Insn insn = decode({0xEE12, 0x3710});  // mrc p7, 0, r3, c2, c0
  EXPECT_EQ(insn.op, Op::kCoprocessor);
  EXPECT_FALSE(insn.is_fp);
}

TEST(Decoder, EveryBytePatternGivesTheSizeOfItsFirstHalfword) {
  Decoder decoder;
  for (std::uint32_t first = 0; first < 0x10000; ++first) {
    for (const std::uint32_t second : {0x0000u, 0xFFFFu, 0x8000u, 0x0A10u, 0x1234u}) {
      const std::uint8_t bytes[4] = {
          static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(first >> 8),
          static_cast<std::uint8_t>(second), static_cast<std::uint8_t>(second >> 8)};
      const Insn insn = decoder.decode(bytes, 0x1000);
      const std::uint32_t prefix = first >> 11;
      const bool wide = prefix == 0b11101 || prefix == 0b11110 || prefix == 0b11111;
      ASSERT_EQ(insn.size, wide ? 4 : 2) << std::hex << first << ' ' << second;
    }
  }
}

TEST(Decoder, TooFewBytesAreUndefinedOfTheRightSize) {
  const std::uint8_t wide_head[] = {0x00, 0xF0};
  Decoder decoder;
  EXPECT_EQ(decoder.decode(wide_head, 0).op, Op::kUndefined);
  EXPECT_EQ(decoder.decode(wide_head, 0).size, 4);
  EXPECT_EQ(decoder.decode({}, 0).op, Op::kUndefined);
}

TEST(Decoder, WritesTextForReports) {
  Decoder decoder;
  const std::uint8_t load[] = {0x48, 0x68};
  EXPECT_EQ(decoder.text(load, 0x1000), "ldr r0, [r1, #4]");
  const std::uint8_t undefined[] = {0x05, 0xDE};
  EXPECT_EQ(decoder.text(undefined, 0x1000), "<undefined>");
}

}  // namespace
}  // namespace tinyscope
