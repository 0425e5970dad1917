// HTS221 and LPS22HB by their registers, as arduino-libraries/Arduino_HTS221 (03dd03e, src/HTS.cpp)
// and Arduino_LPS22HB (bebe75c, src/BARO.cpp) drive them.
#include <gtest/gtest.h>

#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

// HTS221Class::readHTS221Calibration() and the two readings.
class ArduinoHts {
 public:
  explicit ArduinoHts(SensorBench& sensor) : sensor_(sensor) {
    const int h0 = byte(0x30), h1 = byte(0x31);
    const int t0 = byte(0x32) | (byte(0x35) & 0x03) << 8;
    const int t1 = byte(0x33) | (byte(0x35) & 0x0C) << 6;
    const int h0_out = word(0x36), h1_out = word(0x3A), t0_out = word(0x3C), t1_out = word(0x3E);
    humidity_slope_ = (h1 - h0) / (2.0 * (h1_out - h0_out));
    humidity_zero_ = h0 / 2.0 - humidity_slope_ * h0_out;
    temperature_slope_ = (t1 - t0) / (8.0 * (t1_out - t0_out));
    temperature_zero_ = t0 / 8.0 - temperature_slope_ * t0_out;
    sensor_.i2c.write({0x20, 0x84});
  }
  double temperature() {
    shoot(0x01);
    return word(0x2A) * temperature_slope_ + temperature_zero_;
  }
  double humidity() {
    shoot(0x02);
    return word(0x28) * humidity_slope_ + humidity_zero_;
  }

 private:
  int byte(std::uint8_t reg) { return sensor_.i2c.read(reg); }
  int word(std::uint8_t reg) {
    return static_cast<std::int16_t>(byte(reg) | byte(static_cast<std::uint8_t>(reg + 1)) << 8);
  }
  void shoot(std::uint8_t flag) {
    while ((byte(0x21) & 1) != 0) sensor_.wait(1);
    sensor_.i2c.write({0x21, 0x01});
    while ((byte(0x27) & flag) == 0) sensor_.wait(1);
  }
  SensorBench& sensor_;
  double humidity_slope_, humidity_zero_, temperature_slope_, temperature_zero_;
};

TEST(Hts221, GivesTheArduinoLibraryWhatTheRecordingSays) {
  SensorBench sensor("hts221", 0x5F, "time_s,humidity_%,temperature_degC\n0,63.2,18.4\n");
  ASSERT_EQ(sensor.i2c.read(0x0F), 0xBC);
  ArduinoHts library(sensor);
  EXPECT_NEAR(library.temperature(), 18.4, 0.008) << "half of 0.016 degC";
  EXPECT_NEAR(library.humidity(), 63.2, 0.002) << "half of 0.004 %RH";
}

TEST(Hts221, TakesTimeForAConversionAndClearsTheBit) {
  SensorBench sensor("hts221", 0x5F, "", "conversion_us = 4000");
  sensor.i2c.write({0x20, 0x84});
  sensor.i2c.write({0x21, 0x01});
  EXPECT_EQ(sensor.state(), "converting");
  sensor.wait(3.9);
  EXPECT_EQ(sensor.i2c.read(0x21), 0x01);
  EXPECT_EQ(sensor.i2c.read(0x27), 0x00);
  sensor.wait(0.2);
  EXPECT_EQ(sensor.i2c.read(0x21), 0x00);
  EXPECT_EQ(sensor.i2c.read(0x27), 0x03);
  EXPECT_EQ(sensor.state(), "power_down");
}

TEST(Hts221, ClearsEachFlagWhenTheHighByteWasRead) {
  SensorBench sensor("hts221", 0x5F);
  sensor.i2c.write({0x20, 0x84});
  sensor.i2c.write({0x21, 0x01});
  sensor.wait(10);
  sensor.i2c.read(0x29);
  EXPECT_EQ(sensor.i2c.read(0x27), 0x01);
  sensor.i2c.read(0x2B);
  EXPECT_EQ(sensor.i2c.read(0x27), 0x00);
}

TEST(Hts221, MeasuresAtItsRate) {
  SensorBench sensor("hts221", 0x5F);
  sensor.i2c.write({0x20, 0x83});  // 12.5 Hz
  sensor.wait(79);
  EXPECT_EQ(sensor.i2c.read(0x27), 0x00);
  sensor.wait(2);
  EXPECT_EQ(sensor.i2c.read(0x27), 0x03);
  EXPECT_FALSE(sensor.bench.scheduler.next().has_value()) << "nobody waits";
}

TEST(Hts221, MeasuresNothingWhilePoweredDown) {
  SensorBench sensor("hts221", 0x5F);
  sensor.i2c.write({0x21, 0x01});
  sensor.wait(100);
  EXPECT_EQ(sensor.i2c.read(0x27), 0x00);
}

TEST(Hts221, RaisesDataReadyOnItsPin) {
  SensorBench sensor("hts221", 0x5F);
  FakePad drdy;
  ASSERT_TRUE(sensor.device.connect_pin("drdy", drdy));
  sensor.i2c.write({0x22, 0x04});
  sensor.i2c.write({0x20, 0x83});
  sensor.wait(81);
  EXPECT_TRUE(drdy.level());
  sensor.i2c.read(0x80 | 0x28, 4);
  EXPECT_FALSE(drdy.level());
}

TEST(Hts221, ForgetsEverythingWithoutSupply) {
  SensorBench sensor("hts221", 0x5F);
  sensor.i2c.write({0x20, 0x83});
  sensor.device.set_supplied(false);
  EXPECT_FALSE(sensor.i2c.write({0x20}));
  sensor.device.set_supplied(true);
  EXPECT_EQ(sensor.i2c.read(0x20), 0x00);
}

TEST(Hts221, ReportsItsHeaterAndSaysThatItsCalibrationIsMadeUp) {
  SensorBench sensor("hts221", 0x5F);
  EXPECT_TRUE(sensor.bench.assumed("sensor.calibration"));
  EXPECT_TRUE(sensor.bench.assumed("sensor.conversion_us"));
  sensor.i2c.write({0x21, 0x02});
  EXPECT_TRUE(sensor.bench.reported("HEATER"));
}

// LPS22HBClass::readPressure() in kPa and readTemperature().
double kilopascals(SensorBench& sensor) {
  return (sensor.i2c.read(0x28) | sensor.i2c.read(0x29) << 8 | sensor.i2c.read(0x2A) << 16) /
         40960.0;
}

TEST(Lps22hb, GivesTheArduinoLibraryWhatTheRecordingSays) {
  SensorBench sensor("lps22hb", 0x5C, "time_s,pressure_hPa,temp_c\n0,987.65,-4.25\n");
  ASSERT_EQ(sensor.i2c.read(0x0F), 0xB1);
  sensor.i2c.write({0x11, 0x01});
  int waited = 0;
  while ((sensor.i2c.read(0x11) & 1) != 0) {
    sensor.wait(1);
    ASSERT_LT(++waited, 50);
  }
  EXPECT_NEAR(kilopascals(sensor), 98.765, 0.5 / 40960);
  const auto degrees =
      static_cast<std::int16_t>(sensor.i2c.read(0x2B) | sensor.i2c.read(0x2C) << 8);
  EXPECT_EQ(degrees, -425) << "100 digits per degree";
}

TEST(Lps22hb, MeasuresAtItsRatesAndTellsOfWhatWasLost) {
  const double hz[] = {0, 1, 10, 25, 50, 75};
  for (unsigned code = 1; code < 6; ++code) {
    SensorBench sensor("lps22hb", 0x5C);
    sensor.i2c.write({0x10, static_cast<std::uint8_t>(code << 4)});
    sensor.wait(990 / hz[code]);
    EXPECT_EQ(sensor.i2c.read(0x27), 0x00);
    sensor.wait(20 / hz[code]);
    EXPECT_EQ(sensor.i2c.read(0x27), 0x03);
    sensor.wait(1000 / hz[code]);
    EXPECT_EQ(sensor.i2c.read(0x27), 0x33) << "P_OR, T_OR";
    sensor.i2c.read(0x2A);
    EXPECT_EQ(sensor.i2c.read(0x27), 0x22);
  }
}

TEST(Lps22hb, KeepsSamplesInItsFifo) {
  SensorBench sensor("lps22hb", 0x5C, "time_s,pressure_hPa\n0,1000\n10,1010\n");
  sensor.i2c.write({0x14, 2 << 5 | 3});  // stream mode, watermark of 4
  sensor.i2c.write({0x11, 0x50});        // FIFO_EN, IF_ADD_INC
  sensor.i2c.write({0x10, 4 << 4});      // 50 Hz
  sensor.wait(61);
  EXPECT_EQ(sensor.i2c.read(0x26), 3);
  sensor.wait(20);
  EXPECT_EQ(sensor.i2c.read(0x26), 0x80 | 4);
  // Two slots in one burst, which goes round.
  const auto bytes = sensor.i2c.read(0x28, 10);
  const auto hectopascals = [&](std::size_t at) {
    return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16) / 4096.0;
  };
  EXPECT_NEAR(hectopascals(0), 1000.02, 1e-3);
  EXPECT_NEAR(hectopascals(5), 1000.04, 1e-3);
  EXPECT_EQ(sensor.i2c.read(0x26), 2);
  sensor.wait(1000);
  EXPECT_EQ(sensor.i2c.read(0x26), 0xC0 | 32) << "watermark, overrun, full";
}

TEST(Lps22hb, StopsAFullFifoInFifoMode) {
  SensorBench sensor("lps22hb", 0x5C, "time_s,pressure_hPa\n0,1000\n10,1010\n");
  sensor.i2c.write({0x14, 1 << 5});
  sensor.i2c.write({0x11, 0x50});
  sensor.i2c.write({0x10, 5 << 4});
  sensor.wait(5000);
  EXPECT_EQ(sensor.i2c.read(0x26) & 0x7F, 32);
  EXPECT_NEAR(kilopascals(sensor), 100.00133, 1e-4);
}

TEST(Lps22hb, ResetsItsRegistersAndClearsTheBit) {
  SensorBench sensor("lps22hb", 0x5C);
  sensor.i2c.write({0x10, 0x50});
  sensor.i2c.write({0x11, 0x14});
  EXPECT_EQ(sensor.i2c.read(0x11), 0x10);
  EXPECT_EQ(sensor.i2c.read(0x10), 0x00);
}

TEST(Lps22hb, RaisesDataReadyOnItsPin) {
  SensorBench sensor("lps22hb", 0x5C);
  FakePad pad;
  ASSERT_TRUE(sensor.device.connect_pin("int_drdy", pad));
  sensor.i2c.write({0x12, 0x04});
  sensor.i2c.write({0x10, 0x50});
  sensor.wait(14);
  EXPECT_TRUE(pad.level());
  sensor.i2c.read(0x2A);
  EXPECT_FALSE(pad.level());
}

TEST(Lps22hb, ReportsWhatItDoesNotModel) {
  SensorBench sensor("lps22hb", 0x5C);
  sensor.i2c.write({0x0B, 0x03});
  EXPECT_TRUE(sensor.bench.reported("INTERRUPT_CFG"));
  sensor.i2c.write({0x18, 0x03});
  EXPECT_TRUE(sensor.bench.reported("RPDS"));
}

TEST(Lps22hb, HasTheSameFutureAfterASnapshot) {
  SensorBench sensor("lps22hb", 0x5C, "time_s,pressure_hPa\n0,1000\n10,1010\n");
  sensor.i2c.write({0x11, 0x01});
  sensor.wait(5);
  const auto saved = sensor.bench.save();
  sensor.wait(20);
  const double expected = kilopascals(sensor);
  sensor.bench.restore(saved);
  EXPECT_EQ(sensor.i2c.read(0x11) & 1, 1);
  sensor.wait(20);
  EXPECT_EQ(kilopascals(sensor), expected);
}

}  // namespace
}  // namespace tinyscope::test
