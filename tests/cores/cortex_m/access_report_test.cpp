// Data accesses as listeners hear of them, against a plain run of the same program in the engine
// that counts each access as it happens.
#include <gtest/gtest.h>

#include <tuple>
#include <vector>

#include "cores/cortex_m/fast_path.hpp"
#include "cores/engine/unicorn_engine.hpp"
#include "cores/memory/flat_memory_timing.hpp"
#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;
using Access = std::tuple<Address, std::uint32_t, bool>;  // address, bytes, is it a write?

// Loops over arrays, a call with a frame, multiple and double transfers, skipped and unaligned
// accesses, floats.
constexpr const char* kProgram = R"(
reset:
  fpu_on
  ldr r8, =0x20004000
  movw r10, #300
1:
  ldmia r8, {r1, r2, r3}
  adds r1, #1
  stmia r8, {r1, r2, r3}
  ldrd r4, r5, [r8, #16]
  strb r1, [r8, #21]
  ldr r6, [r8, #33]
  tst r1, #1
  it ne
  strhne r1, [r8, #40]
  vldr d0, [r8, #48]
  vadd.f32 s0, s0, s1
  vstr s0, [r8, #56]
  bl leaf
  subs r10, #1
  bne 1b
  exit
leaf:
  push {r4, r5, r6, lr}
  ldr r4, [sp, #8]
  pop {r4, r5, r6, pc}
  .ltorg
)";

struct Log final : AccessListener {
  void on_accesses(std::span<const DataAccess> seen) override {
    for (const DataAccess& access : seen) {
      for (std::uint32_t i = 0; i < access.count; ++i) {
        accesses.emplace_back(access.address + i * access.bytes, access.bytes, access.write);
      }
    }
  }
  std::vector<Access> accesses;
};

// Runs the program in a bare engine, with the memory of a machine that has not started.
class Plain final : public EngineClient {
 public:
  explicit Plain(ProgramBench& bench) : engine_(make_unicorn_engine()) {
    for (const auto& mapped : bench.bus.memories()) {
      engine_->map_memory(mapped.base, mapped.size, mapped.memory->data(),
                          mapped.memory->kind() == MemoryKind::kRam);
    }
    engine_->map_mmio(0xE0000000, 0x20000000);
    engine_->set_mode(0, 0);
    engine_->write(CoreRegister::kXpsr, 1u << 24);
    engine_->write(CoreRegister::kMsp, ProgramBench::kStackTop);
    engine_->write(CoreRegister::kPc, bench.address_of("reset"));
  }
  Halt run() { return engine_->run(*this); }
  void on_access(Address address, std::uint32_t size, bool write) noexcept override {
    const std::uint32_t bytes = size > 4 ? 4 : size;
    for (std::uint32_t i = 0; i < size; i += bytes)
      accesses.emplace_back(address + i, bytes, write);
  }
  std::uint32_t mmio_read(Address, AccessSize) noexcept override { return 0; }
  void mmio_write(Address, AccessSize, std::uint32_t) noexcept override {}

  std::vector<Access> accesses;

 private:
  std::unique_ptr<ExecutionEngine> engine_;
};

TEST(AccessReport, TellsEachAccessThatTheEngineMakes) {
  const FirmwareImage image = test::assemble(kProgram);
  ProgramBench plain_bench(image);
  Plain plain(plain_bench);
  ASSERT_EQ(plain.run(), Halt::kBreakpoint);
  ASSERT_GT(plain.accesses.size(), 300u * 20);

  for (const bool fast : {false, true}) {
    ProgramBench bench(image, {.interrupts = 16, .priority_bits = 3},
                       std::make_unique<FlatMemoryTiming>(
                           std::vector<MemoryBlock>{{0, 1u << 20}, {0x20000000, 256u << 10}}),
                       fast);
    Log log;
    bench.core->add_access_listener(log);
    ASSERT_EQ(bench.run().kind, StopKind::kExit);
    if (fast) {
      EXPECT_GT(bench.core->fast_path()->counts.instructions, 3000u);
    }
    EXPECT_EQ(log.accesses, plain.accesses) << (fast ? "fast path" : "reference path");
  }
}

}  // namespace
}  // namespace tinyscope
