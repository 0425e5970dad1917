#include "sim/description/soc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>

#include "sim/bus.hpp"
#include "sim/error.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kChip = R"(name = "chip"
vendor = "Somebody"
cpu_hz = 64_000_000
[core]
type = "cortex-m4f"
interrupts = 48
priority_bits = 3
mpu_regions = 8
[[memory]]
name = "flash"
kind = "flash"
base = 0x0
size = 0x10_0000
fill = 0xFF
[[memory]]
name = "ram"
kind = "ram"
base = 0x2000_0000
size = 0x4_0000
)";

SocDescription read(std::string_view more) {
  return read_soc(TomlTable::from_text(std::string(kChip) + std::string(more), "chip.toml"));
}

std::string error_of(std::string_view text) {
  try {
    read_soc(TomlTable::from_text(text, "chip.toml"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Soc, SystickHasOneReferenceClockAtMost) {
  const std::string calibration = "mpu_regions = 8\n";
  const auto chip = [&](const std::string& more) {
    std::string text(kChip);
    return text.insert(text.find(calibration) + calibration.size(), more);
  };
  const std::string divider = "systick_reference_divider = 8\n";
  EXPECT_EQ(
      read_soc(TomlTable::from_text(chip(divider), "chip.toml")).core.systick_reference_divider,
      8u);
  EXPECT_THAT(error_of(chip(divider + "systick_reference_hz = 32768\n")),
              HasSubstr("excludes systick_reference_hz"));
}

TEST(Soc, ReadsCoreAndMemories) {
  const SocDescription soc = read("");
  EXPECT_EQ(soc.name, "chip");
  EXPECT_EQ(soc.cpu_hz, 64'000'000u);
  EXPECT_EQ(soc.core.type, "cortex-m4f");
  EXPECT_EQ(soc.core.interrupt_count, 48u);
  EXPECT_EQ(soc.core.priority_bits, 3u);
  EXPECT_EQ(soc.core.mpu_regions, 8u);
  EXPECT_FALSE(soc.core.bit_band);
  ASSERT_EQ(soc.memories.size(), 2u);
  EXPECT_EQ(soc.memories[0].kind, MemoryKind::kFlash);
  EXPECT_EQ(soc.memories[0].fill, 0xFF);
  EXPECT_EQ(soc.memories[1].base, 0x2000'0000u);
  EXPECT_EQ(soc.memories[1].size, 0x4'0000u);
}

TEST(Soc, ReadsWhatAMemoryTakesToBeGranted) {
  const SocDescription soc = read(
      "[[memory]]\nname = \"sram2\"\nkind = \"ram\"\nbase = 0x3000_0000\nsize = 0x1000\n"
      "first_read_cycles = 1\n");
  EXPECT_EQ(soc.memories[1].first_read_cycles, 0);
  EXPECT_EQ(soc.memories[2].first_read_cycles, 1);
}

TEST(Soc, ReadsPeripheralsWithTheirWiring) {
  const SocDescription soc = read(R"(
[[peripheral]]
name = "nvmc"
type = "nordic.nvmc"
base = 0x4001_E000
size = 0x1000
irq = "none"
controls_flash = "flash"
params = { write_ns = 41000 }
[[peripheral]]
name = "uarte0"
type = "nordic.uarte"
base = 0x4000_2000
size = 0x1000
irq = 2
[[peripheral]]
name = "adc"
type = "x.adc"
base = 0x5000_0000
size = 0x100
irq = { irq = 18, overrun = 19, unused = "none" }
[[unmodelled]]
name = "nfct"
base = 0x4000_5000
size = 0x1000
)");
  ASSERT_EQ(soc.peripherals.size(), 3u);
  EXPECT_TRUE(soc.peripherals[0].interrupts.empty());
  EXPECT_EQ(soc.peripherals[0].controls_flash, "flash");
  ASSERT_TRUE(soc.peripherals[0].params.has_value());
  EXPECT_TRUE(soc.peripherals[0].params->contains("write_ns"));
  ASSERT_EQ(soc.peripherals[1].interrupts.size(), 1u);
  EXPECT_EQ(soc.peripherals[1].interrupts[0].wire, "irq");
  EXPECT_EQ(soc.peripherals[1].interrupts[0].number, 2u);
  EXPECT_EQ(soc.peripherals[1].where, "chip.toml:29");
  ASSERT_EQ(soc.peripherals[2].interrupts.size(), 2u);
  EXPECT_EQ(soc.peripherals[2].interrupts[1].wire, "overrun");
  EXPECT_EQ(soc.peripherals[2].interrupts[1].number, 19u);
  ASSERT_EQ(soc.unmodelled.size(), 1u);
  EXPECT_EQ(soc.unmodelled[0].base, 0x4000'5000u);
}

TEST(Soc, AllowsPeripheralsToShareAnInterruptIfBothSaySo) {
  const SocDescription soc = read(R"(
[[peripheral]]
name = "adc1"
type = "x.adc"
base = 0x5000_0000
size = 0x100
irq = 18
shared_irq = true
[[peripheral]]
name = "adc2"
type = "x.adc"
base = 0x5000_0100
size = 0x100
irq = 18
shared_irq = true
)");
  EXPECT_EQ(soc.peripherals[1].interrupts[0].number, 18u);
}

TEST(Soc, ReadsCurrentsAndAssumptions) {
  const SocDescription soc = read(R"(
[[peripheral]]
name = "timer0"
type = "x.timer"
base = 0x4000_0000
size = 0x1000
irq = "none"
[[peripheral]]
name = "timer1"
type = "x.timer"
base = 0x4000_1000
size = 0x1000
irq = "none"
[power]
supply_volts = 3
supply_source = "sheet"
[[power.current]]
unit = "cpu"
state = "run"
when = "regulator=dcdc"
microamps = 3300
uncertainty = 0.1
source = "sheet"
[[power.current]]
units = ["timer0", "timer1"]
state = "on"
microamps = 4.5
uncertainty = 0
source = "estimate"
[[assumption]]
topic = "chip.flash"
text = "two wait states"
source = "estimate"
)");
  EXPECT_EQ(soc.power.supply_volts, 3.0);
  ASSERT_EQ(soc.power.currents.size(), 3u);
  EXPECT_EQ(soc.power.currents[0].when, "regulator=dcdc");
  EXPECT_EQ(soc.power.currents[0].microamps, 3300.0);
  EXPECT_EQ(soc.power.currents[2].unit, "timer1");
  EXPECT_EQ(soc.power.currents[2].microamps, 4.5);
  ASSERT_EQ(soc.assumptions.size(), 1u);
  EXPECT_EQ(soc.assumptions[0].source, "estimate");
}

TEST(Soc, ReadsAliases) {
  const SocDescription soc = read(R"(
[[memory]]
name = "ram_code"
base = 0x80_0000
size = 0x2_0000
alias_of = "ram"
alias_offset = 0x2_0000
)");
  EXPECT_EQ(soc.memories[2].alias_of, "ram");
  EXPECT_EQ(soc.memories[2].alias_offset, 0x2'0000u);
}

std::string peripheral(std::string_view lines) {
  return "[[peripheral]]\nname = 'p'\ntype = 't'\n" + std::string(lines) + "\n";
}

struct BadSoc {
  const char* name;
  std::string text;  // after kChip
  std::vector<std::string> message;
};
void PrintTo(const BadSoc& bad, std::ostream* out) { *out << bad.name; }
class SocRefuses : public ::testing::TestWithParam<BadSoc> {};

TEST_P(SocRefuses, WithFileLineAndKey) {
  const std::string message = error_of(std::string(kChip) + GetParam().text);
  EXPECT_THAT(message, HasSubstr("chip.toml:"));
  for (const std::string& part : GetParam().message) EXPECT_THAT(message, HasSubstr(part));
}

INSTANTIATE_TEST_SUITE_P(
    Entries, SocRefuses,
    ::testing::Values(
        BadSoc{"UnknownKey",
               peripheral("base = 0x4000_0000\nsize = 0x1000\nirq = 1\nshaed_irq = true"),
               {"chip.toml:26: peripheral.shaed_irq: unknown key; did you mean 'shared_irq'?"}},
        BadSoc{"OverlapOfPeripherals",
               peripheral("base = 0x4000_0000\nsize = 0x1000\nirq = 1") +
                   "[[unmodelled]]\nname = 'q'\nbase = 0x4000_0800\nsize = 0x10\n",
               {"chip.toml:28: unmodelled.base: 'q' (0x40000800 to 0x4000080F) overlaps 'p' "
                "(0x40000000 to 0x40000FFF) at chip.toml:23"}},
        BadSoc{"OverlapWithMemory",
               peripheral("base = 0x2000_1000\nsize = 4\nirq = 1"),
               {"'p'", "overlaps 'ram'"}},
        BadSoc{"OverlapWithTheCore",
               peripheral("base = 0xE000_E000\nsize = 0x1000\nirq = 1"),
               {"peripheral.base", "the core's own registers"}},
        BadSoc{"BeyondTheAddressSpace",
               peripheral("base = 0xFFFF_F000\nsize = 0x2000\nirq = 1"),
               {"peripheral.size", "4 GiB"}},
        BadSoc{"SameName",
               peripheral("base = 0x4000_0000\nsize = 4\nirq = 1") +
                   peripheral("base = 0x4000_1000\nsize = 4\nirq = 2"),
               {"peripheral.name: 'p' is used already at chip.toml:21"}},
        BadSoc{"IrqLeftOut",
               peripheral("base = 0x4000_0000\nsize = 4"),
               {"chip.toml:20: peripheral.irq: is missing; expected a number, \"none\""}},
        BadSoc{"IrqOutOfRange",
               peripheral("base = 0x4000_0000\nsize = 4\nirq = 48"),
               {"peripheral.irq: expected 0 to 47, found 48"}},
        BadSoc{"IrqWord",
               peripheral("base = 0x4000_0000\nsize = 4\nirq = 'no'"),
               {"expected a number or \"none\""}},
        BadSoc{
            "IrqTwice",
            peripheral("base = 0x4000_0000\nsize = 4\nirq = 3\nshared_irq = true") +
                "[[peripheral]]\nname = 'q'\ntype = 't'\nbase = 0x4000_1000\nsize = 4\nirq = 3\n",
            {"interrupt 3 of q.irq is used already by p.irq at chip.toml:25",
             "shared_irq = true at both"}},
        BadSoc{"FlashUnknown",
               peripheral("base = 0x4000_0000\nsize = 4\nirq = 3\ncontrols_flash = 'flahs'"),
               {"peripheral.controls_flash: 'flahs' is no flash; did you mean 'flash'?"}},
        BadSoc{"FlashIsRam",
               peripheral("base = 0x4000_0000\nsize = 4\nirq = 3\ncontrols_flash = 'ram'"),
               {"'ram' is no flash"}},
        BadSoc{"NameWithDot",
               "[[unmodelled]]\nname = 'a.b'\nbase = 0x4000_0000\nsize = 4\n",
               {"unmodelled.name: 'a.b' may hold letters, digits"}},
        BadSoc{"MemorySize",
               "[[memory]]\nname = 'm'\nkind = 'ram'\nbase = 0x3000_0000\nsize = 0x800\n",
               {"memory.size: expected a multiple of 0x1000"}},
        BadSoc{"MemoryKind",
               "[[memory]]\nname = 'm'\nkind = 'falsh'\nbase = 0x3000_0000\nsize = 0x1000\n",
               {"memory.kind: unknown kind 'falsh'; did you mean 'flash'?"}},
        BadSoc{"AliasTooLong",
               "[[memory]]\nname = 'm'\nbase = 0x3000_0000\nsize = 0x2000\nalias_of = 'ram'\n"
               "alias_offset = 0x3_F000\n",
               {"memory.size: 0x2000 bytes from offset 0x3F000 do not fit 'ram'"}},
        BadSoc{"AliasOfNothing",
               "[[memory]]\nname = 'm'\nbase = 0x3000_0000\nsize = 0x1000\nalias_of = 'rma'\n",
               {"memory.alias_of: 'rma' is no memory; did you mean 'ram'?"}},
        BadSoc{"CurrentWithoutSource",
               "[power]\nsupply_volts = 3\nsupply_source = 's'\n[[power.current]]\nunit = 'cpu'\n"
               "state = 'run'\nmicroamps = 1\nuncertainty = 0.1\n",
               {"chip.toml:23: power.current.source: is missing"}},
        BadSoc{"CurrentPerMegahertzOfAnotherUnit",
               "[power]\nsupply_volts = 3\nsupply_source = 's'\n[[power.current]]\n"
               "unit = 'regulator'\nstate = 'on'\nmicroamps_per_mhz = 1\nuncertainty = 0\n"
               "source = 's'\n",
               {"power.current.microamps_per_mhz: belongs to unit \"cpu\" only"}},
        BadSoc{"CurrentWithoutValue",
               "[power]\nsupply_volts = 3\nsupply_source = 's'\n[[power.current]]\n"
               "unit = 'cpu'\nstate = 'run'\nuncertainty = 0\nsource = 's'\n",
               {"power.current.microamps: is missing"}},
        BadSoc{"CurrentTwice",
               "[power]\nsupply_volts = 3\nsupply_source = 's'\n"
               "[[power.current]]\nunit = 'cpu'\nstate = 'run'\nmicroamps = 1\nuncertainty = 0\n"
               "source = 's'\n[[power.current]]\nunit = 'cpu'\nstate = 'run'\nmicroamps = 1\n"
               "uncertainty = 0\nsource = 's'\n",
               {"is given twice"}},
        BadSoc{"CurrentCondition",
               "[power]\nsupply_volts = 3\nsupply_source = 's'\n[[power.current]]\nunit = 'cpu'\n"
               "state = 'run'\nwhen = 'dcdc'\nmicroamps = 1\nuncertainty = 0\nsource = 's'\n",
               {"power.current.when: expected \"unit=state\""}},
        BadSoc{"CurrentOfUnknownUnit",
               "[power]\nsupply_volts = 3\nsupply_source = 's'\n[[power.current]]\nunit = 'cpux'\n"
               "state = 'run'\nmicroamps = 1\nuncertainty = 0\nsource = 's'\n",
               {"chip.toml:24: power.current.unit: nothing reports the state of 'cpux'",
                "did you mean 'cpu'?"}},
        BadSoc{"CurrentOfUnknownUnits",
               "[power]\nsupply_volts = 3\nsupply_source = 's'\n[[power.current]]\n"
               "units = ['cpu', 'timer9']\nstate = 'run'\nmicroamps = 1\nuncertainty = 0\n"
               "source = 's'\n",
               {"chip.toml:24: power.current.units: nothing reports the state of 'timer9'"}},
        BadSoc{"CurrentConditionOfUnknownUnit",
               "[power]\nsupply_volts = 3\nsupply_source = 's'\n[[power.current]]\nunit = 'cpu'\n"
               "state = 'run'\nwhen = 'regulater=dcdc'\nmicroamps = 1\nuncertainty = 0\n"
               "source = 's'\n",
               {"power.current.when: nothing reports the state of 'regulater'",
                "did you mean 'regulator'?"}}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(Soc, WantsTheNameOfItsFile) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(load_soc(folder.write("chip.toml", kChip)).name, "chip");
  EXPECT_THROW(load_soc(folder.write("other.toml", kChip)), InputError);
}

TEST(Soc, LooksForItsSvdFileAndRulesBesideIt) {
  const test::TemporaryFolder folder;
  const SocDescription soc = load_soc(folder.write(
      "chip.toml", std::string("svd = \"a.svd\"\nsvd_rules = [\"r.toml\"]\n").append(kChip)));
  EXPECT_EQ(soc.svd, folder.path() / "a.svd");
  ASSERT_EQ(soc.svd_rules.size(), 1u);
  EXPECT_EQ(soc.svd_rules[0], folder.path() / "r.toml");
  EXPECT_TRUE(load_soc(folder.write("chip.toml", kChip)).svd.empty());
  try {
    load_soc(folder.write("chip.toml", std::string("svd_rules = [\"r.toml\"]\n").append(kChip)));
    ADD_FAILURE() << "rules without a file were taken";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("add svd = \"FILE\""));
  }
}

// The example in the documentation of the format must stay correct.
TEST(Soc, AcceptsTheExampleOfItsReadme) {
  std::ifstream file(std::filesystem::path(TINYSCOPE_SOURCE_DIR) / "sim/socs/README.md");
  std::ostringstream readme;
  readme << file.rdbuf();
  const std::string text = readme.str();
  const std::size_t begin = text.find("```toml\n") + 8;
  const std::string example = text.substr(begin, text.find("```", begin) - begin);
  const SocDescription soc = read_soc(TomlTable::from_text(example, "README.md"));
  EXPECT_EQ(soc.name, "example1");
  EXPECT_EQ(soc.peripherals.size(), 4u);
}

// Nordic nRF52840 Product Specification, memory map; interrupt and priority counts: nrfx SVD.
TEST(Soc, Nrf52840HasItsMemoriesAndCore) {
  const SocDescription soc =
      load_soc(std::filesystem::path(TINYSCOPE_SOURCE_DIR) / "sim/socs/nrf52840.toml");
  ASSERT_GE(soc.memories.size(), 2u);
  EXPECT_EQ(soc.memories[0].base, 0u);
  EXPECT_EQ(soc.memories[0].size, 1024u * 1024u);
  EXPECT_EQ(soc.memories[0].fill, 0xFF);
  EXPECT_EQ(soc.memories[1].base, 0x2000'0000u);
  EXPECT_EQ(soc.memories[1].size, 256u * 1024u);
  EXPECT_EQ(soc.core.interrupt_count, 48u);
  EXPECT_EQ(soc.core.priority_bits, 3u);
  EXPECT_EQ(soc.cpu_hz, 64'000'000u);
  // "IRQ number = peripheral ID": the ID is bits 12 to 17 of the base address.
  for (const PeripheralDescription& peripheral : soc.peripherals) {
    for (const auto& interrupt : peripheral.interrupts) {
      EXPECT_EQ(interrupt.number, (peripheral.base >> 12) & 0x3F) << peripheral.name;
    }
  }
}

// CMSIS, stm32l4r5xx.h: FLASH_BASE, SRAM1_BASE to SRAM3_SIZE_MAX, IRQn_Type, __NVIC_PRIO_BITS;
// RM0432: flash at 0, SRAM2 behind SRAM1, MSI range 6 after reset.
TEST(Soc, Stm32l4r5HasItsMemoriesAndCore) {
  const SocDescription soc =
      load_soc(std::filesystem::path(TINYSCOPE_SOURCE_DIR) / "sim/socs/stm32l4r5.toml");
  struct {
    Address base;
    std::uint32_t size;
    std::string alias_of;
  } const expected[] = {{0x0800'0000, 2048 * 1024, ""},    {0x0000'0000, 2048 * 1024, "flash"},
                        {0x2000'0000, 192 * 1024, ""},     {0x1000'0000, 64 * 1024, ""},
                        {0x2003'0000, 64 * 1024, "sram2"}, {0x2004'0000, 384 * 1024, ""}};
  ASSERT_EQ(soc.memories.size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_EQ(soc.memories[i].base, expected[i].base);
    EXPECT_EQ(soc.memories[i].size, expected[i].size);
    EXPECT_EQ(soc.memories[i].alias_of, expected[i].alias_of);
  }
  EXPECT_EQ(soc.memories[0].fill, 0xFF);
  EXPECT_EQ(soc.core.interrupt_count, 95u);
  EXPECT_EQ(soc.core.priority_bits, 4u);
  EXPECT_TRUE(soc.core.bit_band);
  EXPECT_EQ(soc.cpu_hz, 4'000'000u);
  EXPECT_EQ(soc.cpu_clock, "hclk");
}

// CMSIS, stm32f746xx.h, stm32f446xx.h and stm32f407xx.h: memory map, IRQn_Type; RM0385, RM0390,
// RM0090.
TEST(Soc, Stm32f4AndF7HaveTheirMemoriesAndCores) {
  struct Map {
    Address base;
    std::uint32_t kbytes;
  };
  const struct {
    const char* name;
    const char* core;
    unsigned interrupts;
    bool bit_band;
    std::vector<Map> memories;
  } expected[] = {
      {"stm32f746",
       "cortex-m7f",
       98,
       false,
       {{0x0800'0000, 1024},
        {0x0020'0000, 1024},
        {0, 16},
        {0x2000'0000, 64},
        {0x2001'0000, 240},
        {0x2004'C000, 16},
        {0x4002'4000, 4}}},
      {"stm32f446",
       "cortex-m4f",
       97,
       true,
       {{0x0800'0000, 512}, {0, 512}, {0x2000'0000, 112}, {0x2001'C000, 16}, {0x4002'4000, 4}}},
      {"stm32f407",
       "cortex-m4f",
       82,
       true,
       {{0x0800'0000, 1024},
        {0, 1024},
        {0x2000'0000, 112},
        {0x2001'C000, 16},
        {0x1000'0000, 64},
        {0x4002'4000, 4}}}};
  for (const auto& chip : expected) {
    SCOPED_TRACE(chip.name);
    const SocDescription soc = load_soc(std::filesystem::path(TINYSCOPE_SOURCE_DIR) / "sim/socs" /
                                        (std::string(chip.name) + ".toml"));
    ASSERT_EQ(soc.memories.size(), chip.memories.size());
    for (std::size_t i = 0; i < chip.memories.size(); ++i) {
      EXPECT_EQ(soc.memories[i].base, chip.memories[i].base);
      EXPECT_EQ(soc.memories[i].size, chip.memories[i].kbytes * 1024);
    }
    EXPECT_EQ(soc.core.type, chip.core);
    EXPECT_EQ(soc.core.interrupt_count, chip.interrupts);
    EXPECT_EQ(soc.core.priority_bits, 4u);
    EXPECT_EQ(soc.core.bit_band, chip.bit_band);
    EXPECT_EQ(soc.cpu_hz, 16'000'000u);
  }
}

constexpr std::string_view kWired = R"([[peripheral]]
name = "uart"
type = "some.uart"
base = 0x4000_0000
size = 0x400
irq = "none"
wires = { rx = "dma.request1", tx = ["dma.request2", "dma.request3"] }
[[peripheral]]
name = "dma"
type = "some.dma"
base = 0x4000_1000
size = 0x400
irq = "none"
)";

TEST(Soc, ReadsWiresBetweenPeripherals) {
  const SocDescription soc = read(kWired);
  const auto& wires = soc.peripherals.at(0).wires;
  ASSERT_EQ(wires.size(), 3u);
  EXPECT_EQ(wires[0].wire, "rx");
  EXPECT_EQ(wires[0].to_peripheral, "dma");
  EXPECT_EQ(wires[0].to_wire, "request1");
  EXPECT_EQ(wires[2].wire, "tx");
  EXPECT_EQ(wires[2].to_wire, "request3");
  EXPECT_TRUE(soc.peripherals.at(1).wires.empty());
}

TEST(Soc, RefusesWiresThatLeadNowhere) {
  const auto wired_to = [](std::string_view target) {
    std::string text = std::string(kChip) + std::string(kWired);
    return error_of(text.replace(text.find("dma.request1"), 12, target));
  };
  EXPECT_THAT(wired_to("dam.request1"), HasSubstr("wires.rx: there is no peripheral 'dam'; did"));
  EXPECT_THAT(wired_to("dam.request1"), HasSubstr("chip.toml:"));
  EXPECT_THAT(wired_to("request1"), HasSubstr("expected \"peripheral.wire\""));
  EXPECT_THAT(wired_to("dma."), HasSubstr("expected \"peripheral.wire\""));
}

}  // namespace
}  // namespace tinyscope
