// Resets and clock enables of the blocks of the STM32F4 and STM32F7. RM0090, RM0390, RM0385,
// registers AHB1RSTR to APB2LPENR; bits as in CMSIS stm32f407xx.h, stm32f446xx.h, stm32f746xx.h.
// The three chips agree on every bit that two of them have.
#include <memory>
#include <vector>

#include "peripherals/st/rcc_f4.hpp"

namespace tinyscope::st {

using namespace rcc_f4;

namespace {

using Group = RccBlocks::Group;
using enum RccBlocks::Kinds;

// Chips that have the block.
enum Chips : unsigned { kF407 = 1, kF446 = 2, kF746 = 4, kEvery = 7 };

struct Entry {
  unsigned bit;
  const char* name;
  unsigned chips = kEvery;
  unsigned kinds = kAll;
};

const std::vector<Entry> kAhb1 = {{0, "GPIOA"},
                                  {1, "GPIOB"},
                                  {2, "GPIOC"},
                                  {3, "GPIOD"},
                                  {4, "GPIOE"},
                                  {5, "GPIOF"},
                                  {6, "GPIOG"},
                                  {7, "GPIOH"},
                                  {8, "GPIOI", kF407 | kF746},
                                  {9, "GPIOJ", kF746},
                                  {10, "GPIOK", kF746},
                                  {12, "CRC"},
                                  {13, "AXI", kF746, kSleep},
                                  {15, "FLITF", kEvery, kSleep},
                                  {16, "SRAM1", kEvery, kSleep},
                                  {17, "SRAM2", kEvery, kSleep},
                                  {18, "BKPSRAM", kEvery, kGate},
                                  {20, "CCMDATARAM", kF407, kEnable},
                                  {20, "DTCMRAM", kF746, kGate},
                                  {21, "DMA1"},
                                  {22, "DMA2"},
                                  {23, "DMA2D", kF746},
                                  {25, "ETHMAC", kF407 | kF746},
                                  {26, "ETHMACTX", kF407 | kF746, kGate},
                                  {27, "ETHMACRX", kF407 | kF746, kGate},
                                  {28, "ETHMACPTP", kF407 | kF746, kGate},
                                  {29, "OTGHS"},
                                  {30, "OTGHSULPI", kEvery, kGate}};
const std::vector<Entry> kAhb2 = {{0, "DCMI"}, {6, "RNG", kF407 | kF746}, {7, "OTGFS"}};
const std::vector<Entry> kAhb3 = {
    {0, "FSMC", kF407}, {0, "FMC", kF446 | kF746}, {1, "QSPI", kF446 | kF746}};
const std::vector<Entry> kApb1 = {{0, "TIM2"},          {1, "TIM3"},
                                  {2, "TIM4"},          {3, "TIM5"},
                                  {4, "TIM6"},          {5, "TIM7"},
                                  {6, "TIM12"},         {7, "TIM13"},
                                  {8, "TIM14"},         {9, "LPTIM1", kF746},
                                  {11, "WWDG"},         {14, "SPI2"},
                                  {15, "SPI3"},         {16, "SPDIFRX", kF446 | kF746},
                                  {17, "USART2"},       {18, "USART3"},
                                  {19, "UART4"},        {20, "UART5"},
                                  {21, "I2C1"},         {22, "I2C2"},
                                  {23, "I2C3"},         {24, "FMPI2C1", kF446},
                                  {24, "I2C4", kF746},  {25, "CAN1"},
                                  {26, "CAN2"},         {27, "CEC", kF446 | kF746},
                                  {28, "PWR"},          {29, "DAC"},
                                  {30, "UART7", kF746}, {31, "UART8", kF746}};
// One reset, ADCRST, for all three converters, and an enable for each.
const std::vector<Entry> kApb2 = {{0, "TIM1"},
                                  {1, "TIM8"},
                                  {4, "USART1"},
                                  {5, "USART6"},
                                  {8, "ADC", kEvery, kReset},
                                  {8, "ADC1", kEvery, kGate},
                                  {9, "ADC2", kEvery, kGate},
                                  {10, "ADC3", kEvery, kGate},
                                  {11, "SDIO", kF407 | kF446},
                                  {11, "SDMMC1", kF746},
                                  {12, "SPI1"},
                                  {13, "SPI4", kF446 | kF746},
                                  {14, "SYSCFG"},
                                  {16, "TIM9"},
                                  {17, "TIM10"},
                                  {18, "TIM11"},
                                  {20, "SPI5", kF746},
                                  {21, "SPI6", kF746},
                                  {22, "SAI1", kF446 | kF746},
                                  {23, "SAI2", kF446 | kF746},
                                  {26, "LTDC", kF746}};

std::vector<Group> groups_of(unsigned chip) {
  std::vector<Group> groups;
  const auto add = [&](const char* name, Address reset, std::uint32_t enabled,
                       const std::vector<Entry>& entries) {
    Group group{name, reset, reset + 0x20, reset + 0x40, enabled, {}};
    for (const Entry& entry : entries) {
      if ((entry.chips & chip) == 0) continue;
      group.blocks.push_back({entry.bit, entry.name, entry.kinds});
    }
    groups.push_back(std::move(group));
  };
  add("AHB1%", 0x10, bit(20), kAhb1);  // CCM or DTCM is on after reset; SVD: the same for the F446
  add("AHB2%", 0x14, 0, kAhb2);
  add("AHB3%", 0x18, 0, kAhb3);
  add("APB1%", 0x20, 0, kApb1);
  add("APB2%", 0x24, 0, kApb2);
  return groups;
}

}  // namespace

void RccF4::define_gates(PeripheralContext& context) {
  const unsigned chip = chip_ == Chip::kF407 ? kF407 : chip_ == Chip::kF446 ? kF446 : kF746;
  blocks_ = std::make_unique<RccBlocks>(context, registers_, groups_of(chip), "LPEN");
}

}  // namespace tinyscope::st
