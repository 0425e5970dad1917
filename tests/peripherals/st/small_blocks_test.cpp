// CRC, RNG, DBGMCU and the device signature of the STM32L4+, through their registers. RM0432.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

// --- CRC
// ------------------------------------------------------------------------------------------

constexpr Address kCrc = 0x4002'3000;
constexpr Address kCrcDr = kCrc + 0x00;
constexpr Address kCrcIdr = kCrc + 0x04;
constexpr Address kCrcCr = kCrc + 0x08;
constexpr Address kCrcInit = kCrc + 0x10;
constexpr Address kCrcPol = kCrc + 0x14;

constexpr std::uint32_t kCrcReset = 1;
constexpr std::uint32_t kSize16 = 1u << 3;
constexpr std::uint32_t kSize8 = 2u << 3;
constexpr std::uint32_t kSize7 = 3u << 3;
constexpr std::uint32_t kReverseInBytes = 1u << 5;
constexpr std::uint32_t kReverseInWords = 3u << 5;
constexpr std::uint32_t kReverseOut = 1u << 7;

class StCrc : public ::testing::Test {
 protected:
  StCrc() { bench.add("crc", "st.crc", kCrc, "", 0x400); }

  // Check values of "123456789": Greg Cook, Catalogue of parametrised CRC algorithms.
  std::uint32_t of_digits(std::uint32_t setup, std::uint32_t polynomial, std::uint32_t init) {
    bench.write(kCrcPol, polynomial);
    bench.write(kCrcInit, init);
    bench.write(kCrcCr, setup | kCrcReset);
    for (const char digit : std::string("123456789")) {
      bench.write(kCrcDr, static_cast<std::uint8_t>(digit), AccessSize::kByte);
    }
    return bench.read(kCrcDr);
  }

  PeripheralBench bench;
};

TEST_F(StCrc, ComputesTheCheckValuesOfKnownAlgorithms) {
  EXPECT_EQ(of_digits(0, 0x04C1'1DB7, 0xFFFF'FFFF), 0x0376'E6E7u) << "CRC-32/MPEG-2";
  EXPECT_EQ(of_digits(kReverseInBytes | kReverseOut, 0x04C1'1DB7, 0xFFFF'FFFF) ^ 0xFFFF'FFFF,
            0xCBF4'3926u)
      << "CRC-32/ISO-HDLC";
  EXPECT_EQ(of_digits(kSize16, 0x1021, 0xFFFF), 0x29B1u) << "CRC-16/IBM-3740";
  EXPECT_EQ(of_digits(kSize16 | kReverseInBytes | kReverseOut, 0x8005, 0xFFFF), 0x4B37u)
      << "CRC-16/MODBUS";
  EXPECT_EQ(of_digits(kSize8, 0x07, 0), 0xF4u) << "CRC-8/SMBUS";
  EXPECT_EQ(of_digits(kSize7, 0x09, 0), 0x75u) << "CRC-7/MMC";
}

TEST_F(StCrc, AWordIsItsBytesFromTheTop) {
  bench.write(kCrcDr, 0x3132'3334);
  const std::uint32_t by_word = bench.read(kCrcDr);
  bench.write(kCrcCr, kCrcReset);
  for (const std::uint32_t byte : {0x31u, 0x32u, 0x33u, 0x34u}) {
    bench.write(kCrcDr, byte, AccessSize::kByte);
  }
  EXPECT_EQ(bench.read(kCrcDr), by_word);
  bench.write(kCrcCr, kCrcReset | kReverseInWords);
  bench.write(kCrcDr, 0x2CCC'4C8C);  // 0x31323334 with its bits reversed
  EXPECT_EQ(bench.read(kCrcDr), by_word);
}

TEST_F(StCrc, ResetLoadsInitAndLeavesIdrAlone) {
  bench.write(kCrcIdr, 0x1234'5678);
  bench.write(kCrcDr, 1);
  bench.write(kCrcInit, 0x55);
  EXPECT_EQ(bench.read(kCrcDr), 0x55u) << "RM0432: DR is initialised when INIT is written";
  bench.write(kCrcDr, 1);
  bench.write(kCrcCr, kCrcReset);
  EXPECT_EQ(bench.read(kCrcDr), 0x55u);
  EXPECT_EQ(bench.read(kCrcCr), 0u) << "RESET clears itself";
  EXPECT_EQ(bench.read(kCrcIdr), 0x1234'5678u);
}

// --- RNG
// ------------------------------------------------------------------------------------------

constexpr Address kRng = 0x5006'0800;
constexpr Address kRngCr = kRng + 0x00;
constexpr Address kRngSr = kRng + 0x04;
constexpr Address kRngDr = kRng + 0x08;
constexpr std::uint32_t kRngen = 1u << 2;
constexpr std::uint32_t kRngIe = 1u << 3;
constexpr std::uint32_t kDrdy = 1;
constexpr std::uint32_t kCecs = 1u << 1;
constexpr std::uint32_t kCeis = 1u << 5;

class StRng : public ::testing::Test {
 protected:
  explicit StRng(std::uint64_t seed = 1) : bench(seed) {
    bench.clocks.signal("clk48").set(48'000'000);
    bench.clocks.signal("hclk").set(120'000'000);
    bench.add("rng", "st.rng", kRng, "clock = \"clk48\"\nbus_clock = \"hclk\"", 0x400);
  }
  static std::vector<std::uint32_t> words(PeripheralBench& bench, std::size_t count) {
    std::vector<std::uint32_t> result;
    bench.write(kRngCr, kRngen);
    while (result.size() < count) {
      bench.run_for(Duration::from_us(1));
      if ((bench.read(kRngSr) & kDrdy) != 0) result.push_back(bench.read(kRngDr));
    }
    return result;
  }
  PeripheralBench bench;
};

class OtherStRng : public StRng {
 public:
  OtherStRng() : StRng(2) {}
  void TestBody() override {}
  std::vector<std::uint32_t> words(std::size_t count) { return StRng::words(bench, count); }
};

TEST_F(StRng, DeliversWordsOfTheRunsSeed) {
  const auto own = words(bench, 100);
  EXPECT_EQ(std::set<std::uint32_t>(own.begin(), own.end()).size(), 100u);
  OtherStRng other;
  EXPECT_NE(other.words(100), own);
}

TEST_F(StRng, AWordTakesItsClockCyclesAndIsReadOnce) {
  bench.write(kRngCr, kRngen);
  bench.run_for(Duration::from_ns(958));  // 46 cycles of 48 MHz are 958.3 ns
  EXPECT_EQ(bench.read(kRngSr) & kDrdy, 0u);
  EXPECT_EQ(bench.read(kRngDr), 0u);
  bench.run_for(Duration::from_ns(1));
  EXPECT_EQ(bench.read(kRngSr) & kDrdy, kDrdy);
  EXPECT_NE(bench.read(kRngDr), 0u);
  EXPECT_EQ(bench.read(kRngSr) & kDrdy, 0u);
  bench.run_for(Duration::from_ns(874));  // 42 cycles are 875 ns
  EXPECT_EQ(bench.read(kRngSr) & kDrdy, 0u);
  bench.run_for(Duration::from_ns(1));
  EXPECT_EQ(bench.read(kRngSr) & kDrdy, kDrdy);
  EXPECT_TRUE(bench.assumed("rng.word_cycles"));
}

TEST_F(StRng, InterruptsWhenAWordIsReadyAndEnabled) {
  Wire& irq =
      *bench.add("rng2", "st.rng", kRng + 0x1000, "clock = \"clk48\"\nbus_clock = \"hclk\"", 0x400)
           .wire("irq");
  bench.write(kRngCr + 0x1000, kRngen | kRngIe);
  bench.run_for(Duration::from_us(1));
  EXPECT_TRUE(irq.level());
  bench.read(kRngDr + 0x1000);
  EXPECT_FALSE(irq.level());
}

TEST_F(StRng, AStandingClockIsAClockErrorAndDeliversNothing) {
  bench.clocks.signal("clk48").set(0);
  bench.write(kRngCr, kRngen);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kRngSr), kCecs | kCeis);
  bench.clocks.signal("clk48").set(48'000'000);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kRngSr), kCeis | kDrdy);
  bench.write(kRngSr, 0);
  EXPECT_EQ(bench.read(kRngSr), kDrdy) << "CEIS is cleared by writing 0";
}

// --- DBGMCU and device signature
// --------------------------------------------------------------------

TEST(StDbgmcu, TellsTheDeviceAndKeepsFreezeBits) {
  PeripheralBench bench;
  bench.add("dbgmcu", "st.dbgmcu_l4", 0xE004'2000, "dev_id = 0x470", 0x400);
  // RM0432, DBGMCU_IDCODE: 0x470 for STM32L4Rxxx and STM32L4Sxxx.
  EXPECT_EQ(bench.read(0xE004'2000) & 0xFFF, 0x470u);
  EXPECT_TRUE(bench.assumed("dbgmcu.rev_id"));
  bench.write(0xE004'2008, 0x1001);
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(0xE004'2008), 0x1001u) << "kept over a system reset";
  EXPECT_FALSE(bench.reported("dbgmcu"));
  bench.write(0xE004'2004, 2);
  EXPECT_TRUE(bench.reported("DBG_STOP"));
}

TEST(StDeviceSignature, GivesFlashSizeAndAnIdentityOfTheSeed) {
  constexpr Address kBase = 0x1FFF'7500;
  const auto identity = [](std::uint64_t seed) {
    PeripheralBench bench(seed);
    bench.add("signature", "st.device_signature", kBase, "flash_kbytes = 2048", 0x100);
    EXPECT_EQ(bench.read(0x1FFF'75E0, AccessSize::kHalf), 2048u);
    EXPECT_NE(bench.read(0x1FFF'75AA, AccessSize::kHalf), 0u) << "VREFINT_CAL";
    return std::vector<std::uint32_t>{bench.read(0x1FFF'7590), bench.read(0x1FFF'7594),
                                      bench.read(0x1FFF'7598)};
  };
  EXPECT_EQ(identity(1), identity(1));
  EXPECT_NE(identity(1), identity(2));
}

}  // namespace
}  // namespace tinyscope::test
