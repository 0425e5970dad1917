// I2C and ADC of the STM32L4R5 with what is on its board, wired as the chip's description says.
#include <gtest/gtest.h>

#include "sim/description/soc.hpp"
#include "sim/serial_buses.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kGpioB = 0x4800'0400;
constexpr Address kI2c1 = 0x4000'5400;
constexpr Address kDma1 = 0x4002'0000;
constexpr Address kMux = 0x4002'0800;
constexpr Address kAdc = 0x5004'0000;
constexpr Address kTim6 = 0x4000'1000;
constexpr Address kBuffer = PeripheralBench::kRam + 0x100;

const SocDescription& chip() {
  static const SocDescription kSoc = load_soc(TINYSCOPE_SOURCE_DIR "/sim/socs/stm32l4r5.toml");
  return kSoc;
}

class Stm32l4r5Buses : public ::testing::Test {
 protected:
  Stm32l4r5Buses() {
    const auto ours = [](const PeripheralDescription& entry) {
      for (const char* name : {"i2c1", "dma1", "dma2", "dmamux1", "gpiob", "adc", "tim6"}) {
        if (entry.name == name) return true;
      }
      return false;
    };
    for (const auto& entry : chip().peripherals) {
      if (ours(entry)) bench.add(entry);
    }
    for (const auto& entry : chip().peripherals) {
      if (ours(entry) && entry.name != "gpiob") bench.connect(entry);
    }
    for (const char* name : {"hclk", "i2c1_ker", "tim_pclk1"})
      bench.clocks.signal(name).set(16'000'000);
    Device& sensor = bench.add_device("hts221", "hts221");
    sensor.reset(ResetKind::kPowerOn);
    bus.attach(dynamic_cast<I2cTarget&>(*sensor.port("i2c")));
    bench.fabric.connect_pads(i2c_key("PB8", "PB9"), bus);
  }
  // PB8 and PB9 in alternate function 4: I2C1 (DS12023, alternate functions).
  void connect_pads() {
    bench.write(kGpioB + 0x24, 0x44);
    bench.write(kGpioB + 0x00, 0xFFFA'FEBF);
  }
  void await(std::uint32_t flag) {
    const TimePoint limit = bench.now() + Duration::from_ms(5);
    while ((bench.read(kI2c1 + 0x18) & flag) == 0 && bench.now() < limit) {
      bench.run_for(Duration::from_us(1));
    }
    EXPECT_NE(bench.read(kI2c1 + 0x18) & flag, 0u);
  }

  PeripheralBench bench;
  I2cBus bus;
};

// HTS221 data sheet: address 0x5F, WHO_AM_I (0x0F) is 0xBC; bit 7 of the register address makes it
// count up. TIMINGR: what CubeMX gives for 100 kHz at 16 MHz.
TEST_F(Stm32l4r5Buses, ReadsASensorByDma) {
  connect_pads();
  bench.write(kI2c1 + 0x10, 0x0030'3D5B);
  bench.write(kI2c1 + 0x00, 1u | 1u << 15);  // PE, RXDMAEN
  bench.write(kMux, 16);                     // channel 1 of DMA1: I2C1_RX
  bench.write(kDma1 + 0x0C, 2);
  bench.write(kDma1 + 0x10, kI2c1 + 0x24);
  bench.write(kDma1 + 0x14, kBuffer);
  bench.write(kDma1 + 0x08, 1u << 7 | 1u << 1 | 1u);
  bench.write(kI2c1 + 0x04, 0x5Fu << 1 | 1u << 16 | 1u << 13);
  await(1u << 1);
  bench.write(kI2c1 + 0x28, 0x80 | 0x0F);
  await(1u << 6);
  const TimePoint begin = bench.now();
  bench.write(kI2c1 + 0x04, 0x5Fu << 1 | 1u << 10 | 2u << 16 | 1u << 25 | 1u << 13);
  await(1u << 5);
  EXPECT_EQ(bench.bytes(kBuffer, 1)[0], 0xBC);
  EXPECT_EQ(bench.read(kDma1 + 0x0C), 0u);
  // START, address, two bytes, STOP at 100 kHz, within what the edges take.
  EXPECT_NEAR((bench.now() - begin).seconds(), 29 * 10e-6, 29 * 0.2e-6);
}

TEST_F(Stm32l4r5Buses, DoesNotReachTheSensorWhilePadsAreNotItsOwn) {
  bench.write(kI2c1 + 0x10, 0x0030'3D5B);
  bench.write(kI2c1 + 0x00, 1);
  bench.write(kI2c1 + 0x04, 0x5Fu << 1 | 1u << 25 | 1u << 13);
  await(1u << 5);
  EXPECT_NE(bench.read(kI2c1 + 0x18) & (1u << 4), 0u);  // NACKF
}

// As HAL_ADC_Start_DMA with ADC_EXTERNALTRIG_T6_TRGO: PA0 is channel 5, TRGO of TIM6 trigger 13.
TEST_F(Stm32l4r5Buses, ATimerTriggersConversionsThatDmaCollects) {
  bench.fabric.pad("PA0").volts = [](TimePoint) { return std::optional(1.65); };
  bench.write(kAdc + 0x308, 1u << 16);      // CKMODE: HCLK
  bench.write(kAdc + 0x08, 1u << 28);       // ADVREGEN
  bench.write(kAdc + 0x08, 1u << 28 | 1u);  // ADEN
  bench.run_for(Duration::from_us(10));
  bench.write(kAdc + 0x30, 5u << 6);
  bench.write(kAdc + 0x0C, 3u | 13u << 6 | 1u << 10);  // DMAEN, circular, rising edge
  bench.write(kMux, 5);
  bench.write(kDma1 + 0x0C, 8);
  bench.write(kDma1 + 0x10, kAdc + 0x40);
  bench.write(kDma1 + 0x14, kBuffer);
  bench.write(kDma1 + 0x08, 1u << 10 | 1u << 8 | 1u << 7 | 1u << 5 | 1u);
  bench.write(kAdc + 0x08, 1u << 28 | 1u << 2 | 1u);  // ADSTART
  bench.write(kTim6 + 0x04, 2u << 4);                 // TRGO: update
  bench.write(kTim6 + 0x2C, 159);                     // each 10 us
  bench.write(kTim6 + 0x00, 1);
  bench.run_for(Duration::from_us(75));
  EXPECT_EQ(bench.read(kDma1 + 0x0C), 1u);
  bench.run_for(Duration::from_us(10));
  EXPECT_EQ(bench.read(kDma1 + 0x0C), 8u);
  for (const std::int16_t sample : bench.samples(kBuffer, 8)) EXPECT_EQ(sample, 2048);
}

}  // namespace
}  // namespace tinyscope::test
