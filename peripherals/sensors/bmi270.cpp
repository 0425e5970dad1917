// Registers: bmi2_defs.h and bmi2.c of boschsensortec/BMI270_SensorAPI (41129fc), and the copy in
// arduino-libraries/Arduino_BMI270_BMM150 (48e639b). Values after reset, INTERNAL_STATUS and the
// units of time and temperature: BST-BMI270-DS000 (data sheet) from memory.
//
// The stimulus is a CSV file with ax ay az (g), gx gy gz (dps) and temperature (degC); at rest 1 g
// along z and 25 degC. Parameters: `address`, `axes` (three_axes.hpp), `init_us`,
// `gyroscope_startup_us`, `drdy_pulse_us`.
//
// The configuration that firmware uploads is a program of Bosch's: only its length and the order
// are looked at. The one for the features has 8192 bytes and leaves 2 KiB of FIFO; the one of
// bmi270_maximum_fifo.c has 328 and leaves 6 KiB. Anything else ends in INTERNAL_STATUS.init_err,
// and nothing is measured then.
//
// Not modelled, and reported when firmware uses it: the features (steps, motion, gestures), the
// auxiliary interface, self-test, offsets, SPI. Filters have no effect, and neither has the pause
// of 450 us that a register access needs with advanced power save.
#include "peripherals/sensors/bmi270.hpp"

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/sensors/bmi270_registers.hpp"

namespace tinyscope {

using namespace bmi270;

namespace {

constexpr std::size_t kConfiguration = 8192;
constexpr std::size_t kMaximumFifoConfiguration = 328;
constexpr std::array kQuantities = {
    Measurements::Quantity{"ax", "g"},
    Measurements::Quantity{"ay", "g"},
    Measurements::Quantity{"az", "g", 1},
    Measurements::Quantity{"gx", "dps"},
    Measurements::Quantity{"gy", "dps"},
    Measurements::Quantity{"gz", "dps"},
    Measurements::Quantity{"temperature", "degC", 25},
};

std::uint8_t byte_of(std::int16_t value, bool high) {
  return static_cast<std::uint8_t>(static_cast<std::uint16_t>(value) >> (high ? 8 : 0));
}

}  // namespace

Bmi270::Bmi270(DeviceContext& context)
    : I2cPart(context, {0x68, 0x69}),
      measurements_(context, kQuantities),
      axes_(context.params),
      init_time_(Duration::from_us(assumed_parameter(
          context, "init_us", 20'000, "microseconds from INIT_CTRL to INTERNAL_STATUS.init_ok",
          "BMI270 data sheet from memory: at most 20 ms"))),
      gyroscope_startup_(Duration::from_us(assumed_parameter(
          context, "gyroscope_startup_us", 45'000, "microseconds until the gyroscope measures",
          "BMI270 data sheet from memory: 45 ms from suspend"))),
      pulse_(Duration::from_us(assumed_parameter(
          context, "drdy_pulse_us", 150,
          "microseconds for which a pin tells of new data if it is not latched"))),
      event_(context.scheduler, [this] {
        catch_up();
        update_pins();
      }) {
  power_on();
}

bool Bmi270::connect_pin(std::string_view name, PadPort& pad) {
  if (name != "int1" && name != "int2") return false;
  (name == "int1" ? int1_ : int2_).connect(pad);
  return true;
}

void Bmi270::power_on() {
  registers_ = {};
  registers_[CHIP_ID] = 0x24;
  registers_[EVENT] = kPorDetected;
  registers_[ACC_CONF] = 0xA8;
  registers_[ACC_RANGE] = 0x02;
  registers_[GYR_CONF] = 0xA9;
  registers_[AUX_CONF] = 0x46;
  registers_[FIFO_DOWNS] = 0x88;
  registers_[FIFO_WTM_1] = 0x02;
  registers_[FIFO_CONFIG_0] = kTimeEn;
  registers_[FIFO_CONFIG_1] = kHeaderEn;
  registers_[AUX_DEV_ID] = 0x20;
  registers_[AUX_IF_CONF] = 0x83;
  registers_[AUX_RD_ADDR] = 0x42;
  registers_[AUX_WR_ADDR] = 0x4C;
  registers_[INIT_CTRL] = 0x90;
  registers_[PWR_CONF] = 0x03;
  features_ = {};
  powered_ = now();
  upload_address_ = uploaded_ = 0;
  upload_in_order_ = true;
  initialising_ = initialised_ = init_succeeds_ = false;
  accelerometer_ = {};
  gyroscope_ = {};
  status_ = int_status_ = 0;
  pulse_end_ = {};
  fifo_.flush();
  configure_fifo();
  update_pins();
}

std::string_view Bmi270::mode() const {
  const bool accelerometer = accelerometer_.rate_hz > 0;
  const bool gyroscope = gyroscope_.rate_hz > 0;
  if (gyroscope) return accelerometer ? "accelerometer_gyroscope" : "gyroscope";
  if (!accelerometer) {
    return (registers_[PWR_CONF] & kAdvPowerSave) != 0 ? "suspend" : "configuration";
  }
  return (registers_[ACC_CONF] & kFilterPerf) != 0 ? "accelerometer" : "accelerometer_low_power";
}

// A burst sees the data of one moment.
void Bmi270::started(bool read) {
  catch_up();
  update_pins();
  fifo_.begin_burst();
  if (read) latched_time_ = sensor_time(now());
}

std::uint8_t Bmi270::after(std::uint8_t reg) {
  const bool trap = reg == INIT_DATA || reg == FIFO_DATA;
  return trap ? reg : static_cast<std::uint8_t>((reg + 1) & 0x7F);
}

std::uint8_t Bmi270::read_register(std::uint8_t reg) {
  reg &= 0x7F;
  if (reg >= ACC_X_LSB && reg < GYR_X_LSB) {
    status_ &= static_cast<std::uint8_t>(~kDrdyAcc);
    return byte_of(accelerometer_.data[(reg - ACC_X_LSB) / 2u], (reg - ACC_X_LSB) % 2 != 0);
  }
  if (reg >= GYR_X_LSB && reg < SENSORTIME_0) {
    status_ &= static_cast<std::uint8_t>(~kDrdyGyr);
    return byte_of(gyroscope_.data[(reg - GYR_X_LSB) / 2u], (reg - GYR_X_LSB) % 2 != 0);
  }
  if (reg >= SENSORTIME_0 && reg < EVENT) {
    return static_cast<std::uint8_t>(latched_time_ >> 8 * (reg - SENSORTIME_0));
  }
  if (reg >= FEATURES && reg < ACC_CONF) {
    return features_[registers_[FEAT_PAGE] & 7][reg - FEATURES];
  }
  std::uint8_t value = registers_[reg];
  switch (reg) {
    case STATUS: value = status_ | kCmdRdy; break;
    case EVENT: registers_[EVENT] = 0; break;
    case INT_STATUS_1:
      value = int_status_ | fifo_conditions();
      int_status_ = 0;
      update_pins();
      break;
    case TEMPERATURE_0: value = byte_of(temperature(), false); break;
    case TEMPERATURE_0 + 1: value = byte_of(temperature(), true); break;
    case FIFO_LENGTH_0: value = static_cast<std::uint8_t>(fifo_.length()); break;
    case FIFO_LENGTH_1: value = static_cast<std::uint8_t>(fifo_.length() >> 8); break;
    case FIFO_DATA:
      value = fifo_.read(latched_time_);
      update_pins();
      break;
    default: break;
  }
  return value;
}

bool Bmi270::write_register(std::uint8_t reg, std::uint8_t value) {
  reg &= 0x7F;
  if (reg == INIT_DATA) {
    upload(value);
  } else if (reg == CMD) {
    command(value);
  } else if (reg >= FEATURES && reg < ACC_CONF) {
    std::uint8_t& feature = features_[registers_[FEAT_PAGE] & 7][reg - FEATURES];
    if (feature != value)
      unmodelled("FEATURES: settings of the features have no effect", reg, value);
    feature = value;
  } else if (reg >= FEAT_PAGE) {
    write_control(reg, value);
  }
  update_pins();
  return true;
}

void Bmi270::write_control(std::uint8_t reg, std::uint8_t value) {
  registers_[reg] = value;
  switch (reg) {
    case ACC_CONF:
    case GYR_CONF: check_configuration(); [[fallthrough]];
    case PWR_CTRL:
    case PWR_CONF: update_clocks(now()); break;
    case FIFO_CONFIG_0:
    case FIFO_CONFIG_1: configure_fifo(); break;
    case INIT_CTRL: end_upload(); break;
    case INIT_ADDR_0:
    case INIT_ADDR_1:
      upload_address_ = 2u * ((registers_[INIT_ADDR_0] & 0x0Fu) | registers_[INIT_ADDR_1] << 4);
      break;
    case FIFO_DOWNS:
      if ((value & 0x77) != 0) unmodelled("FIFO_DOWNS: the FIFO has the full rate", reg, value);
      break;
    case AUX_IF_CONF:
    case AUX_RD_ADDR:
    case AUX_WR_ADDR:
    case AUX_WR_DATA: unmodelled("auxiliary interface", reg, value); break;
    case INT1_MAP_FEAT:
    case INT2_MAP_FEAT:
      if (value != 0) unmodelled("INT_MAP_FEAT: interrupts of the features", reg, value);
      break;
    case ACC_SELF_TEST:
    case GYR_SELF_TEST_AXES:
      if (value != 0) unmodelled("self-test", reg, value);
      break;
    default:
      if (reg >= NV_CONF && reg <= GYR_OFF_COMP_6 && value != 0) {
        unmodelled("offset compensation", reg, value);
      }
      break;
  }
  if (reg == PWR_CTRL && (value & kAuxEn) != 0) unmodelled("auxiliary interface", reg, value);
}

// EVENT.error_code (cfg_error_status): 1 accelerometer, 2 gyroscope, 3 both. With filter_perf the
// accelerometer takes bandwidths up to 3 only (validate_bw_perf_mode).
void Bmi270::check_configuration() {
  const unsigned acc = registers_[ACC_CONF];
  const unsigned odr = acc & 0x0F;
  const bool bandwidth = (acc & kFilterPerf) == 0 || (acc >> 4 & 7) <= 3;
  const bool acc_fits = odr >= 1 && odr <= 12 && bandwidth;
  const unsigned gyr_odr = registers_[GYR_CONF] & 0x0F;
  const bool gyr_fits = gyr_odr >= 6 && gyr_odr <= 13;
  const auto code = static_cast<std::uint8_t>((acc_fits ? 0 : 1) | (gyr_fits ? 0 : 2));
  registers_[EVENT] =
      static_cast<std::uint8_t>((registers_[EVENT] & kPorDetected) | code << kErrorCodePos);
}

void Bmi270::command(std::uint8_t value) {
  if (value == kSoftReset) {
    power_on();
    registers_[EVENT] = 0;
    report_power();
  } else if (value == kFifoFlush) {
    fifo_.flush();
    int_status_ &= static_cast<std::uint8_t>(~(kFwm | kFfull));
  } else if (value != 0) {
    unmodelled("CMD: self-calibration and non-volatile memory", CMD, value);
  }
}

// upload_file(): INIT_ADDR counts words, INIT_DATA goes on from there.
void Bmi270::upload(std::uint8_t) {
  const bool writable =
      (registers_[INIT_CTRL] & 1) == 0 && (registers_[PWR_CONF] & kAdvPowerSave) == 0;
  if (!writable || upload_address_ != uploaded_) upload_in_order_ = false;
  ++upload_address_;
  ++uploaded_;
}

void Bmi270::end_upload() {
  if ((registers_[INIT_CTRL] & 1) == 0) {  // an upload begins
    upload_address_ = uploaded_ = 0;
    upload_in_order_ = true;
    registers_[INTERNAL_STATUS] = 0;
    initialising_ = initialised_ = false;
    update_clocks(now());
    return;
  }
  const bool complete = uploaded_ == kConfiguration || uploaded_ == kMaximumFifoConfiguration;
  init_succeeds_ = complete && upload_in_order_;
  initialising_ = true;
  init_end_ = now() + init_time_;
  configure_fifo();
}

void Bmi270::configure_fifo() {
  const std::uint8_t config_0 = registers_[FIFO_CONFIG_0];
  const std::uint8_t config_1 = registers_[FIFO_CONFIG_1];
  fifo_.configure({.header = (config_1 & kHeaderEn) != 0,
                   .accelerometer = (config_1 & kFifoAccEn) != 0,
                   .gyroscope = (config_1 & kFifoGyrEn) != 0,
                   .stop_on_full = (config_0 & kStopOnFull) != 0,
                   .sensor_time = (config_0 & kTimeEn) != 0,
                   .capacity = uploaded_ == kMaximumFifoConfiguration ? 6144u : 2048u});
  if ((config_1 & kFifoAuxEn) != 0) unmodelled("auxiliary interface", FIFO_CONFIG_1, config_1);
}

void Bmi270::snapshot(StateArchive& archive) {
  I2cPart::snapshot(archive);
  archive(registers_, features_, powered_.ps, latched_time_, upload_address_, uploaded_,
          upload_in_order_, initialising_, init_succeeds_, init_end_.ps, initialised_, status_,
          int_status_, pulse_end_.ps);
  for (Stage* stage : {&accelerometer_, &gyroscope_}) {
    archive(stage->rate_hz, stage->data);
    stage->clock.snapshot(archive);
  }
  fifo_.snapshot(archive);
  int1_.snapshot(archive);
  int2_.snapshot(archive);
  event_.snapshot(archive);
}

namespace {
const DeviceType kType("bmi270",
                       [](DeviceContext& context) { return std::make_unique<Bmi270>(context); });
}  // namespace

}  // namespace tinyscope
