// Broadcom APDS-9960: ambient light, colour, proximity and gestures; device type "apds9960", port
// "i2c" (0x39), pin "int" (active low; inactive it is high, held by the board's resistor).
//
// Registers and states: Avago AV02-4191EN (APDS-9960 data sheet), "Register Set" and "Detailed
// State Machine". The stimulus has columns light, red, green, blue (lux), proximity, up, down, left
// and right (counts), and knows the actions "up", "down", "left" and "right", which are gestures.
//
// Counts: `proximity` is what PDATA reads at the data sheet's test condition (8 pulses of 8 us,
// 100 mA, PGAIN 4x), which is also what the Arduino library's settings (16 pulses of 16 us, 1x)
// amount to; other settings scale it. up, down, left and right are the FIFO's bytes as they are.
//
// Not modelled, and reported when firmware uses it: offsets, masks of single photodiodes, sleep
// after interrupt, saturation interrupts. Parameter: counts_per_klux.
#include <algorithm>
#include <array>
#include <cmath>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/sensors/apds9960_registers.hpp"
#include "peripherals/sensors/apds9960_scene.hpp"
#include "peripherals/sensors/i2c_part.hpp"
#include "peripherals/sensors/output_pin.hpp"
#include "peripherals/sensors/sample_fifo.hpp"
#include "sim/power_tracker.hpp"

namespace tinyscope {
namespace {

using namespace apds9960;

class Apds9960 final : public I2cPart {
 public:
  explicit Apds9960(DeviceContext& context)
      : I2cPart(context, {0x39}),
        scene_(context),
        counts_per_klux_(static_cast<double>(assumed_parameter(
            context, "counts_per_klux", 12,
            "counts of the clear channel for 1000 lux, at gain 1x and 2.78 ms of integration"))),
        phase_event_(context.scheduler, [this] {
          catch_up();
          update_pin();
        }) {
    context.notes.assume({context.name + ".timing",
                          "times of proximity and gesture measurements by the number and length of "
                          "pulses; a gesture's four photodiodes take two of them, because there "
                          "are two converters",
                          "APDS-9960 data sheet from memory"});
    power_on();
  }

  bool connect_pin(std::string_view name, PadPort& pad) override {
    if (name != "int") return false;
    interrupt_.connect(pad);
    update_pin();
    return true;
  }
  void snapshot(StateArchive& archive) override {
    I2cPart::snapshot(archive);
    archive(registers_, phase_, phase_end_.ps, gesture_valid_, fifo_overflow_, exits_, forced_,
            als_outside_, proximity_outside_, shadow_);
    fifo_.snapshot(archive);
    interrupt_.snapshot(archive);
    phase_event_.snapshot(archive);
  }

 private:
  enum class Phase : std::uint8_t { kIdle, kProximity, kGesture, kWait, kAls };
  using Dataset = std::array<std::uint8_t, 4>;

  std::uint8_t& reg(std::uint8_t address) { return registers_[address]; }
  std::uint8_t reg(std::uint8_t address) const { return registers_[address]; }
  bool enabled(std::uint8_t bit) const {
    return (reg(ENABLE) & kPon) != 0 && (reg(ENABLE) & bit) != 0;
  }
  bool gesturing() const { return enabled(kGen) && (reg(GCONF4) & kGmode) != 0; }

  void power_on() override {
    registers_ = {};
    reg(ATIME) = reg(WTIME) = 0xFF;
    reg(CONFIG1) = 0x60;
    reg(CONFIG2) = 0x01;
    reg(PPULSE) = reg(GPULSE) = 0x40;
    reg(ID) = 0xAB;
    phase_ = Phase::kIdle;
    fifo_.clear();
    gesture_valid_ = fifo_overflow_ = forced_ = false;
    exits_ = als_outside_ = proximity_outside_ = 0;
    update_pin();
  }

  static Duration pulses_time(std::uint8_t pulse) {
    const unsigned length = pulse >> 6;
    const std::uint64_t count = (pulse & 0x3Fu) + 1;
    return Duration::from_ns(kInitialNs[length] + kConversionNs + count * kPulseNs[length]);
  }
  Duration dataset_time() const {
    return pulses_time(reg(GPULSE)) * 2 + Duration::from_us(kGestureWaitUs[reg(GCONF2) & 7u]);
  }
  unsigned als_cycles() const { return 256u - reg(ATIME); }

  Duration phase_time(Phase phase) const {
    const bool long_wait = (reg(CONFIG1) & 0x02) != 0;
    switch (phase) {
      case Phase::kProximity: return pulses_time(reg(PPULSE));
      case Phase::kGesture: return dataset_time();
      case Phase::kWait:
        return Duration::from_us(kCycleUs) * ((256u - reg(WTIME)) * (long_wait ? 12u : 1u));
      case Phase::kAls: return Duration::from_us(kCycleUs) * als_cycles();
      case Phase::kIdle: break;
    }
    return {};
  }
  bool wanted(Phase phase) const {
    switch (phase) {
      case Phase::kProximity: return enabled(kPen);
      case Phase::kGesture: return gesturing();
      case Phase::kWait: return enabled(kWen);
      case Phase::kAls: return enabled(kAen);
      case Phase::kIdle: break;
    }
    return false;
  }

  // The state machine goes round proximity, gesture, wait, ALS; what is off is skipped.
  void enter_after(Phase last, TimePoint when) {
    phase_ = Phase::kIdle;
    if (!enabled(kPen) && !enabled(kAen) && !gesturing()) return;
    static constexpr std::array kRound = {Phase::kProximity, Phase::kGesture, Phase::kWait,
                                          Phase::kAls};
    std::size_t at = 0;  // from idle: proximity first
    for (std::size_t i = 0; i < kRound.size(); ++i) {
      if (kRound[i] == last) at = i + 1;
    }
    for (std::size_t i = 0; i < kRound.size(); ++i) {
      const Phase next = kRound[(at + i) % kRound.size()];
      if (!wanted(next)) continue;
      phase_ = next;
      phase_end_ = when + phase_time(next);
      return;
    }
  }

  void catch_up() {
    const TimePoint now = this->now();
    while (phase_ != Phase::kIdle && phase_end_ <= now) {
      const TimePoint end = phase_end_;
      const Phase done = phase_;
      // Switched off in between: there is no result.
      if (done == Phase::kProximity && wanted(done)) measure_proximity(end);
      if (done == Phase::kAls && wanted(done)) measure_light(end);
      if (done == Phase::kGesture && wanted(done)) {
        measure_gesture(end);
        if (gesturing()) {
          const Duration period = dataset_time();
          // Nothing more changes while the FIFO is full and no threshold ends the gesture.
          const bool full = fifo_.level() == SampleFifo<Dataset>::kDepth;
          if (full && fifo_overflow_ && reg(GEXTH) == 0) {
            phase_end_ = end + period * ((now - end).ps / period.ps);
          }
          phase_end_ = phase_end_ + period;
          continue;
        }
      }
      enter_after(done, end);
    }
  }

  void measure_proximity(TimePoint when) {
    const std::uint8_t pulse = reg(PPULSE);
    const double light = static_cast<double>(((pulse & 0x3Fu) + 1) * kPulseUs[pulse >> 6]) *
                         kDriveMilliamperes[reg(CONTROL) >> 6] * kBoost[reg(CONFIG2) >> 4 & 3];
    constexpr double kTestLight = 8.0 * 8 * 100;
    const double scale =
        light / kTestLight * kProximityGain[reg(CONTROL) >> 2 & 3] / kProximityGain[2];
    const double counts = std::clamp(scene_.proximity(when) * scale, 0.0, 255.0);
    reg(PDATA) = static_cast<std::uint8_t>(std::lround(counts));
    reg(STATUS) |= kPvalid;
    // PPERS: 0 interrupts each time, n after n results outside the thresholds.
    const bool outside = reg(PDATA) < reg(PILT) || reg(PDATA) > reg(PIHT);
    const unsigned persistence = reg(PERS) >> 4;
    proximity_outside_ = outside ? proximity_outside_ + 1 : 0;
    if (persistence == 0 || proximity_outside_ >= persistence) reg(STATUS) |= kPint;
    if (enabled(kGen) && reg(PDATA) >= reg(GPENTH)) {
      reg(GCONF4) |= kGmode;
      exits_ = 0;
    }
  }

  void measure_light(TimePoint when) {
    const double scale = counts_per_klux_ / 1000 * kAlsGain[reg(CONTROL) & 3] * als_cycles();
    const double largest = std::min(65535.0, 1025.0 * als_cycles());
    const std::array<double, 4> lux = scene_.light(when);
    for (unsigned channel = 0; channel < 4; ++channel) {
      const auto counts =
          static_cast<std::uint16_t>(std::lround(std::min(largest, lux[channel] * scale)));
      put16(static_cast<std::uint8_t>(CDATAL + 2 * channel), counts);
    }
    reg(STATUS) |= kAvalid;
    const unsigned clear = word(CDATAL);
    const bool outside = clear < word(AILTL) || clear > word(AIHTL);
    // APERS: 0 each time, 1 to 3 so many, 4 and more (n - 3) * 5.
    const unsigned code = reg(PERS) & 0x0Fu;
    const unsigned persistence = code <= 3 ? code : (code - 3) * 5;
    als_outside_ = outside ? als_outside_ + 1 : 0;
    if (code == 0 || als_outside_ >= persistence) reg(STATUS) |= kAint;
  }

  void measure_gesture(TimePoint when) {
    const Dataset dataset = scene_.diodes(when);
    if (fifo_.level() < SampleFifo<Dataset>::kDepth) {
      fifo_.push(dataset);
    } else {
      fifo_overflow_ = true;  // new datasets are lost
    }
    if (fifo_.level() >= kFifoThreshold[reg(GCONF1) >> 6]) {
      gesture_valid_ = true;
      reg(STATUS) |= kGint;
    }
    const std::uint8_t exit = reg(GEXTH);
    const bool dark = exit != 0 && std::all_of(dataset.begin(), dataset.end(),
                                               [&](std::uint8_t count) { return count < exit; });
    exits_ = dark ? exits_ + 1 : 0;
    if (dark && exits_ >= kExitPersistence[reg(GCONF1) & 3]) end_gesture();
  }
  void end_gesture() {
    reg(GCONF4) &= static_cast<std::uint8_t>(~kGmode);
    if (gesture_valid_ && !fifo_.empty()) reg(STATUS) |= kGint;
    if (fifo_.empty()) gesture_valid_ = false;
  }

  std::uint16_t word(std::uint8_t low) const {
    return static_cast<std::uint16_t>(reg(low) | reg(static_cast<std::uint8_t>(low + 1)) << 8);
  }
  void put16(std::uint8_t low, std::uint16_t value) {
    reg(low) = static_cast<std::uint8_t>(value);
    reg(static_cast<std::uint8_t>(low + 1)) = static_cast<std::uint8_t>(value >> 8);
  }

  // Interrupts are cleared by selecting a register, with or without a byte behind it.
  std::uint8_t select(std::uint8_t sub_address) override {
    catch_up();
    switch (sub_address) {
      case IFORCE: forced_ = true; break;
      case PICLEAR: reg(STATUS) &= static_cast<std::uint8_t>(~kPint); break;
      case CICLEAR: reg(STATUS) &= static_cast<std::uint8_t>(~kAint); break;
      case AICLEAR:
        reg(STATUS) &= static_cast<std::uint8_t>(~(kPint | kAint));
        forced_ = false;
        break;
      default: return sub_address;
    }
    update_pin();
    return sub_address;
  }

  // A page read of the FIFO goes round.
  std::uint8_t after(std::uint8_t address) override {
    return address == GFIFO_R ? std::uint8_t{GFIFO_U} : static_cast<std::uint8_t>(address + 1);
  }

  std::uint8_t read_register(std::uint8_t address) override {
    catch_up();
    std::uint8_t value = reg(address);
    if (address >= CDATAL && address <= BDATAH) {
      // The high byte waits in a shadow until it is read after its low byte.
      const bool high = (address & 1) != 0;
      if (high) {
        value = shadow_;
      } else {
        shadow_ = reg(static_cast<std::uint8_t>(address + 1));
        reg(STATUS) &= static_cast<std::uint8_t>(~kAvalid);
      }
    } else if (address == PDATA) {
      reg(STATUS) &= static_cast<std::uint8_t>(~kPvalid);
    } else if (address == GFLVL) {
      value = static_cast<std::uint8_t>(fifo_.level());
    } else if (address == GSTATUS) {
      value =
          static_cast<std::uint8_t>((gesture_valid_ ? kGvalid : 0) | (fifo_overflow_ ? kGfov : 0));
    } else if (address >= GFIFO_U) {
      value = fifo_.front()[address - GFIFO_U];
      if (address == GFIFO_R) read_dataset();
    }
    update_pin();
    return value;
  }
  void read_dataset() {
    fifo_.pop();
    fifo_overflow_ = false;
    if (!fifo_.empty()) return;
    reg(STATUS) &= static_cast<std::uint8_t>(~kGint);
    if ((reg(GCONF4) & kGmode) == 0) gesture_valid_ = false;
  }

  bool write_register(std::uint8_t address, std::uint8_t value) override {
    catch_up();
    const bool read_only = address == ID || address == STATUS || address == GFLVL ||
                           address == GSTATUS || address >= IFORCE ||
                           (address >= CDATAL && address <= PDATA);
    if (read_only) return true;
    const std::uint8_t old = reg(address);
    reg(address) = value;
    switch (address) {
      case ENABLE: write_enable(old, value); break;
      case GCONF4:
        reg(GCONF4) = value & static_cast<std::uint8_t>(~kGfifoClr);  // clears itself
        if ((value & kGfifoClr) != 0) {
          fifo_.clear();
          fifo_overflow_ = gesture_valid_ = false;
          reg(STATUS) &= static_cast<std::uint8_t>(~kGint);
        }
        if ((old & kGmode) != 0 && (value & kGmode) == 0) end_gesture();
        break;
      case POFFSET_UR:
      case POFFSET_DL:
      case GOFFSET_U:
      case GOFFSET_D:
      case GOFFSET_L:
      case GOFFSET_R: report_if(value != 0, "offsets", address, value); break;
      case CONFIG2: report_if((value & 0xC0) != 0, "saturation interrupts", address, value); break;
      case CONFIG3:
        report_if((value & 0x10) != 0, "sleep after interrupt", address, value);
        report_if((value & 0x2F) != 0, "masks of photodiodes", address, value);
        break;
      case GCONF1: report_if((value & 0x3C) != 0, "GEXMSK", address, value); break;
      default: break;
    }
    if (phase_ == Phase::kIdle) enter_after(Phase::kIdle, now());
    report_power();
    update_pin();
    return true;
  }
  void write_enable(std::uint8_t old, std::uint8_t value) {
    const auto rising = static_cast<std::uint8_t>(value & ~old);
    if ((rising & kAen) != 0) reg(STATUS) &= static_cast<std::uint8_t>(~kAvalid);
    if ((rising & kPen) != 0) reg(STATUS) &= static_cast<std::uint8_t>(~kPvalid);
    if ((value & kPon) == 0) phase_ = Phase::kIdle;
  }
  void report_if(bool used, std::string_view what, std::uint8_t address, std::uint8_t value) {
    if (used) notes_.unmodelled(name_, what, address, true, value);
  }

  bool interrupting() const {
    const std::uint8_t status = reg(STATUS);
    const bool gesture = (status & kGint) != 0 && (reg(GCONF4) & kGien) != 0 && enabled(kGen);
    return forced_ || gesture || ((status & kPint) != 0 && enabled(kPien)) ||
           ((status & kAint) != 0 && enabled(kAien));
  }

  void update_pin() {
    phase_event_.cancel();
    if (!interrupt_.connected()) return;
    if (!supplied()) {
      interrupt_.release();
      return;
    }
    interrupt_.drive(!interrupting());
    const bool gesture = enabled(kGen) && (reg(GCONF4) & kGien) != 0;
    const bool waits = gesture || enabled(kPien) || enabled(kAien);
    if (!waits || interrupting() || phase_ == Phase::kIdle) return;
    TimePoint when = phase_end_;
    if (phase_ == Phase::kGesture && reg(GEXTH) == 0) {
      // Datasets up to the threshold of the FIFO raise nothing.
      const std::size_t threshold = kFifoThreshold[reg(GCONF1) >> 6];
      if (fifo_.level() + 1 < threshold) {
        when = when + dataset_time() * (threshold - fifo_.level() - 1);
      }
    }
    phase_event_.at(when);
  }

  std::string_view mode() const override {
    return (reg(ENABLE) & kPon) == 0 ? "sleep"
           : gesturing()             ? "gesture"
           : enabled(kPen)           ? "proximity"
           : enabled(kAen)           ? "als"
                                     : "idle";
  }

  const Apds9960Scene scene_;
  const double counts_per_klux_;
  std::array<std::uint8_t, 256> registers_{};
  Phase phase_ = Phase::kIdle;
  TimePoint phase_end_{};
  SampleFifo<Dataset> fifo_;
  bool gesture_valid_ = false;
  bool fifo_overflow_ = false;
  unsigned exits_ = 0;  // datasets in a row that are below GEXTH
  bool forced_ = false;
  unsigned als_outside_ = 0;  // results in a row outside the thresholds
  unsigned proximity_outside_ = 0;
  std::uint8_t shadow_ = 0;
  OutputPin interrupt_;
  Event phase_event_;  // while the pin waits
};

const DeviceType kType("apds9960",
                       [](DeviceContext& context) { return std::make_unique<Apds9960>(context); });

}  // namespace
}  // namespace tinyscope
