// Resets and clock enables of the blocks. RM0432, registers AHB1RSTR to APB2SMENR; names and bits
// as in CMSIS stm32l4r5xx.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "peripherals/st/rcc.hpp"
#include "peripherals/st/rcc_lines.hpp"

namespace tinyscope::st {

using namespace rcc;

namespace {

enum Kinds : unsigned { kReset = 1, kEnable = 2, kSleep = 4, kAll = 7, kGate = 6 };

struct Block {
  unsigned bit;
  const char* name;
  unsigned kinds = kAll;
};

struct Group {
  const char* name;
  Address reset;
  Address enable;
  Address sleep;
  std::uint32_t enabled_at_reset;
  std::vector<Block> blocks;
};

const std::vector<Group>& groups() {
  static const std::vector<Group> kGroups = {
      {"AHB1%",
       0x28,
       0x48,
       0x68,
       bit(8),
       {{0, "DMA1"},
        {1, "DMA2"},
        {2, "DMAMUX1"},
        {8, "FLASH"},
        {9, "SRAM1", kSleep},
        {12, "CRC"},
        {16, "TSC"},
        {17, "DMA2D"}}},
      {"AHB2%",
       0x2C,
       0x4C,
       0x6C,
       0,
       {{0, "GPIOA"},
        {1, "GPIOB"},
        {2, "GPIOC"},
        {3, "GPIOD"},
        {4, "GPIOE"},
        {5, "GPIOF"},
        {6, "GPIOG"},
        {7, "GPIOH"},
        {8, "GPIOI"},
        {9, "SRAM2", kSleep},
        {10, "SRAM3", kSleep},
        {12, "OTGFS"},
        {13, "ADC"},
        {14, "DCMI"},
        {18, "RNG"},
        {20, "OSPIM"},
        {22, "SDMMC1"}}},
      {"AHB3%", 0x30, 0x50, 0x70, 0, {{0, "FMC"}, {8, "OSPI1"}, {9, "OSPI2"}}},
      {"APB1%1", 0x38, 0x58, 0x78, 0, {{0, "TIM2"},           {1, "TIM3"},         {2, "TIM4"},
                                       {3, "TIM5"},           {4, "TIM6"},         {5, "TIM7"},
                                       {10, "RTCAPB", kGate}, {11, "WWDG", kGate}, {14, "SPI2"},
                                       {15, "SPI3"},          {17, "USART2"},      {18, "USART3"},
                                       {19, "UART4"},         {20, "UART5"},       {21, "I2C1"},
                                       {22, "I2C2"},          {23, "I2C3"},        {24, "CRS"},
                                       {25, "CAN1"},          {28, "PWR"},         {29, "DAC1"},
                                       {30, "OPAMP"},         {31, "LPTIM1"}}},
      {"APB1%2", 0x3C, 0x5C, 0x7C, 0, {{0, "LPUART1"}, {1, "I2C4"}, {5, "LPTIM2"}}},
      {"APB2%",
       0x40,
       0x60,
       0x80,
       0,
       {{0, "SYSCFG"},
        {7, "FW", kEnable},
        {11, "TIM1"},
        {12, "SPI1"},
        {13, "TIM8"},
        {14, "USART1"},
        {16, "TIM15"},
        {17, "TIM16"},
        {18, "TIM17"},
        {21, "SAI1"},
        {22, "SAI2"},
        {24, "DFSDM1"}}},
  };
  return kGroups;
}

// "APB1%1" and "RSTR" make "APB1RSTR1".
std::string register_name(std::string_view group, std::string_view kind) {
  std::string name(group);
  return name.replace(name.find('%'), 1, kind);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

void Rcc::define_gates(PeripheralContext& context) {
  for (const Group& group : groups()) {
    auto& reset = registers_.add(group.reset, register_name(group.name, "RSTR"));
    auto& enable = registers_.add(group.enable, register_name(group.name, "ENR"))
                       .reset(group.enabled_at_reset);
    auto& sleep = registers_.add(group.sleep, register_name(group.name, "SMENR"));
    std::uint32_t clocked_in_sleep = 0;
    for (const Block& block : group.blocks) {
      if ((block.kinds & kReset) != 0) {
        reset.flag(block.bit, fmt::format("{}RST", block.name));
        Wire& line = context.events.line(block_reset_line(lower(block.name)));
        reset_lines_.push_back({&reset, bit(block.bit), &line});
      }
      if ((block.kinds & kEnable) != 0) enable.flag(block.bit, fmt::format("{}EN", block.name));
      if ((block.kinds & kSleep) != 0) {
        sleep.flag(block.bit, fmt::format("{}SMEN", block.name));
        clocked_in_sleep |= bit(block.bit);
      }
    }
    sleep.reset(clocked_in_sleep);  // RM0432: every block is clocked in Sleep unless switched off
    reset.on_write([this, &reset, at = group.reset](std::uint32_t) { write_rstr(reset, at); });
  }
}

void Rcc::write_rstr(const Register& control, Address offset) {
  for (const ResetLine& reset : reset_lines_) {
    if (reset.control != &control || (control.value() & reset.mask) == 0) continue;
    if (reset.line->connected()) continue;
    notes_.unmodelled(
        name_, fmt::format("{} bit 0x{:X}: the block is not reset", control.name(), reset.mask),
        offset, true, control.value());
  }
  drive_reset_lines();
}

void Rcc::drive_reset_lines() {
  for (const ResetLine& reset : reset_lines_) {
    reset.line->set((reset.control->value() & reset.mask) != 0);
  }
}

}  // namespace tinyscope::st
