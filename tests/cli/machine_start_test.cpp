// How firmware gets started: at reset, behind a boot loader that is only described, or by one that
// is in flash.
#include <gtest/gtest.h>

#include <string>

#include "sim/cli/firmware.hpp"
#include "sim/cli/machine.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

constexpr Address kApplication = 0x1'0000;

std::vector<std::uint8_t> words(std::initializer_list<std::uint32_t> values) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint32_t value : values) {
    for (unsigned i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  return bytes;
}

// A vector table at `address` and behind it `code`.
FirmwareImage program(Address address, std::initializer_list<std::uint32_t> code) {
  FirmwareImage image;
  image.path = "program.hex";
  image.segments.push_back({address, words({0x2000'4000, address + 9})});
  const auto bytes = words(code);
  image.segments[0].bytes.insert(image.segments[0].bytes.end(), bytes.begin(), bytes.end());
  return image;
}

constexpr std::uint32_t kLoop = 0xBF00'E7FE;  // b .

struct Started {
  explicit Started(const FirmwareImage& image) : machine(load_board("nano33ble"), image, {}) {
    machine.core().set_cycle_limit({100});
    machine.power_on();
  }
  std::uint32_t read(Address address) {
    return machine.bus().read(address, AccessSize::kWord, {}, false).value;
  }
  Machine machine;
};

TEST(MachineStart, SketchFindsTheStateThatTheBootLoaderLeaves) {
  Started started(program(kApplication, {kLoop}));
  EXPECT_EQ(started.machine.core().read_register(CoreRegister::kPc), kApplication + 8);
  EXPECT_EQ(started.read(0xE000'ED08), kApplication) << "VTOR";
  // ArduinoCore-mbed, bootloaders/nano33ble/bootloader.elf: nordicsemi_nrf52_init.
  EXPECT_EQ(started.read(0x4001'E540), 1u) << "NVMC.ICACHECNF";
  EXPECT_EQ(started.read(0x4000'0578), 1u) << "POWER.DCDCEN";
  // SystemInit: UICR.PSELRESET and NFCPINS.
  EXPECT_EQ(started.read(0x1000'1200), 18u);
  EXPECT_EQ(started.read(0x1000'1204), 18u);
  EXPECT_EQ(started.read(0x1000'120C), 0xFFFF'FFFEu);
  // LFCLK runs from the crystal, UARTE0 is on.
  EXPECT_EQ(started.read(0x4000'0418), 0x1'0001u);
  EXPECT_EQ(started.read(0x4000'2500), 8u);
}

TEST(MachineStart, ReceptionThatTheBootLoaderStartedCanBeStopped) {
  // The core's initVariant (variants/ARDUINO_NANO33BLE/variant.cpp) stops it and waits for RXTO.
  Started started(program(kApplication, {kLoop}));
  started.machine.bus().write(0x4000'2004, AccessSize::kWord, 1, started.machine.core().now());
  started.machine.core().set_cycle_limit({1'000'000});
  started.machine.core().run();
  EXPECT_EQ(started.read(0x4000'2144), 1u) << "EVENTS_RXTO";
}

TEST(MachineStart, StateOfTheBootLoaderComesAgainAfterASystemReset) {
  // Disables UARTE0, then loops.
  Started started(program(kApplication, {kLoop}));
  started.machine.bus().write(0x4000'2500, AccessSize::kWord, 0, {});
  EXPECT_EQ(started.read(0x4000'2500), 0u);
  started.machine.core().request_reset(ResetKind::kSoftware);
  started.machine.core().run();
  EXPECT_EQ(started.read(0x4000'2500), 8u);
  EXPECT_EQ(started.machine.core().read_register(CoreRegister::kPc), kApplication + 8);
}

TEST(MachineStart, ImageFromTheStartOfFlashFindsTheChipAsAfterReset) {
  Started started(program(0, {kLoop}));
  EXPECT_EQ(started.machine.core().read_register(CoreRegister::kPc), 8u);
  EXPECT_EQ(started.read(0x4001'E540), 0u);
  EXPECT_EQ(started.read(0x4000'2500), 0u);
  EXPECT_EQ(started.read(0x1000'120C), 0xFFFF'FFFFu);
}

TEST(MachineStart, BootLoaderInFlashRunsFirst) {
  FirmwareImage sketch = program(kApplication, {kLoop});
  const FirmwareImage boot_loader = program(0, {kLoop});
  Started started(with_boot_loader(sketch, boot_loader));
  EXPECT_EQ(started.machine.core().read_register(CoreRegister::kPc), 8u);
  EXPECT_EQ(started.read(kApplication + 4), kApplication + 9);
  EXPECT_EQ(started.read(0x4001'E540), 0u);
}

TEST(MachineStart, BootLoaderThatReachesIntoTheProgramIsRefused) {
  FirmwareImage boot_loader = program(kApplication - 8, {kLoop});
  boot_loader.path = "boot.hex";
  try {
    with_boot_loader(program(kApplication, {kLoop}), boot_loader);
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("overlap"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("boot loader boot.hex"), std::string::npos)
        << error.what();
  }
}

TEST(MachineStart, RawBinaryGoesWhereTheBootLoaderExpectsIt) {
  const test::TemporaryFolder folder;
  const BoardDescription board = load_board("nano33ble");
  const auto sketch = folder.write("sketch.bin", program(kApplication, {kLoop}).segments[0].bytes);
  EXPECT_EQ(load_image(sketch.string(), "", &board).segments.at(0).address, kApplication);
  // Linked for another address.
  const auto other = folder.write("other.bin", program(0x2'6000, {kLoop}).segments[0].bytes);
  try {
    load_image(other.string(), "", &board);
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("--bin-address"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("0x00026009"), std::string::npos) << error.what();
  }
  EXPECT_EQ(load_image(other.string(), "0x26000", &board).segments.at(0).address, 0x2'6000u);
}

}  // namespace
}  // namespace tinyscope
