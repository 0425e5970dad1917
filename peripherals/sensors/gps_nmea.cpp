// A GPS receiver that sends NMEA 0183 sentences over a UART; device type "gps_nmea", port "uart".
//
// GGA, RMC and GSV each time, as Adafruit_GPS (4005211, NMEA_parse.cpp) and TinyGPSPlus (0a20575,
// TinyGPS++.cpp) take them apart; fields: NMEA 0183, "Approved sentence formatting", from memory.
// The stimulus is a CSV file with latitude and longitude (deg), altitude (m), speed (m/s), course
// (deg) and satellites (number; below 3 there is no fix). At rest it stands at 0 N 0 E with 8.
// Parameters:
//   baud (9600)            of its line; a chip that listens at another rate hears nothing, and the
//                          report says so
//   rate_hz (1)            positions a second, 1 to 10
//   first_fix_seconds (0)  after power-on
//   utc ("2024-01-01T00:00:00")  at power-on
//
// Not modelled, and reported when firmware sends them: commands.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>

#include "peripherals/stimulus/measurements.hpp"
#include "sim/ports.hpp"
#include "sim/power_tracker.hpp"

namespace tinyscope {
namespace {

enum Quantity : std::size_t { kLatitude, kLongitude, kAltitude, kSpeed, kCourse, kSatellites };
constexpr std::array kQuantities = {
    Measurements::Quantity{"latitude", "deg"},
    Measurements::Quantity{"longitude", "deg"},
    Measurements::Quantity{"altitude", "m"},
    Measurements::Quantity{"speed", "m/s"},
    Measurements::Quantity{"course", "deg"},
    Measurements::Quantity{.name = "satellites", .unit = "", .rest = 8, .steps = true},
};

constexpr double kMetresPerSecondPerKnot = 1852.0 / 3600;
constexpr unsigned kBitsPerFrame = 10;
constexpr unsigned kMostSatellites = 12;

std::chrono::sys_seconds parse_utc(TomlTable& params) {
  const std::string text = params.string("utc").value_or("2024-01-01T00:00:00");
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  char rest = 0;
  const int fields = std::sscanf(text.c_str(), "%d-%u-%uT%u:%u:%u%c", &year, &month, &day, &hour,
                                 &minute, &second, &rest);
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  const bool whole = fields == 6 || (fields == 7 && rest == 'Z');
  if (!whole || !date.ok() || hour > 23 || minute > 59 || second > 59) {
    params.fail("utc", R"(expected a date and time as "2024-05-31T23:59:00")");
  }
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second};
}

// "$GPGGA,...*47\r\n": the checksum is the exclusive or of what stands between $ and *.
std::string sentence(const std::string& body) {
  unsigned char sum = 0;
  for (const char c : body) sum = static_cast<unsigned char>(sum ^ static_cast<unsigned char>(c));
  return fmt::format("${}*{:02X}\r\n", body, sum);
}

// "4807.0380,N": degrees and minutes.
std::string position(double degrees, int digits, std::string_view hemispheres) {
  const auto tenthousandths = std::llround(std::abs(degrees) * 60 * 10'000);
  return fmt::format("{:0{}d}{:02d}.{:04d},{}", tenthousandths / 600'000, digits,
                     tenthousandths / 10'000 % 60, tenthousandths % 10'000,
                     hemispheres[degrees < 0 ? 1 : 0]);
}

class GpsNmea final : public Device, private UartDevice {
 public:
  explicit GpsNmea(DeviceContext& context)
      : name_(context.name),
        scheduler_(context.scheduler),
        notes_(context.notes),
        power_(context.power),
        measurements_(context, kQuantities),
        utc_(parse_utc(context.params)),
        first_fix_seconds_(context.params.number("first_fix_seconds").value_or(0)),
        report_event_(context.scheduler, [this] { begin_report(); }),
        byte_event_(context.scheduler, [this] { send_byte(); }) {
    const std::uint32_t baud = context.params.u32("baud").value_or(9600);
    if (baud < 1200 || baud > 1'000'000) context.params.fail("baud", "expected 1200 to 1000000");
    frame_ = Duration{kBitsPerFrame * 1'000'000'000'000ull / baud};
    const std::uint32_t rate = context.params.u32("rate_hz").value_or(1);
    if (rate < 1 || rate > 10) context.params.fail("rate_hz", "expected 1 to 10");
    interval_ = Duration{1'000'000'000'000ull / rate};
    report_event_.at(scheduler_.now() + interval_);
  }

  void reset(ResetKind kind) override {
    if (kind == ResetKind::kPowerOn) report_power();
  }
  Port* port(std::string_view name) override {
    return name == "uart" ? static_cast<UartDevice*>(this) : nullptr;
  }
  void set_supplied(bool supplied) override {
    supplied_ = supplied;
    powered_ = scheduler_.now();
    pending_.clear();
    sent_ = 0;
    byte_event_.cancel();
    report_event_.cancel();
    if (supplied) report_event_.at(powered_ + interval_);
    report_power();
  }
  void snapshot(StateArchive& archive) override {
    archive(supplied_, powered_.ps, pending_, sent_);
    report_event_.snapshot(archive);
    byte_event_.snapshot(archive);
  }

 private:
  void attach(UartPort& chip) override {
    chip_ = &chip;
    chip.on_transmit([this](std::uint8_t byte, TimePoint) {
      if (byte == '$' || byte == 0xB5) {
        notes_.unmodelled(name_, "commands to the GPS receiver", 0, true, byte);
      }
    });
  }
  void report_power() {
    power_.set(name_,
               !supplied_                ? ""
               : fixed(scheduler_.now()) ? "tracking"
                                         : "acquisition",
               scheduler_.now());
  }

  unsigned satellites(TimePoint when) const {
    const double seen =
        std::clamp(measurements_.at(kSatellites, when), 0.0, double{kMostSatellites});
    return static_cast<unsigned>(std::lround(seen));
  }
  bool fixed(TimePoint when) const {
    return (when - powered_).seconds() >= first_fix_seconds_ && satellites(when) >= 3;
  }

  void begin_report() {
    const TimePoint now = scheduler_.now();
    report_event_.after(interval_);
    report_power();
    pending_ += gga(now) + rmc(now) + gsv(now);
    if (!byte_event_.scheduled()) byte_event_.after(frame_);
  }
  void send_byte() {
    const auto byte = static_cast<std::uint8_t>(pending_[sent_]);
    if (chip_ != nullptr && hears(chip_->frame_time)) chip_->receive(byte);
    if (++sent_ == pending_.size()) {
      pending_.clear();
      sent_ = 0;
      return;
    }
    byte_event_.after(frame_);
  }
  // A UART tolerates a difference of half a bit in a frame.
  bool hears(Duration frame) {
    if (frame.ps == 0) return false;  // switched off
    const double ratio = frame.seconds() / frame_.seconds();
    if (std::abs(ratio - 1) < 0.05) return true;
    notes_.unmodelled(
        name_,
        fmt::format("bytes at {} baud, while the chip listens at {:.0f}",
                    std::lround(kBitsPerFrame / frame_.seconds()), kBitsPerFrame / frame.seconds()),
        0, false, 0);
    return false;
  }

  std::chrono::sys_time<std::chrono::milliseconds> utc(TimePoint when) const {
    return utc_ + std::chrono::milliseconds{when.ps / 1'000'000'000};
  }
  std::string time_of_day(TimePoint when) const {
    const auto time = utc(when);
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::hh_mm_ss<std::chrono::milliseconds> of_day{time - day};
    return fmt::format("{:02}{:02}{:02}.{:02}", of_day.hours().count(), of_day.minutes().count(),
                       of_day.seconds().count(), of_day.subseconds().count() / 10);
  }
  std::string where(TimePoint when) const {
    return position(measurements_.at(kLatitude, when), 2, "NS") + "," +
           position(measurements_.at(kLongitude, when), 3, "EW");
  }
  // Geoid separation is given as 0.
  std::string gga(TimePoint when) const {
    if (!fixed(when)) return sentence(fmt::format("GPGGA,{},,,,,0,00,,,M,,M,,", time_of_day(when)));
    return sentence(fmt::format("GPGGA,{},{},1,{:02},1.0,{:.1f},M,0.0,M,,", time_of_day(when),
                                where(when), satellites(when), measurements_.at(kAltitude, when)));
  }
  std::string rmc(TimePoint when) const {
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(utc(when))};
    const std::string day =
        fmt::format("{:02}{:02}{:02}", unsigned{date.day()}, unsigned{date.month()},
                    static_cast<int>(date.year()) % 100);
    if (!fixed(when))
      return sentence(fmt::format("GPRMC,{},V,,,,,,,{},,,N", time_of_day(when), day));
    const double course = measurements_.at(kCourse, when);
    return sentence(fmt::format("GPRMC,{},A,{},{:.2f},{:.2f},{},,,A", time_of_day(when),
                                where(when),
                                measurements_.at(kSpeed, when) / kMetresPerSecondPerKnot,
                                course - 360 * std::floor(course / 360), day));
  }
  // Satellites spread evenly over the sky; only their number is known.
  std::string gsv(TimePoint when) const {
    const unsigned count = satellites(when);
    const unsigned sentences = std::max(1u, (count + 3) / 4);
    std::string all;
    for (unsigned i = 0; i < sentences; ++i) {
      std::string body = fmt::format("GPGSV,{},{},{:02}", sentences, i + 1, count);
      for (unsigned s = 4 * i; s < std::min(count, 4 * i + 4); ++s) {
        body += fmt::format(",{:02},{:02},{:03},{:02}", s + 1, 45, s * 360 / count, 40);
      }
      all += sentence(body);
    }
    return all;
  }

  const std::string name_;
  Scheduler& scheduler_;
  RunNotes& notes_;
  PowerTracker& power_;
  const Measurements measurements_;
  const std::chrono::sys_seconds utc_;  // at power-on of the machine
  const double first_fix_seconds_;
  Duration frame_{};
  Duration interval_{};
  UartPort* chip_ = nullptr;
  bool supplied_ = true;
  TimePoint powered_{};
  std::string pending_;
  std::size_t sent_ = 0;
  Event report_event_;
  Event byte_event_;
};

const DeviceType kType("gps_nmea",
                       [](DeviceContext& context) { return std::make_unique<GpsNmea>(context); });

}  // namespace
}  // namespace tinyscope
