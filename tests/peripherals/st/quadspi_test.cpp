// QUADSPI through its registers, with an N25Q128A as on the STM32F746G-DISCO. RM0385, chapter
// "Quad-SPI interface (QUADSPI)"; commands: data sheet of the N25Q128A.
#include <gtest/gtest.h>

#include "sim/bridge_port.hpp"
#include "sim/serial_flash.hpp"
#include "tests/support/peripheral_bench.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kQuadspi = 0xA000'1000;
constexpr Address kCr = kQuadspi + 0x00;
constexpr Address kDcr = kQuadspi + 0x04;
constexpr Address kSr = kQuadspi + 0x08;
constexpr Address kFcr = kQuadspi + 0x0C;
constexpr Address kDlr = kQuadspi + 0x10;
constexpr Address kCcr = kQuadspi + 0x14;
constexpr Address kAr = kQuadspi + 0x18;
constexpr Address kDr = kQuadspi + 0x20;
constexpr Address kPsmkr = kQuadspi + 0x24;
constexpr Address kPsmar = kQuadspi + 0x28;
constexpr Address kPir = kQuadspi + 0x2C;
constexpr Address kLptr = kQuadspi + 0x30;
constexpr Address kMapped = 0x9000'0000;

constexpr std::uint32_t kAbort = 2;
constexpr std::uint32_t kDmaen = 4;
constexpr std::uint32_t kTcen = 8;
constexpr std::uint32_t kTcie = 1u << 17;
constexpr std::uint32_t kApms = 1u << 22;
constexpr std::uint32_t kTef = 1;
constexpr std::uint32_t kTcf = 2;
constexpr std::uint32_t kFtf = 4;
constexpr std::uint32_t kSmf = 8;
constexpr std::uint32_t kTof = 16;
constexpr std::uint32_t kBusy = 32;

// CCR: instruction on one line, 24-bit address, data, FMODE.
constexpr std::uint32_t kInstruction = 1u << 8;
constexpr std::uint32_t kAddress1 = 1u << 10 | 2u << 12;
constexpr std::uint32_t kAddress4 = 3u << 10 | 2u << 12;
constexpr std::uint32_t kData1 = 1u << 24;
constexpr std::uint32_t kData4 = 3u << 24;
constexpr std::uint32_t kIndirectRead = 1u << 26;
constexpr std::uint32_t kPolling = 2u << 26;
constexpr std::uint32_t kMemoryMapped = 3u << 26;
constexpr std::uint32_t kQuadRead = 0xEB | kInstruction | kAddress4 | 10u << 18 | kData4;

class StQuadspi : public ::testing::Test {
 protected:
  StQuadspi() {
    std::string content(0x2000, '\0');
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + 3);
    folder.write("flash.bin", content);
    bench.clocks.signal("hclk").set(200'000'000);
    Peripheral& quadspi =
        bench.add("quadspi", "st.quadspi", kQuadspi, "mapped_base = 0x9000_0000", 0x400);
    Device& part = bench.add_device(
        "flash", "qspi_flash", {},
        "commands = \"micron\"\nsize = 0x100_0000\nprogram_us = 500\nsector_erase_us = 1000\n"
        "block_erase_us = 700\nchip_erase_us = 1000\nfile = \"" +
            (folder.path() / "flash.bin").string() + "\"");
    dynamic_cast<SerialFlashInput&>(*quadspi.port("flash")).flash =
        dynamic_cast<SerialFlash*>(part.port("flash"));
    bench.write(kDcr, 23u << 16);              // 16 MiB, nCS high for one cycle
    bench.write(kCr, 1u << 24 | 3u << 8 | 1);  // 100 MHz: 10 ns; FIFO threshold 4
  }
  static std::uint32_t cell(std::uint32_t address) { return (address * 7 + 3) & 0xFFu; }
  void command(std::uint8_t opcode) {
    bench.write(kCcr, opcode | kInstruction);
    bench.run_for(Duration::from_us(1));
    bench.write(kFcr, kTcf);
  }

  TemporaryFolder folder;
  PeripheralBench bench;
};

TEST_F(StQuadspi, ReadsTheIdentificationAsSoonAsTheInstructionIsWritten) {
  bench.write(kDlr, 2);
  bench.write(kCcr, 0x9F | kInstruction | kData1 | kIndirectRead);
  EXPECT_EQ(bench.read(kSr) & kBusy, kBusy);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kSr), 3u << 8 | kBusy | kFtf | kTcf) << "three bytes wait";
  EXPECT_EQ(bench.read(kDr, AccessSize::kByte), 0x20u);
  EXPECT_EQ(bench.read(kDr, AccessSize::kHalf), 0x18BAu);
  EXPECT_EQ(bench.read(kSr), kTcf);
}

// Instruction 8 cycles, address 24 / 4, 10 dummy cycles, 1 with nCS high, 8 bytes of 2 cycles.
TEST_F(StQuadspi, AReadLastsItsPhases) {
  bench.write(kCr, bench.read(kCr) | kTcie);
  EdgeCounter irq(bench, &bench.wire("quadspi.irq"));
  bench.write(kDlr, 7);
  bench.write(kCcr, kQuadRead | kIndirectRead);
  EXPECT_EQ(bench.read(kSr) & kBusy, 0u) << "the address is to come";
  const TimePoint begin = bench.now();
  bench.write(kAr, 0x100);
  bench.run_for(Duration::from_us(1));
  ASSERT_EQ(irq.rises, 1u);
  EXPECT_EQ((irq.last - begin).ps, (8 + 6 + 10 + 1 + 16) * 10'000u);
  for (std::uint32_t i = 0; i < 8; ++i) {
    EXPECT_EQ(bench.read(kDr, AccessSize::kByte), cell(0x100 + i));
  }
}

TEST_F(StQuadspi, ALongReadStopsWhenTheFifoIsFullAndGoesOn) {
  bench.write(kDlr, 99);
  bench.write(kCcr, kQuadRead | kIndirectRead);
  bench.write(kAr, 0);
  bench.run_for(Duration::from_us(10));
  EXPECT_EQ(bench.read(kSr), 32u << 8 | kBusy | kFtf);
  for (std::uint32_t i = 0; i < 100; i += 4) {
    const std::uint32_t word = bench.read(kDr);
    EXPECT_EQ(word & 0xFF, cell(i));
    EXPECT_EQ(word >> 24, cell(i + 3));
  }
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kSr), kTcf);
}

TEST_F(StQuadspi, ErasesPollsAndPrograms) {
  command(0x06);
  bench.write(kCcr, 0x20 | kInstruction | kAddress1);  // subsector erase: no data
  bench.write(kAr, 0x1000);
  bench.run_for(Duration::from_us(2));
  EXPECT_EQ(bench.read(kSr) & (kTcf | kBusy), kTcf);
  bench.write(kFcr, kTcf);

  bench.write(kPsmkr, 1);  // until WIP is 0
  bench.write(kPsmar, 0);
  bench.write(kPir, 16);
  bench.write(kCr, bench.read(kCr) | kApms);
  bench.write(kDlr, 0);
  bench.write(kCcr, 0x05 | kInstruction | kData1 | kPolling);
  bench.run_for(Duration::from_us(990));
  EXPECT_EQ(bench.read(kSr) & (kSmf | kBusy), kBusy);
  bench.run_for(Duration::from_us(10));
  EXPECT_EQ(bench.read(kSr) & (kSmf | kBusy), kSmf);
  bench.write(kFcr, kSmf);

  command(0x06);
  bench.write(kDlr, 5);
  bench.write(kCcr, 0x02 | kInstruction | kAddress1 | kData1);
  bench.write(kAr, 0x1010);
  EXPECT_EQ(bench.read(kSr) & kBusy, 0u) << "data are to come";
  bench.write(kDr, 0x4433'2211);
  bench.run_for(Duration::from_us(5));
  EXPECT_EQ(bench.read(kSr) & (kTcf | kBusy), kBusy) << "two bytes are missing";
  bench.write(kDr, 0x6655, AccessSize::kHalf);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kSr) & (kTcf | kBusy), kTcf);

  bench.write(kCcr, kQuadRead | kMemoryMapped);
  EXPECT_EQ(bench.read(kMapped + 0x1010), 0x4433'2211u);
  EXPECT_EQ(bench.read(kMapped + 0x1014), 0xFFFF'6655u);
  EXPECT_EQ(bench.read(kMapped + 0xFFF, AccessSize::kByte), cell(0xFFF));
}

TEST_F(StQuadspi, MemoryMappedReadsHoldTheBusUntilTheTimeoutOrAnAbort) {
  bench.write(kLptr, 99);
  bench.write(kCr, bench.read(kCr) | kTcen);
  bench.write(kCcr, kQuadRead | kMemoryMapped);
  EXPECT_EQ(bench.read(kSr) & kBusy, 0u);
  EXPECT_EQ(bench.read(kMapped + 0x42, AccessSize::kHalf), cell(0x42) | cell(0x43) << 8);
  EXPECT_EQ(bench.read(kMapped + 0x44, AccessSize::kByte), cell(0x44));
  EXPECT_EQ(bench.read(kSr) & kBusy, kBusy);
  bench.run_for(Duration::from_ns(1'100));
  EXPECT_EQ(bench.read(kSr), kTof);
  bench.read(kMapped);
  bench.write(kCcr, 0);  // ignored: BUSY
  EXPECT_EQ(bench.read(kCcr), kQuadRead | kMemoryMapped);
  bench.write(kCr, bench.read(kCr) | kAbort);
  EXPECT_EQ(bench.read(kCr) & kAbort, 0u);
  EXPECT_EQ(bench.read(kSr), kTof | kTcf);
}

TEST_F(StQuadspi, DummyCyclesThatThePartDoesNotExpectGiveOtherBytes) {
  bench.write(kCcr, (kQuadRead & ~(31u << 18)) | 6u << 18 | kMemoryMapped);
  EXPECT_NE(bench.read(kMapped + 0x10, AccessSize::kByte), cell(0x10));
  bench.write(kCr, bench.read(kCr) | kAbort);
  // Volatile configuration: six dummy cycles.
  command(0x06);
  bench.write(kDlr, 0);
  bench.write(kCcr, 0x81 | kInstruction | kData1);
  bench.write(kDr, 0x6B, AccessSize::kByte);
  bench.run_for(Duration::from_us(1));
  bench.write(kCcr, (kQuadRead & ~(31u << 18)) | 6u << 18 | kMemoryMapped);
  EXPECT_EQ(bench.read(kMapped + 0x10, AccessSize::kByte), cell(0x10));
}

TEST_F(StQuadspi, AsksForDmaByItsThreshold) {
  bench.write(kCr, bench.read(kCr) | kDmaen);
  EXPECT_TRUE(bench.wire("quadspi.dma").level()) << "indirect write: there is room";
  bench.write(kDlr, 7);
  bench.write(kCcr, kQuadRead | kIndirectRead);
  EXPECT_FALSE(bench.wire("quadspi.dma").level());
  bench.write(kAr, 0);
  bench.run_for(Duration::from_us(1));
  EXPECT_TRUE(bench.wire("quadspi.dma").level());
  bench.read(kDr);
  bench.read(kDr);
  EXPECT_FALSE(bench.wire("quadspi.dma").level());
}

TEST_F(StQuadspi, RefusesAddressesBeyondTheDeviceAndReportsOtherUse) {
  bench.write(kDlr, 0);
  bench.write(kCcr, kQuadRead | kIndirectRead);
  bench.write(kAr, 0x100'0000);
  EXPECT_EQ(bench.read(kSr) & (kTef | kBusy), kTef);
  EXPECT_EQ(bench.read(kMapped), 0u);
  EXPECT_TRUE(bench.reported("outside memory-mapped mode"));
  bench.write(kCcr, kQuadRead | kMemoryMapped);
  bench.write(kMapped, 1);
  EXPECT_TRUE(bench.reported("store to the mapped window"));
}

// 25 clocks of 10 ns before the data, two for each byte.
TEST_F(StQuadspi, TellsTheBusWhatAMappedReadTakes) {
  const auto& port = dynamic_cast<BridgePort&>(*bench.peripheral("quadspi").port("mapped"));
  EXPECT_EQ(port.base, kMapped);
  EXPECT_EQ(port.times().first.ps, 0u);
  bench.write(kCcr, kQuadRead | kMemoryMapped);
  EXPECT_EQ(port.times().first.ps, (25u + 16u) * 10'000u);
  EXPECT_EQ(port.times().next.ps, 16u * 10'000u);
  EXPECT_EQ(port.times().word.ps, (25u + 64u) * 10'000u / 8u);
}

// A board with a [[memory]] where the flash is mapped: code may run from there.
TEST(StQuadspiShown, FillsTheBoardsMemoryByTheReadCommand) {
  PeripheralBench bench;
  Memory& memory = bench.bus.add_memory("cells", MemoryKind::kRom, kMapped, 1u << 20, 0xFF);
  memory.write(0x2000, AccessSize::kWord, 0x1234'5678);  // of the firmware's image
  bench.clocks.signal("hclk").set(200'000'000);
  Peripheral& quadspi =
      bench.add("quadspi", "st.quadspi", kQuadspi, "mapped_base = 0x9000_0000", 0x400);
  Device& part =
      bench.add_device("flash", "qspi_flash", {}, "commands = \"micron\"\nsize = 0x10_0000");
  dynamic_cast<SerialFlashInput&>(*quadspi.port("flash")).flash =
      dynamic_cast<SerialFlash*>(part.port("flash"));
  bench.reset(ResetKind::kPowerOn);
  memory.write(0x2000, AccessSize::kWord, 0);
  bench.write(kDcr, 19u << 16);
  bench.write(kCr, 1u << 24 | 1);
  bench.write(kCcr, kQuadRead | kMemoryMapped);
  EXPECT_EQ(bench.read(kMapped + 0x2000), 0x1234'5678u) << "by way of the flash";
  EXPECT_FALSE(bench.write(kMapped, 0)) << "a bus error";

  bench.write(kCcr, 0x06 | kInstruction);
  bench.run_for(Duration::from_us(1));
  bench.write(kDlr, 0);
  bench.write(kCcr, 0x02 | kInstruction | kAddress1 | kData1);
  bench.write(kAr, 0x3000);
  bench.write(kDr, 0x42, AccessSize::kByte);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kMapped + 0x3000, AccessSize::kByte), 0xFFu);
  bench.write(kCcr, kQuadRead | kMemoryMapped);
  EXPECT_EQ(bench.read(kMapped + 0x3000, AccessSize::kByte), 0x42u);
}

}  // namespace
}  // namespace tinyscope::test
