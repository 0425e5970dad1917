#include "peripherals/stimulus/wav_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "sim/error.hpp"
#include "tests/peripherals/wav_bytes.hpp"

namespace tinyscope::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

WavSource open(const std::string& path, RunNotes& notes, WavSource::Options options = {}) {
  return WavSource("microphone", path, options, notes);
}

std::vector<std::int16_t> take(WavSource& source, std::size_t count) {
  std::vector<std::int16_t> samples(count);
  source.read(samples);
  return samples;
}

std::string refusal(const std::string& path) {
  RunNotes notes;
  try {
    open(path, notes);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

bool notes_mention(const RunNotes& notes, std::string_view topic) {
  for (const auto& assumption : notes.assumptions()) {
    if (assumption.topic == topic) return true;
  }
  return false;
}

TEST(WavSource, GivesTheSamplesOfTheFileUnchangedAtItsOwnRate) {
  RunNotes notes;
  auto source = open(WavBytes({}, {0, 1, -1, 32767, -32768}).save("plain.wav"), notes);
  source.start(16'000, TimePoint{});
  EXPECT_THAT(take(source, 5), ElementsAre(0, 1, -1, 32767, -32768));
  EXPECT_TRUE(notes.assumptions().empty());
}

StimulusPiece sound_piece(const std::string& file) {
  StimulusPiece piece;
  piece.file = file;
  piece.where = "day.toml:1";
  return piece;
}

TEST(WavSource, PlaysPiecesAtTheirTimesAndAddsThem) {
  RunNotes notes;
  Stimulus stimulus;
  const std::string file = WavBytes({}, {100, 200, 300}).save("piece.wav");
  StimulusPiece later = sound_piece(file);
  later.origin = StimulusPiece::Origin::kPowerOn;
  later.start = Duration::from_us(1'125);  // 18 samples
  later.gain = -2;
  stimulus.pieces = {sound_piece(file), later};
  WavSource source("microphone", stimulus, {}, notes);
  source.start(16'000, TimePoint{1'000'000'000});  // at sample 16
  EXPECT_THAT(take(source, 6), ElementsAre(100, 200, 300 - 200, -400, -600, 0));
}

TEST(WavSource, RepeatsPiecesWithGapsAndCutsThemOff) {
  RunNotes notes;
  Stimulus stimulus;
  StimulusPiece piece = sound_piece(WavBytes({}, {1, 2}).save("loop.wav"));
  piece.times = 0;
  piece.gap = Duration::from_ns(62'500);  // one sample
  piece.length = Duration::from_ns(500'000);
  stimulus.pieces = {piece};
  WavSource source("microphone", stimulus, {}, notes);
  source.start(16'000, TimePoint{});
  EXPECT_THAT(take(source, 10), ElementsAre(1, 2, 0, 1, 2, 0, 1, 2, 0, 0));
  stimulus.pieces[0].length.reset();
  stimulus.pieces[0].times = 2;
  WavSource twice("microphone", stimulus, {}, notes);
  twice.start(16'000, TimePoint{});
  EXPECT_THAT(take(twice, 8), ElementsAre(1, 2, 0, 1, 2, 0, 0, 0));
}

TEST(WavSource, AddsNoiseThatDependsOnTheSeedOnly) {
  Stimulus stimulus;
  StimulusPiece noise = sound_piece("");
  noise.noise_rms = 0.01;
  noise.seed = 7;
  stimulus.pieces = {noise};
  RunNotes notes;
  const auto play = [&] {
    WavSource source("microphone", stimulus, {}, notes);
    source.start(16'000, TimePoint{});
    return take(source, 10'000);
  };
  const auto samples = play();
  EXPECT_EQ(play(), samples);
  double squares = 0;
  for (const std::int16_t sample : samples) squares += double{1} * sample * sample;
  EXPECT_NEAR(std::sqrt(squares / 10'000) / 32768, 0.01, 5e-4);
  stimulus.pieces[0].seed = 8;
  EXPECT_NE(play(), samples);
}

TEST(WavSource, RefusesWhatIsNoSound) {
  RunNotes notes;
  Stimulus stimulus;
  stimulus.pieces.emplace_back();
  stimulus.pieces[0].action = "left";
  stimulus.pieces[0].where = "day.toml:7";
  try {
    WavSource("microphone", stimulus, {}, notes);
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("day.toml:7: 'microphone' hears sound"));
  }
}

TEST(WavSource, IsSilentAfterTheEnd) {
  RunNotes notes;
  auto source = open(WavBytes({}, {5, 6}).save("short.wav"), notes);
  source.start(16'000, TimePoint{});
  EXPECT_THAT(take(source, 4), ElementsAre(5, 6, 0, 0));
  EXPECT_DOUBLE_EQ(source.length_seconds(), 2.0 / 16'000);
}

TEST(WavSource, BeginsWithTheFirstUse) {
  RunNotes notes;
  auto source = open(WavBytes({}, ramp(100)).save("first_use.wav"), notes);
  source.start(16'000, TimePoint{} + Duration::from_ms(1234));
  EXPECT_THAT(take(source, 2), ElementsAre(0, 1));
}

// 1 ms is 16 samples of 16 kHz.
TEST(WavSource, GoesOnInSimulatedTimeBetweenUses) {
  RunNotes notes;
  auto source = open(WavBytes({}, ramp(100)).save("uses.wav"), notes);
  source.start(16'000, TimePoint{} + Duration::from_ms(10));
  take(source, 4);
  source.start(16'000, TimePoint{} + Duration::from_ms(12));
  EXPECT_THAT(take(source, 2), ElementsAre(32, 33));
}

TEST(WavSource, MayBeginAtPowerOn) {
  RunNotes notes;
  auto source = open(WavBytes({}, ramp(100)).save("power_on.wav"), notes,
                     {.start = WavSource::Start::kPowerOn, .gain_db = 0});
  source.start(16'000, TimePoint{} + Duration::from_ms(3));
  EXPECT_THAT(take(source, 2), ElementsAre(48, 49));
}

TEST(WavSource, AveragesChannelsAndSaysSo) {
  RunNotes notes;
  auto source = open(
      WavBytes({.format = 1, .channels = 2, .rate_hz = 16'000, .bits = 16}, {100, 300, -50, -150})
          .save("stereo.wav"),
      notes);
  source.start(16'000, TimePoint{});
  EXPECT_THAT(take(source, 2), ElementsAre(200, -100));
  EXPECT_TRUE(notes_mention(notes, "microphone.channels"));
}

// A 440 Hz tone at 8 kHz must come out as 440 Hz at 16 kHz, with its amplitude.
TEST(WavSource, ResamplesToTheRateOfTheConsumerAndSaysSo) {
  constexpr double kTone = 2 * std::numbers::pi * 440;
  std::vector<std::int16_t> tone(8'000);
  for (std::size_t i = 0; i < tone.size(); ++i) {
    tone[i] = static_cast<std::int16_t>(
        std::lround(10'000 * std::sin(kTone * static_cast<double>(i) / 8'000)));
  }
  RunNotes notes;
  auto source = open(
      WavBytes({.format = 1, .channels = 1, .rate_hz = 8'000, .bits = 16}, tone).save("8k.wav"),
      notes);
  source.start(16'000, TimePoint{});
  EXPECT_TRUE(notes_mention(notes, "microphone.resampling"));
  const auto heard = take(source, 16'000);
  for (std::size_t i = 1'000; i < 15'000; ++i) {
    ASSERT_NEAR(heard[i], 10'000 * std::sin(kTone * static_cast<double>(i) / 16'000), 30) << i;
  }
}

TEST(WavSource, AppliesTheGainAndSaturates) {
  RunNotes notes;
  auto source = open(WavBytes({}, {100, 20'000}).save("gain.wav"), notes,
                     {.start = WavSource::Start::kFirstUse, .gain_db = 20});
  source.start(16'000, TimePoint{});
  EXPECT_THAT(take(source, 2), ElementsAre(1'000, 32'767));
}

TEST(WavSource, HasTheSameFutureAfterRestore) {
  RunNotes notes;
  const std::string path = WavBytes({}, ramp(1000)).save("restore.wav");
  auto source = open(path, notes);
  source.start(16'125, TimePoint{} + Duration::from_ms(1));
  take(source, 100);
  auto saved = StateArchive::saving();
  source.snapshot(saved);
  auto other = open(path, notes);
  auto loaded = StateArchive::loading(saved.bytes());
  other.snapshot(loaded);
  EXPECT_EQ(take(other, 500), take(source, 500));
}

// --- files that are refused: the message names the file and the reason ---------------------------

TEST(WavSourceRefuses, AFileThatIsNotThere) {
  EXPECT_THAT(refusal("/nonexistent/yes.wav"),
              AllOf(HasSubstr("/nonexistent/yes.wav"), HasSubstr("cannot be read")));
}

TEST(WavSourceRefuses, AFileThatIsNoSound) {
  WavBytes wav({}, {});
  wav.bytes.assign(4'000, 'x');
  EXPECT_THAT(refusal(wav.save("text.wav")), HasSubstr("cannot be read"));
}

TEST(WavSourceRefuses, AnEmptyFile) {
  WavBytes wav({}, {});
  wav.bytes.clear();
  EXPECT_THAT(refusal(wav.save("empty.wav")), HasSubstr("empty.wav"));
}

TEST(WavSourceRefuses, ZeroFrames) {
  EXPECT_THAT(refusal(WavBytes({}, {}).save("zero.wav")), HasSubstr("holds no sound"));
}

TEST(WavSourceRefuses, ARecordingThatWasCutShort) {
  WavBytes wav({}, ramp(1'000));
  wav.bytes.resize(44 + 200);
  EXPECT_THAT(refusal(wav.save("cut.wav")),
              AllOf(HasSubstr("cut short"), HasSubstr("2000 bytes"), HasSubstr("200 are there")));
}

TEST(WavSourceRefuses, EveryTruncationOfTheHeaderWithoutCrashing) {
  const WavBytes whole({}, ramp(10));
  for (std::size_t size = 0; size < 44; ++size) {
    WavBytes wav = whole;
    wav.bytes.resize(size);
    EXPECT_NE(refusal(wav.save("header.wav")), "accepted") << size;
  }
}

TEST(WavSourceRefuses, AbsurdRates) {
  for (const std::uint32_t rate : {1u, 999u, 384'001u, 2'000'000'000u}) {
    EXPECT_THAT(
        refusal(WavBytes({.format = 1, .channels = 1, .rate_hz = rate, .bits = 16}, ramp(10))
                    .save("rate.wav")),
        HasSubstr("sample rate"))
        << rate;
  }
}

TEST(WavSourceRefuses, AnUnsupportedEncoding) {
  EXPECT_THAT(
      refusal(WavBytes({.format = 0x0270, .channels = 1, .rate_hz = 16'000, .bits = 16}, ramp(10))
                  .save("atrac.wav")),
      HasSubstr("cannot be read"));
}

TEST(WavSourceRefuses, AbsurdChannelCountsWithoutCrashing) {
  for (const std::uint16_t channels :
       {std::uint16_t{0}, std::uint16_t{500}, std::uint16_t{65535}}) {
    EXPECT_NE(refusal(WavBytes({.format = 1, .channels = channels, .rate_hz = 16'000, .bits = 16},
                               ramp(10))
                          .save("channels.wav")),
              "accepted")
        << channels;
  }
}

TEST(WavSourceRefuses, AnAudioFileOfAnotherKind) {
  // Sun/NeXT .au: magic, header length, data length, encoding 3 (16-bit PCM), rate, channels.
  WavBytes au({}, {});
  const unsigned char header[] = {'.', 's', 'n', 'd', 0,    0,    0, 24, 0, 0, 0, 4, 0, 0,
                                  0,   3,   0,   0,   0x3E, 0x80, 0, 0,  0, 1, 1, 2, 3, 4};
  au.bytes.assign(std::begin(header), std::end(header));
  EXPECT_THAT(refusal(au.save("sun.wav")), HasSubstr("another kind"));
}

// Programs that stream to a pipe cannot know the length: the header says 0xFFFFFFFF.
TEST(WavSource, AcceptsAStreamedFileWithoutALength) {
  WavBytes wav({}, {7, 8, 9});
  for (std::size_t i = 0; i < 4; ++i) wav.bytes[40 + i] = static_cast<char>(0xFF);
  RunNotes notes;
  auto source = open(wav.save("streamed.wav"), notes);
  source.start(16'000, TimePoint{});
  EXPECT_THAT(take(source, 3), ElementsAre(7, 8, 9));
}

}  // namespace
}  // namespace tinyscope::test
