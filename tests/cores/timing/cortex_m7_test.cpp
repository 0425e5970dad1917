// Properties of the Cortex-M7 model beyond the cases of tests/timing/m7: prediction, who owns which
// cycle, and that its state is all there is.
#include <gtest/gtest.h>

#include <random>

#include "cores/decode/decoder.hpp"
#include "cores/memory/flat_memory_timing.hpp"
#include "cores/timing/timing_model.hpp"

namespace tinyscope {
namespace {

constexpr Address kCode = 0x0800'0000;
constexpr Address kRam = 0x2000'0000;

FlatMemoryTiming flat_memory() { return FlatMemoryTiming({{kCode, 0x10'0000}, {kRam, 0x1'0000}}); }

// Retires instructions as if they stood where they are said to.
class Pipeline {
 public:
  std::uint64_t retire(Address address, std::initializer_list<std::uint16_t> halfwords,
                       Address next = 0) {
    std::vector<std::uint8_t> bytes;
    for (const std::uint16_t half : halfwords) {
      bytes.push_back(static_cast<std::uint8_t>(half));
      bytes.push_back(static_cast<std::uint8_t>(half >> 8));
    }
    const Insn insn = decoder_.decode(bytes, address);
    RetiredInsn retired{insn};
    retired.next = next == 0 ? insn.end() : next;
    return model->retire(retired).total();
  }

  FlatMemoryTiming memory = flat_memory();
  std::unique_ptr<TimingModel> model = make_timing_model("cortex-m7", memory);

 private:
  Decoder decoder_;
};

constexpr std::initializer_list<std::uint16_t> kBranchBack = {0xD1FC};  // bne .-4
constexpr std::initializer_list<std::uint16_t> kAdd = {0x18D2};         // adds r2, r2, r3
constexpr std::initializer_list<std::uint16_t> kReturn = {0x4770};      // bx lr

// Cycles of a loop of an addition and a branch back to it, run `rounds` times.
std::uint64_t run_loop(Pipeline& pipeline, int rounds) {
  std::uint64_t cycles = 0;
  for (int round = 0; round < rounds; ++round) {
    cycles += pipeline.retire(kCode + 2, kAdd);
    const Address next = round + 1 < rounds ? kCode + 2 : 0;
    cycles += pipeline.retire(kCode + 4, kBranchBack, next);
  }
  return cycles;
}

TEST(CortexM7, PredictsALoopBranchFromItsSecondTimeOn) {
  // jnk0le/random: a mispredicted branch costs 6 to 8, a predicted one nothing.
  Pipeline pipeline;
  const std::uint64_t ten = run_loop(pipeline, 10);
  Pipeline other;
  const std::uint64_t twenty = run_loop(other, 20);
  EXPECT_LE(twenty - ten, 10u * 2u) << "ten rounds of two instructions";
  EXPECT_GE(ten, 2u * 6u) << "first and last";
}

TEST(CortexM7, ForgivesALoopItsEnd) {
  // Two-bit counters: the branch is still predicted taken when the loop is entered again.
  Pipeline pipeline;
  run_loop(pipeline, 20);
  const std::uint64_t again = run_loop(pipeline, 20);
  EXPECT_LT(again, 20u * 2u + 2u * 6u) << "mispredicted at its end only";
}

TEST(CortexM7, ExpectsABranchThatIsNeverTakenToGoOn) {
  Pipeline pipeline;
  pipeline.retire(kCode, kAdd);
  for (int i = 0; i < 5; ++i) {
    EXPECT_LE(pipeline.retire(kCode + 2, kBranchBack), 1u);
    pipeline.retire(kCode + 4, {0xE7FC}, kCode + 2);  // b, so that it comes again
  }
}

TEST(CortexM7, ForgivesABranchThatIsTakenOnceInAWhile) {
  // Counters of two bits: having gone on many times, it is expected to go on behind one exception.
  Pipeline pipeline;
  const auto go_on = [&] {
    const std::uint64_t cycles = pipeline.retire(kCode + 2, kBranchBack);
    pipeline.retire(kCode + 4, {0xE7FD}, kCode + 2);  // b, so that it comes again
    return cycles;
  };
  const auto take = [&] { return pipeline.retire(kCode + 2, kBranchBack, kCode); };
  take();  // it becomes known
  for (int i = 0; i < 5; ++i) {
    pipeline.retire(kCode, kAdd);
    go_on();
  }
  EXPECT_GE(take(), 6u);
  pipeline.retire(kCode, kAdd);
  EXPECT_LE(go_on(), 1u);
}

TEST(CortexM7, ExpectsAReturnToGoWhereItWentLast) {
  Pipeline pipeline;
  const auto call = [&](Address site) {
    pipeline.retire(site, {0xE7FE}, kCode + 0x100);  // as far as the model knows: b
    const std::uint64_t cycles = pipeline.retire(kCode + 0x100, kReturn, site + 2);
    pipeline.retire(site + 2, kAdd);
    return cycles;
  };
  call(kCode);
  EXPECT_LE(call(kCode), 1u) << "predicted";
  EXPECT_GE(call(kCode + 0x40), 6u) << "from elsewhere";
}

TEST(CortexM7, CountsIssueCyclesOnceForAPair) {
  // Eight narrow additions and logical operations, none of which depends on its neighbour.
  FlatMemoryTiming memory = flat_memory();
  const auto model = make_timing_model("cortex-m7", memory);
  Decoder decoder;
  StallCycles sum;
  for (unsigned i = 0; i < 8; ++i) {
    // ands rN, r7 by N = 0 to 3 in turn; flags are no operands.
    const auto half = static_cast<std::uint16_t>(0x4000 | 7 << 3 | (i % 4));
    const std::uint8_t bytes[] = {static_cast<std::uint8_t>(half),
                                  static_cast<std::uint8_t>(half >> 8)};
    const Insn insn = decoder.decode(bytes, kCode + 2 * i);
    RetiredInsn retired{insn};
    retired.next = insn.end();
    sum += model->retire(retired);
  }
  EXPECT_EQ(sum[StallCause::kIssue], 4u);
  EXPECT_EQ(sum.total(), 4u);
}

// Retires random instructions; every model that is given takes each.
class RandomStream {
 public:
  explicit RandomStream(unsigned seed) : random_(seed) {}

  void next(std::span<TimingModel* const> models) {
    std::uint8_t bytes[4];
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_());
    const Insn insn = decoder_.decode(bytes, pc_);
    std::vector<MemoryAccess> accesses;
    const Address first = kRam + random_() % 4096;
    for (unsigned k = 0; k < insn.access_count; ++k) {
      accesses.push_back({first + k * insn.access_bytes, insn.access_bytes, insn.is_store()});
    }
    RetiredInsn retired{insn};
    retired.accesses = accesses;
    retired.skipped = insn.in_it && random_() % 2 == 0;
    const bool jumps = insn.writes_pc && !retired.skipped && random_() % 2 == 0;
    retired.next = jumps ? kCode + (random_() % 4096 & ~1u) : insn.end();
    retired.dividend = static_cast<std::uint32_t>(random_());
    retired.divisor = static_cast<std::uint32_t>(random_() >> random_() % 32);
    const StallCycles expected = models.front()->retire(retired);
    EXPECT_LT(expected.total(), 100u);
    for (TimingModel* const other : models.subspan(1)) {
      EXPECT_EQ(other->retire(retired).by_cause, expected.by_cause) << "at " << pc_;
    }
    pc_ = retired.next;
  }

 private:
  std::mt19937 random_;
  Decoder decoder_;
  Address pc_ = kCode;
};

TEST(CortexM7, GoesOnAlikeFromItsStateWithoutWhatNobodyCanNotice) {
  FlatMemoryTiming memory = flat_memory();
  const auto model = make_timing_model("cortex-m7", memory);
  RandomStream stream(3);
  TimingModel* const alone[] = {model.get()};
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 7; ++i) stream.next(alone);
    const auto copy = make_timing_model("cortex-m7", memory);
    StateArchive saved = StateArchive::saving();
    model->snapshot(saved);
    StateArchive loaded = StateArchive::loading(saved.bytes());
    copy->snapshot(loaded);                             // branch tables
    copy->set_pipeline_state(model->pipeline_state());  // and a state cut down
    EXPECT_EQ(copy->pipeline_state(), model->pipeline_state());
    TimingModel* const both[] = {model.get(), copy.get()};
    for (int i = 0; i < 12 && !testing::Test::HasFailure(); ++i) stream.next(both);
  }
}

TEST(CortexM7, StatesWhatItAssumes) {
  RunNotes notes;
  FlatMemoryTiming memory = flat_memory();
  make_timing_model("cortex-m7", memory)->note_assumptions(notes);
  ASSERT_FALSE(notes.assumptions().empty());
  for (const Assumption& assumption : notes.assumptions()) {
    EXPECT_EQ(assumption.topic.rfind("cortex-m7.", 0), 0u);
    EXPECT_FALSE(assumption.source.empty());
  }
}

}  // namespace
}  // namespace tinyscope
