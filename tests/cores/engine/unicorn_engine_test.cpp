// What the run loop relies on in the engine, one workaround at a time.
#include "cores/engine/unicorn_engine.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <functional>
#include <vector>

namespace tinyscope {
namespace {

constexpr std::uint32_t kThumbBit = 1u << 24;
constexpr Address kRam = 0x20000000;

class Engine : public testing::Test, protected EngineClient {
 protected:
  Engine() : engine_(make_unicorn_engine()) {
    engine_->map_memory(0, 4096, code_.data(), false);
    engine_->map_memory(kRam, 4096, ram_.data(), true);
    engine_->map_mmio(0x40000000, 4096);
    // The upper regions answer fetches with a fault.
    engine_->map_mmio(0xE0000000, 0x20000000);
    engine_->set_mode(0, 0);
    engine_->write(CoreRegister::kXpsr, kThumbBit);
    engine_->write(CoreRegister::kMsp, kRam + 0x800);
    engine_->write(CoreRegister::kPc, 0);
  }

  void load(std::vector<std::uint16_t> halfwords) {
    std::memcpy(code_.data(), halfwords.data(), 2 * halfwords.size());
    stop_at_ = static_cast<Address>(2 * halfwords.size());
  }
  Halt run() { return engine_->run(*this); }
  std::uint32_t r(unsigned n) { return engine_->read(core_register(n)); }
  std::uint32_t pc() { return engine_->read(CoreRegister::kPc); }

  void on_insn(Address address, std::uint32_t) noexcept override {
    seen_.push_back(address);
    if (address == stop_at_) engine_->request_halt();
    if (on_insn_) on_insn_(address);
  }
  void on_access(Address address, std::uint32_t, bool write) noexcept override {
    accesses_.push_back({address, write});
    if (halt_on_access_) engine_->request_halt();
  }
  std::uint32_t mmio_read(Address, AccessSize) noexcept override {
    ++mmio_reads_;
    if (halt_on_mmio_) engine_->request_halt();
    return 0x1234;
  }
  void mmio_write(Address, AccessSize, std::uint32_t value) noexcept override {
    mmio_written_.push_back(value);
  }

  struct Access {
    Address address;
    bool write;
  };

  alignas(4096) std::array<std::uint8_t, 4096> code_{};
  alignas(4096) std::array<std::uint8_t, 4096> ram_{};
  std::unique_ptr<ExecutionEngine> engine_;
  Address stop_at_ = 0xFFFFFFFF;
  std::vector<Address> seen_;
  std::vector<Access> accesses_;
  std::function<void(Address)> on_insn_;
  bool halt_on_access_ = false, halt_on_mmio_ = false;
  unsigned mmio_reads_ = 0;
  std::vector<std::uint32_t> mmio_written_;
};

TEST_F(Engine, HaltStandsBeforeTheInstruction) {
  load({0x2001, 0x2002});  // movs r0, #1; movs r0, #2
  stop_at_ = 2;
  EXPECT_EQ(run(), Halt::kRequested);
  EXPECT_EQ(pc(), 2u);
  EXPECT_EQ(r(0), 1u);
}

TEST_F(Engine, InstructionsSkippedByItAreNotAnnounced) {
  load({0x2000, 0x2800, 0xBF14, 0x2101, 0x2102, 0xBF00});  // cmp r0, #0; ite ne; movne; moveq
  run();
  EXPECT_EQ(seen_, (std::vector<Address>{0, 2, 4, 8, 10, 12}));
}

TEST_F(Engine, HaltWithinAnItBlockComesBehindIt) {
  load({0x2000, 0x2800, 0xBF04, 0x2101, 0x2202, 0xBF00});  // itt eq; moveq r1; moveq r2
  on_insn_ = [&](Address address) {
    if (address == 6) engine_->request_halt();
  };
  EXPECT_EQ(run(), Halt::kRequested);
  EXPECT_EQ(pc(), 10u);
  EXPECT_EQ(r(2), 2u);
}

TEST_F(Engine, ContinuesInTheMiddleOfAnItBlockByItsXpsr) {
  load({0x2000, 0x2800, 0xBF0C, 0x2101, 0x2102, 0xBF00});  // ite eq; moveq r1, #1; movne r1, #2
  // Behind the MOVEQ: NE, the last one: ITSTATE 0001'1000, its bits 7:2 in xPSR 15:10.
  engine_->write(CoreRegister::kXpsr, kThumbBit | 1u << 30 | 0x06u << 10);
  engine_->write(CoreRegister::kPc, 8);
  run();
  EXPECT_EQ(r(1), 0u);  // Z is set: MOVNE is skipped
}

TEST_F(Engine, HaltOnALoadLeavesTheInstructionUndone) {
  load({0x6808, 0x2305});  // ldr r0, [r1]
  engine_->write(core_register(1), kRam);
  engine_->write(core_register(0), 77);
  halt_on_access_ = true;
  EXPECT_EQ(run(), Halt::kRequested);
  EXPECT_EQ(pc(), 0u);
  EXPECT_EQ(r(0), 77u);
}

TEST_F(Engine, HaltOnAPeripheralReadLeavesTheInstructionUndone) {
  load({0x6808, 0x2305});
  engine_->write(core_register(1), 0x40000000);
  engine_->write(core_register(0), 77);
  halt_on_mmio_ = true;
  EXPECT_EQ(run(), Halt::kRequested);
  EXPECT_EQ(mmio_reads_, 1u);
  EXPECT_EQ(pc(), 0u);
  EXPECT_EQ(r(0), 77u);
}

TEST_F(Engine, MultipleTransfersAnnounceEachWord) {
  load({0xC10F});  // stmia r1!, {r0-r3}
  engine_->write(core_register(1), kRam + 16);
  run();
  ASSERT_EQ(accesses_.size(), 4u);
  for (unsigned i = 0; i < 4; ++i) {
    EXPECT_EQ(accesses_[i].address, kRam + 16 + 4 * i);
    EXPECT_TRUE(accesses_[i].write);
  }
}

TEST_F(Engine, WaitInstructionsReturnBehindThemselves) {
  for (const std::uint16_t hint :
       {std::uint16_t{0xBF30}, std::uint16_t{0xBF20}, std::uint16_t{0xBF10}}) {
    load({hint, 0xBF00});  // WFI, WFE, YIELD
    engine_->write(CoreRegister::kPc, 0);
    engine_->invalidate_code(0, 4096);
    EXPECT_EQ(run(), Halt::kWait) << std::hex << hint;
    EXPECT_EQ(pc(), 2u);
  }
}

TEST_F(Engine, SupervisorCallStandsBehindAndBreakpointAtTheInstruction) {
  load({0xDF05, 0xBE01});
  EXPECT_EQ(run(), Halt::kSupervisorCall);
  EXPECT_EQ(pc(), 2u);
  EXPECT_EQ(run(), Halt::kBreakpoint);
  EXPECT_EQ(pc(), 2u);
}

TEST_F(Engine, UndefinedInstructionStandsAtIt) {
  load({0xBF00, 0xDE00});
  EXPECT_EQ(run(), Halt::kUndefined);
  EXPECT_EQ(pc(), 2u);
}

TEST_F(Engine, BranchToAnEvenAddressClearsTheThumbBit) {
  load({0x4708});  // bx r1
  engine_->write(core_register(1), 0x100);
  EXPECT_EQ(run(), Halt::kUndefined);
  EXPECT_EQ(pc(), 0x100u);
  EXPECT_EQ(engine_->read(CoreRegister::kXpsr) & kThumbBit, 0u);
  EXPECT_EQ(run(), Halt::kUndefined);  // and nothing runs until it is set
  EXPECT_EQ(pc(), 0x100u);
}

TEST_F(Engine, WritingPcKeepsTheThumbBit) {
  engine_->write(CoreRegister::kPc, 0x10);
  EXPECT_NE(engine_->read(CoreRegister::kXpsr) & kThumbBit, 0u);
  engine_->write(CoreRegister::kXpsr, 0);
  engine_->write(CoreRegister::kPc, 0x11);
  EXPECT_EQ(engine_->read(CoreRegister::kXpsr) & kThumbBit, 0u);
}

TEST_F(Engine, ExcReturnIsReportedFromAnyModeSetFromOutside) {
  load({0x4770});  // bx lr
  engine_->write(CoreRegister::kLr, 0xFFFFFFF9);
  engine_->set_mode(16, 0);
  EXPECT_EQ(run(), Halt::kExceptionReturn);
  EXPECT_EQ(pc(), 0xFFFFFFF8u);
  engine_->set_mode(0, 0);
  engine_->write(CoreRegister::kPc, 0);
  EXPECT_EQ(run(), Halt::kExceptionReturn);  // the core refuses it there
  EXPECT_EQ(pc(), 0xFFFFFFF8u);
}

TEST_F(Engine, BranchToTheResetValueOfLrIsNoWait) {
  load({0x4770});
  engine_->write(CoreRegister::kLr, 0xFFFFFFFF);
  EXPECT_EQ(run(), Halt::kExceptionReturn);
  EXPECT_EQ(pc(), 0xFFFFFFFEu);
}

TEST_F(Engine, ModeSetFromOutsideDecidesPrivilege) {
  load({0xB672, 0xBF00});  // cpsid i
  engine_->set_mode(0, 1);
  run();
  engine_->set_mode(0, 0);
  EXPECT_EQ(engine_->read(CoreRegister::kPrimask), 0u);
  engine_->write(CoreRegister::kPc, 0);
  run();
  EXPECT_EQ(engine_->read(CoreRegister::kPrimask), 1u);
}

TEST_F(Engine, ModeChoosesTheStackAndBothKeepTheirValues) {
  engine_->write(CoreRegister::kMsp, 0x20000100);
  engine_->write(CoreRegister::kPsp, 0x20000200);
  engine_->set_mode(0, 2);
  EXPECT_EQ(engine_->read(CoreRegister::kSp), 0x20000200u);
  engine_->set_mode(11, 0);
  EXPECT_EQ(engine_->read(CoreRegister::kSp), 0x20000100u);
  engine_->set_mode(0, 3);
  EXPECT_EQ(engine_->read(CoreRegister::kSp), 0x20000200u);
  engine_->set_mode(3, 0);
  EXPECT_EQ(engine_->read(CoreRegister::kMsp), 0x20000100u);
  EXPECT_EQ(engine_->read(CoreRegister::kPsp), 0x20000200u);
}

TEST_F(Engine, ModeKeepsFlagsAndItBits) {
  engine_->write(CoreRegister::kXpsr, 0xA80F0000 | kThumbBit | 1u << 12);
  engine_->set_mode(16, 0);
  EXPECT_EQ(engine_->read(CoreRegister::kXpsr) & ~0x1FFu, 0xA80F0000u | kThumbBit | 1u << 12);
}

TEST_F(Engine, FpscrSurvivesTheFirstFpInstructionOfEachMode) {
  load({0xEEF0, 0x0A40, 0xBF00});  // vmov.f32 s1, s0
  for (const unsigned mode : {0u, 16u, 0u}) {
    engine_->set_mode(mode, 0);
    engine_->write(CoreRegister::kFpscr, 0xA1000000);
    engine_->write(CoreRegister::kPc, 0);
    run();
    EXPECT_EQ(engine_->read(CoreRegister::kFpscr), 0xA1000000u);
  }
}

TEST_F(Engine, StoreToReadOnlyMemoryStandsAtIt) {
  load({0xBF00, 0x6008});  // str r0, [r1]
  engine_->write(core_register(1), 0x200);
  EXPECT_EQ(run(), Halt::kWriteProtected);
  EXPECT_EQ(pc(), 2u);
  engine_->set_writable(0, 4096, true);
  engine_->write(core_register(0), 5);
  EXPECT_EQ(run(), Halt::kRequested);
  EXPECT_EQ(code_[0x200], 5);
}

TEST_F(Engine, CodeChangedBehindItsBackRunsAfterInvalidation) {
  load({0x2001, 0xBF00});
  run();
  load({0x2002, 0xBF00});
  engine_->invalidate_code(0, 4096);
  engine_->write(CoreRegister::kPc, 0);
  run();
  EXPECT_EQ(r(0), 2u);
}

TEST_F(Engine, FetchFromWhereNothingIsMappedIsAFault) {
  load({0x4708});
  engine_->write(core_register(1), 0x40000001);
  EXPECT_EQ(run(), Halt::kFetchFault);
  EXPECT_EQ(pc(), 0x40000000u);
}

}  // namespace
}  // namespace tinyscope
