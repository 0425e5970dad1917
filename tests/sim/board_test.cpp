#include "sim/description/board.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "sim/error.hpp"
#include "sim/registry.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kChip = R"(name = "chip"
vendor = "Somebody"
cpu_hz = 1000
[core]
type = "cortex-m4"
interrupts = 8
priority_bits = 3
[[memory]]
name = "flash"
kind = "flash"
base = 0
size = 0x1000
[[peripheral]]
name = "uart0"
type = "test.uart"
base = 0x4000_0000
size = 0x1000
irq = 1
)";

constexpr std::string_view kBoard = R"(name = "little"
title = "Little Board"
soc = "chip"
console = "uart0.uart"
[[device]]
name = "microphone"
type = "test_microphone"
stimulus = "mic"
connect = { "uart0.audio" = "audio" }
params = { gain = 2 }
[[current]]
unit = "microphone"
state = "on"
microamps = 1000
uncertainty = 0.5
source = "estimate"
)";

// A data folder of its own in $TINYSCOPE_DATA.
class Board : public ::testing::Test {
 protected:
  Board() {
    folder_.write("sim/socs/chip.toml", kChip);
    folder_.write("sim/boards/little.toml", kBoard);
    setenv("TINYSCOPE_DATA", folder_.path().c_str(), 1);
  }
  ~Board() override { unsetenv("TINYSCOPE_DATA"); }

  std::string error_of(const std::string& board) const {
    try {
      load_board(board);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }
  // The error of little.toml with `from` replaced by `to`.
  std::string error_with(std::string_view from, std::string_view to) const {
    std::string text(kBoard);
    text.replace(text.find(from), from.size(), to);
    return error_of(folder_.write("sim/boards/little.toml", text).string());
  }

  test::TemporaryFolder folder_;
};

TEST_F(Board, IsFoundByNameInTheDataFolder) {
  const BoardDescription board = load_board("little");
  EXPECT_EQ(board.title, "Little Board");
  EXPECT_EQ(board.soc_name, "chip");
  EXPECT_EQ(board.soc.peripherals.at(0).name, "uart0");
  EXPECT_THAT(board.consoles, ElementsAre("uart0.uart"));
  ASSERT_EQ(board.devices.size(), 1u);
  EXPECT_EQ(board.devices[0].stimulus, "mic");
  ASSERT_EQ(board.devices[0].connections.size(), 1u);
  EXPECT_EQ(board.devices[0].connections[0].chip_port, "uart0.audio");
  EXPECT_EQ(board.devices[0].connections[0].device_port, "audio");
  EXPECT_TRUE(board.devices[0].params->contains("gain"));
  ASSERT_EQ(board.currents.size(), 1u);
  EXPECT_EQ(board.currents[0].unit, "microphone");
}

TEST_F(Board, IsFoundWithHyphenOrUnderscore) {
  EXPECT_EQ(load_board("nano33ble_sense").name, "nano33ble-sense");
  std::string text(kBoard);
  text.replace(text.find("\"little\""), 8, "\"lit_tle\"");
  folder_.write("sim/boards/lit_tle.toml", text);
  EXPECT_EQ(load_board("lit-tle").name, "lit_tle");
}

TEST_F(Board, IsFoundByPath) {
  EXPECT_EQ(load_board((folder_.path() / "sim/boards/little.toml").string()).name, "little");
}

TEST_F(Board, MayBringItsOwnChip) {
  std::string text(kBoard);
  text.replace(text.find("\"chip\""), 6, "\"parts/chip.toml\"");
  folder_.write("parts/chip.toml", kChip);
  EXPECT_EQ(load_board(folder_.write("little.toml", text).string()).soc_name, "chip");
}

TEST_F(Board, AnUnknownNameListsTheKnownOnesAndTheClosest) {
  const std::string message = error_of("litle");
  EXPECT_THAT(message, HasSubstr("unknown board 'litle'; did you mean 'little'?"));
  EXPECT_THAT(message, HasSubstr("nano33ble-sense"));
}

TEST_F(Board, ListIncludesEachFolderOnceAndSorted) {
  const std::vector<std::string> boards = list_boards();
  EXPECT_THAT(boards, Contains("little"));
  EXPECT_THAT(boards, Contains("nano33ble-sense"));
  EXPECT_TRUE(std::is_sorted(boards.begin(), boards.end()));
}

TEST_F(Board, RefusesPortsOfPeripheralsThatTheChipLacks) {
  EXPECT_THAT(
      error_with("\"uart0.uart\"", "\"uart1.uart\""),
      HasSubstr("little.toml:4: console: neither chip 'chip' nor the board has a 'uart1'; did you "
                "mean 'uart0'?"));
  EXPECT_THAT(error_with("\"uart0.uart\"", "\"uart0\""),
              HasSubstr("console: expected \"peripheral.port\""));
  EXPECT_THAT(error_with("\"uart0.audio\"", "\"pdm.audio\""),
              HasSubstr("little.toml:9: device.connect.pdm.audio: chip 'chip' has no peripheral"));
}

TEST_F(Board, AConsoleMayBeSeveralPortsOfTheChipAndOfDevices) {
  EXPECT_EQ(error_with("\"uart0.uart\"", "[\"uart0.uart\", \"microphone.serial\"]"), "no error");
  EXPECT_THAT(error_with("\"uart0.uart\"", "[\"usb.serial\"]"), HasSubstr("has a 'usb'"));
  EXPECT_THAT(error_with("\"uart0.uart\"", "[3]"), HasSubstr("console"));
}

TEST_F(Board, RefusesCurrentsOfWhatNeitherTheChipNorTheBoardHas) {
  EXPECT_THAT(error_with("unit = \"microphone\"", "unit = \"microfone\""),
              HasSubstr("little.toml:12: current.unit: nothing reports the state of 'microfone'; "
                        "expected a peripheral, a device or a part of the chip; did you mean "
                        "'microphone'?"));
  EXPECT_EQ(error_with("unit = \"microphone\"", "unit = \"uart0\""), "no error");
  EXPECT_EQ(error_with("unit = \"microphone\"", "unit = \"cpu\""), "no error");
}

TEST_F(Board, RefusesUnknownKeysChipsAndNames) {
  EXPECT_THAT(error_with("stimulus", "stimuls"),
              HasSubstr("little.toml:8: device.stimuls: unknown key; did you mean 'stimulus'?"));
  EXPECT_THAT(error_with("\"chip\"", "\"chap\""),
              HasSubstr("little.toml:3: soc: unknown chip 'chap'; did you mean 'chip'?"));
  EXPECT_THAT(error_with("\"microphone\"", "\"uart0\""), HasSubstr("'uart0' is used already"));
  EXPECT_THAT(error_with("\"little\"", "\"big\""),
              HasSubstr("expected 'little', the name of the file"));
  EXPECT_THAT(error_with("\"mic\"", "\"--mic\""), HasSubstr("without dashes"));
}

TEST_F(Board, AVariantHasWhatTheOtherBoardHasAndMore) {
  folder_.write("sim/boards/more.toml",
                "name = \"more\"\ntitle = \"More\"\nextends = \"little\"\n"
                "[pins]\nD1 = \"P0.01\"\n"
                "[[i2c]]\nname = \"wire\"\nscl = \"D1\"\nsda = \"P0.02\"\n"
                "[[device]]\nname = \"part\"\ntype = \"t\"\ni2c = \"wire\"\n"
                "supply = \"P0.05\"\npins = { int = \"D1\" }\n");
  const BoardDescription board = load_board("more");
  EXPECT_EQ(board.soc_name, "chip");
  EXPECT_THAT(board.consoles, ElementsAre("uart0.uart"));
  ASSERT_EQ(board.devices.size(), 2u);
  EXPECT_EQ(board.devices[0].name, "microphone");
  EXPECT_EQ(board.devices[1].i2c, "wire");
  EXPECT_EQ(board.devices[1].supply, "P0.05");
  ASSERT_EQ(board.devices[1].pins.size(), 1u);
  EXPECT_EQ(board.devices[1].pins[0].pad, "P0.01");
  EXPECT_EQ(board.i2c_buses.at(0).scl, "P0.01");
}

TEST_F(Board, AVariantMayLeaveOutDevices) {
  const std::string head = "name = \"less\"\ntitle = \"Less\"\nextends = \"little\"\n";
  folder_.write("sim/boards/less.toml", head + "without = [\"microphone\"]\n");
  EXPECT_TRUE(load_board("less").devices.empty());
  folder_.write("sim/boards/less.toml", head + "without = [\"microfone\"]\n");
  EXPECT_THAT(error_of("less"), HasSubstr("less.toml:4: without: the board has no device "
                                          "'microfone'; did you mean 'microphone'?"));
}

TEST_F(Board, AVariantOfAVariantHasWhatBothHave) {
  folder_.write("sim/boards/more.toml",
                "name = \"more\"\ntitle = \"More\"\nextends = \"little\"\n"
                "[[device]]\nname = \"part\"\ntype = \"t\"\n");
  folder_.write("sim/boards/other.toml",
                "name = \"other\"\ntitle = \"Other\"\nextends = \"more\"\n"
                "without = [\"microphone\"]\n[[device]]\nname = \"third\"\ntype = \"t\"\n");
  const BoardDescription board = load_board("other");
  EXPECT_EQ(board.soc_name, "chip");
  ASSERT_EQ(board.devices.size(), 2u);
  EXPECT_EQ(board.devices[0].name, "part");
  EXPECT_EQ(board.devices[1].name, "third");
}

TEST_F(Board, AVariantThatLeadsBackToItselfIsRefused) {
  folder_.write("sim/boards/a.toml", "name = \"a\"\ntitle = \"A\"\nextends = \"b\"\n");
  folder_.write("sim/boards/b.toml", "name = \"b\"\ntitle = \"B\"\nextends = \"a\"\n");
  EXPECT_THAT(error_of("a"), HasSubstr("b.toml:3: extends: leads back here"));
  folder_.write("sim/boards/c.toml", "name = \"c\"\ntitle = \"C\"\nextends = \"c\"\n");
  EXPECT_THAT(error_of("c"), HasSubstr("c.toml:3: extends: leads back here"));
}

TEST_F(Board, ADeviceOnABusThatTheBoardLacksIsRefused) {
  EXPECT_THAT(error_with("stimulus = \"mic\"", "i2c = \"wire\""),
              HasSubstr("little.toml:8: device.i2c: there is no [[i2c]] of the name 'wire'"));
  EXPECT_THAT(error_with("stimulus = \"mic\"", "chip_select = \"P0.01\""),
              HasSubstr("device.spi: expected together with chip_select"));
}

TEST_F(Board, AddsMemoriesToThoseOfTheChip) {
  const std::string memory = "[[memory]]\nname = \"sdram\"\nkind = \"ram\"\n";
  const std::string head(kBoard);
  folder_.write("sim/boards/little.toml",
                head + memory +
                    "base = 0xC000_0000\nsize = 0x1000\n[[memory]]\nname = "
                    "\"sdram_again\"\nbase = 0x6000_0000\nsize = 0x1000\n"
                    "alias_of = \"sdram\"\n");
  const BoardDescription board = load_board("little");
  ASSERT_EQ(board.soc.memories.size(), 3u);
  EXPECT_EQ(board.soc.memories[1].base, 0xC000'0000u);
  EXPECT_EQ(board.soc.memories[2].alias_of, "sdram");
  folder_.write("sim/boards/little.toml", head + memory + "base = 0x4000_0000\nsize = 0x1000\n");
  EXPECT_THAT(error_of("little"), HasSubstr("base: 'sdram' (0x40000000 to 0x40000FFF) overlaps "
                                            "'uart0' of the chip or the board"));
  folder_.write("sim/boards/little.toml",
                head +
                    "[[memory]]\nname = \"flash\"\nkind = \"ram\"\nbase = 0xC000_0000\n"
                    "size = 0x1000\n");
  EXPECT_THAT(error_of("little"), HasSubstr("name: 'flash' is used already"));
}

class Nothing : public Peripheral {
 public:
  std::uint32_t read(const BusAccess&) override { return 0; }
  void write(const BusAccess&, std::uint32_t) override {}
  void reset(ResetKind) override {}
  Wire* wire(std::string_view) override { return nullptr; }
  void snapshot(StateArchive&) override {}
};

TEST_F(Board, TypesAreCheckedAgainstTheRegistry) {
  const BoardDescription board = load_board("little");
  Registry registry;
  const auto error = [&] {
    try {
      require_known_types(board, registry);
    } catch (const InputError& found) {
      return std::string(found.what());
    }
    return std::string("no error");
  };
  registry.add_peripheral("test.uarts",
                          [](PeripheralContext&) { return std::make_unique<Nothing>(); });
  EXPECT_THAT(error(),
              HasSubstr("chip.toml:13: peripheral.type: unknown type 'test.uart' of 'uart0'; "
                        "did you mean 'test.uarts'?"));
  registry.add_peripheral("test.uart",
                          [](PeripheralContext&) { return std::make_unique<Nothing>(); });
  EXPECT_THAT(error(), HasSubstr("little.toml:5: device.type: unknown type 'test_microphone'"));
  registry.add_device("test_microphone", [](DeviceContext&) { return nullptr; });
  EXPECT_EQ(error(), "no error");
}

TEST(ShippedBoards, AllLoad) {
  for (const std::string& name : list_boards()) {
    const BoardDescription board = load_board(name);
    EXPECT_FALSE(board.consoles.empty()) << name;
  }
}

// The name as MLPerf Tiny and vendors' tools spell it.
TEST(ShippedBoards, NucleoL4r5ziTalksOverLpuart1) {
  const BoardDescription board = load_board("nucleo_l4r5zi");
  EXPECT_EQ(board.name, "nucleo-l4r5zi");
  EXPECT_EQ(board.soc_name, "stm32l4r5");
  EXPECT_THAT(board.consoles, ElementsAre("lpuart1.uart"));  // Zephyr: zephyr,console
}

// Zephyr, boards/st: zephyr,console of stm32f746g_disco, nucleo_f446re and stm32f4_disco.
TEST(ShippedBoards, BoardsWithStm32F4AndF7HaveTheirConsoles) {
  const struct {
    const char* name;
    const char* soc;
    const char* console;
  } expected[] = {{"disco_f746ng", "stm32f746", "usart1.uart"},
                  {"nucleo_f446re", "stm32f446", "usart2.uart"},
                  {"stm32f4discovery", "stm32f407", "usart2.uart"}};
  for (const auto& board : expected) {
    EXPECT_EQ(load_board(board.name).soc_name, board.soc);
    EXPECT_THAT(load_board(board.name).consoles, ElementsAre(board.console));
  }
}

TEST(ShippedBoards, Nano33BleSenseFeedsItsMicrophone) {
  const BoardDescription board = load_board("nano33ble-sense");
  EXPECT_EQ(board.soc_name, "nrf52840");
  EXPECT_THAT(board.consoles, ElementsAre("uarte0.uart", "usb.serial"));
  const auto microphone = std::find_if(board.devices.begin(), board.devices.end(),
                                       [](const auto& device) { return device.stimulus == "mic"; });
  ASSERT_NE(microphone, board.devices.end());
  EXPECT_EQ(microphone->type, "pdm_microphone");
}

// arduino/ArduinoCore-mbed, variants/ARDUINO_NANO33BLE/variant.cpp: g_APinDescription.
TEST(ShippedBoards, VariantsOfTheNano33BleShareItsPinsAndBuses) {
  for (const char* const name : {"nano33ble", "nano33ble-sense", "nano33ble-sense-rev2"}) {
    const BoardDescription board = load_board(name);
    EXPECT_EQ(board.pad("A0"), "P0.04") << name;
    EXPECT_EQ(board.pad("P0.04"), "P0.04") << name;
    ASSERT_EQ(board.i2c_buses.size(), 2u) << name;
    EXPECT_EQ(board.i2c_buses[1].scl, "P0.02") << name;
  }
}

}  // namespace
}  // namespace tinyscope
