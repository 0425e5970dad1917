// SPI of the STM32F4 ("v1"), of the STM32L4, L4+, F7 ("v2") and of the STM32H7. RM0090, RM0432,
// RM0455, chapter "Serial peripheral interface (SPI)".
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "peripherals/st/pad_lines.hpp"
#include "sim/serial_buses.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kBase = 0x4001'3000;

// Answers with the complement of what it hears.
class Inverter : public SpiTarget {
 public:
  void select(bool) override {}
  std::uint8_t transfer(std::uint8_t byte) override {
    heard.push_back(byte);
    return static_cast<std::uint8_t>(~byte);
  }
  std::vector<std::uint8_t> heard;
};
using Bytes = std::vector<std::uint8_t>;

class SpiBench : public ::testing::Test {
 protected:
  explicit SpiBench(std::string_view type) {
    bus.attach(part);
    bus.select(part, true);
    bench.fabric.connect_pads(spi_key("PA5", "PA7", "PA6"), bus);
    bench.add("spi1", type, kBase,
              "clock = \"pclk\"\nsck = [\"PA5 AF5\", \"PB3 AF5\"]\nmosi = [\"PA7 AF5\"]\n"
              "miso = [\"PA6 AF5\"]",
              0x400);
    bench.clocks.signal("pclk").set(16'000'000);
    for (const char* pad : {"PA5", "PA6", "PA7"}) {
      bench.fabric.line(st::alternate_line(pad, 5)).set(true);
    }
  }
  void write(Address offset, std::uint32_t value, AccessSize size = AccessSize::kWord) {
    bench.write(kBase + offset, value, size);
  }
  std::uint32_t read(Address offset, AccessSize size = AccessSize::kWord) {
    return bench.read(kBase + offset, size);
  }
  void await(Address offset, std::uint32_t flag) {
    const TimePoint limit = bench.now() + Duration::from_ms(10);
    while ((read(offset) & flag) == 0) {
      const auto next = bench.scheduler.next();
      if (!next || *next > limit) {
        ADD_FAILURE() << "flag " << flag << " never comes; it reads " << read(offset);
        return;
      }
      bench.run_until(*next);
    }
  }

  PeripheralBench bench;
  Inverter part;
  SpiBus bus;
};

constexpr Address kCr1 = 0x00, kCr2 = 0x04, kSr = 0x08, kDr = 0x0C;
constexpr std::uint32_t kMaster = 1u << 2 | 1u << 6 | 3u << 8;  // MSTR, SPE, SSM, SSI
constexpr std::uint32_t kRxne = 1, kTxe = 2, kOvr = 1u << 6, kBsy = 1u << 7;

class SpiV1 : public SpiBench {
 protected:
  SpiV1() : SpiBench("st.spi_v1") {}
};
class SpiV2 : public SpiBench {
 protected:
  SpiV2() : SpiBench("st.spi_v2") {}
};
class SpiH7 : public SpiBench {
 protected:
  SpiH7() : SpiBench("st.spi_h7") {}
};

// RM0090, CR1.BR: PCLK / 4 for 1; eight bits.
TEST_F(SpiV1, ExchangesAByte) {
  EXPECT_EQ(read(kSr), kTxe);
  write(kCr1, kMaster | 1u << 3);
  const TimePoint begin = bench.now();
  write(kDr, 0x5A);
  EXPECT_EQ(read(kSr), kTxe | kBsy);  // already in the shift register
  await(kSr, kRxne);
  EXPECT_EQ((bench.now() - begin).ps, 8u * 250'000u);
  EXPECT_EQ(read(kDr), 0xA5u);
  EXPECT_EQ(read(kSr), kTxe);
  EXPECT_EQ(part.heard, Bytes{0x5A});
}

TEST_F(SpiV1, SendsSixteenBitsHighByteFirst) {
  write(kCr1, kMaster | 1u << 11);
  write(kDr, 0x1234);
  await(kSr, kRxne);
  EXPECT_EQ(part.heard, (Bytes{0x12, 0x34}));
  EXPECT_EQ(read(kDr), 0xEDCBu);
}

TEST_F(SpiV1, SendsTheLowestBitFirst) {
  write(kCr1, kMaster | 1u << 7);
  write(kDr, 0x01);
  await(kSr, kRxne);
  EXPECT_EQ(part.heard, Bytes{0x80});
  EXPECT_EQ(read(kDr), 0xFEu);
}

// RM0090, "Overrun condition": the old data stays; DR, then SR is read to clear OVR.
TEST_F(SpiV1, OverrunsWhenNobodyReads) {
  write(kCr1, kMaster);
  write(kDr, 0x01);
  write(kDr, 0x02);
  await(kSr, kOvr);
  EXPECT_EQ(read(kDr), 0xFEu);
  EXPECT_NE(read(kSr) & kOvr, 0u);
  EXPECT_EQ(read(kSr) & kOvr, 0u);
}

TEST_F(SpiV1, SendsWordsBackToBackAndInterrupts) {
  write(kCr2, 1u << 7);  // TXEIE
  write(kCr1, kMaster);
  EXPECT_TRUE(bench.wire("spi1.irq").level());
  const TimePoint begin = bench.now();
  write(kDr, 1);
  write(kDr, 2);
  EXPECT_FALSE(bench.wire("spi1.irq").level());
  while ((read(kSr) & kBsy) != 0) bench.run_until(*bench.scheduler.next());
  EXPECT_EQ((bench.now() - begin).ps, 16u * 125'000u);
  EXPECT_EQ(part.heard, (Bytes{1, 2}));
}

TEST_F(SpiV1, ReachesNobodyWithoutPads) {
  bench.fabric.line(st::alternate_line("PA5", 5)).set(false);
  write(kCr1, kMaster);
  write(kDr, 1);
  await(kSr, kRxne);
  EXPECT_EQ(read(kDr), 0xFFu);
  EXPECT_TRUE(bench.assumed("spi1.pads"));
}

// RM0432, "Data packing": a half-word holds two frames of 8 bits, the low byte first.
TEST_F(SpiV2, PacksTwoBytesIntoAnAccess) {
  EXPECT_EQ(read(kCr2), 0x0700u);
  write(kCr1, kMaster);
  write(kDr, 0x2211, AccessSize::kHalf);
  await(kSr, kRxne);  // FRXTH = 0: half of the FIFO, two bytes
  EXPECT_EQ(part.heard, (Bytes{0x11, 0x22}));
  EXPECT_EQ(read(kSr) >> 9 & 3u, 2u);  // FRLVL
  EXPECT_EQ(read(kDr, AccessSize::kHalf), 0xDDEEu);
}

TEST_F(SpiV2, TellsOfEachByteWithAThresholdOfAQuarter) {
  write(kCr2, 0x1700);
  write(kCr1, kMaster);
  write(kDr, 0x11, AccessSize::kByte);
  await(kSr, kRxne);
  EXPECT_EQ(read(kDr, AccessSize::kByte), 0xEEu);
}

// RM0432: TXE while at most half of the FIFO is in use; four bytes fit, beside the one on the wire.
TEST_F(SpiV2, FillsItsTransmitFifo) {
  write(kCr2, 0x1700);
  write(kCr1, kMaster);
  for (unsigned i = 1; i <= 3; ++i) write(kDr, i, AccessSize::kByte);
  EXPECT_NE(read(kSr) & kTxe, 0u);
  write(kDr, 4, AccessSize::kByte);
  EXPECT_EQ(read(kSr) & kTxe, 0u);
  EXPECT_EQ(read(kSr) >> 11 & 3u, 3u);  // FTLVL
  while ((read(kSr) & kBsy) != 0) bench.run_until(*bench.scheduler.next());
  EXPECT_EQ(part.heard, (Bytes{1, 2, 3, 4}));
}

TEST_F(SpiV2, RequestsDma) {
  write(kCr2, 0x1700 | 3u);
  EXPECT_TRUE(bench.wire("spi1.dma_tx").level());
  EXPECT_FALSE(bench.wire("spi1.dma_rx").level());
  write(kCr1, kMaster);
  write(kDr, 7, AccessSize::kByte);
  await(kSr, kRxne);
  EXPECT_TRUE(bench.wire("spi1.dma_rx").level());
  read(kDr, AccessSize::kByte);
  EXPECT_FALSE(bench.wire("spi1.dma_rx").level());
}

TEST_F(SpiV2, ReportsSlaveMode) {
  write(kCr1, 1u << 6);
  EXPECT_TRUE(bench.reported("slave mode"));
}

namespace h7 {
constexpr Address kCr2 = 0x04, kCfg1 = 0x08, kCfg2 = 0x0C, kIer = 0x10, kSr = 0x14, kIfcr = 0x18;
constexpr Address kTxdr = 0x20, kRxdr = 0x30;
constexpr std::uint32_t kSpe = 1, kCstart = 1u << 9, kCsusp = 1u << 10;
constexpr std::uint32_t kRxp = 1, kTxp = 2, kEot = 1u << 3, kTxtf = 1u << 4, kSusp = 1u << 11;
constexpr std::uint32_t kTxc = 1u << 12;
}  // namespace h7

// As HAL_SPI_TransmitReceive does.
TEST_F(SpiH7, TransfersTheGivenNumberOfFrames) {
  EXPECT_EQ(read(h7::kSr), 0x1000u);
  write(h7::kCfg1, 7u | 1u << 28);  // 8 bits, clock / 4
  write(h7::kCfg2, 1u << 22 | 1u << 26);
  write(h7::kCr2, 3);
  write(kCr1, h7::kSpe | 1u << 12);
  EXPECT_NE(read(h7::kSr) & h7::kTxp, 0u);
  EXPECT_EQ(read(h7::kSr) >> 16, 3u);  // CTSIZE
  write(kCr1, h7::kSpe | h7::kCstart | 1u << 12);
  const TimePoint begin = bench.now();
  for (unsigned i = 1; i <= 3; ++i) write(h7::kTxdr, i, AccessSize::kByte);
  EXPECT_NE(read(h7::kSr) & h7::kTxtf, 0u);
  EXPECT_EQ(read(h7::kSr) & (h7::kTxp | h7::kTxc), 0u);
  await(h7::kSr, h7::kEot);
  EXPECT_EQ((bench.now() - begin).ps, 24u * 250'000u);
  EXPECT_EQ(read(kCr1) & h7::kCstart, 0u);
  EXPECT_NE(read(h7::kSr) & h7::kTxc, 0u);
  for (unsigned i = 1; i <= 3; ++i) {
    EXPECT_NE(read(h7::kSr) & h7::kRxp, 0u);
    EXPECT_EQ(read(h7::kRxdr, AccessSize::kByte), 0xFFu - i);
  }
  EXPECT_EQ(read(h7::kSr) & h7::kRxp, 0u);
  EXPECT_EQ(part.heard, (Bytes{1, 2, 3}));
}

TEST_F(SpiH7, WaitsForDataAndForItsStart) {
  write(h7::kCfg2, 1u << 22 | 1u << 26);
  write(kCr1, h7::kSpe);
  write(h7::kTxdr, 9, AccessSize::kByte);
  bench.run_for(Duration::from_ms(1));
  EXPECT_TRUE(part.heard.empty());
  write(kCr1, h7::kSpe | h7::kCstart);
  await(h7::kSr, h7::kRxp);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(part.heard, Bytes{9});
}

TEST_F(SpiH7, SuspendsAfterTheFrame) {
  write(h7::kCfg2, 1u << 22 | 1u << 26);
  write(kCr1, h7::kSpe | h7::kCstart);
  write(h7::kTxdr, 0x0201, AccessSize::kHalf);  // two frames
  write(kCr1, h7::kSpe | h7::kCstart | h7::kCsusp);
  await(h7::kSr, h7::kSusp);
  EXPECT_EQ(part.heard, Bytes{1});
  EXPECT_EQ(read(kCr1) & h7::kCstart, 0u);
}

TEST_F(SpiH7, ReceivesOnlyWithMasrxUntilItsFifoIsFull) {
  write(h7::kCfg2, 1u << 22 | 1u << 26 | 2u << 17);  // COMM: simplex receiver
  write(h7::kCr2, 20);
  write(kCr1, h7::kSpe | 1u << 8);
  write(kCr1, h7::kSpe | 1u << 8 | h7::kCstart);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(part.heard.size(), 16u);
  for (int i = 0; i < 20; ++i) {
    await(h7::kSr, h7::kRxp);
    EXPECT_EQ(read(h7::kRxdr, AccessSize::kByte), 0x00u);
  }
  await(h7::kSr, h7::kEot);
}

TEST_F(SpiH7, InterruptsAtTheEndOfTransfer) {
  write(h7::kCfg2, 1u << 22 | 1u << 26);
  write(h7::kCr2, 1);
  write(h7::kIer, h7::kEot);
  write(kCr1, h7::kSpe | h7::kCstart);
  write(h7::kTxdr, 1, AccessSize::kByte);
  EXPECT_FALSE(bench.wire("spi1.irq").level());
  await(h7::kSr, h7::kEot);
  EXPECT_TRUE(bench.wire("spi1.irq").level());
  write(h7::kIfcr, h7::kEot);
  EXPECT_FALSE(bench.wire("spi1.irq").level());
}

}  // namespace
}  // namespace tinyscope::test
