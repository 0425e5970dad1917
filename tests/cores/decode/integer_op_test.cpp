// The integer operations that address plans follow, against the engine: each covered instruction
// with random registers and flags, run once there and once by evaluate().
#include "cores/decode/integer_op.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

#include "cores/decode/decoder.hpp"
#include "cores/engine/unicorn_engine.hpp"

namespace tinyscope {
namespace {

constexpr Address kCode = 0x1000;
constexpr std::uint32_t kFlagBits = 0xF000'0000u;

// One instruction at a time on the engine.
class OneInsn : private EngineClient {
 public:
  OneInsn() : memory_(0x3000), engine_(make_unicorn_engine()) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    host_ = memory_.data() + (4096 - address % 4096) % 4096;
    engine_->map_memory(0x1000, 0x1000, host_, true);
    engine_->set_mode(0, 0);
  }

  // False: the engine refuses the encoding.
  bool run(std::span<const std::uint8_t> code, std::array<std::uint32_t, 15>& registers,
           std::uint32_t& flags) {
    // Each at an address of its own, until the page is full: forgetting translations takes long.
    constexpr Address kRoom = 16;
    at_ += kRoom;
    if (at_ == 0x1000) {
      at_ = 0;
      engine_->invalidate_code(kCode, 0x1000);
    }
    std::uint8_t* const place = host_ + at_;
    std::fill(place, place + kRoom, 0);
    std::copy(code.begin(), code.end(), place);
    for (std::size_t n = code.size(); n < kRoom; n += 2) place[n + 1] = 0xBF;  // NOP
    for (unsigned n = 0; n < 13; ++n) engine_->write(core_register(n), registers[n]);
    engine_->write(CoreRegister::kSp, registers[13]);
    engine_->write(CoreRegister::kLr, registers[14]);
    engine_->write(CoreRegister::kXpsr, 1u << 24 | flags);
    engine_->write(CoreRegister::kPc, kCode + at_);
    stop_at_ = kCode + at_ + static_cast<Address>(code.size());
    if (engine_->run(*this) == Halt::kUndefined) return false;
    for (unsigned n = 0; n < 13; ++n) registers[n] = engine_->read(core_register(n));
    registers[13] = engine_->read(CoreRegister::kSp);
    registers[14] = engine_->read(CoreRegister::kLr);
    flags = engine_->read(CoreRegister::kXpsr) & kFlagBits;
    return true;
  }

 private:
  void on_insn(Address address, std::uint32_t) noexcept override {
    if (address >= stop_at_) engine_->request_halt();
  }
  std::uint32_t mmio_read(Address, AccessSize) noexcept override { return 0; }
  void mmio_write(Address, AccessSize, std::uint32_t) noexcept override {}

  std::vector<std::uint8_t> memory_;
  std::uint8_t* host_;
  std::unique_ptr<ExecutionEngine> engine_;
  Address at_ = 0;
  Address stop_at_ = 0;
};

// Values at which arithmetic goes wrong if it does.
std::uint32_t interesting(std::mt19937& random) {
  constexpr std::uint32_t kEdges[] = {0,          1,          2,          31,        32,     33,
                                      0x7F,       0x80,       0xFF,       0x7FFF,    0x8000, 0xFFFF,
                                      0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF};
  const auto choice = static_cast<std::uint32_t>(random());
  if (choice % 3 == 0) return kEdges[choice / 3 % std::size(kEdges)];
  return static_cast<std::uint32_t>(random()) >> (choice / 3 % 32);
}

TEST(IntegerOps, ComputeWhatTheEngineComputes) {
  std::mt19937 random(20240501);
  OneInsn engine;
  Decoder decoder;
  std::map<IntegerKind, int> seen;
  int covered = 0;
  for (int i = 0; i < 400000 && covered < 60000; ++i) {
    auto first = static_cast<std::uint32_t>(random() & 0xFFFF);
    // Half of the time a wide data-processing encoding.
    if (random() % 2 == 0) {
      constexpr std::uint32_t kGroups[] = {0xEA00, 0xF000, 0xF200, 0xF400, 0xFA00, 0xFB00, 0xF300};
      first = kGroups[random() % std::size(kGroups)] | (first & 0x1FF);
    }
    const auto second = static_cast<std::uint32_t>(random() & 0xFFFF);
    const std::array<std::uint8_t, 4> bytes = {
        static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(first >> 8),
        static_cast<std::uint8_t>(second), static_cast<std::uint8_t>(second >> 8)};
    const Insn insn = decoder.decode(bytes, kCode);
    const std::span<const std::uint8_t> code = std::span(bytes).first(insn.size);
    const auto op = decode_integer(code, insn);
    if (!op) continue;
    // PC and SP in places where the architecture does not allow them.
    const std::uint64_t touched = (insn.reads | insn.writes).bits() & 0xFFFFu;
    if (insn.size == 4 && (touched & 0xA000u) != 0) continue;
    if (insn.reads.contains(15) || insn.writes.contains(15)) continue;
    std::array<std::uint32_t, 15> expected{};
    for (std::uint32_t& value : expected) value = interesting(random);
    expected[13] &= ~3u;
    std::uint32_t expected_flags = static_cast<std::uint32_t>(random()) & kFlagBits;
    const std::array<std::uint32_t, 15> before = expected;
    const IntegerResult result = evaluate(*op, before.data(), expected_flags);
    std::array<std::uint32_t, 15> computed = before;
    if (op->destination != kNoRegister) computed[op->destination] = result.value;
    if (!engine.run(code, expected, expected_flags)) continue;  // bits that should be zero
    const std::string text = decoder.text(bytes, kCode);
    ASSERT_EQ(computed, expected) << text;
    ASSERT_EQ(result.flags & kFlagBits, expected_flags) << text;
    ++seen[op->kind];
    ++covered;
  }
  EXPECT_GE(covered, 60000);
  EXPECT_EQ(seen.size(), 28u) << "every kind was met";
}

TEST(IntegerOps, ReadWhatTheInstructionReads) {
  std::mt19937 random(99);
  Decoder decoder;
  for (int i = 0; i < 200000; ++i) {
    std::array<std::uint8_t, 4> bytes;
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const Insn insn = decoder.decode(bytes, kCode);
    const auto op = decode_integer(std::span(bytes).first(insn.size), insn);
    if (!op) continue;
    constexpr std::uint64_t kCore = 0x7FFF;
    EXPECT_EQ(op->reads().bits() & kCore & ~insn.reads.bits(), 0u) << decoder.text(bytes, kCode);
    EXPECT_EQ(insn.reads.bits() & kCore & ~op->reads().bits(), 0u) << decoder.text(bytes, kCode);
  }
}

TEST(Conditions, AreThoseOfTheArchitecture) {
  // Arm DDI 0403E, table A7-1: N, Z, C, V in bits 31 to 28.
  constexpr std::uint32_t kN = 1u << 31, kZ = 1u << 30, kC = 1u << 29, kV = 1u << 28;
  EXPECT_TRUE(holds(Condition::kEq, kZ));
  EXPECT_FALSE(holds(Condition::kNe, kZ));
  EXPECT_TRUE(holds(Condition::kHi, kC));
  EXPECT_FALSE(holds(Condition::kHi, kC | kZ));
  EXPECT_TRUE(holds(Condition::kLs, kC | kZ));
  EXPECT_TRUE(holds(Condition::kGe, kN | kV));
  EXPECT_TRUE(holds(Condition::kLt, kV));
  EXPECT_FALSE(holds(Condition::kGt, kZ));
  EXPECT_TRUE(holds(Condition::kLe, kN));
  EXPECT_TRUE(holds(Condition::kMi, kN));
  EXPECT_TRUE(holds(Condition::kCc, 0));
  EXPECT_TRUE(holds(Condition::kVc, kN));
  EXPECT_TRUE(holds(Condition::kAlways, 0));
}

}  // namespace
}  // namespace tinyscope
