// QSPI and a flash memory behind it. nRF52840 PS, chapter "QSPI — Quad serial peripheral
// interface"; commands: MX25R6435F data sheet. Wire times are counted from SCK: 32 MHz /
// (IFCONFIG1.SCKFREQ + 1), with SCKDELAY set to 0.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <numeric>

#include "sim/error.hpp"
#include "sim/serial_flash.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::Each;

class Qspi : public ::testing::Test {
 protected:
  static constexpr Address kBase = 0x4002'9000;
  static constexpr Address kXip = 0x1200'0000;
  static constexpr Address kRam = PeripheralBench::kRam;

  Qspi() {
    auto& input = dynamic_cast<SerialFlashInput&>(*qspi.port("flash"));
    input.flash = dynamic_cast<SerialFlash*>(flash.port("flash"));
    write(0x600, 0);  // 32 MHz, no pause
    write(0x500, 1);
  }
  std::uint32_t read(Address offset) { return bench.read(kBase + offset); }
  void write(Address offset, std::uint32_t value) { bench.write(kBase + offset, value); }
  // Microseconds until READY.
  double wait() {
    const TimePoint start = bench.now();
    while (read(0x100) == 0 && bench.scheduler.next()) bench.run_until(*bench.scheduler.next());
    EXPECT_EQ(read(0x100), 1u);
    write(0x100, 0);
    return (bench.now() - start).seconds() * 1e6;
  }
  void activate() {
    write(0x000, 1);
    wait();
  }
  // Replies of the flash to a custom instruction of that many bytes.
  std::uint32_t instruction(std::uint32_t opcode, unsigned bytes, std::uint32_t data = 0,
                            std::uint32_t flags = 0) {
    write(0x638, data);
    write(0x634, opcode | bytes << 8 | flags);
    wait();
    return read(0x638);
  }
  double store(std::uint32_t to, const std::vector<std::uint8_t>& bytes) {
    bench.fill(kRam + 0x100, bytes);
    write(0x510, to);
    write(0x514, kRam + 0x100);
    write(0x518, static_cast<std::uint32_t>(bytes.size()));
    write(0x008, 1);
    return wait();
  }
  std::vector<std::uint8_t> load(std::uint32_t from, std::uint32_t bytes) {
    write(0x504, from);
    write(0x508, kRam + 0x1000);
    write(0x50C, bytes);
    write(0x004, 1);
    wait();
    return bench.bytes(kRam + 0x1000, bytes);
  }
  void erase(std::uint32_t at, std::uint32_t length) {
    write(0x51C, at);
    write(0x520, length);
    write(0x00C, 1);
    wait();
  }
  static std::vector<std::uint8_t> counting(std::size_t count) {
    std::vector<std::uint8_t> bytes(count);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
  }

  PeripheralBench bench;
  Peripheral& qspi = bench.add("qspi", "nordic.qspi", kBase, "xip_base = 0x1200_0000");
  Device& flash = bench.add_device("storage", "qspi_flash");
};

TEST_F(Qspi, ReadsTheJedecId) {
  activate();
  EXPECT_EQ(instruction(0x9F, 4), 0x0017'28C2u | 0u);
}

TEST_F(Qspi, KeepsWhatIsWritten) {
  activate();
  const auto data = counting(1024);
  store(0x1'0040, data);
  EXPECT_EQ(load(0x1'0040, 1024), data);
  EXPECT_THAT(load(0x1'0000, 64), Each(0xFF));
}

TEST_F(Qspi, EveryWayOfReadingAndWritingIsTheSameData) {
  activate();
  const auto data = counting(256);
  for (std::uint32_t way = 0; way < 4; ++way) {
    write(0x544, way | way << 3);
    store(way * 0x1000, data);
    EXPECT_EQ(load(way * 0x1000, 256), data) << way;
  }
  write(0x544, 4);  // READ4IO
  EXPECT_EQ(load(0, 256), data);
}

TEST_F(Qspi, ProgrammingOnlyClearsBits) {
  activate();
  store(0, {0x0F, 0xFF, 0xFF, 0xFF});
  store(0, {0xFC, 0xFF, 0xFF, 0xFF});
  EXPECT_EQ(load(0, 4)[0], 0x0C);
}

TEST_F(Qspi, ErasesSectorsBlocksAndAll) {
  activate();
  for (const std::uint32_t at : {0x0000u, 0x1000u, 0x1'0000u}) store(at, {0, 0, 0, 0});
  erase(0x1000, 0);
  EXPECT_EQ(load(0x0000, 4)[0], 0);
  EXPECT_EQ(load(0x1000, 4)[0], 0xFF);
  erase(0x0000, 1);
  EXPECT_EQ(load(0x0000, 4)[0], 0xFF);
  EXPECT_EQ(load(0x1'0000, 4)[0], 0);
  erase(0, 2);
  EXPECT_EQ(load(0x1'0000, 4)[0], 0xFF);
}

// FASTREAD: 8 clocks of command, 24 of address, 8 dummies, then 8 a byte. READ4IO: 8, 6, 6, 2 a
// byte.
TEST_F(Qspi, ReadingTakesItsClocks) {
  activate();
  write(0x50C, 256);
  write(0x508, kRam);
  write(0x004, 1);
  EXPECT_NEAR(wait(), (8 + 24 + 8 + 256 * 8) / 32.0, 1e-6);
  write(0x544, 4);
  write(0x004, 1);
  EXPECT_NEAR(wait(), (8 + 6 + 6 + 256 * 2) / 32.0, 1e-6);
  write(0x600, 3u << 28);  // 8 MHz
  write(0x004, 1);
  EXPECT_NEAR(wait(), (8 + 6 + 6 + 256 * 2) / 8.0, 1e-6);
}

// WREN, then PP; between pages the flash programs (850 us, assumed).
TEST_F(Qspi, WritingWaitsForEachPage) {
  activate();
  const double page = (8 + 8 + 24 + 256 * 8) / 32.0;
  EXPECT_NEAR(store(0, counting(512)), 2 * page + 850, 1e-6);
  EXPECT_TRUE(bench.assumed("storage.program_us"));
  EXPECT_EQ(instruction(0x05, 2) & 1u, 1u) << "still programs the last page";
  bench.run_for(Duration::from_us(850));
  EXPECT_EQ(instruction(0x05, 2) & 1u, 0u);
}

TEST_F(Qspi, NextOperationWaitsForAnErase) {
  activate();
  erase(0, 0);
  write(0x50C, 4);
  write(0x508, kRam);
  write(0x004, 1);
  EXPECT_GT(wait(), 39'000);
}

TEST_F(Qspi, StatusTellsOfWorkAndOfTheFlash) {
  EXPECT_EQ(read(0x604), 0u);  // after reset: SVD
  write(0x000, 1);
  EXPECT_EQ(read(0x604) & 8u, 0u);
  EXPECT_EQ(bench.power_state("qspi"), "on");
  wait();
  EXPECT_EQ(read(0x604) & 8u, 8u);
  EXPECT_EQ(bench.power_state("qspi"), "");
  instruction(0x06, 1);
  instruction(0x05, 2);
  EXPECT_EQ(read(0x604) >> 24, 0x02u);  // SREG: WEL
  write(0x544, 1u << 7);
  write(0x600, 1u << 24);
  EXPECT_EQ(read(0x604) & 4u, 4u);  // DPM
  EXPECT_EQ(instruction(0x9F, 4) & 0xFFu, 0xFFu) << "asleep";
  write(0x600, 0);
  EXPECT_EQ(instruction(0x9F, 4) & 0xFFu, 0xC2u);
}

TEST_F(Qspi, CustomInstructionCanEnableWriting) {
  activate();
  instruction(0x01, 2, 0x40, 1u << 15);  // WRSR with WREN: quad enable
  EXPECT_EQ(instruction(0x05, 2) & 0xFFu, 0x40u);
  instruction(0x01, 2, 0x00);  // without it nothing is written
  EXPECT_EQ(instruction(0x05, 2) & 0xFFu, 0x40u);
}

// A read of 12 bytes by a long frame: opcode and address, then pieces until LFSTOP.
TEST_F(Qspi, LongFramesGoOnUntilStopped) {
  activate();
  const auto data = counting(16);
  store(0, data);
  bench.run_for(Duration::from_ms(1));
  instruction(0x03, 4, 0, 1u << 16);
  EXPECT_EQ(instruction(0, 5, 0, 1u << 16), 0x0302'0100u);
  EXPECT_EQ(instruction(0, 5, 0, 3u << 16), 0x0706'0504u);
  EXPECT_EQ(instruction(0x9F, 4) & 0xFFu, 0xC2u);
}

TEST_F(Qspi, IsReadableInPlaceWhileActive) {
  EXPECT_EQ(bench.read(kXip), 0u);
  EXPECT_TRUE(bench.reported("XIP while the interface is not active"));
  activate();
  store(0x1000, {1, 2, 3, 4, 5, 6, 7, 8});
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kXip + 0x1000), 0x0403'0201u);
  EXPECT_EQ(bench.read(kXip + 0x1005, AccessSize::kByte), 6u);
  write(0x540, 0x1000);
  EXPECT_EQ(bench.read(kXip + 4), 0x0807'0605u);
  bench.write(kXip, 1);
  EXPECT_TRUE(bench.reported("store to XIP"));
}

TEST_F(Qspi, ReportsOperationsBeforeActivation) {
  write(0x004, 1);
  EXPECT_TRUE(bench.reported("before TASKS_ACTIVATE"));
  EXPECT_EQ(read(0x100), 0u);
}

TEST_F(Qspi, WithoutAFlashReadsOnes) {
  dynamic_cast<SerialFlashInput&>(*qspi.port("flash")).flash = nullptr;
  activate();
  EXPECT_EQ(instruction(0x9F, 4), 0x00FF'FFFFu);
  EXPECT_THAT(load(0, 8), Each(0xFF));
}

TEST_F(Qspi, UnknownCommandsAreReported) {
  activate();
  instruction(0x5A, 5);  // SFDP
  EXPECT_TRUE(bench.reported("command 0x5A"));
}

TEST_F(Qspi, AddressesOf32BitsReachBeyond16MiB) {
  Device& large = bench.add_device("large", "qspi_flash", "", "size = 0x0200_0000");
  dynamic_cast<SerialFlashInput&>(*qspi.port("flash")).flash =
      dynamic_cast<SerialFlash*>(large.port("flash"));
  write(0x544, 1u << 6);
  write(0x624, 0xB7 | 1u << 24);  // ACTIVATE sends the opcode
  activate();
  store(0x0100'0000, {9, 8, 7, 6});
  EXPECT_EQ(load(0x0100'0000, 4)[0], 9);
  EXPECT_EQ(load(0, 4)[0], 0xFF);
}

// --- the device ---

TEST(QspiFlash, KeepsItsContentsInAFile) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("tinyscope-flash-" + std::to_string(getpid()) + ".bin");
  std::ofstream(path) << "content";
  const std::string params = "size = 0x1_0000\nfile = '" + path.string() + "'\nkeep = true";
  for (const char* const expected : {"c", "\x03"}) {
    PeripheralBench bench;
    auto& flash =
        dynamic_cast<SerialFlash&>(*bench.add_device("f", "qspi_flash", "", params).port("flash"));
    const auto frame = [&](std::initializer_list<std::uint8_t> bytes) {
      std::uint8_t last = 0;
      flash.select(true);
      for (const std::uint8_t byte : bytes) last = flash.transfer(byte);
      flash.select(false);
      return last;
    };
    EXPECT_EQ(frame({0x03, 0, 0, 0, 0}), static_cast<std::uint8_t>(*expected));
    frame({0x06});
    frame({0x02, 0, 0, 0, 0x13});  // 'c' is 0x63
    bench.run_for(Duration::from_ms(1));
  }
  EXPECT_EQ(std::filesystem::file_size(path), 0x1'0000u);
  std::filesystem::remove(path);
}

TEST(QspiFlash, RefusesImpossibleParameters) {
  PeripheralBench bench;
  for (const char* const params :
       {"size = 1000", "jedec_id = 0x1_0000_00", "keep = true", "file = '/no/such/file'"}) {
    EXPECT_THROW(bench.add_device("f", "qspi_flash", "", params), InputError) << params;
  }
}

}  // namespace
}  // namespace tinyscope::test
