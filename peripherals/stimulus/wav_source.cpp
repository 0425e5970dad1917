#include "peripherals/stimulus/wav_source.hpp"

#include <fmt/format.h>
#include <samplerate.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <memory>

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

WavSource::WavSource(std::string name, const std::filesystem::path& file, Options options,
                     RunNotes& notes)
    : name_(std::move(name)), file_(file.string()), options_(options), notes_(notes) {
  SF_INFO info{};
  const OpenFile opened = open(file_, info);
  if (const std::string problem = truncated_riff(file_); !problem.empty()) refuse(file_, problem);
  sound_ = read_mono(file_, opened.get(), info);
  file_rate_hz_ = info.samplerate;
  if (info.channels > 1) {
    notes_.assume({name_ + ".channels",
                   fmt::format("{}: {} channels averaged into one", file_, info.channels),
                   "tinyscope, peripherals/stimulus/wav_source.cpp"});
  }
}

double WavSource::length_seconds() const {
  return static_cast<double>(sound_.size()) / file_rate_hz_;
}

void WavSource::change_rate(double rate_hz) {
  stream_rate_hz_ = rate_hz;
  const double ratio = rate_hz / file_rate_hz_;
  std::vector<float> resampled;
  const std::vector<float>* sound = &sound_;
  if (std::abs(ratio - 1.0) > 1e-9) {
    if (src_is_valid_ratio(ratio) == 0) {
      throw InputError(fmt::format("{}: cannot be resampled from {} Hz to {} Hz", file_,
                                   file_rate_hz_, rate_hz));
    }
    resampled.resize(
        static_cast<std::size_t>(std::ceil(static_cast<double>(sound_.size()) * ratio) + 1));
    SRC_DATA data{};
    data.data_in = sound_.data();
    data.input_frames = static_cast<long>(sound_.size());
    data.data_out = resampled.data();
    data.output_frames = static_cast<long>(resampled.size());
    data.src_ratio = ratio;
    if (const int error = src_simple(&data, SRC_SINC_MEDIUM_QUALITY, 1); error != 0) {
      throw InputError(fmt::format("{}: resampling failed ({})", file_, src_strerror(error)));
    }
    resampled.resize(static_cast<std::size_t>(data.output_frames_gen));
    sound = &resampled;
    notes_.assume(
        {name_ + ".resampling",
         fmt::format("{}: resampled from {} Hz to {:.1f} Hz", file_, file_rate_hz_, rate_hz),
         "libsamplerate, medium sinc"});
  }
  const double scale = 32768.0 * std::pow(10.0, options_.gain_db / 20.0);
  stream_.resize(sound->size());
  std::transform(sound->begin(), sound->end(), stream_.begin(), [scale](float sample) {
    const double value = std::clamp(static_cast<double>(sample) * scale, -32768.0, 32767.0);
    return static_cast<std::int16_t>(std::lround(value));
  });
}

void WavSource::start(double rate_hz, TimePoint start) {
  if (!used_ && options_.start == Start::kFirstUse) origin_ = start;
  used_ = true;
  if (rate_hz != stream_rate_hz_) change_rate(rate_hz);
  position_ = static_cast<std::uint64_t>(std::llround((start - origin_).seconds() * rate_hz));
}

void WavSource::read(std::span<std::int16_t> samples) {
  for (std::int16_t& sample : samples) {
    sample = position_ < stream_.size() ? stream_[position_] : std::int16_t{0};
    ++position_;
  }
}

void WavSource::snapshot(StateArchive& archive) {
  double rate_hz = stream_rate_hz_;
  archive(rate_hz, used_, origin_.ps, position_);
  if (archive.is_loading() && rate_hz != stream_rate_hz_ && rate_hz > 0) change_rate(rate_hz);
}

}  // namespace tinyscope
