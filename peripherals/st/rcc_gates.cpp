// Resets and clock enables of the blocks. RM0432, registers AHB1RSTR to APB2SMENR; names and bits
// as in CMSIS stm32l4r5xx.h.
#include <memory>
#include <vector>

#include "peripherals/st/rcc.hpp"

namespace tinyscope::st {

using namespace rcc;

namespace {

using Group = RccBlocks::Group;
using enum RccBlocks::Kinds;

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

}  // namespace

void Rcc::define_gates(PeripheralContext& context) {
  blocks_ = std::make_unique<RccBlocks>(context, registers_, groups(), "SMEN");
}

}  // namespace tinyscope::st
