// Digital microphone with a PDM output (as the MP34DT05-A of the Arduino Nano 33 BLE Sense),
// device type "pdm_microphone", port "audio".
//
// The stimulus is a WAV file; without one the room is silent. By default the file begins when the
// firmware first starts the microphone, so that a recording is heard from its beginning however
// long the start-up takes; afterwards it goes on in simulated time, whether or not anybody
// listens, and silence follows its end. Parameters: `start` = "first_use" or "power_on";
// `gain_db` (default 0) turns the sound up or down.
//
// The part is silent for `startup_us` (default 10000, an estimate) after its clock or its supply
// has come, and while it has no supply; the first use begins after that silence.
//
// Not modelled: the bit stream itself, noise, frequency response.
#include <algorithm>
#include <cmath>
#include <optional>

#include "peripherals/stimulus/wav_source.hpp"
#include "sim/fed_part.hpp"
#include "sim/power_tracker.hpp"
#include "sim/registry.hpp"

namespace tinyscope {
namespace {

class PdmMicrophone final : public Device, public FedPart, private AudioSource {
 public:
  explicit PdmMicrophone(DeviceContext& context)
      : name_(context.name), scheduler_(context.scheduler), power_(context.power) {
    const auto startup_us = context.params.u32("startup_us");
    startup_ = Duration::from_us(startup_us.value_or(10'000));
    if (!startup_us) {
      context.notes.assume({name_ + ".startup_us",
                            "silence after clock or supply have come, microseconds: 10000",
                            "MP34DT05-A data sheet from memory: 10 ms"});
    }
    WavSource::Options options;
    options.seed = context.seed;
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
    sound_.emplace(context.name, context.stimulus, options, context.notes);
  }

  void set_fed(const Stimulus& stimulus) override { sound_->set_fed(stimulus); }
  void reset(ResetKind) override {}  // outside the chip: time and sound go on
  Port* port(std::string_view name) override {
    return name == "audio" ? static_cast<AudioSource*>(this) : nullptr;
  }
  void set_supplied(bool supplied) override {
    supplied_ = supplied;
    begin_startup(scheduler_.now());
  }
  void snapshot(StateArchive& archive) override {
    archive(supplied_, clocked_, sounds_, rate_hz_, stream_start_.ps, position_, silent_until_);
    sound_->snapshot(archive);
  }

 private:
  void start(double rate_hz, TimePoint start) override {
    clocked_ = true;
    rate_hz_ = rate_hz;
    stream_start_ = start;
    position_ = 0;
    begin_startup(start);
  }
  void stop(TimePoint when) override {
    clocked_ = false;
    begin_startup(when);
  }

  // Clock or supply have come or gone.
  void begin_startup(TimePoint when) {
    const bool on = clocked_ && supplied_;
    power_.set(name_, on ? "on" : "", when);
    sounds_ = false;
    if (!on) return;
    const double seconds = (when - stream_start_ + startup_).seconds();
    silent_until_ = static_cast<std::uint64_t>(std::ceil(seconds * rate_hz_ - 1e-6));
  }

  void read(std::span<std::int16_t> samples) override {
    const std::uint64_t end = position_ + samples.size();
    const bool audible = supplied_ && silent_until_ < end;
    const std::uint64_t first = audible ? std::max(position_, silent_until_) : end;
    const auto silent = static_cast<std::size_t>(first - position_);
    std::fill_n(samples.begin(), silent, std::int16_t{0});
    position_ = end;
    if (!audible) return;
    if (!sounds_) {
      sounds_ = true;
      sound_->start(rate_hz_, stream_start_ + Duration{static_cast<std::uint64_t>(std::llround(
                                                  static_cast<double>(first) / rate_hz_ * 1e12))});
    }
    sound_->read(samples.subspan(silent));
  }

  std::string name_;
  Scheduler& scheduler_;
  PowerTracker& power_;
  std::optional<WavSource> sound_;  // from the constructor on
  Duration startup_{};
  bool supplied_ = true;  // where nothing switches its supply
  bool clocked_ = false;
  bool sounds_ = false;  // the start-up is over, and sound_ has been started
  double rate_hz_ = 0;
  TimePoint stream_start_{};
  std::uint64_t position_ = 0;      // in the stream, of the next sample
  std::uint64_t silent_until_ = 0;  // likewise, of the first that is heard
};

const DeviceType kType("pdm_microphone", [](DeviceContext& context) {
  return std::make_unique<PdmMicrophone>(context);
});

}  // namespace
}  // namespace tinyscope
