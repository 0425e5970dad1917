// Digital microphone with a PDM output (as the MP34DT05-A of the Arduino Nano 33 BLE Sense),
// device type "pdm_microphone", port "audio".
//
// The stimulus is a WAV file; without one the room is silent. By default the file begins when the
// firmware first starts the microphone, so that a recording is heard from its beginning however
// long the start-up takes; afterwards it goes on in simulated time, whether or not anybody
// listens, and silence follows its end. Parameters: `start` = "first_use" or "power_on";
// `gain_db` (default 0) turns the sound up or down.
//
// Not modelled: the bit stream itself, noise, frequency response, and the start-up time during
// which a real part is silent (10 ms for the MP34DT05-A).
#include <algorithm>
#include <cmath>
#include <optional>

#include "peripherals/stimulus/wav_source.hpp"
#include "sim/power_tracker.hpp"
#include "sim/registry.hpp"

namespace tinyscope {
namespace {

class PdmMicrophone final : public Device, private AudioSource {
 public:
  explicit PdmMicrophone(DeviceContext& context) : name_(context.name), power_(context.power) {
    WavSource::Options options;
    const std::string start = context.params.string("start").value_or("first_use");
    if (start == "power_on") {
      options.start = WavSource::Start::kPowerOn;
    } else if (start != "first_use") {
      context.params.fail("start", R"(expected "first_use" or "power_on")");
    }
    options.gain_db = context.params.number("gain_db").value_or(0);
    if (!(std::abs(options.gain_db) <= 120)) {
      context.params.fail("gain_db", "expected -120 to 120 dB");
    }
    if (!context.stimulus.empty()) {
      sound_.emplace(context.name, context.stimulus.only_file(), options, context.notes);
    }
  }

  void reset(ResetKind) override {}  // outside the chip: time and sound go on
  Port* port(std::string_view name) override {
    return name == "audio" ? static_cast<AudioSource*>(this) : nullptr;
  }
  void snapshot(StateArchive& archive) override {
    if (sound_) sound_->snapshot(archive);
  }

 private:
  void start(double rate_hz, TimePoint start) override {
    power_.set(name_, "on", start);
    if (sound_) sound_->start(rate_hz, start);
  }
  void read(std::span<std::int16_t> samples) override {
    if (sound_) {
      sound_->read(samples);
    } else {
      std::fill(samples.begin(), samples.end(), std::int16_t{0});
    }
  }
  void stop(TimePoint when) override { power_.set(name_, "", when); }

  std::string name_;
  PowerTracker& power_;
  std::optional<WavSource> sound_;
};

const DeviceType kType("pdm_microphone", [](DeviceContext& context) {
  return std::make_unique<PdmMicrophone>(context);
});

}  // namespace
}  // namespace tinyscope
