// APDS-9960 by its registers, as arduino-libraries/Arduino_APDS9960 (5816958,
// src/Arduino_APDS9960.cpp) drives it; figures from Avago AV02-4191EN.
#include <gtest/gtest.h>

#include "sim/error.hpp"
#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

// The library's way to talk to the part, and its gesture recognition.
class Apds9960 : public ::testing::Test {
 protected:
  void feed_pieces(const Stimulus& stimulus) {
    sensor = std::make_unique<SensorBench>("apds9960", 0x39, stimulus, "counts_per_klux = 12", 0);
    ASSERT_TRUE(sensor->device.connect_pin("int", pin));
    ASSERT_FALSE(sensor->device.connect_pin("irq", pin));
  }
  void feed(std::string_view csv) {
    feed_pieces(csv.empty() ? Stimulus() : Stimulus(SensorBench::file(csv, "scene.csv")));
  }
  void feed_action(const char* action, double at_ms) {
    Stimulus stimulus;
    StimulusPiece piece;
    piece.action = action;
    piece.start = {static_cast<std::uint64_t>(at_ms * 1e9)};
    piece.where = "day.toml:1";
    stimulus.pieces.push_back(piece);
    feed_pieces(stimulus);
  }
  std::uint8_t get(std::uint8_t reg) { return sensor->i2c.read(reg); }
  void set(std::uint8_t reg, std::uint8_t value) { sensor->i2c.write({reg, value}); }
  void change(std::uint8_t reg, std::uint8_t on, std::uint8_t off = 0) {
    set(reg, static_cast<std::uint8_t>((get(reg) | on) & ~off));
  }

  // APDS9960::begin()
  void begin() {
    ASSERT_EQ(get(0x92), 0xAB);
    set(0x80, 0x00);
    set(0x83, 0xFF);
    set(0xA6, 0x8F);
    set(0x8E, 0x8F);
    change(0xAB, 0x02);
    change(0xAB, 0x01);
    change(0x80, 0x01);
    change(0x80, 0x08);
    set(0x81, 252);  // 256 - 10 / 2.78
    set(0x8F, 0x02);
    sensor->wait(10);
  }

  // APDS9960::gestureAvailable() and handleGesture(): 'u', 'd', 'l', 'r', or 0.
  char poll_gesture() {
    change(0x80, 0x40);
    if (pin.level()) return 0;
    while (true) {
      if ((get(0xAF) & 1) == 0) break;
      const std::size_t available = get(0xAE);
      if (available == 0) break;
      const auto bytes = sensor->i2c.read(0xFC, 4 * available);
      for (std::size_t i = 0; i + 3 < bytes.size(); i += 4) {
        take(bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]);
      }
      sensor->wait(0.5);
    }
    const char found = detected_;
    detected_ = 0;
    return found;
  }
  void take(int u, int d, int l, int r) {
    if (u < 30 && d < 30 && l < 30 && r < 30) {
      gesture_in_ = true;
      if (in_x_ != 0 || in_y_ != 0) {
        const int x = in_x_ - x_, y = in_y_ - y_;
        if (x < -20) detected_ = 'l';
        if (x > 20) detected_ = 'r';
        if (y < -20) detected_ = 'd';
        if (y > 20) detected_ = 'u';
        x_ = y_ = in_x_ = in_y_ = 0;
      }
      return;
    }
    x_ = r - l;
    y_ = u - d;
    if (gesture_in_) {
      gesture_in_ = false;
      in_x_ = x_;
      in_y_ = y_;
    }
  }
  std::string gestures(double ms) {
    std::string found;
    for (double waited = 0; waited < ms; waited += 20) {
      if (const char gesture = poll_gesture(); gesture != 0) found += gesture;
      sensor->wait(20);
    }
    return found;
  }

  FakePad pin;
  std::unique_ptr<SensorBench> sensor;
  bool gesture_in_ = false;
  int x_ = 0, y_ = 0, in_x_ = 0, in_y_ = 0;
  char detected_ = 0;
};

TEST_F(Apds9960, GivesTheArduinoLibraryTheColour) {
  feed("time_s,light_lux,red_lux,green_lux,blue_lux\n0,500,250,125,100\n");
  begin();
  change(0x80, 0x02);
  sensor->wait(11);
  EXPECT_EQ(get(0x93) & 1, 0) << "four cycles of 2.78 ms";
  sensor->wait(5);  // and the wait of one cycle
  EXPECT_EQ(get(0x93) & 1, 1);
  // 12 counts per 1000 lux and cycle, gain 16x.
  const auto bytes = sensor->i2c.read(0x94, 8);
  const auto counts = [&](std::size_t i) { return bytes[2 * i] | bytes[2 * i + 1] << 8; };
  EXPECT_EQ(counts(0), 384);
  EXPECT_EQ(counts(1), 192);
  EXPECT_EQ(counts(2), 96);
  EXPECT_EQ(counts(3), 77);
  EXPECT_EQ(get(0x93) & 1, 0) << "reading clears AVALID";
}

TEST_F(Apds9960, SeesWhiteLightWithoutColours) {
  feed("time_s,light_lux\n0,600\n");
  begin();
  change(0x80, 0x02);
  sensor->wait(20);
  EXPECT_EQ(sensor->i2c.read16(0x94), 461);
  EXPECT_EQ(sensor->i2c.read16(0x96), 154);
}

// ATIME: 256 - n cycles of 2.78 ms, 1025 counts each at most; AGAIN 1, 4, 16, 64.
TEST_F(Apds9960, IntegratesAndSaturates) {
  feed("time_s,light_klux\n0,10\n");
  set(0x80, 0x01);
  set(0x81, 0xF6);  // ten cycles
  set(0x8F, 0x00);
  set(0x80, 0x03);
  sensor->wait(28);
  EXPECT_EQ(sensor->i2c.read16(0x94), 1200);
  set(0x8F, 0x03);
  sensor->wait(28);
  EXPECT_EQ(sensor->i2c.read16(0x94), 10250);
}

TEST_F(Apds9960, GivesTheArduinoLibraryTheProximity) {
  feed("time_s,proximity\n0,120\n");
  begin();
  change(0x80, 0x04);
  sensor->wait(6);
  EXPECT_EQ(get(0x93) & 2, 2);
  EXPECT_EQ(get(0x9C), 120);
  EXPECT_EQ(get(0x93) & 2, 0) << "reading clears PVALID";
}

TEST_F(Apds9960, ScalesProximityByPulsesGainAndCurrent) {
  feed("time_s,proximity\n0,100\n");
  const auto proximity = [&](std::uint8_t pulse, std::uint8_t control) {
    set(0x80, 0x00);
    set(0x8E, pulse);
    set(0x8F, control);
    set(0x80, 0x05);
    sensor->wait(10);
    return int{get(0x9C)};
  };
  EXPECT_EQ(proximity(0x47, 0x08), 100) << "8 pulses of 8 us, 100 mA, 4x";
  EXPECT_EQ(proximity(0x47, 0x04), 50);
  EXPECT_EQ(proximity(0x47, 0x0C), 200);
  EXPECT_EQ(proximity(0x43, 0x08), 50) << "4 pulses";
  EXPECT_EQ(proximity(0x47, 0x48), 50) << "50 mA";
  EXPECT_EQ(proximity(0xBF, 0x0C), 255) << "saturated";
}

TEST_F(Apds9960, ShowsTheArduinoLibraryScriptedGestures) {
  for (const char* gesture : {"up", "down", "left", "right"}) {
    feed_action(gesture, 100);
    begin();
    gesture_in_ = false;
    EXPECT_EQ(gestures(500), std::string(1, gesture[0])) << gesture;
  }
}

TEST_F(Apds9960, ShowsRecordedPhotodiodes) {
  feed(
      "t_ms,up,down,left,right\n0,0,0,0,0\n100,0,0,0,0\n150,50,50,120,10\n200,50,50,10,120\n"
      "250,0,0,0,0\n");
  begin();
  EXPECT_EQ(gestures(500), "l");
}

TEST_F(Apds9960, KeepsThirtyTwoDatasetsAndLosesNewOnes) {
  feed("t_ms,up,down,left,right\n0,0,1,2,3\n1000,200,1,2,3\n");
  begin();
  change(0x80, 0x40);
  sensor->wait(1000);
  EXPECT_EQ(get(0xAE), 32);
  EXPECT_EQ(get(0xAF), 0x03) << "GVALID, GFOV";
  const auto bytes = sensor->i2c.read(0xFC, 8);
  EXPECT_LE(bytes[0], 3) << "the oldest";
  EXPECT_EQ(bytes[1], 1);
  EXPECT_EQ(bytes[2], 2);
  EXPECT_EQ(bytes[3], 3);
  EXPECT_EQ(bytes[5], 1) << "a page read goes round";
  EXPECT_EQ(get(0xAE), 30);
}

TEST_F(Apds9960, PullsItsInterruptLowWhenTheFifoReachesItsThreshold) {
  feed("");
  begin();
  set(0xA2, 0x40);  // GFIFOTH: 4 datasets
  EXPECT_TRUE(pin.level());
  change(0x80, 0x40);
  sensor->wait(13.5);
  EXPECT_TRUE(pin.level());
  sensor->wait(0.2);  // 4 * 2 * (53.1 + 796.6 + 16 * 53.1) us = 13.6 ms
  EXPECT_FALSE(pin.level());
  EXPECT_EQ(get(0xAE), 4);
  sensor->i2c.read(0xFC, 16);
  EXPECT_TRUE(pin.level()) << "emptied";
}

TEST_F(Apds9960, EntersAndLeavesGesturesByItsThresholds) {
  feed_action("left", 100);
  set(0xA0, 50);    // GPENTH
  set(0xA1, 20);    // GEXTH
  set(0xA2, 0x01);  // GEXPERS: 2 datasets
  set(0x8E, 0x8F);
  set(0x80, 0x45);
  sensor->wait(100);
  EXPECT_EQ(get(0xAB) & 1, 0);
  sensor->wait(100);
  EXPECT_EQ(get(0xAB) & 1, 1);
  sensor->wait(150);
  EXPECT_EQ(get(0xAB) & 1, 0);
  EXPECT_EQ(get(0x93) & 4, 4) << "GINT: there are datasets left";
}

TEST_F(Apds9960, InterruptsOutsideItsThresholdsUntilCleared) {
  feed("t_ms,proximity\n0,10\n100,10\n101,90\n");
  set(0x89, 0);     // PILT
  set(0x8B, 50);    // PIHT
  set(0x8C, 0x20);  // PPERS: two in a row
  set(0x8E, 0x47);
  set(0x8F, 0x08);
  set(0x80, 0x25);
  sensor->wait(100);
  EXPECT_TRUE(pin.level());
  sensor->wait(10);
  EXPECT_FALSE(pin.level());
  EXPECT_EQ(get(0x93) & 0x20, 0x20);
  sensor->i2c.write({0xE5});  // PICLEAR by its address alone
  EXPECT_EQ(get(0x93) & 0x20, 0);
  EXPECT_TRUE(pin.level());
}

TEST_F(Apds9960, MeasuresAllInTurn) {
  feed("");
  begin();
  set(0xAB, 0x00);
  change(0x80, 0x06);
  sensor->wait(17);  // 1.7 ms, 2.78 ms, 11.1 ms
  EXPECT_EQ(get(0x93) & 3, 3);
}

TEST_F(Apds9960, SchedulesNothingWhileNobodyWaits) {
  feed("");
  set(0x80, 0x07);
  EXPECT_FALSE(sensor->bench.scheduler.next().has_value());
}

TEST_F(Apds9960, SleepsUntilItIsPoweredOn) {
  feed("");
  set(0x80, 0x06);
  EXPECT_EQ(sensor->state(), "sleep");
  sensor->wait(100);
  EXPECT_EQ(get(0x93) & 3, 0);
}

TEST_F(Apds9960, ForgetsEverythingWithoutSupply) {
  feed("");
  set(0x80, 0x01);
  sensor->device.set_supplied(false);
  EXPECT_FALSE(sensor->i2c.write({0x80}));
  EXPECT_FALSE(pin.driven);
  sensor->device.set_supplied(true);
  EXPECT_EQ(get(0x80), 0);
}

TEST_F(Apds9960, ReportsWhatItDoesNotModelOrAssumes) {
  feed("");
  set(0x9D, 5);
  EXPECT_TRUE(sensor->bench.reported("offsets"));
  EXPECT_TRUE(sensor->bench.assumed("sensor.timing"));
}

TEST_F(Apds9960, HasTheSameFutureAfterASnapshot) {
  feed_action("left", 30);
  begin();
  change(0x80, 0x40);
  sensor->wait(60);
  const auto saved = sensor->bench.save();
  sensor->wait(40);
  const auto expected = sensor->i2c.read(0xFC, 128);
  sensor->bench.restore(saved);
  sensor->wait(40);
  EXPECT_EQ(sensor->i2c.read(0xFC, 128), expected);
}

}  // namespace
}  // namespace tinyscope::test
