#include "peripherals/stimulus/wav_source.hpp"

#include <fmt/format.h>
#include <samplerate.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <utility>

#include "peripherals/common/gaussian.hpp"
#include "peripherals/stimulus/riff_check.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr int kLowestRateHz = 1'000;
constexpr int kHighestRateHz = 384'000;
constexpr int kMaxChannels = 64;
constexpr std::size_t kMaxSeconds = 3'600;
constexpr sf_count_t kChunkFrames = 16'384;

struct CloseFile {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using OpenFile = std::unique_ptr<SNDFILE, CloseFile>;

[[noreturn]] void refuse(const std::string& file, const std::string& reason) {
  throw InputError(
      fmt::format("{}: {}. Expected a WAV file; convert it with, for example, "
                  "'sox INPUT -b 16 -c 1 -r 16000 OUTPUT.wav'",
                  file, reason));
}

OpenFile open(const std::string& file, SF_INFO& info) {
  OpenFile opened(sf_open(file.c_str(), SFM_READ, &info));
  if (!opened) refuse(file, fmt::format("cannot be read ({})", sf_strerror(nullptr)));
  const int container = info.format & SF_FORMAT_TYPEMASK;
  if (container != SF_FORMAT_WAV && container != SF_FORMAT_WAVEX && container != SF_FORMAT_RF64) {
    refuse(file, "is an audio file of another kind");
  }
  if (info.samplerate < kLowestRateHz || info.samplerate > kHighestRateHz) {
    refuse(file, fmt::format("has a sample rate of {} Hz, outside {} to {} Hz", info.samplerate,
                             kLowestRateHz, kHighestRateHz));
  }
  if (info.channels < 1 || info.channels > kMaxChannels) {
    refuse(file, fmt::format("has {} channels, outside 1 to {}", info.channels, kMaxChannels));
  }
  return opened;
}

// All frames, channels averaged. The header's frame count is not trusted.
std::vector<float> read_mono(const std::string& file, SNDFILE* opened, const SF_INFO& info) {
  const auto channels = static_cast<std::size_t>(info.channels);
  const std::size_t max_frames = kMaxSeconds * static_cast<std::size_t>(info.samplerate);
  std::vector<float> chunk(channels * static_cast<std::size_t>(kChunkFrames));
  std::vector<float> mono;
  for (sf_count_t got = 0; (got = sf_readf_float(opened, chunk.data(), kChunkFrames)) > 0;) {
    for (std::size_t frame = 0; frame < static_cast<std::size_t>(got); ++frame) {
      double sum = 0;
      for (std::size_t i = 0; i < channels; ++i) sum += chunk[frame * channels + i];
      const auto sample = static_cast<float>(sum / static_cast<double>(channels));
      mono.push_back(std::isfinite(sample) ? sample : 0.0f);
    }
    if (mono.size() > max_frames) refuse(file, fmt::format("is longer than {} s", kMaxSeconds));
  }
  if (sf_error(opened) != SF_ERR_NO_ERROR) {
    refuse(file, fmt::format("cannot be decoded ({})", sf_strerror(opened)));
  }
  if (mono.empty()) refuse(file, "holds no sound");
  return mono;
}

}  // namespace

WavSource::WavSource(std::string name, const Stimulus& stimulus, Options options, RunNotes& notes)
    : name_(std::move(name)), options_(options), notes_(notes) {
  for (const StimulusPiece& piece : stimulus.pieces) {
    tracks_.push_back(
        make_track(piece, stimulus.pieces.size() > 1 ? name_ + "." + piece.file : name_));
  }
  own_tracks_ = tracks_.size();
}

WavSource::Track WavSource::make_track(const StimulusPiece& piece, std::string topic) {
  if (!piece.values.empty() || !piece.action.empty() || !piece.noise.empty()) {
    throw InputError(
        fmt::format("{}: '{}' hears sound; expected file = \"sound.wav\", or noise as a number, "
                    "of full scale",
                    piece.where, name_));
  }
  Track track;
  track.piece = piece;
  track.topic = std::move(topic);
  if (piece.file.empty()) return track;
  if (piece.where.empty()) {
    read_file(track);
  } else {
    at_place(piece.where, [&] { read_file(track); });
  }
  return track;
}

void WavSource::set_fed(const Stimulus& stimulus) {
  std::vector<Track> fed;
  for (const StimulusPiece& piece : stimulus.pieces) {
    fed.push_back(make_track(piece, name_ + ".fed"));
    if (stream_rate_hz_ > 0 && !fed.back().sound.empty()) resample(fed.back());
    place(fed.back());
  }
  tracks_.erase(tracks_.begin() + static_cast<std::ptrdiff_t>(own_tracks_), tracks_.end());
  std::move(fed.begin(), fed.end(), std::back_inserter(tracks_));
}

void WavSource::read_file(Track& track) {
  const std::string& file = track.piece.file;
  SF_INFO info{};
  const OpenFile opened = open(file, info);
  if (const std::string problem = truncated_riff(file); !problem.empty()) refuse(file, problem);
  track.sound = read_mono(file, opened.get(), info);
  track.file_rate_hz = info.samplerate;
  if (info.channels > 1) {
    notes_.assume({track.topic + ".channels",
                   fmt::format("{}: {} channels averaged into one", file, info.channels),
                   "tinyscope, peripherals/stimulus/wav_source.cpp"});
  }
}

double WavSource::length_seconds() const {
  const Track& first = tracks_.front();
  return static_cast<double>(first.sound.size()) / first.file_rate_hz;
}

void WavSource::change_rate(double rate_hz) {
  stream_rate_hz_ = rate_hz;
  for (Track& track : tracks_) {
    if (!track.sound.empty()) resample(track);
  }
}

void WavSource::resample(Track& track) const {
  const double ratio = stream_rate_hz_ / track.file_rate_hz;
  if (std::abs(ratio - 1.0) <= 1e-9) {
    track.stream = track.sound;
    return;
  }
  const std::string& file = track.piece.file;
  if (src_is_valid_ratio(ratio) == 0) {
    throw InputError(fmt::format("{}: cannot be resampled from {} Hz to {} Hz", file,
                                 track.file_rate_hz, stream_rate_hz_));
  }
  track.stream.resize(
      static_cast<std::size_t>(std::ceil(static_cast<double>(track.sound.size()) * ratio) + 1));
  SRC_DATA data{};
  data.data_in = track.sound.data();
  data.input_frames = static_cast<long>(track.sound.size());
  data.data_out = track.stream.data();
  data.output_frames = static_cast<long>(track.stream.size());
  data.src_ratio = ratio;
  if (const int error = src_simple(&data, SRC_SINC_MEDIUM_QUALITY, 1); error != 0) {
    throw InputError(fmt::format("{}: resampling failed ({})", file, src_strerror(error)));
  }
  track.stream.resize(static_cast<std::size_t>(data.output_frames_gen));
  notes_.assume({track.topic + ".resampling",
                 fmt::format("{}: resampled from {} Hz to {:.1f} Hz", file, track.file_rate_hz,
                             stream_rate_hz_),
                 "libsamplerate, medium sinc"});
}

TimePoint WavSource::beginning(const StimulusPiece& piece) const {
  const bool first_use =
      piece.origin == StimulusPiece::Origin::kFirstUse ||
      (piece.origin == StimulusPiece::Origin::kAsOption && options_.start == Start::kFirstUse);
  return (first_use ? first_use_ : TimePoint{}) + piece.start;
}

void WavSource::place(Track& track) const {
  const auto samples = [&](Duration time) {
    return static_cast<std::int64_t>(std::llround(time.seconds() * stream_rate_hz_));
  };
  const TimePoint begin = beginning(track.piece);
  track.lead =
      stream_start_ >= begin ? samples(stream_start_ - begin) : -samples(begin - stream_start_);
  track.period = static_cast<std::int64_t>(track.stream.size()) + samples(track.piece.gap);
  track.end = track.piece.length ? samples(*track.piece.length) : 0;
}

// Of a track at a sample after its beginning; full scale is ±1.
double WavSource::sample(const Track& track, std::int64_t at) const {
  if (at < 0 || (track.end != 0 && at >= track.end)) return 0;
  const StimulusPiece& piece = track.piece;
  double value = 0;
  bool over = track.period == 0 && track.end == 0 && !piece.file.empty();
  if (track.period > 0) {
    const auto repetition = static_cast<std::uint64_t>(at / track.period);
    const auto into = static_cast<std::size_t>(at % track.period);
    over = piece.times != 0 && repetition >= piece.times;
    if (!over && into < track.stream.size()) {
      value = static_cast<double>(track.stream[into]) * piece.gain;
    }
  }
  if (piece.noise_rms != 0 && !over) {
    value += piece.noise_rms *
             gaussian(piece.seed.value_or(options_.seed), static_cast<std::uint64_t>(at));
  }
  return value;
}

void WavSource::start(double rate_hz, TimePoint start) {
  if (!used_) first_use_ = start;
  used_ = true;
  if (rate_hz != stream_rate_hz_) change_rate(rate_hz);
  stream_start_ = start;
  position_ = 0;
  for (Track& track : tracks_) place(track);
}

void WavSource::read(std::span<std::int16_t> samples) {
  const double scale = 32768.0 * std::pow(10.0, options_.gain_db / 20.0);
  for (std::int16_t& result : samples) {
    double sum = 0;
    for (const Track& track : tracks_) {
      sum += sample(track, track.lead + static_cast<std::int64_t>(position_));
    }
    result = static_cast<std::int16_t>(std::lround(std::clamp(sum * scale, -32768.0, 32767.0)));
    ++position_;
  }
}

void WavSource::snapshot(StateArchive& archive) {
  double rate_hz = stream_rate_hz_;
  archive(rate_hz, used_, first_use_.ps, stream_start_.ps, position_);
  if (!archive.is_loading()) return;
  if (rate_hz != stream_rate_hz_ && rate_hz > 0) change_rate(rate_hz);
  for (Track& track : tracks_) place(track);
}

}  // namespace tinyscope
