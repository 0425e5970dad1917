// Sound from a WAV file as an AudioSource. The only part of the project that reads audio files
// (libsndfile) and changes sample rates (libsamplerate).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/ports.hpp"
#include "sim/run_notes.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope {

class WavSource : public AudioSource {
 public:
  // When sample 0 of the file sounds: at power-on, or when the consumer first starts a stream.
  enum class Start { kPowerOn, kFirstUse };

  struct Options {
    Start start = Start::kFirstUse;
    double gain_db = 0;
  };

  // Reads the whole file. Channels are averaged into one; that, and a change of rate later on, are
  // listed in the notes under `name`. Throws InputError with the file and the reason if the file
  // cannot be read, is no WAV, is cut short, is empty, is longer than an hour, or has a rate
  // outside 1 kHz … 384 kHz.
  WavSource(std::string name, const std::filesystem::path& file, Options options, RunNotes& notes);

  void start(double rate_hz, TimePoint start) override;
  void read(std::span<std::int16_t> samples) override;

  // Length of the file in seconds.
  double length_seconds() const;

  void snapshot(StateArchive& archive);

 private:
  void change_rate(double rate_hz);

  std::string name_;
  std::string file_;
  Options options_;
  RunNotes& notes_;
  double file_rate_hz_ = 0;
  std::vector<float> sound_;  // the file, mono, full scale is ±1
  double stream_rate_hz_ = 0;
  std::vector<std::int16_t> stream_;  // the same at stream_rate_hz_, with the gain applied
  bool used_ = false;
  TimePoint origin_{};          // when sample 0 sounds
  std::uint64_t position_ = 0;  // in stream_, of the next sample
};

}  // namespace tinyscope
