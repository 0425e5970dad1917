// MDMA of the STM32H7. RM0455, chapter "Master direct memory access controller (MDMA)"; registers
// and bits as in CMSIS stm32h7a3xxq.h.
#include <gtest/gtest.h>

#include <numeric>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kMdma = 0x5200'0000;
constexpr Address kGisr0 = kMdma;
constexpr Address kChannel1 = kMdma + 0x80;
constexpr Address kCisr = kChannel1 + 0x00;
constexpr Address kCifcr = kChannel1 + 0x04;
constexpr Address kCcr = kChannel1 + 0x0C;
constexpr Address kCtcr = kChannel1 + 0x10;
constexpr Address kCbndtr = kChannel1 + 0x14;
constexpr Address kCsar = kChannel1 + 0x18;
constexpr Address kCdar = kChannel1 + 0x1C;
constexpr Address kCbrur = kChannel1 + 0x20;
constexpr Address kClar = kChannel1 + 0x24;

constexpr std::uint32_t kEn = 1u << 0;
constexpr std::uint32_t kCtcie = 1u << 2;
constexpr std::uint32_t kSwrq = 1u << 16;
constexpr std::uint32_t kTeif = 1u << 0;
constexpr std::uint32_t kCtcif = 1u << 1;
constexpr std::uint32_t kBtif = 1u << 3;
constexpr std::uint32_t kTcif = 1u << 4;
constexpr std::uint32_t kUp = 2u | 2u << 2;                               // SINC, DINC
constexpr std::uint32_t kWords = 2u << 4 | 2u << 6 | 2u << 8 | 2u << 10;  // sizes and steps
constexpr std::uint32_t kSwrm = 1u << 30;
constexpr std::uint32_t tlen(std::uint32_t bytes) { return (bytes - 1) << 18; }
constexpr std::uint32_t trigger(std::uint32_t mode) { return mode << 28; }

class Mdma : public ::testing::Test {
 protected:
  static constexpr Address kFrom = PeripheralBench::kRam;
  static constexpr Address kTo = PeripheralBench::kRam + 0x1000;
  PeripheralBench bench;
  Peripheral& rcc = bench.add("rcc", "st.rcc_h7", 0x5802'4400, "", 0x400);
  Peripheral& mdma = bench.add("mdma", "st.mdma", kMdma);
  std::vector<std::uint8_t> pattern = std::vector<std::uint8_t>(600);

  void SetUp() override {
    std::iota(pattern.begin(), pattern.end(), std::uint8_t{1});
    bench.fill(kFrom, pattern);
    bench.write(kCsar, kFrom);
    bench.write(kCdar, kTo);
  }
  std::vector<std::uint8_t> part(std::size_t from, std::size_t count) const {
    const auto begin = pattern.begin() + static_cast<std::ptrdiff_t>(from);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }
  void go() {
    bench.write(kCcr, kEn | kCtcie);
    bench.write(kCcr, kEn | kCtcie | kSwrq);
    bench.run_for(Duration::from_ms(1));
  }
};

TEST_F(Mdma, CopiesABlockByBuffers) {
  bench.write(kCtcr, kUp | kWords | tlen(128) | trigger(1) | kSwrm);
  bench.write(kCbndtr, 600);
  go();
  EXPECT_EQ(bench.bytes(kTo, 600), pattern);
  EXPECT_EQ(bench.read(kCbndtr), 0u);
  EXPECT_EQ(bench.read(kCisr) & (kCtcif | kBtif | kTcif), kCtcif | kBtif | kTcif);
  EXPECT_EQ(bench.read(kGisr0), 1u << 1);
  EXPECT_TRUE(bench.wire("mdma.irq").level());
  EXPECT_EQ(bench.read(kCcr) & kEn, 0u);
  bench.write(kCifcr, 0x1F);
  EXPECT_FALSE(bench.wire("mdma.irq").level());
}

// TRGM = 0: one buffer for each request.
TEST_F(Mdma, ARequestMovesOneBuffer) {
  bench.write(kCtcr, kUp | kWords | tlen(16) | trigger(0) | kSwrm);
  bench.write(kCbndtr, 32);
  go();
  EXPECT_EQ(bench.bytes(kTo, 16), part(0, 16));
  EXPECT_EQ(bench.read(kCbndtr), 16u);
  EXPECT_EQ(bench.read(kCisr), kTcif);
  go();
  EXPECT_EQ(bench.bytes(kTo, 32), part(0, 32));
  EXPECT_NE(bench.read(kCisr) & kCtcif, 0u);
}

// BRC + 1 blocks, the addresses moved on by CBRUR between them: here every other 16 bytes.
TEST_F(Mdma, RepeatsBlocks) {
  bench.write(kCtcr, kUp | kWords | tlen(16) | trigger(2) | kSwrm);
  bench.write(kCbndtr, 2u << 20 | 16);
  bench.write(kCbrur, 16);
  go();
  std::vector<std::uint8_t> expected = part(0, 16);
  for (const std::size_t from : {32u, 64u}) {
    const auto more = part(from, 16);
    expected.insert(expected.end(), more.begin(), more.end());
  }
  EXPECT_EQ(bench.bytes(kTo, 48), expected);
}

// CLAR: CTCR, CBNDTR, CSAR, CDAR, CBRUR, CLAR, CTBR, a hole, CMAR, CMDR of the next transfer.
TEST_F(Mdma, FollowsALinkedList) {
  constexpr Address kList = PeripheralBench::kRam + 0x2000;
  constexpr Address kMark = PeripheralBench::kRam + 0x3000;
  const std::uint32_t ctcr = kUp | kWords | tlen(8) | trigger(3) | kSwrm;
  const std::uint32_t next[] = {ctcr, 8, kFrom + 100, kTo + 8, 0, 0, 0, 0, kMark, 77};
  for (std::uint32_t i = 0; i < std::size(next); ++i) bench.write(kList + 4 * i, next[i]);
  bench.write(kCtcr, ctcr);
  bench.write(kCbndtr, 8);
  bench.write(kClar, kList);
  go();
  EXPECT_EQ(bench.bytes(kTo, 8), part(0, 8));
  EXPECT_EQ(bench.bytes(kTo + 8, 8), part(100, 8));
  EXPECT_EQ(bench.read(kMark), 77u);
}

TEST_F(Mdma, AnErrorEndsTheTransfer) {
  bench.write(kCtcr, kUp | kWords | tlen(16) | trigger(1) | kSwrm);
  bench.write(kCbndtr, 16);
  bench.write(kCdar, 0x9000'0000);
  go();
  EXPECT_EQ(bench.read(kCisr), kTeif);
  EXPECT_EQ(bench.read(kCcr) & kEn, 0u);
}

}  // namespace
}  // namespace tinyscope::test
