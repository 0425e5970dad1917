// SPI without DMA and SPIS, and two peripherals taking turns in one window. nRF52840 PS, chapters
// "SPI", "SPIS" and "Peripheral interface"; sequences as nrfx_spi.c of Mbed OS drives them.
#include "tests/peripherals/nordic/spi_bench.hpp"

namespace tinyscope::test {
namespace {

using namespace nordic::serial;

class Spi : public SpiBench {
 protected:
  void SetUp() override {
    SpiBench::SetUp();
    configure(kEnableSpi);
  }
  // nrfx_spi: spi_xfer() and transfer_byte(), always one byte ahead in TXD.
  Bytes exchange(const Bytes& out) {
    Bytes in;
    spi.select(flash, true);
    write(kTxd, out[0]);
    if (out.size() > 1) write(kTxd, out[1]);
    while (in.size() < out.size()) {
      await(kRxdReady);
      in.push_back(static_cast<std::uint8_t>(read(kRxd)));
      if (in.size() + 1 < out.size()) write(kTxd, out[in.size() + 1]);
    }
    spi.select(flash, false);
    return in;
  }
};

TEST_F(Spi, ExchangesBytesWithAFlashMemory) {
  EXPECT_EQ(exchange({0x9F, 0, 0, 0}), (Bytes{0xFF, 0xC2, 0x28, 0x17}));
  exchange({0x06});
  exchange({0x02, 0, 0, 1, 0xAB, 0xCD});
  EXPECT_EQ(exchange({0x03, 0, 0, 1, 0, 0}), (Bytes{0xFF, 0xFF, 0xFF, 0xFF, 0xAB, 0xCD}));
}

// Eight bits at 4 Mbps; the second byte follows at once, since TXD is double buffered.
TEST_F(Spi, TakesTheTimeOfTheWire) {
  write(kTxd, 1);
  write(kTxd, 2);
  EXPECT_EQ(await(kRxdReady) - TimePoint{}, Duration::from_us(2));
  read(kRxd);
  EXPECT_EQ(await(kRxdReady) - TimePoint{}, Duration::from_us(4));
}

// nrfx_spi.c: "no further READY event can be generated until the current byte is read out".
TEST_F(Spi, ReadyComesOncePerByteThatIsRead) {
  write(kPsel + 8, kMosi);  // MISO on the same pad
  write(kTxd, 0x11);
  write(kTxd, 0x22);
  await(kRxdReady);
  bench.run_for(Duration::from_us(10));
  EXPECT_FALSE(set(kRxdReady));
  EXPECT_EQ(read(kRxd), 0x11u);
  await(kRxdReady);
  EXPECT_EQ(read(kRxd), 0x22u);
}

TEST_F(Spi, ReportsReceivedBytesThatNobodyReads) {
  for (int i = 0; i < 3; ++i) {
    write(kTxd, 0);
    bench.run_for(Duration::from_us(10));
  }
  EXPECT_TRUE(bench.reported("RXD full"));
}

TEST_F(Spi, HearsItselfWhereMosiAndMisoShareAPad) {
  write(kPsel + 8, kMosi);
  write(kTxd, 0x5A);
  await(kRxdReady);
  EXPECT_EQ(read(kRxd), 0x5Au);
}

TEST_F(Spi, ReadsOnesWhereNobodyAnswers) {
  write(kTxd, 0x00);
  await(kRxdReady);
  EXPECT_EQ(read(kRxd), 0xFFu);
}

// CONFIG.ORDER: LsbFirst. 0xF9 read from the lowest bit on is the command 0x9F.
TEST_F(Spi, SendsTheLowestBitFirstWhenAsked) {
  write(kConfig, 1);
  EXPECT_EQ(exchange({0xF9, 0, 0, 0}), (Bytes{0xFF, 0x43, 0x14, 0xE8}));
}

TEST_F(Spi, InterruptsWhenReady) {
  write(0x304, 1u << 2);  // READY
  const Wire& irq = bench.wire("twi0.irq");
  write(kTxd, 0);
  bench.run_for(Duration::from_us(3));
  EXPECT_TRUE(irq.level());
  write(kRxdReady, 0);
  EXPECT_FALSE(irq.level());
}

TEST_F(Spi, ContinuesFromASnapshot) {
  write(kPsel + 8, kMosi);
  write(kTxd, 0x11);
  write(kTxd, 0x22);
  bench.run_for(Duration::from_us(1));
  const auto saved = bench.save();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ((await(kRxdReady) - TimePoint{}), Duration::from_us(2));
    EXPECT_EQ(read(kRxd), 0x11u);
    await(kRxdReady);
    EXPECT_EQ(read(kRxd), 0x22u);
    bench.restore(saved);
  }
}

// PS, "Peripherals with shared ID": one is disabled, the other configured and enabled.
TEST_F(Spi, TakesTurnsWithTwiInOneWindow) {
  for (int round = 0; round < 2; ++round) {
    configure(kEnableSpi);
    EXPECT_EQ(exchange({0x9F, 0}), (Bytes{0xFF, 0xC2}));
    write(kEnable, 0);
    write(kPsel, kScl);
    write(kPsel + 4, kSda);
    write(kAddress, I2cRegisterPart::kAddress);
    write(kEnable, kEnableTwi);
    trigger(kStartTx);
    write(kTxd, 0x0F);
    await(kTxdSent);
    trigger(kStop);
    await(kStopped);
    write(kEnable, 0);
  }
  EXPECT_EQ(part.log, "[w 0F][w 0F]");
}

// PS, "Peripherals with shared ID": disabling resets none of the shared registers.
TEST_F(Spi, SharedRegistersKeepTheirValues) {
  write(kEnable, 0);
  write(kEnable, kEnableSpim);
  EXPECT_EQ(read(kFrequency), 0x4000'0000u);
  EXPECT_EQ(read(kPsel), kSck);
}

TEST_F(Spi, ReportsAValueOfEnableThatSelectsNothing) {
  write(kEnable, 3);
  EXPECT_TRUE(bench.reported("ENABLE = 3"));
}

class Spis : public SpiBench {
 protected:
  void SetUp() override {
    SpiBench::SetUp();
    configure(kEnableSpis);
    outside.attach(target);
    bench.fill(kBuffer, Bytes{1, 2});
    write(kTxdPtr, kBuffer);
    write(kTxdPtr + 4, 2);
    write(kRxdPtr, kBuffer + 0x40);
    write(kRxdPtr + 4, 3);
    write(kDef, 0xDD);
    write(kOrc, 0x99);
  }
  Bytes transaction(const Bytes& bytes) {
    Bytes answers;
    outside.select(target, true);
    for (const std::uint8_t byte : bytes) answers.push_back(outside.transfer(byte));
    outside.select(target, false);
    return answers;
  }
  SpiTarget& target = dynamic_cast<SpiTarget&>(*window.port("spis"));
  SpiBus outside;
};

// PS, "Semaphore operation": the CPU has it first; a transaction without it is ignored.
TEST_F(Spis, AnswersDefWithoutTheSemaphore) {
  EXPECT_EQ(read(kStallStat), 1u);  // SEMSTAT: CPU
  EXPECT_EQ(transaction({7, 8}), (Bytes{0xDD, 0xDD}));
  EXPECT_FALSE(set(kStopped));  // END
}

TEST_F(Spis, ExchangesBuffersOnceReleased) {
  trigger(kRelease);
  EXPECT_EQ(read(kStallStat), 0u);
  EXPECT_EQ(transaction({7, 8}), (Bytes{1, 2}));
  EXPECT_TRUE(set(kStopped));
  EXPECT_FALSE(set(kEndRx));
  EXPECT_EQ(bench.bytes(kBuffer + 0x40, 2), (Bytes{7, 8}));
  EXPECT_EQ(read(kRxdPtr + 8), 2u);
  EXPECT_EQ(read(kTxdPtr + 8), 2u);
  EXPECT_EQ(read(kStatus), 0u);
}

TEST_F(Spis, ReportsOverreadAndOverflow) {
  trigger(kRelease);
  EXPECT_EQ(transaction({7, 8, 9, 10}), (Bytes{1, 2, 0x99, 0x99}));
  EXPECT_TRUE(set(kEndRx));
  EXPECT_EQ(read(kStatus), 3u);
  write(kStatus, 3);
  EXPECT_EQ(read(kStatus), 0u);
  EXPECT_EQ(read(kRxdPtr + 8), 3u);
}

TEST_F(Spis, AcquireWaitsForTheEndOfATransaction) {
  trigger(kRelease);
  outside.select(target, true);
  EXPECT_EQ(read(kStallStat), 2u);  // SPIS
  trigger(kAcquire);
  EXPECT_EQ(read(kStallStat), 3u);  // CPUPending
  EXPECT_FALSE(set(kAcquired));
  outside.select(target, false);
  EXPECT_TRUE(set(kAcquired));
  EXPECT_EQ(read(kStallStat), 1u);
}

TEST_F(Spis, ShortcutHandsTheSemaphoreToTheCpu) {
  write(0x200, 1u << 2);  // END_ACQUIRE
  trigger(kRelease);
  transaction({7});
  EXPECT_TRUE(set(kAcquired));
  EXPECT_EQ(read(kStallStat), 1u);
}

}  // namespace
}  // namespace tinyscope::test
