// FLASH of the STM32H7A3. RM0455, chapter "Embedded Flash memory (FLASH)"; registers and bits as in
// CMSIS stm32h7a3xxq.h. Sequences as in the HAL: HAL_FLASH_Program(), FLASH_Erase_Sector().
#include <gtest/gtest.h>

#include "sim/memory.hpp"
#include "sim/ports.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kFlash = 0x5200'2000;
constexpr Address kAcr = kFlash + 0x00;
constexpr Address kKeyr1 = kFlash + 0x04;
constexpr Address kOptkeyr = kFlash + 0x08;
constexpr Address kCr1 = kFlash + 0x0C;
constexpr Address kSr1 = kFlash + 0x10;
constexpr Address kCcr1 = kFlash + 0x14;
constexpr Address kOptcr = kFlash + 0x18;
constexpr Address kWpsn1Cur = kFlash + 0x38;
constexpr Address kWpsn1Prg = kFlash + 0x3C;
constexpr Address kBank2 = 0x100;  // from the registers of bank 1

constexpr std::uint32_t kLock = 1u << 0;
constexpr std::uint32_t kPg = 1u << 1;
constexpr std::uint32_t kSer = 1u << 2;
constexpr std::uint32_t kBer = 1u << 3;
constexpr std::uint32_t kFw = 1u << 4;
constexpr std::uint32_t kStart = 1u << 5;
constexpr std::uint32_t kBsy = 1u << 0;
constexpr std::uint32_t kWbne = 1u << 1;
constexpr std::uint32_t kQw = 1u << 2;
constexpr std::uint32_t kEop = 1u << 16;
constexpr std::uint32_t kWrperr = 1u << 17;
constexpr std::uint32_t kPgserr = 1u << 18;
constexpr std::uint32_t kStrberr = 1u << 19;
constexpr std::uint32_t kIncerr = 1u << 21;

constexpr std::uint32_t kErased = 0xFFFF'FFFF;

// The bench's flash has 16 KiB: two banks of one sector.
class Stm32h7Flash : public ::testing::Test {
 protected:
  static constexpr Address kSecondBank = 0x2000;
  PeripheralBench bench;
  Peripheral& rcc = bench.add("rcc", "st.rcc_h7", 0x5802'4400, "", 0x400);
  Peripheral& flash = bench.add("flash_if", "st.flash_h7", kFlash, "", 0x400);
  FlashReadPort& port = *dynamic_cast<FlashReadPort*>(flash.port("read"));

  void SetUp() override {
    // What the builder does for `controls_flash = "flash"`.
    bench.bus.memory_at(0).memory->set_write_policy(dynamic_cast<FlashWritePolicy*>(&flash));
  }
  void unlock(Address bank = 0) {
    bench.write(kKeyr1 + bank, 0x4567'0123);
    bench.write(kKeyr1 + bank, 0xCDEF'89AB);
  }
  void program(Address at, std::uint32_t first) {
    for (std::uint32_t i = 0; i < 4; ++i) bench.write(at + 4 * i, first + i);
  }
  void settle() { bench.run_for(Duration::from_ms(20)); }
};

// CMSIS: FLASH_LATENCY_DEFAULT is three wait states.
TEST_F(Stm32h7Flash, ReadsWithThreeWaitStatesAfterReset) {
  EXPECT_EQ(bench.read(kAcr) & 0xFu, 3u);
  EXPECT_EQ(port.settings().wait_states, 3u);
  bench.write(kAcr, 0x36);
  EXPECT_EQ(port.settings().wait_states, 6u);
}

// stm32h7xx_ll_utils.c: 64 MHz at VOS3 needs two wait states.
TEST_F(Stm32h7Flash, ReportsTooFewWaitStates) {
  bench.write(kAcr, 2);
  EXPECT_FALSE(bench.reported("wrong reads"));
  bench.write(kAcr, 1);
  EXPECT_TRUE(bench.reported("LATENCY = 1 where HCLK 64000000 Hz at VOS3 needs 2 wait states"));
}

TEST_F(Stm32h7Flash, ProgramsWordsOf128Bits) {
  unlock();
  bench.write(kCr1, kPg);
  bench.write(0x40, 1);
  EXPECT_EQ(bench.read(kSr1), kWbne);
  EXPECT_EQ(bench.read(0x40), kErased);
  bench.write(0x44, 2);
  bench.write(0x48, 3);
  bench.write(0x4C, 4);
  EXPECT_EQ(bench.read(kSr1), kBsy | kQw);
  settle();
  EXPECT_EQ(bench.read(kSr1), kEop);
  EXPECT_EQ(bench.read(0x40), 1u);
  EXPECT_EQ(bench.read(0x4C), 4u);
}

TEST_F(Stm32h7Flash, ForceWriteCompletesAWordWithOnes) {
  unlock();
  bench.write(kCr1, kPg);
  bench.write(0x54, 0x1234);
  bench.write(kCr1, kPg | kFw);
  settle();
  EXPECT_EQ(bench.read(0x54), 0x1234u);
  EXPECT_EQ(bench.read(0x50), kErased);
}

TEST_F(Stm32h7Flash, AStoreWithoutPgSetsPgserr) {
  bench.write(0x20, 7);
  EXPECT_EQ(bench.read(kSr1), kPgserr);
  EXPECT_EQ(bench.read(0x20), kErased);
  bench.write(kCcr1, kPgserr);
  EXPECT_EQ(bench.read(kSr1), 0u);
}

TEST_F(Stm32h7Flash, RefusesMixedAndRepeatedBytes) {
  unlock();
  bench.write(kCr1, kPg);
  bench.write(0x40, 1);
  bench.write(0x60, 2);  // of another flash word
  EXPECT_EQ(bench.read(kSr1), kIncerr);
  bench.write(kCcr1, kIncerr);
  bench.write(0x40, 1);
  bench.write(0x40, 1);
  EXPECT_EQ(bench.read(kSr1), kStrberr);
}

TEST_F(Stm32h7Flash, BanksHaveLocksAndOperationsOfTheirOwn) {
  unlock(kBank2);
  EXPECT_EQ(bench.read(kCr1), kLock);
  EXPECT_EQ(bench.read(kCr1 + kBank2), 0u);
  bench.write(kCr1 + kBank2, kPg);
  program(kSecondBank, 100);
  EXPECT_EQ(bench.read(kSr1), 0u);
  EXPECT_EQ(bench.read(kSr1 + kBank2), kBsy | kQw);
  auto& policy = dynamic_cast<FlashWritePolicy&>(flash);
  EXPECT_TRUE(policy.busy_at(kSecondBank));
  EXPECT_FALSE(policy.busy_at(0));
  settle();
  EXPECT_EQ(bench.read(kSecondBank + 4), 101u);
}

TEST_F(Stm32h7Flash, ErasesSectorsAndBanks) {
  unlock();
  unlock(kBank2);
  bench.write(kCr1, kPg);
  bench.write(kCr1 + kBank2, kPg);
  program(0, 1);
  program(kSecondBank, 1);
  settle();
  bench.write(kCr1, kSer);
  bench.write(kCr1, kSer | kStart);
  EXPECT_EQ(bench.read(kSr1) & kBsy, kBsy);
  settle();
  EXPECT_EQ(bench.read(0), kErased);
  EXPECT_EQ(bench.read(kSecondBank), 1u);
  bench.write(kCr1 + kBank2, kBer | kStart);
  settle();
  EXPECT_EQ(bench.read(kSecondBank), kErased);
}

TEST_F(Stm32h7Flash, AWrongKeyLocksUntilReset) {
  bench.write(kKeyr1, 1);
  unlock();
  EXPECT_EQ(bench.read(kCr1), kLock);
  bench.reset(ResetKind::kSoftware);
  unlock();
  EXPECT_EQ(bench.read(kCr1), 0u);
}

// WPSNx: a 0 protects four sectors.
TEST_F(Stm32h7Flash, ProtectsSectorsThatOptionsName) {
  bench.write(kWpsn1Prg, 0);
  EXPECT_EQ(bench.read(kWpsn1Prg), kErased);  // OPTLOCK
  bench.write(kOptkeyr, 0x0819'2A3B);
  bench.write(kOptkeyr, 0x4C5D'6E7F);
  bench.write(kWpsn1Prg, kErased - 1);
  bench.write(kOptcr, 1u << 1);  // OPTSTART
  settle();
  EXPECT_EQ(bench.read(kWpsn1Cur), kErased - 1);
  unlock();
  bench.write(kCr1, kPg);
  bench.write(0x40, 1);
  EXPECT_EQ(bench.read(kSr1), kWrperr);
}

}  // namespace
}  // namespace tinyscope::test
