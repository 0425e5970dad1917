#include "sim/svd/svd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

SvdDevice device(const std::string& peripherals) {
  return parse_svd(
      "<?xml version=\"1.0\"?>\n<device>\n<name>CHIP</name>\n<size>32</size>\n"
      "<peripherals>\n" +
          peripherals + "</peripherals>\n</device>\n",
      "chip.svd");
}

std::string error_of(const std::string& peripherals) {
  try {
    device(peripherals);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

std::string peripheral(const std::string& name, const std::string& inside) {
  return "<peripheral><name>" + name + "</name><baseAddress>0x40000000</baseAddress>\n" + inside +
         "</peripheral>\n";
}
std::string registers(const std::string& inside) {
  return peripheral("P", "<registers>\n" + inside + "</registers>\n");
}
std::string reg(const std::string& name, const std::string& offset, const std::string& more = "") {
  return "<register><name>" + name + "</name><addressOffset>" + offset + "</addressOffset>" + more +
         "</register>\n";
}
std::string field(const std::string& name, const std::string& place, const std::string& more = "") {
  return "<field><name>" + name + "</name>" + place + more + "</field>\n";
}

std::vector<std::string> names(const SvdPeripheral& peripheral) {
  std::vector<std::string> result;
  for (const SvdRegister& each : peripheral.registers) result.push_back(each.name);
  return result;
}

const SvdRegister& named(const SvdPeripheral& peripheral, const std::string& name) {
  const auto found = std::find_if(peripheral.registers.begin(), peripheral.registers.end(),
                                  [&](const SvdRegister& each) { return each.name == name; });
  if (found == peripheral.registers.end()) throw InputError("no register " + name);
  return *found;
}

TEST(Svd, ReadsRegistersWithWhatTheyInherit) {
  const SvdDevice chip = device(peripheral(
      "RCC",
      "<access>read-only</access><resetValue>0x5</resetValue>"
      "<addressBlock><offset>0x0</offset><size>0x400</size></addressBlock><registers>" +
          reg("CR", "0x4",
              "<size>16</size><resetValue>0x83</resetValue><access>read-write</access>") +
          reg("SR", "0x0") + "</registers>"));
  EXPECT_EQ(chip.name, "CHIP");
  const SvdPeripheral& rcc = chip.peripherals.at(0);
  EXPECT_EQ(rcc.base, 0x4000'0000u);
  ASSERT_EQ(rcc.blocks.size(), 1u);
  EXPECT_EQ(rcc.blocks[0].size, 0x400u);
  EXPECT_THAT(names(rcc), ElementsAre("SR", "CR")) << "by offset";
  EXPECT_EQ(rcc.registers[0].access, SvdAccess::kReadOnly);
  EXPECT_EQ(rcc.registers[0].reset_value, 5u);
  EXPECT_EQ(rcc.registers[1].bytes, 2u);
  EXPECT_EQ(rcc.registers[1].reset_value, 0x83u);
  EXPECT_EQ(rcc.registers[1].access, SvdAccess::kReadWrite);
}

TEST(Svd, ReadsFieldsInEachOfTheThreeWaysToPlaceThem) {
  const SvdDevice chip = device(registers(
      reg("CR", "0",
          "<fields>" + field("C", "<bitRange>[15:12]</bitRange>", "<access>write-only</access>") +
              field("A", "<bitOffset>0x1</bitOffset><bitWidth>2</bitWidth>") +
              field("B", "<lsb>4</lsb><msb>7</msb>",
                    "<modifiedWriteValues>oneToClear</modifiedWriteValues><enumeratedValues>"
                    "<enumeratedValue><name>Off</name><value>0</value></enumeratedValue>"
                    "<enumeratedValue><name>On</name><value>#11</value></enumeratedValue>"
                    "<enumeratedValue><name>Any</name><value>#1xx</value></enumeratedValue>"
                    "</enumeratedValues>") +
              "</fields>")));
  const SvdRegister& cr = chip.peripherals.at(0).registers.at(0);
  ASSERT_EQ(cr.fields.size(), 3u);
  EXPECT_EQ(cr.fields[0].mask(), 0x6u);
  EXPECT_EQ(cr.fields[1].mask(), 0xF0u);
  EXPECT_EQ(cr.fields[2].mask(), 0xF000u);
  EXPECT_EQ(cr.fields[1].write, SvdWrite::kOneToClear);
  EXPECT_EQ(cr.fields[2].access, SvdAccess::kWriteOnly);
  EXPECT_EQ(cr.fields[1].values.size(), 2u) << "a value with open bits names nothing";
  EXPECT_EQ(describe_value(cr, 0x0032), "A = 0x1, B = On");
  EXPECT_EQ(describe_bits(cr, 0x1101), "C, bit 0, bit 8");
}

TEST(Svd, ExpandsArraysOfPeripheralsClustersAndRegisters) {
  const std::string dim = "<dim>2</dim><dimIncrement>0x10</dimIncrement>";
  const SvdDevice chip = device(
      "<peripheral><dim>2</dim><dimIncrement>0x1000</dimIncrement><dimIndex>3,5</dimIndex>"
      "<name>TIM%s</name><baseAddress>0x40000000</baseAddress><registers>" +
      reg("CC[%s]", "0x100", "<dim>2</dim><dimIncrement>4</dimIncrement>") +
      reg("IN%s", "0x200", "<dim>3</dim><dimIncrement>4</dimIncrement><dimIndex>A-C</dimIndex>") +
      "<cluster><name>CH[%s]</name><addressOffset>0x300</addressOffset>" + dim + reg("EEP", "0x0") +
      reg("TEP", "0x4") + "</cluster></registers></peripheral>\n");
  ASSERT_EQ(chip.peripherals.size(), 2u);
  EXPECT_EQ(chip.peripherals[0].name, "TIM3");
  EXPECT_EQ(chip.peripherals[1].name, "TIM5");
  EXPECT_EQ(chip.peripherals[1].base, 0x4000'1000u);
  EXPECT_THAT(names(chip.peripherals[1]),
              ElementsAre("CC[0]", "CC[1]", "INA", "INB", "INC", "CH[0].EEP", "CH[0].TEP",
                          "CH[1].EEP", "CH[1].TEP"));
  EXPECT_EQ(named(chip.peripherals[1], "CH[1].TEP").offset, 0x314u);
}

TEST(Svd, DerivesPeripheralsRegistersAndFields) {
  const SvdDevice chip = device(
      "<peripheral derivedFrom=\"USART1\"><name>USART2</name><baseAddress>0x40004400</baseAddress>"
      "</peripheral>\n" +
      peripheral("USART1", "<registers>" +
                               reg("CR1", "0x0",
                                   "<resetValue>7</resetValue><fields>" +
                                       field("UE", "<lsb>3</lsb><msb>3</msb>") + "</fields>") +
                               "<register derivedFrom=\"CR1\"><name>CR2</name>"
                               "<addressOffset>4</addressOffset></register></registers>"));
  const SvdPeripheral& second = chip.peripherals.at(0);
  EXPECT_EQ(second.name, "USART2");
  EXPECT_EQ(second.base, 0x4000'4400u);
  EXPECT_THAT(names(second), ElementsAre("CR1", "CR2"));
  EXPECT_EQ(second.registers[1].reset_value, 7u);
  EXPECT_EQ(second.registers[1].fields.at(0).name, "UE");
}

TEST(Svd, DerivesFromWhatIsAroundAClusterAndByPath) {
  const SvdDevice chip = device(
      registers(reg("CR", "0x0", "<resetValue>7</resetValue>") +
                "<cluster><name>X</name><addressOffset>8</addressOffset><register "
                "derivedFrom=\"CR\"><name>R</name><addressOffset>0</addressOffset></register>"
                "</cluster>\n") +
      peripheral("Q",
                 "<registers><register derivedFrom=\"P.X.R\"><name>S</name>"
                 "<addressOffset>4</addressOffset></register></registers>"));
  EXPECT_EQ(named(chip.peripherals.at(0), "X.R").reset_value, 7u);
  EXPECT_EQ(named(chip.peripherals.at(0), "X.R").offset, 8u);
  EXPECT_EQ(named(chip.peripherals.at(1), "S").reset_value, 7u);
}

TEST(Svd, TakesWhatVendorsWrite) {
  const SvdDevice chip = device(registers(
      reg("A", " 0X10 ",
          "<access></access><fields>" +
              field("X", "<bitOffset>30</bitOffset><bitWidth>8</bitWidth>") +
              field("Y", "<bitOffset>31</bitOffset><bitWidth>1</bitWidth>") + "</fields>") +
      reg("WIDE", "0x20", "<size>64</size><resetValue>0x100000002</resetValue>")));
  const SvdPeripheral& p = chip.peripherals.at(0);
  EXPECT_EQ(p.registers[0].fields[0].mask(), 0xC000'0000u) << "cut at the end of the register";
  EXPECT_EQ(named(p, "WIDE[31:0]").reset_value, 2u);
  EXPECT_EQ(named(p, "WIDE[63:32]").reset_value, 1u);
  EXPECT_EQ(named(p, "WIDE[63:32]").offset, 0x24u);
  EXPECT_EQ(p.blocks.size(), 3u) << "registers outside of address blocks are covered";
}

TEST(Svd, SaysWhereAFileIsWrong) {
  const auto text_error = [](const std::string& text) {
    try {
      parse_svd(text, "chip.svd");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(text_error("<device>\n<name>X</nam>\n"), HasSubstr("chip.svd:2: is not XML"));
  EXPECT_THAT(text_error(""), HasSubstr("chip.svd:1: is not XML"));
  EXPECT_THAT(text_error("<html></html>"), HasSubstr("chip.svd:1: <html>: expected a CMSIS-SVD"));
  EXPECT_THAT(text_error("<device></device>"), HasSubstr("<peripherals> is missing"));
  EXPECT_EQ(error_of(registers(reg("CR", "12a"))),
            "chip.svd:8: peripheral 'P': register 'CR': <addressOffset>: expected a number such as "
            "0x1C, found '12a'");
  EXPECT_THAT(error_of(registers("<register><name>CR</name></register>\n")),
              HasSubstr("chip.svd:8: peripheral 'P': register 'CR': <addressOffset> is missing"));
  EXPECT_THAT(error_of(registers(reg("CR", "0", "<access>rw</access>"))),
              HasSubstr("<access>: expected one of read-write, read-only"));
  EXPECT_THAT(error_of(registers(reg("CR", "0", "<fields>" + field("F", "") + "</fields>"))),
              HasSubstr("field 'F': has no place"));
  EXPECT_THAT(error_of(registers(
                  reg("CR", "0", "<fields>" + field("F", "<bitRange>7</bitRange>") + "</fields>"))),
              HasSubstr("<bitRange>: expected [7:4]"));
  EXPECT_THAT(error_of("<peripheral derivedFrom=\"Q\"><name>P</name></peripheral>\n"),
              HasSubstr("chip.svd:6: peripheral 'P': derivedFrom: there is no 'Q'"));
  EXPECT_THAT(error_of("<peripheral derivedFrom=\"Q\"><name>P</name></peripheral>\n"
                       "<peripheral derivedFrom=\"P\"><name>Q</name></peripheral>\n"),
              HasSubstr("in a circle"));
  EXPECT_THAT(error_of(registers(reg("CR", "0xFFFFFFFFF"))), HasSubstr("no address of 32 bits"));
  EXPECT_THAT(error_of(registers(reg("CR%s", "0", "<dim>70000</dim>"))),
              HasSubstr("<dim>: expected 1 to 65536"));
}

TEST(Svd, RefusesFilesThatGrowWithoutEnd) {
  std::string inside = reg("R", "0");
  for (int i = 0; i < 8; ++i) {
    inside = "<cluster><name>C%s</name><dim>100</dim><dimIncrement>0</dimIncrement>" + inside +
             "</cluster>";
  }
  EXPECT_THAT(error_of(registers(inside)), HasSubstr("too many registers"));
}

}  // namespace
}  // namespace tinyscope
