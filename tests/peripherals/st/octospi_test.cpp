// OCTOSPI through its registers: what differs from QUADSPI (quadspi_test.cpp). RM0432, chapter
// "Octo-SPI interface (OCTOSPI)".
#include <gtest/gtest.h>

#include "sim/serial_flash.hpp"
#include "tests/support/peripheral_bench.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kOctospi = 0xA000'1000;
constexpr Address kCr = kOctospi + 0x00;
constexpr Address kDcr1 = kOctospi + 0x08;
constexpr Address kDcr2 = kOctospi + 0x0C;
constexpr Address kSr = kOctospi + 0x20;
constexpr Address kFcr = kOctospi + 0x24;
constexpr Address kDlr = kOctospi + 0x40;
constexpr Address kAr = kOctospi + 0x48;
constexpr Address kDr = kOctospi + 0x50;
constexpr Address kCcr = kOctospi + 0x100;
constexpr Address kTcr = kOctospi + 0x108;
constexpr Address kIr = kOctospi + 0x110;
constexpr Address kWccr = kOctospi + 0x180;
constexpr Address kWir = kOctospi + 0x190;
constexpr Address kMapped = 0x9000'0000;

constexpr std::uint32_t kEn = 1;
constexpr std::uint32_t kRead = 1u << 28;
constexpr std::uint32_t kMemoryMapped = 3u << 28;
constexpr std::uint32_t kTcf = 2;
constexpr std::uint32_t kBusy = 32;
// CCR: instruction on one line, address of 24 bits and data on one or four.
constexpr std::uint32_t kInstruction = 1;
constexpr std::uint32_t kAddress1 = 1u << 8 | 2u << 12;
constexpr std::uint32_t kAddress4 = 3u << 8 | 2u << 12;
constexpr std::uint32_t kData1 = 1u << 24;
constexpr std::uint32_t kData4 = 3u << 24;

class StOctospi : public ::testing::Test {
 protected:
  StOctospi() {
    folder.write("flash.bin", "0123456789abcdef");
    bench.clocks.signal("octospi_ker").set(100'000'000);
    Peripheral& octospi = bench.add("octospi1", "st.octospi", kOctospi,
                                    "mapped_base = 0x9000_0000\nreset = \"ospi1\"", 0x400);
    Device& part = bench.add_device(
        "flash", "qspi_flash", {},
        "file = \"" + (folder.path() / "flash.bin").string() + "\"\nprogram_us = 10");
    dynamic_cast<SerialFlashInput&>(*octospi.port("flash")).flash =
        dynamic_cast<SerialFlash*>(part.port("flash"));
    bench.write(kDcr1, 22u << 16);  // 8 MiB
    bench.write(kDcr2, 1);          // 50 MHz: 20 ns
    bench.write(kCr, kEn);
  }
  TemporaryFolder folder;
  PeripheralBench bench;
};

TEST_F(StOctospi, TheInstructionStartsACommandWithoutAddress) {
  bench.write(kCr, kEn | kRead);
  bench.write(kDlr, 2);
  bench.write(kCcr, kInstruction | kData1);
  EXPECT_EQ(bench.read(kSr) & kBusy, 0u);
  bench.write(kIr, 0x9F);
  bench.run_for(Duration::from_us(2));
  EXPECT_EQ(bench.read(kSr) & kTcf, kTcf);
  EXPECT_EQ(bench.read(kDr, AccessSize::kByte), 0xC2u);
  EXPECT_EQ(bench.read(kDr, AccessSize::kHalf), 0x1728u);
}

// MX25R6435F: six clocks between the address and the data of a read on four lines.
TEST_F(StOctospi, TheAddressStartsARead) {
  bench.write(kCr, kEn | kRead);
  bench.write(kDlr, 3);
  bench.write(kCcr, kInstruction | kAddress4 | kData4);
  bench.write(kTcr, 6);
  bench.write(kIr, 0xEB);
  EXPECT_EQ(bench.read(kSr) & kBusy, 0u);
  bench.write(kAr, 10);
  bench.run_for(Duration::from_us(2));
  EXPECT_EQ(bench.read(kDr), 0x6463'6261u);
}

TEST_F(StOctospi, MappedStoresAreWriteCommands) {
  bench.write(kCcr, kInstruction);
  bench.write(kIr, 0x06);
  bench.run_for(Duration::from_us(1));
  bench.write(kFcr, kTcf);
  bench.write(kCcr, kInstruction | kAddress1 | kData1);
  bench.write(kIr, 0x03);
  bench.write(kCr, kEn | kMemoryMapped);
  EXPECT_EQ(bench.read(kMapped + 4), 0x3736'3534u);
  bench.write(kMapped + 0x100, 0x1234'5678);
  EXPECT_TRUE(bench.reported("store to the mapped window")) << "WCCR says nothing";
  bench.write(kCr, kEn | 2u);
  bench.write(kWccr, kInstruction | kAddress1 | kData1);
  bench.write(kWir, 0x02);
  bench.write(kCr, kEn | kMemoryMapped);
  bench.write(kMapped + 0x100, 0x1234'5678);
  bench.run_for(Duration::from_us(20));
  EXPECT_EQ(bench.read(kMapped + 0x100), 0x1234'5678u);
}

TEST_F(StOctospi, IsResetByItsNameInRcc) {
  bench.fabric.line("rcc.reset.ospi1").set(true);
  EXPECT_EQ(bench.read(kDcr1), 0u);
  bench.fabric.line("rcc.reset.ospi1").set(false);
  bench.write(kDcr1, 4u << 24);
  EXPECT_TRUE(bench.reported("HyperBus"));
}

}  // namespace
}  // namespace tinyscope::test
