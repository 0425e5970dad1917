// Maxim MAX30102: pulse oximeter with a red and an infrared LED, device type "max30102", port "i2c"
// (0x57), pin "int".
//
// Registers: MAX30105.cpp of sparkfun/SparkFun_MAX3010x_Sensor_Library (72d5308), which drives
// both; FIFO, currents and full scales: MAX30102 data sheet 19-7740, "Register maps and
// descriptions", from memory. The stimulus is a CSV file with red and ir (counts of 18 bits,
// whatever the LED currents) and temperature (degC). Without these columns a finger lies on the
// part, with a pulse of `bpm` (72), an oxygen saturation of `spo2` (97 percent) and a pulsation of
// `perfusion` (1 percent) of the light; `nanoamps_per_milliamp` says how much light comes back.
// `finger = false` takes it away.
//
// Not modelled, and reported when firmware uses it: the proximity function and the third LED of the
// MAX30105. Ambient light does not overflow.
#include <array>
#include <cmath>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/sensors/i2c_part.hpp"
#include "peripherals/sensors/output_pin.hpp"
#include "peripherals/sensors/sample_clock.hpp"
#include "peripherals/stimulus/measurements.hpp"
#include "sim/fed_part.hpp"

namespace tinyscope {
namespace {

enum Register : std::uint8_t {
  INT_STATUS_1 = 0x00,
  INT_STATUS_2 = 0x01,
  INT_ENABLE_1 = 0x02,
  INT_ENABLE_2 = 0x03,
  FIFO_WR_PTR = 0x04,
  OVF_COUNTER = 0x05,
  FIFO_RD_PTR = 0x06,
  FIFO_DATA = 0x07,
  FIFO_CONFIG = 0x08,
  MODE_CONFIG = 0x09,
  SPO2_CONFIG = 0x0A,
  LED1_PA = 0x0C,
  LED2_PA = 0x0D,
  PILOT_PA = 0x10,
  MULTI_LED_1 = 0x11,
  MULTI_LED_2 = 0x12,
  TEMP_INT = 0x1F,
  TEMP_FRAC = 0x20,
  TEMP_CONFIG = 0x21,
  PROX_INT_THRESH = 0x30,
  REV_ID = 0xFE,
  PART_ID = 0xFF,
};

// INT_STATUS_1, INT_ENABLE_1; DIE_TEMP_RDY is in the second register of each
constexpr std::uint8_t kAFull = 1 << 7;
constexpr std::uint8_t kPpgRdy = 1 << 6;
constexpr std::uint8_t kProxInt = 1 << 4;
constexpr std::uint8_t kPwrRdy = 1 << 0;
constexpr std::uint8_t kDieTempRdy = 1 << 1;
// FIFO_CONFIG
constexpr std::uint8_t kRollOver = 1 << 4;
// MODE_CONFIG
constexpr std::uint8_t kShutdown = 1 << 7;
constexpr std::uint8_t kReset = 1 << 6;
enum Mode : unsigned { kHeartRate = 2, kSpo2 = 3, kMultiLed = 7 };

constexpr std::array<double, 8> kHz = {50, 100, 200, 400, 800, 1000, 1600, 3200};
constexpr double kMilliampsPerStep = 0.2;    // LED1_PA, LED2_PA
constexpr double kFullScaleNanoamps = 2048;  // code 0; doubles with each code
constexpr double kCounts = 1 << 18;
constexpr Duration kTemperatureTime = Duration::from_ms(29);

constexpr std::size_t kDepth = 32;
constexpr std::size_t kSlots = 4;  // LEDs in one sample

enum Quantity : std::size_t { kRed, kIr, kTemperature };
constexpr std::array kQuantities = {
    Measurements::Quantity{"red", ""},
    Measurements::Quantity{"ir", ""},
    Measurements::Quantity{"temperature", "degC", 30},
};

// One beat, 0 to 1: a steep rise and a slow fall with a second small wave. `phase` in beats.
double beat(double phase) {
  const double x = phase - std::floor(phase);
  const auto bump = [x](double centre, double width) {
    return std::exp(-(x - centre) * (x - centre) / (2 * width * width));
  };
  return bump(0.25, 0.08) + 0.35 * bump(0.55, 0.12);
}

class Max30102 final : public I2cPart, public FedPart {
 public:
  explicit Max30102(DeviceContext& context)
      : I2cPart(context, {0x57}),
        measurements_(context, kQuantities),
        finger_(context.params.boolean("finger").value_or(true)),
        beats_per_second_(context.params.number("bpm").value_or(72) / 60),
        saturation_(context.params.number("spo2").value_or(97)),
        perfusion_(context.params.number("perfusion").value_or(1) / 100),
        nanoamps_per_milliamp_(static_cast<double>(assumed_parameter(
            context, "nanoamps_per_milliamp", 240,
            "photocurrent that a finger sends back to the MAX30102, nA for each mA of the LED"))),
        event_(context.scheduler, [this] {
          catch_up();
          update_pin();
        }) {
    if (!(beats_per_second_ > 0)) context.params.fail("bpm", "expected a number above 0");
    if (!(saturation_ > 0 && saturation_ <= 100)) {
      context.params.fail("spo2", "expected more than 0 and at most 100");
    }
    if (!(perfusion_ >= 0)) context.params.fail("perfusion", "expected a number not below 0");
    power_on();
  }

  bool connect_pin(std::string_view name, PadPort& pad) override {
    if (name != "int") return false;
    int_.connect(pad);
    return true;
  }
  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void snapshot(StateArchive& archive) override {
    I2cPart::snapshot(archive);
    archive(registers_, samples_, write_, read_, overflow_, level_, byte_, status_1_, status_2_,
            converting_, temperature_end_.ps);
    clock_.snapshot(archive);
    int_.snapshot(archive);
    event_.snapshot(archive);
  }

 private:
  void power_on() override {
    registers_ = {};
    registers_[REV_ID] = 0x03;
    registers_[PART_ID] = 0x15;  // MAX_30105_EXPECTEDPARTID
    write_ = read_ = overflow_ = level_ = byte_ = 0;
    status_1_ = kPwrRdy;
    status_2_ = 0;
    converting_ = false;
    clock_.stop();
    update_pin();
  }

  // The LEDs of a sample in their order: 1 red, 2 infrared, 0 end.
  std::array<unsigned, kSlots> slots() const {
    switch (registers_[MODE_CONFIG] & 7) {
      case kHeartRate: return {1};
      case kSpo2: return {1, 2};
      case kMultiLed:
        return {registers_[MULTI_LED_1] & 7u, registers_[MULTI_LED_1] >> 4 & 7u,
                registers_[MULTI_LED_2] & 7u, registers_[MULTI_LED_2] >> 4 & 7u};
      default: return {};
    }
  }
  std::size_t sample_bytes() const {
    std::size_t bytes = 0;
    for (const unsigned led : slots()) {
      if (led == 0) break;
      bytes += 3;
    }
    return bytes;
  }
  bool measures() const { return (registers_[MODE_CONFIG] & kShutdown) == 0 && sample_bytes() > 0; }
  std::string_view mode() const override {
    if ((registers_[MODE_CONFIG] & kShutdown) != 0) return "shutdown";
    return measures() ? "measure" : "idle";
  }
  // SMP_AVE: 1, 2, 4 to 32 samples make one of the FIFO.
  double rate_hz() const {
    if (!measures()) return 0;
    const unsigned average = std::min(registers_[FIFO_CONFIG] >> 5, 5);
    return std::ldexp(kHz[registers_[SPO2_CONFIG] >> 2 & 7], -static_cast<int>(average));
  }

  std::uint32_t light(unsigned led, TimePoint when) const {
    double counts = 0;
    if (const std::size_t column = led == 1 ? kRed : kIr; measurements_.given(column)) {
      counts = measurements_.at(column, when);
    } else if (finger_ && (led == 1 || led == 2)) {
      const double milliamps = registers_[led == 1 ? LED1_PA : LED2_PA] * kMilliampsPerStep;
      const double scale =
          kCounts / std::ldexp(kFullScaleNanoamps, registers_[SPO2_CONFIG] >> 5 & 3);
      // The usual straight line: SpO2 = 110 - 25 R, where R is how much more red light pulsates
      // than infrared.
      const double ratio = led == 1 ? (110 - saturation_) / 25 : 1;
      const double absorbed = perfusion_ * ratio * beat(beats_per_second_ * when.seconds());
      counts = nanoamps_per_milliamp_ * milliamps * scale * (1 - absorbed);
    }
    const auto whole =
        static_cast<std::uint32_t>(std::lround(std::clamp(counts, 0.0, kCounts - 1)));
    // LED_PW: 15 to 18 bits, left-justified.
    const unsigned unused = 3u - (registers_[SPO2_CONFIG] & 3u);
    return whole >> unused << unused;
  }

  void take_sample(TimePoint when) {
    status_1_ |= kPpgRdy;
    if (level_ == kDepth) {
      if (overflow_ < 31) ++overflow_;
      if ((registers_[FIFO_CONFIG] & kRollOver) == 0) return;
      read_ = (read_ + 1) % kDepth;  // the oldest is overwritten
      --level_;
    }
    std::array<std::uint32_t, kSlots>& sample = samples_[write_];
    const auto leds = slots();
    for (std::size_t i = 0; i < kSlots && leds[i] != 0; ++i) sample[i] = light(leds[i], when);
    write_ = (write_ + 1) % kDepth;
    ++level_;
    // FIFO_A_FULL: how many places are left.
    if (kDepth - level_ == (registers_[FIFO_CONFIG] & 0xFu)) status_1_ |= kAFull;
  }
  void catch_up() {
    if (converting_ && now() >= temperature_end_) {
      converting_ = false;
      registers_[TEMP_CONFIG] = 0;
      const double degrees = measurements_.at(kTemperature, temperature_end_);
      const long sixteenths = std::lround(std::clamp(degrees, -128.0, 127.9) * 16);
      registers_[TEMP_INT] = static_cast<std::uint8_t>(sixteenths >> 4);
      registers_[TEMP_FRAC] = static_cast<std::uint8_t>(sixteenths & 0xF);
      status_2_ |= kDieTempRdy;
    }
    std::uint64_t due = clock_.due(now());
    // After a long time without a look: multiples of the depth leave the pointers where they are.
    if (due > 4 * kDepth) {
      const std::uint64_t skipped = (due - 2 * kDepth) / kDepth * kDepth;
      clock_.take(skipped);
      due -= skipped;
    }
    for (; due > 0; --due) {
      take_sample(clock_.next());
      clock_.take();
    }
  }

  // A burst sees the data of one moment.
  void started(bool) override {
    catch_up();
    update_pin();
  }
  std::uint8_t after(std::uint8_t reg) override {
    return reg == FIFO_DATA ? reg : static_cast<std::uint8_t>(reg + 1);
  }
  std::uint8_t read_register(std::uint8_t reg) override {
    std::uint8_t value = registers_[reg];
    switch (reg) {
      case INT_STATUS_1:
        value = status_1_;
        status_1_ = 0;
        break;
      case INT_STATUS_2:
        value = status_2_;
        status_2_ = 0;
        break;
      case FIFO_WR_PTR: value = static_cast<std::uint8_t>(write_); break;
      case OVF_COUNTER: value = static_cast<std::uint8_t>(overflow_); break;
      case FIFO_RD_PTR: value = static_cast<std::uint8_t>(read_); break;
      case FIFO_DATA: value = read_fifo(); break;
      default: break;
    }
    update_pin();
    return value;
  }
  // Three bytes for each LED, upper one first.
  std::uint8_t read_fifo() {
    const std::size_t size = sample_bytes();
    if (size == 0) return 0;
    const std::uint32_t light = samples_[read_][byte_ / 3 % kSlots];
    const auto value = static_cast<std::uint8_t>(light >> 8 * (2 - byte_ % 3));
    status_1_ &= static_cast<std::uint8_t>(~(kPpgRdy | kAFull));
    if (++byte_ >= size) {
      byte_ = 0;
      if (level_ > 0) {
        read_ = (read_ + 1) % kDepth;
        --level_;
      }
      overflow_ = 0;
    }
    return value;
  }

  bool write_register(std::uint8_t reg, std::uint8_t value) override {
    if (reg == MODE_CONFIG && (value & kReset) != 0) {
      power_on();
      status_1_ = 0;
      update_pin();
      report_power();
      return true;
    }
    switch (reg) {
      case FIFO_WR_PTR: write_ = value % kDepth; break;
      case OVF_COUNTER: overflow_ = value & 0x1Fu; break;
      case FIFO_RD_PTR: read_ = value % kDepth; break;
      case TEMP_CONFIG:
        if ((value & 1) != 0) {
          converting_ = true;
          temperature_end_ = now() + kTemperatureTime;
          registers_[reg] = 1;
        }
        break;
      default:
        if (reg > INT_STATUS_2 && reg <= MULTI_LED_2 && reg != FIFO_DATA) write_setting(reg, value);
        break;
    }
    if (reg == FIFO_WR_PTR || reg == FIFO_RD_PTR) {
      level_ = (write_ - read_) % kDepth;
      byte_ = 0;
    }
    if (reg == PROX_INT_THRESH && value != 0) unmodelled("proximity function", reg, value);
    update_pin();
    return true;
  }
  void write_setting(std::uint8_t reg, std::uint8_t value) {
    const double rate = rate_hz();
    registers_[reg] = value;
    if (rate_hz() != rate) clock_.start(now(), rate_hz());
    if (reg == INT_ENABLE_1 && (value & kProxInt) != 0) {
      unmodelled("proximity function", reg, value);
    }
    if (reg == MULTI_LED_1 || reg == MULTI_LED_2) {
      for (const unsigned led : {value & 7u, value >> 4 & 7u}) {
        if (led > 2) unmodelled("MULTI_LED: third LED, pilots", reg, value);
      }
    }
    report_power();
  }

  // Open drain, active low.
  void update_pin() {
    const bool active = (status_1_ & (registers_[INT_ENABLE_1] | kPwrRdy)) != 0 ||
                        (status_2_ & registers_[INT_ENABLE_2]) != 0;
    if (active && supplied()) {
      int_.drive(false);
    } else {
      int_.release();
    }
    event_.cancel();
    if (!int_.connected() || !supplied()) return;
    TimePoint next{~std::uint64_t{0}};
    if ((registers_[INT_ENABLE_1] & (kAFull | kPpgRdy)) != 0 && clock_.running()) {
      next = clock_.next();
    }
    if (converting_) next = std::min(next, temperature_end_);
    if (next.ps != ~std::uint64_t{0}) event_.at(next);
  }

  Measurements measurements_;
  const bool finger_;
  const double beats_per_second_;
  const double saturation_;
  const double perfusion_;
  const double nanoamps_per_milliamp_;
  std::array<std::uint8_t, 0x100> registers_{};
  std::array<std::array<std::uint32_t, kSlots>, kDepth> samples_{};
  std::size_t write_ = 0;
  std::size_t read_ = 0;
  std::size_t overflow_ = 0;
  std::size_t level_ = 0;  // tells a full FIFO from an empty one
  std::size_t byte_ = 0;   // of the sample at read_
  std::uint8_t status_1_ = 0;
  std::uint8_t status_2_ = 0;
  bool converting_ = false;
  TimePoint temperature_end_{};
  SampleClock clock_;
  OutputPin int_;
  Event event_;
};

const DeviceType kType("max30102",
                       [](DeviceContext& context) { return std::make_unique<Max30102>(context); });

}  // namespace
}  // namespace tinyscope
