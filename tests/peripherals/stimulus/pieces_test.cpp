// Pieces of a stimulus on a time line: sensors, pins and buttons.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/peripherals/stimulus/surroundings.hpp"
#include "tests/support/fake_pad.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::HasSubstr;

StimulusPiece file_piece(const std::string& file, double start_s) {
  StimulusPiece piece;
  piece.file = file;
  piece.start = {at_seconds(start_s).ps};
  piece.where = "day.toml:1";
  return piece;
}
StimulusPiece value_piece(std::string column, double value, double start_s) {
  StimulusPiece piece;
  piece.values.push_back({std::move(column), value});
  piece.start = {at_seconds(start_s).ps};
  piece.where = "day.toml:2";
  return piece;
}
StimulusPiece action_piece(std::string action, double start_s, double length_s) {
  StimulusPiece piece;
  piece.action = std::move(action);
  piece.start = {at_seconds(start_s).ps};
  piece.length = Duration{at_seconds(length_s).ps};
  piece.where = "day.toml:3";
  return piece;
}
Stimulus of(std::vector<StimulusPiece> pieces) {
  Stimulus stimulus;
  stimulus.pieces = std::move(pieces);
  return stimulus;
}

class Pieces : public ::testing::Test {
 protected:
  Surroundings around;
  const std::vector<Measurements::Quantity> ax_ = {{"ax", "g", 9}};
  const std::string ramp_ = around.csv("# rate_hz = 10\nax_g\n0\n1\n2\n3\n");  // 0.3 s
};

TEST_F(Pieces, BeginAtTheirTime) {
  const auto walk = around.open(of({file_piece(ramp_, 2)}), ax_);
  EXPECT_EQ(walk.at(0, at_seconds(1.9)), 9) << "at rest until then";
  EXPECT_NEAR(walk.at(0, at_seconds(2.15)), 1.5, 1e-9);
  EXPECT_NEAR(walk.at(0, at_seconds(9)), 3, 1e-9);
}

TEST_F(Pieces, RepeatAtTheRateOfTheirRows) {
  StimulusPiece piece = file_piece(ramp_, 1);
  piece.times = 0;
  const auto walk = around.open(of({piece}), ax_);
  EXPECT_NEAR(walk.at(0, at_seconds(1.4)), 0, 1e-9) << "0.1 s behind the last row";
  EXPECT_NEAR(walk.at(0, at_seconds(1.35)), 1.5, 1e-9) << "on the way from 3 to 0";
  EXPECT_NEAR(walk.at(0, at_seconds(1 + 1000 * 0.4 + 0.2)), 2, 1e-9);
}

TEST_F(Pieces, RepeatSomeTimesWithGapsAndHoldTheLastRow) {
  StimulusPiece piece = file_piece(ramp_, 0);
  piece.times = 2;
  piece.gap = Duration::from_ms(600);
  const auto walk = around.open(of({piece}), ax_);
  EXPECT_NEAR(walk.at(0, at_seconds(0.7)), 3, 1e-9) << "in the gap";
  EXPECT_NEAR(walk.at(0, at_seconds(1.1)), 1, 1e-9);
  EXPECT_NEAR(walk.at(0, at_seconds(5)), 3, 1e-9);
}

TEST_F(Pieces, GiveWayToLaterOnesAndComeBackWhenThoseAreOver) {
  StimulusPiece spike = value_piece("ax_g", 7, 0.2);
  spike.length = Duration::from_ms(50);
  const auto walk = around.open(of({spike, file_piece(ramp_, 0)}), ax_);
  EXPECT_NEAR(walk.at(0, at_seconds(0.1)), 1, 1e-9);
  EXPECT_NEAR(walk.at(0, at_seconds(0.22)), 7, 1e-9) << "the order of times counts";
  EXPECT_NEAR(walk.at(0, at_seconds(0.25)), 2.5, 1e-9);
}

TEST_F(Pieces, LeaveOtherQuantitiesAlone) {
  const std::vector<Measurements::Quantity> quantities = {{"ax", "g"}, {"temperature", "degC"}};
  const auto day =
      around.open(of({file_piece(ramp_, 0), value_piece("temperature_K", 300, 0.1)}), quantities);
  EXPECT_NEAR(day.at(0, at_seconds(0.2)), 2, 1e-9);
  EXPECT_NEAR(day.at(1, at_seconds(0.2)), 26.85, 1e-9);
}

TEST_F(Pieces, AreAmplified) {
  StimulusPiece piece = file_piece(ramp_, 0);
  piece.gain = -2;
  EXPECT_NEAR(around.open(of({piece}), ax_).at(0, at_seconds(0.1)), -2, 1e-9);
}

TEST_F(Pieces, GetNoiseThatDependsOnSeedAndTimeOnly) {
  StimulusPiece piece = value_piece("ax_mg", 500, 0);
  piece.noise_rms = 20;  // mg, as the column
  piece.seed = 7;
  const auto noisy = around.open(of({piece}), ax_);
  const auto same = around.open(of({piece}), ax_);
  piece.seed = 8;
  const auto other = around.open(of({piece}), ax_);
  double sum = 0;
  double squares = 0;
  constexpr int kCount = 10'000;
  for (int i = 0; i < kCount; ++i) {
    const TimePoint when = at_seconds(0.001 * i);
    const double deviation = noisy.at(0, when) - 0.5;
    EXPECT_EQ(same.at(0, when), 0.5 + deviation);
    sum += deviation;
    squares += deviation * deviation;
  }
  EXPECT_NEAR(sum / kCount, 0, 1e-3) << "five standard errors";
  EXPECT_NEAR(std::sqrt(squares / kCount), 0.020, 1e-3);
  EXPECT_NE(other.at(0, at_seconds(1)), noisy.at(0, at_seconds(1)));
}

TEST_F(Pieces, GetNoiseForOneColumn) {
  const std::vector<Measurements::Quantity> quantities = {{"ax", "g"}, {"ay", "g"}};
  StimulusPiece piece = value_piece("ax_g", 1, 0);
  piece.values.push_back({"ay_g", 1});
  piece.noise.push_back({"ay_mg", 10});
  const auto noisy = around.open(of({piece}), quantities);
  EXPECT_EQ(noisy.at(0, at_seconds(1)), 1);
  EXPECT_NE(noisy.at(1, at_seconds(1)), 1);
}

TEST_F(Pieces, MayBeActions) {
  StimulusPiece left = action_piece("left", 1, 0.2);
  left.times = 2;
  left.gap = Duration::from_ms(800);
  const auto hand = around.open(of({left}), {}, {"right", "left"});
  EXPECT_FALSE(hand.action(at_seconds(0.9)).has_value());
  const auto first = hand.action(at_seconds(1.05));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->kind, 1u);
  EXPECT_EQ(first->into, Duration::from_ms(50));
  EXPECT_EQ(first->length, Duration::from_ms(200));
  EXPECT_FALSE(hand.action(at_seconds(1.3)).has_value());
  EXPECT_TRUE(hand.action(at_seconds(2.1)).has_value());
  EXPECT_FALSE(hand.action(at_seconds(3.1)).has_value());
}

TEST_F(Pieces, MustBeKnownToThePart) {
  EXPECT_THAT(around.refusal(of({action_piece("press", 0, 1)}), ax_),
              HasSubstr("day.toml:3: 'press': no part that this stimulus feeds knows that"));
  EXPECT_THAT(around.refusal(of({value_piece("humidity_%", 1, 0)}), ax_),
              HasSubstr("day.toml:2: 'humidity_%'"));
  StimulusPiece piece = value_piece("ax_g", 1, 0);
  piece.origin = StimulusPiece::Origin::kFirstUse;
  EXPECT_THAT(around.refusal(of({piece}), ax_),
              HasSubstr("day.toml:2: from: this part cannot begin at its first use"));
}

class PinPieces : public ::testing::Test {
 protected:
  Device& part(std::string_view type, std::vector<StimulusPiece> pieces,
               std::string_view params = "") {
    Device& device = bench.add_device("part", type, of(std::move(pieces)), params);
    EXPECT_TRUE(device.connect_pin("out", pad));
    EXPECT_FALSE(device.connect_pin("in", pad));
    return device;
  }
  void until(double ms) { bench.run_until({static_cast<std::uint64_t>(ms * 1e9)}); }

  PeripheralBench bench;
  FakePad pad;
};

TEST_F(PinPieces, DriveAPinAndLetGo) {
  StimulusPiece high = value_piece("level", 1, 0.010);
  high.length = Duration::from_ms(5);
  part("pin_source", {high});
  EXPECT_FALSE(pad.driven);
  EXPECT_FALSE(pad.node().volts(bench.now()).has_value());
  until(11);
  EXPECT_TRUE(pad.driven);
  EXPECT_TRUE(pad.level());
  EXPECT_DOUBLE_EQ(pad.node().volts(bench.now()).value(), 3.3);
  until(16);
  EXPECT_FALSE(pad.driven);
}

TEST_F(PinPieces, FollowTheLevelsOfAFileOnTime) {
  Surroundings around;
  part("pin_source", {file_piece(around.csv("t_ms,level\n0,0\n3,1\n4,0\n"), 0)});
  until(2.9);
  EXPECT_FALSE(pad.level());
  until(3.1);
  EXPECT_TRUE(pad.level());
  until(4.1);
  EXPECT_FALSE(pad.level());
  EXPECT_FALSE(bench.scheduler.next().has_value());
}

TEST_F(PinPieces, PutAVoltageOnAPin) {
  Surroundings around;
  part("pin_source", {file_piece(around.csv("t_ms,volts_mV\n0,0\n10,2000\n"), 0)});
  EXPECT_DOUBLE_EQ(pad.node().volts(TimePoint{2'500'000'000}).value(), 0.5);
  ASSERT_NE(pad.signal, nullptr);
  EXPECT_FALSE(pad.signal->level(TimePoint{8'000'000'000})) << "1.6 V";
  EXPECT_TRUE(pad.signal->level(TimePoint{8'500'000'000})) << "1.7 V";
}

TEST_F(PinPieces, PressAButtonToGround) {
  StimulusPiece press = action_piece("press", 0.010, 0.020);
  press.times = 2;
  press.gap = Duration::from_ms(70);
  part("button", {press});
  EXPECT_FALSE(pad.driven) << "the chip's pull-up holds it";
  until(11);
  EXPECT_TRUE(pad.driven);
  EXPECT_FALSE(pad.level());
  until(31);
  EXPECT_FALSE(pad.driven);
  until(101);
  EXPECT_TRUE(pad.driven);
  until(200);
  EXPECT_FALSE(pad.driven);
}

TEST_F(PinPieces, PressAButtonToSupplyWithAResistorToGround) {
  part("button", {action_piece("press", 0.010, 0.020)}, "active = \"high\"\npull = \"down\"");
  EXPECT_TRUE(pad.driven);
  EXPECT_FALSE(pad.level());
  until(11);
  EXPECT_TRUE(pad.level());
  EXPECT_THROW(bench.add_device("b", "button", {}, "active = \"left\""), InputError);
  EXPECT_THROW(bench.add_device("c", "button", {}, "pull = \"left\""), InputError);
}

TEST_F(PinPieces, HaveTheSameFutureAfterASnapshot) {
  part("button", {action_piece("press", 0.010, 0.020)});
  until(5);
  const auto saved = bench.save();
  until(50);
  bench.restore(saved);
  until(11);
  EXPECT_TRUE(pad.driven);
}

}  // namespace
}  // namespace tinyscope::test
