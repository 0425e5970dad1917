// Sound from WAV files as an AudioSource. The only part of the project that reads audio files
// (libsndfile) and changes sample rates (libsamplerate).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/ports.hpp"
#include "sim/run_notes.hpp"
#include "sim/snapshot.hpp"
#include "sim/stimulus.hpp"

namespace tinyscope {

class WavSource : public AudioSource {
 public:
  // When sound without a time of its own begins: at power-on, or when the consumer first starts a
  // stream.
  enum class Start { kPowerOn, kFirstUse };

  struct Options {
    Start start = Start::kFirstUse;
    double gain_db = 0;
    std::uint64_t seed = 1;  // of noise that has none of its own
  };

  // Reads all files of the stimulus; what its pieces play at the same time is added. Channels are
  // averaged into one; that, and a change of rate later on, are listed in the notes under `name`.
  // Throws InputError with the file and the reason if a file cannot be read, is no WAV, is cut
  // short, is empty, is longer than an hour, or has a rate outside 1 kHz … 384 kHz.
  WavSource(std::string name, const Stimulus& stimulus, Options options, RunNotes& notes);

  // See FedPart::set_fed().
  void set_fed(const Stimulus& stimulus);

  void start(double rate_hz, TimePoint start) override;
  void read(std::span<std::int16_t> samples) override;

  // Length of the first piece in seconds.
  double length_seconds() const;

  void snapshot(StateArchive& archive);

 private:
  // A piece of the stimulus. Without a file it is noise only.
  struct Track {
    StimulusPiece piece;
    std::string topic;  // in the notes
    double file_rate_hz = 0;
    std::vector<float> sound;   // the file, mono, full scale is ±1
    std::vector<float> stream;  // the same at stream_rate_hz_
    // In samples of the stream, for read().
    std::int64_t lead = 0;  // from the track's beginning to the stream's; negative: it comes later
    std::int64_t period = 0;
    std::int64_t end = 0;  // 0: none
  };

  Track make_track(const StimulusPiece& piece, std::string topic);
  void read_file(Track& track);
  void change_rate(double rate_hz);
  void resample(Track& track) const;
  void place(Track& track) const;
  double sample(const Track& track, std::int64_t at) const;
  TimePoint beginning(const StimulusPiece& piece) const;

  std::string name_;
  Options options_;
  RunNotes& notes_;
  std::vector<Track> tracks_;  // behind the stimulus what was fed
  std::size_t own_tracks_ = 0;
  double stream_rate_hz_ = 0;
  bool used_ = false;
  TimePoint first_use_{};
  TimePoint stream_start_{};
  std::uint64_t position_ = 0;  // in the stream, of the next sample
};

}  // namespace tinyscope
