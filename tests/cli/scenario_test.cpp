// Options and scenarios that say what the board senses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cli/stimuli.hpp"
#include "sim/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Scenario : public ::testing::Test {
 protected:
  Scenario() {
    board.name = "little";
    board.pins["D2"] = "P1.11";
    DeviceDescription button;
    button.name = "button";
    board.devices.push_back(button);
  }
  Feeds read(std::string_view text) {
    StimulusArguments arguments;
    arguments.scenario = folder.write("day.toml", text).string();
    return read_feeds(arguments, board);
  }
  StimulusPiece piece(std::string_view text, const std::string& name) {
    return read(text).stimuli.at(name).pieces.at(0);
  }
  std::string error(std::string_view text) {
    try {
      read(text);
    } catch (const InputError& wrong) {
      std::string message = wrong.what();
      const std::string prefix = folder.path().string() + "/";
      if (message.starts_with(prefix)) message.erase(0, prefix.size());
      return message;
    }
    return "accepted";
  }
  std::string option_error(const StimulusArguments& arguments) {
    try {
      read_feeds(arguments, board);
    } catch (const InputError& wrong) {
      return wrong.what();
    }
    return "accepted";
  }

  TemporaryFolder folder;
  BoardDescription board;
};

TEST_F(Scenario, FeedsAFileAtATime) {
  const auto step = piece(
      "[[step]]\nat = \"2.5s\"\nfeed = \"imu\"\nfile = \"walk.csv\"\nrepeat = 3\ngap = \"1s\"\n"
      "for = \"10s\"\ngain = 2\nnoise = { ax_g = 0.02 }\nseed = 7\n",
      "imu");
  EXPECT_EQ(step.file, (folder.path() / "walk.csv").string()) << "beside the scenario";
  EXPECT_EQ(step.origin, StimulusPiece::Origin::kPowerOn);
  EXPECT_EQ(step.start, Duration::from_ms(2500));
  EXPECT_EQ(step.times, 3u);
  EXPECT_EQ(step.gap, Duration::from_ms(1000));
  EXPECT_EQ(step.length, Duration::from_ms(10'000));
  EXPECT_EQ(step.gain, 2);
  ASSERT_EQ(step.noise.size(), 1u);
  EXPECT_EQ(step.noise[0].column, "ax_g");
  EXPECT_EQ(step.seed, 7u);
}

TEST_F(Scenario, BeginsAsTheOptionDoesWithoutATime) {
  EXPECT_EQ(piece("[[step]]\nfeed = \"mic\"\nfile = \"a.wav\"\n", "mic").origin,
            StimulusPiece::Origin::kAsOption);
  EXPECT_EQ(piece("[[step]]\nfeed = \"mic\"\nfile = \"a.wav\"\nat = \"1s\"\nfrom = \"first_use\"\n",
                  "mic")
                .origin,
            StimulusPiece::Origin::kFirstUse);
}

TEST_F(Scenario, LoopsForEverAndTakesDecibel) {
  const auto step =
      piece("[[step]]\nfeed = \"mic\"\nfile = \"a.wav\"\nloop = true\ngain_db = 20\nnoise = 0.01\n",
            "mic");
  EXPECT_EQ(step.times, 0u);
  EXPECT_DOUBLE_EQ(step.gain, 10);
  EXPECT_DOUBLE_EQ(step.noise_rms, 0.01);
}

TEST_F(Scenario, SetsValues) {
  const auto step = piece(
      "[[step]]\nat = \"1s\"\nfeed = \"environment\"\nset = { temperature_degC = 25.5, "
      "\"humidity_%\" = 40 }\n",
      "environment");
  ASSERT_EQ(step.values.size(), 2u);
  EXPECT_EQ(step.values[0].column, "temperature_degC");
  EXPECT_EQ(step.values[0].value, 25.5);
  EXPECT_EQ(step.values[1].column, "humidity_%");
}

TEST_F(Scenario, MakesGesturesAndPressesButtons) {
  EXPECT_EQ(piece("[[step]]\nat = \"3s\"\ngesture = \"left\"\n", "light").action, "left");
  const auto press = piece("[[step]]\npress = \"button\"\nfor = \"100ms\"\n", "button");
  EXPECT_EQ(press.action, "press");
  EXPECT_EQ(press.length, Duration::from_ms(100));
}

TEST_F(Scenario, PutsAButtonOnAPinOfTheBoard) {
  const Feeds feeds =
      read("[[step]]\npress = \"D2\"\nat = \"1s\"\n[[step]]\npress = \"D2\"\nat = \"2s\"\n");
  ASSERT_EQ(feeds.devices.size(), 1u);
  EXPECT_EQ(feeds.devices[0].type, "button");
  EXPECT_EQ(feeds.devices[0].pins[0].pad, "P1.11");
  EXPECT_EQ(feeds.stimuli.at(feeds.devices[0].name).pieces.size(), 2u);
}

TEST_F(Scenario, DrivesPins) {
  const Feeds feeds =
      read("[[step]]\npin = \"D2\"\nlevel = 1\n[[step]]\nat = \"1s\"\npin = \"D2\"\nvolts = 1.2\n");
  ASSERT_EQ(feeds.devices.size(), 1u);
  EXPECT_EQ(feeds.devices[0].type, "pin_source");
  const auto& pieces = feeds.stimuli.at("pin D2").pieces;
  EXPECT_EQ(pieces.at(0).values[0].column, "level");
  EXPECT_EQ(pieces.at(1).values[0].value, 1.2);
}

TEST_F(Scenario, NamesLineAndKeyOfWhatIsWrong) {
  EXPECT_THAT(error("[[step]]\nat = \"soon\"\nfeed = \"imu\"\nfile = \"a\"\n"),
              StartsWith("day.toml:2: step.at: 'soon' is not a time"));
  EXPECT_THAT(error("[[step]]\nfeed = \"imu\"\n"),
              HasSubstr("says nothing; expected file, set, gesture, press, level or volts"));
  EXPECT_THAT(error("[[step]]\nfeed = \"imu\"\nfile = \"a\"\nset = { ax_g = 1 }\n"),
              HasSubstr("stands beside 'file'"));
  EXPECT_THAT(error("[[step]]\nfile = \"a\"\n"), HasSubstr("feed"));
  EXPECT_THAT(error("[[step]]\nfeed = \"imu\"\nfile = \"a\"\nloops = true\n"),
              StartsWith("day.toml:4: step.loops: unknown key; did you mean 'loop'?"));
  EXPECT_THAT(error("[[step]]\nfeed = \"imu\"\nfile = \"a\"\nrepeat = 0\n"),
              HasSubstr("day.toml:4: step.repeat: expected 1 to 1000000"));
  EXPECT_THAT(error("[[step]]\nfeed = \"imu\"\nfile = \"a\"\nrepeat = 2\nloop = true\n"),
              HasSubstr("stands beside 'repeat'"));
  EXPECT_THAT(error("[[step]]\nfeed = \"imu\"\nfile = \"a\"\ngap = \"1s\"\n"),
              HasSubstr("has no effect without repeat or loop"));
  EXPECT_THAT(error("[[step]]\nfeed = \"imu\"\nfile = \"a\"\nnoise = -1\n"),
              HasSubstr("not below 0"));
  EXPECT_THAT(error("[[step]]\nfeed = \"imu\"\nfile = \"a\"\nfrom = \"noon\"\n"),
              HasSubstr("expected \"power_on\" or \"first_use\""));
  EXPECT_THAT(error("[[step]]\nfeed = \"imu\"\nfile = \"a\"\nfor = \"0s\"\n"),
              HasSubstr("must be more than 0"));
  EXPECT_THAT(error("[[step]]\nfeed = \"imu\"\nset = { ax_g = 1 }\nloop = true\n"),
              HasSubstr("fixed values stay anyway"));
  EXPECT_THAT(error("[[step]]\ngesture = \"left\"\ngain = 2\n"), HasSubstr("an action has none"));
  EXPECT_THAT(error("[[step]]\nlevel = 1\n"), HasSubstr("expected together with pin"));
  EXPECT_THAT(error("[[step]]\npin = \"D2\"\nlevel = 0.5\n"), HasSubstr("expected 0 or 1"));
  EXPECT_THAT(error("[[step]]\npin = \"D9\"\nlevel = 1\n"),
              HasSubstr("board 'little' has no pin 'D9'; did you mean 'D2'?"));
  EXPECT_THAT(error("[[step]]\npress = \"D9\"\n"), HasSubstr("neither a button nor a pin 'D9'"));
  EXPECT_THAT(error(""), HasSubstr("has no steps; expected [[step]] tables"));
  EXPECT_THAT(error("[[steps]]\n"), HasSubstr("unknown key; did you mean 'step'?"));
}

TEST_F(Scenario, IsNotNeededForSimpleThings) {
  StimulusArguments arguments;
  arguments.imu = "walk.csv";
  arguments.mic = "yes.wav";
  arguments.sensors = {"environment=room.csv"};
  arguments.pins = {"D2=1"};
  const Feeds feeds = read_feeds(arguments, board);
  EXPECT_EQ(feeds.stimuli.at("imu").pieces[0].file, "walk.csv");
  EXPECT_EQ(feeds.stimuli.at("mic").pieces[0].file, "yes.wav");
  EXPECT_EQ(feeds.stimuli.at("environment").pieces[0].file, "room.csv");
  EXPECT_EQ(feeds.stimuli.at("pin D2").pieces[0].values[0].value, 1);
}

TEST_F(Scenario, ReadsWhatIsPutOnAPin) {
  const auto value = [&](const std::string& text) {
    StimulusArguments arguments;
    arguments.pins = {"D2=" + text};
    return read_feeds(arguments, board).stimuli.at("pin D2").pieces.at(0);
  };
  EXPECT_EQ(value("0").values[0].column, "level");
  EXPECT_EQ(value("1.2V").values[0].value, 1.2);
  EXPECT_EQ(value("800mV").values[0].column, "volts_mV");
  EXPECT_EQ(value("wave.csv").file, "wave.csv");
}

TEST_F(Scenario, ExplainsWrongOptions) {
  StimulusArguments arguments;
  arguments.sensors = {"environment"};
  EXPECT_THAT(option_error(arguments), StartsWith("--sensor environment: expected NAME=FILE"));
  arguments.sensors.clear();
  arguments.pins = {"D2=0.5"};
  EXPECT_THAT(option_error(arguments), HasSubstr("expected a level (0 or 1), a voltage"));
  arguments.pins = {"D3=1"};
  EXPECT_THAT(option_error(arguments), StartsWith("--pin D3=1: board 'little' has no pin 'D3'"));
}

}  // namespace
}  // namespace tinyscope::test
