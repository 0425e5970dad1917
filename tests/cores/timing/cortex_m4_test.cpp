// Properties of the Cortex-M4 model beyond the cases of tests/timing/m4: who owns which cycle, what
// the memory system adds, exceptions, and that nothing is lost or counted twice.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "cores/decode/decoder.hpp"
#include "cores/timing/timing_model.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr Address kCode = 0x0800'0000;
constexpr Address kRam = 0x2000'0000;

// Memory that waits as a test tells it to.
class ScriptedMemory final : public MemoryTiming {
 public:
  unsigned fetch_wait(Address, Time) override { return fetch; }
  unsigned data_wait(Address, AccessType, Time) override { return data; }
  unsigned first_read_cycles(Address) const override { return first_read; }
  std::uint8_t block(Address address) const override {
    return static_cast<std::uint8_t>(address >> 16);
  }
  void reset() override {}
  void snapshot(StateArchive&) override {}

  unsigned fetch = 0;
  unsigned data = 0;
  unsigned first_read = 0;
};

// Retires hand-written encodings one after the other.
class Pipeline {
 public:
  StallCycles retire(std::initializer_list<std::uint16_t> halfwords,
                     std::vector<MemoryAccess> accesses = {}) {
    std::vector<std::uint8_t> bytes;
    for (const std::uint16_t half : halfwords) {
      bytes.push_back(static_cast<std::uint8_t>(half));
      bytes.push_back(static_cast<std::uint8_t>(half >> 8));
    }
    const Insn insn = decoder_.decode(bytes, pc_);
    RetiredInsn retired{insn};
    retired.accesses = accesses;
    retired.next = insn.end();
    pc_ = insn.end();
    return model->retire(retired);
  }
  // A narrow unconditional branch that goes to `target`, whatever its encoding says.
  StallCycles branch(std::initializer_list<std::uint16_t> halfword, Address target) {
    const std::uint16_t half = *halfword.begin();
    const std::uint8_t bytes[] = {static_cast<std::uint8_t>(half),
                                  static_cast<std::uint8_t>(half >> 8)};
    const Insn insn = decoder_.decode(bytes, pc_);
    RetiredInsn retired{insn};
    retired.next = target;
    pc_ = target;
    return model->retire(retired);
  }
  Address pc() const { return pc_; }
  ScriptedMemory memory;
  std::unique_ptr<TimingModel> model = make_timing_model("cortex-m4", memory);

 private:
  Decoder decoder_;
  Address pc_ = kCode;
};

MemoryAccess access(Address address, bool write) { return {address, 4, write}; }

constexpr std::initializer_list<std::uint16_t> kLoad = {0x6808};   // ldr r0, [r1]
constexpr std::initializer_list<std::uint16_t> kStore = {0x600A};  // str r2, [r1]
constexpr std::initializer_list<std::uint16_t> kAdd = {0x18D2};    // adds r2, r2, r3

TEST(CortexM4, FirstCycleIsIssueAndALoadsSecondIsLoadUse) {
  Pipeline pipeline;
  pipeline.memory.data = 0;
  const StallCycles cycles = pipeline.retire(kLoad, {access(kRam, false)});
  EXPECT_EQ(cycles[StallCause::kIssue], 1u);
  EXPECT_EQ(cycles[StallCause::kLoadUse], 1u);
  EXPECT_EQ(cycles.total(), 2u);
}

TEST(CortexM4, WaitsOfALoadAreDataStalls) {
  Pipeline pipeline;
  pipeline.memory.data = 3;
  const StallCycles cycles = pipeline.retire(kLoad, {access(kRam, false)});
  EXPECT_EQ(cycles[StallCause::kData], 3u);
  EXPECT_EQ(cycles.total(), 5u);
}

TEST(CortexM4, EachGroupOfLoadsPaysOnceForBeingGrantedTheMemory) {
  // Fits 48 programs of mupq/polymul-z2mx-m4 measured with data in an STM32F407's SRAM1.
  Pipeline pipeline;
  pipeline.memory.first_read = 1;
  const auto granted_late = [] { return std::vector<MemoryAccess>{access(kRam, false)}; };
  const StallCycles first = pipeline.retire(kLoad, granted_late());
  EXPECT_EQ(first[StallCause::kData], 1u);
  EXPECT_EQ(first.total(), 3u);
  EXPECT_EQ(pipeline.retire(kLoad, granted_late()).total(), 1u) << "in the data phase of the first";
  pipeline.retire(kAdd);
  EXPECT_EQ(pipeline.retire(kLoad, granted_late()).total(), 3u) << "a new group";
}

TEST(CortexM4, EachPartOfAnUnalignedLoadWaits) {
  Pipeline pipeline;
  // Arm DDI 0439D 3.3.2: a word on an odd byte is three accesses.
  pipeline.memory.data = 2;
  EXPECT_EQ(pipeline.retire(kLoad, {access(kRam + 1, false)}).total(), 2u + 2u + 3u * 2u);
}

TEST(CortexM4, WriteBufferHidesTheWaitsOfOneStore) {
  Pipeline pipeline;
  pipeline.memory.data = 4;
  EXPECT_EQ(pipeline.retire(kStore, {access(kRam, true)}).total(), 1u);
  EXPECT_EQ(pipeline.retire(kAdd).total(), 1u);
}

TEST(CortexM4, ASecondStoreWaitsUntilTheBufferIsFree) {
  Pipeline pipeline;
  pipeline.memory.data = 4;
  pipeline.retire(kStore, {access(kRam, true)});
  pipeline.memory.data = 0;
  const StallCycles second = pipeline.retire(kStore, {access(kRam + 4, true)});
  EXPECT_EQ(second[StallCause::kData], 4u);
  EXPECT_EQ(second.total(), 5u);
}

TEST(CortexM4, ABarrierWaitsForTheStore) {
  Pipeline pipeline;
  pipeline.memory.data = 4;
  pipeline.retire(kStore, {access(kRam, true)});
  const StallCycles barrier = pipeline.retire({0xF3BF, 0x8F5F});  // dmb sy
  EXPECT_EQ(barrier[StallCause::kData], 5u) << "one cycle of data phase and four of waiting";
}

TEST(CortexM4, FetchWaitsAreFetchStalls) {
  Pipeline pipeline;
  pipeline.memory.fetch = 5;
  // add.w r2, r2, #1: one word each. Nothing is ahead, so each waits for its own word.
  for (int i = 0; i < 4; ++i) pipeline.retire({0xF102, 0x0201});
  const StallCycles cycles = pipeline.retire({0xF102, 0x0201});
  EXPECT_EQ(cycles[StallCause::kFetch], 5u);
  EXPECT_EQ(cycles.total(), 6u);
}

TEST(CortexM4, FetchAheadHidesPartOfAFetchWaitBehindALongInstruction) {
  Pipeline pipeline;
  pipeline.memory.fetch = 5;
  for (int i = 0; i < 4; ++i) pipeline.retire({0xF102, 0x0201});
  pipeline.retire({0xE8B1, 0x03FC});  // ldmia.w r1!, {r2-r9}: nine cycles, fetching goes on
  EXPECT_EQ(pipeline.retire({0xF102, 0x0201})[StallCause::kFetch], 0u);
}

TEST(CortexM4, AFetchBehindATakenBranchDelaysItsTarget) {
  // What was requested until the branch is decoded cannot be taken back from the bus.
  const auto cycles_of_branch = [](unsigned wait) {
    Pipeline pipeline;
    for (int i = 0; i < 4; ++i) pipeline.retire(kAdd);
    pipeline.memory.fetch = wait;
    return pipeline.branch({0xE7FE}, kCode);  // b kCode
  };
  EXPECT_EQ(cycles_of_branch(0).total(), 2u);
  EXPECT_GE(cycles_of_branch(4)[StallCause::kFetch], 4u);
}

TEST(CortexM4, EqualPipelineStatesGoOnAlike) {
  // The same loop, met at different cycles and with a different past, comes to the same states.
  std::mt19937 random(7);
  std::map<PipelineState, std::uint64_t> cost_from;
  Pipeline pipeline;
  int met_again = 0;
  for (int i = 0; i < 20000; ++i) {
    const PipelineState state = pipeline.model->pipeline_state();
    pipeline.memory.fetch = 0;
    const unsigned kind = static_cast<unsigned>(random() % 3);
    std::uint64_t cost = 0;
    switch (kind) {
      case 0: cost = pipeline.retire(kLoad, {access(kRam, false)}).total(); break;
      case 1: cost = pipeline.retire(kAdd).total(); break;
      default:
        cost = pipeline.branch({0xE7FE}, kCode + static_cast<Address>(random() % 8) * 2).total();
        break;
    }
    PipelineState key = state;
    key.push_back(static_cast<std::byte>(kind));
    key.push_back(static_cast<std::byte>(pipeline.pc() & 0xFFu));
    const auto [known, fresh] = cost_from.try_emplace(key, cost);
    if (!fresh) {
      ++met_again;
      EXPECT_EQ(known->second, cost);
    }
  }
  EXPECT_GT(met_again, 10000);
}

TEST(CortexM4, ExceptionsTakeWhatTheManualSays) {
  ScriptedMemory memory;
  const auto model = make_timing_model("cortex-m4", memory);
  // Arm DDI 0439D 3.9.
  const auto cycles = [&model](ExceptionPhase phase, bool fp_frame) {
    return model->exception_cycles({phase, fp_frame, kRam, kCode, kCode + 0x100}).count;
  };
  EXPECT_EQ(cycles(ExceptionPhase::kEntry, false), 12u);
  EXPECT_EQ(cycles(ExceptionPhase::kEntry, true), 29u);
  EXPECT_EQ(cycles(ExceptionPhase::kReturn, false), 10u);
  EXPECT_EQ(cycles(ExceptionPhase::kReturn, true), 27u);
  EXPECT_EQ(cycles(ExceptionPhase::kTailChain, false), 6u);
  EXPECT_EQ(model->lazy_stacking_cycles(kRam).count, 17u) << "29 - 12: S0-S15 and FPSCR";
}

TEST(CortexM4, StackingAndUnstackingWaitForSlowMemory) {
  ScriptedMemory memory;
  const auto model = make_timing_model("cortex-m4", memory);
  memory.data = 1;
  const auto cycles = [&model](ExceptionPhase phase, bool fp_frame) {
    return model->exception_cycles({phase, fp_frame, kRam, kCode, kCode + 0x100}).count;
  };
  // Eight words of a basic frame, 25 with S0 to S15 and FPSCR.
  EXPECT_EQ(cycles(ExceptionPhase::kEntry, false), 12u + 8);
  EXPECT_EQ(cycles(ExceptionPhase::kEntry, true), 29u + 25);
  EXPECT_EQ(cycles(ExceptionPhase::kReturn, false), 10u + 8);
  EXPECT_EQ(model->lazy_stacking_cycles(kRam).count, 17u + 17);
}

TEST(CortexM4, ReadingTheVectorHidesBehindStackingAsFarAsItGoes) {
  // Arm knowledge base 103489845: 9 cycles of stacking beside 6 of vector and handler.
  ScriptedMemory memory;
  const auto model = make_timing_model("cortex-m4", memory);
  const auto entry = [&](Address vector, Address handler) {
    return model->exception_cycles({ExceptionPhase::kEntry, false, kRam, vector, handler}).count;
  };
  memory.fetch = 3;
  EXPECT_EQ(entry(kCode, kCode), 12u);
  memory.fetch = 5;
  EXPECT_EQ(entry(kCode, kCode), 14u);
  EXPECT_EQ(entry(kRam, kCode), 12u + 6 + 5) << "on the stack's bus, behind it";
  memory.fetch = 0;
  EXPECT_EQ(entry(kRam, kCode), 18u);
  EXPECT_EQ(model->exception_cycles({ExceptionPhase::kTailChain, false, 0, kCode, kCode}).count,
            6u);
  memory.fetch = 5;
  EXPECT_EQ(model->exception_cycles({ExceptionPhase::kTailChain, false, 0, kCode, kCode}).count,
            6u + 5);
}

TEST(CortexM4, TheFirstFetchOfAHandlerHidesBehindStackingToo) {
  // Three cycles are left of the nine, whatever the vector took of them.
  for (const unsigned wait : {0u, 1u, 2u, 3u, 8u}) {
    Pipeline pipeline;
    pipeline.memory.fetch = wait;
    pipeline.model->exception_cycles({ExceptionPhase::kEntry, false, kRam, kCode, kCode});
    const unsigned left = wait < 3 ? 3 - wait : 0;
    EXPECT_EQ(pipeline.retire(kAdd)[StallCause::kFetch], wait > left ? wait - left : 0u) << wait;
  }
}

TEST(CortexM4, ABranchToExcReturnLeavesTheRefillToTheException) {
  ScriptedMemory memory;
  const auto model = make_timing_model("cortex-m4", memory);
  Decoder decoder;
  const std::uint8_t bx_lr[] = {0x70, 0x47};
  const Insn insn = decoder.decode(bx_lr, kCode);
  RetiredInsn retired{insn};
  retired.next = 0xFFFF'FFF9;
  EXPECT_EQ(model->retire(retired).total(), 1u);
}

TEST(CortexM4, FlushForgetsWhatWasInFlight) {
  Pipeline pipeline;
  pipeline.memory.data = 0;
  pipeline.retire(kLoad, {access(kRam, false)});
  pipeline.model->flush();
  pipeline.memory.data = 0;
  EXPECT_EQ(pipeline.retire(kLoad, {access(kRam, false)}).total(), 2u) << "no pairing across";
}

TEST(CortexM4, DivideGrowsByOneCycleForFourBitsOfQuotient) {
  // Between the manual's bounds of 2 and 12, monotonous in the dividend's bits.
  Decoder decoder;
  const std::uint8_t udiv[] = {0xB2, 0xFB, 0xF3, 0xF0};  // udiv r0, r2, r3
  const Insn insn = decoder.decode(udiv, kCode);
  std::uint64_t before = 2;
  for (unsigned bits = 1; bits <= 32; ++bits) {
    ScriptedMemory memory;
    const auto model = make_timing_model("cortex-m4", memory);
    RetiredInsn retired{insn};
    retired.next = insn.end();
    retired.dividend = 0xFFFF'FFFFu >> (32 - bits);
    retired.divisor = 1;
    const StallCycles cycles = model->retire(retired);
    EXPECT_EQ(cycles[StallCause::kDivide], cycles.total() - 1);
    EXPECT_GE(cycles.total(), before);
    EXPECT_LE(cycles.total(), 12u);
    before = cycles.total();
  }
  EXPECT_EQ(before, 12u);
}

TEST(CortexM4, AnyInstructionStreamCostsTheSameTwiceAndNeverLessThanNothing) {
  const auto total_of = [](unsigned seed) {
    std::mt19937 random(seed);
    Decoder decoder;
    ScriptedMemory memory;
    const auto model = make_timing_model("cortex-m4", memory);
    std::uint64_t total = 0;
    std::uint64_t instructions = 0;
    Address pc = kCode;
    for (int i = 0; i < 20000; ++i) {
      std::uint8_t bytes[4];
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
      const Insn insn = decoder.decode(bytes, pc);
      std::vector<MemoryAccess> accesses;
      for (unsigned k = 0; k < insn.access_count; ++k) {
        accesses.push_back({static_cast<Address>(random()), insn.access_bytes, insn.is_store()});
      }
      RetiredInsn retired{insn};
      retired.accesses = accesses;
      memory.data = static_cast<unsigned>(random() % 3);
      memory.fetch = static_cast<unsigned>(random() % 3);
      retired.skipped = random() % 8 == 0;
      const bool jumps = insn.writes_pc && !retired.skipped && random() % 2 == 0;
      retired.next = jumps ? kCode + (random() % 4096 & ~1u) : insn.end();
      retired.dividend = static_cast<std::uint32_t>(random());
      retired.divisor = static_cast<std::uint32_t>(random() >> random() % 32);
      const std::uint64_t cycles = model->retire(retired).total();
      EXPECT_LT(cycles, 400u) << "address " << pc;
      total += cycles;
      ++instructions;
      pc = retired.next;
    }
    EXPECT_GT(total, instructions);
    return total;
  };
  for (unsigned seed = 1; seed < 5; ++seed) EXPECT_EQ(total_of(seed), total_of(seed));
}

TEST(CortexM4, StatesWhatItAssumes) {
  RunNotes notes;
  ScriptedMemory memory;
  make_timing_model("cortex-m4", memory)->note_assumptions(notes);
  ASSERT_FALSE(notes.assumptions().empty());
  for (const Assumption& assumption : notes.assumptions()) {
    EXPECT_EQ(assumption.topic.rfind("cortex-m4.", 0), 0u);
    EXPECT_FALSE(assumption.source.empty());
  }
}

TEST(TimingModels, AnUnknownNameIsAnInputError) {
  ScriptedMemory memory;
  EXPECT_THROW(make_timing_model("cortex-a53", memory), InputError);
}

}  // namespace
}  // namespace tinyscope
