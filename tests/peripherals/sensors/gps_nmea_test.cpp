// A GPS receiver: sentences as TinyGPSPlus (0a20575) and Adafruit_GPS (4005211) take them apart.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "sim/error.hpp"
#include "tests/peripherals/sensors/sensor_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Duration frame_at(std::uint64_t baud) { return Duration{10'000'000'000'000 / baud}; }

class GpsBench {
 public:
  explicit GpsBench(std::string_view csv = "", std::string_view params = "",
                    std::uint64_t chip_baud = 9600)
      : device(bench.add_device(
            "gps", "gps_nmea", csv.empty() ? Stimulus() : Stimulus(SensorBench::file(csv, "g.csv")),
            params)) {
    uart.frame_time = frame_at(chip_baud);
    uart.on_receive([this](std::uint8_t byte) { heard += static_cast<char>(byte); });
    dynamic_cast<UartDevice&>(*device.port("uart")).attach(uart);
  }
  void wait(double ms) { bench.run_for({static_cast<std::uint64_t>(ms * 1e9)}); }
  // The first sentence that begins so, up to its checksum; empty: none.
  std::string sentence(std::string_view type) const {
    const std::size_t at = heard.find(type);
    return at == std::string::npos ? "" : heard.substr(at, heard.find('*', at) - at);
  }

  PeripheralBench bench;
  Device& device;
  UartPort uart;
  std::string heard;
};

constexpr std::string_view kPlace =
    "# rate_hz = 1\nlat_deg,lon_deg,alt_m,speed_kmh,course_deg,satellites\n"
    "48.1173,-11.5166667,545.4,36,84.4,9\n";

TEST(GpsNmea, TellsWhereItIs) {
  GpsBench gps(kPlace, "utc = \"2024-05-31T23:59:30\"");
  gps.wait(2000);
  // Degrees and minutes: 48 and 0.1173 * 60, 11 and 0.5166667 * 60; 10 m/s are 19.44 knots.
  EXPECT_EQ(gps.sentence("$GPGGA"),
            "$GPGGA,235931.00,4807.0380,N,01131.0000,W,1,09,1.0,545.4,M,0.0,M,,");
  EXPECT_EQ(gps.sentence("$GPRMC"),
            "$GPRMC,235931.00,A,4807.0380,N,01131.0000,W,19.44,84.40,310524,,,A");
  EXPECT_EQ(gps.sentence("$GPGSV,3,3").substr(0, 14), "$GPGSV,3,3,09,") << "nine satellites";
}

// The checksum is the exclusive or of what stands between $ and * (TinyGPSPlus::encode()).
TEST(GpsNmea, EndsItsSentencesWithTheirChecksum) {
  GpsBench gps(kPlace);
  gps.wait(5000);
  std::size_t sentences = 0;
  for (std::size_t at = gps.heard.find('$'); at != std::string::npos;
       at = gps.heard.find('$', at + 1)) {
    const std::size_t star = gps.heard.find('*', at);
    ASSERT_NE(star, std::string::npos);
    unsigned sum = 0;
    for (std::size_t i = at + 1; i < star; ++i) sum ^= static_cast<unsigned char>(gps.heard[i]);
    EXPECT_EQ(std::stoul(gps.heard.substr(star + 1, 2), nullptr, 16), sum);
    EXPECT_EQ(gps.heard.substr(star + 3, 2), "\r\n");
    ++sentences;
  }
  EXPECT_EQ(sentences, 4 * 5u) << "GGA, RMC and three GSV each second; the fifth begins now";
}

TEST(GpsNmea, SpeaksAtItsBaudRate) {
  GpsBench gps(kPlace);
  gps.wait(1000 + 10 * 10'000.0 / 9600 + 0.1);
  EXPECT_EQ(gps.heard, "$GPGGA,000");
}

TEST(GpsNmea, IsNotHeardAtAnotherBaudRate) {
  GpsBench gps(kPlace, "", 115'200);
  gps.wait(3000);
  EXPECT_EQ(gps.heard, "");
  EXPECT_TRUE(gps.bench.reported("bytes at 9600 baud, while the chip listens at 115200"));
  GpsBench matching(kPlace, "baud = 115200", 115'200);
  matching.wait(1500);
  EXPECT_FALSE(matching.heard.empty());
}

TEST(GpsNmea, HasNoFixBeforeItsTimeOrWithTooFewSatellites) {
  GpsBench late(kPlace, "first_fix_seconds = 5");
  late.wait(4500);
  EXPECT_EQ(late.sentence("$GPGGA").substr(0, 27), "$GPGGA,000001.00,,,,,0,00,,");
  EXPECT_EQ(late.sentence("$GPRMC").substr(0, 27), "$GPRMC,000001.00,V,,,,,,,01");
  EXPECT_EQ(late.bench.power_state("gps"), "acquisition");
  late.wait(1500);
  EXPECT_NE(late.heard.find("$GPRMC,000005.00,A"), std::string::npos);
  EXPECT_EQ(late.bench.power_state("gps"), "tracking");
  GpsBench indoors("# rate_hz = 1\nlat_deg,satellites\n48,2\n");
  indoors.wait(1500);
  EXPECT_EQ(indoors.sentence("$GPRMC").substr(0, 18), "$GPRMC,000001.00,V");
}

TEST(GpsNmea, MovesAsTheRecordingSays) {
  GpsBench gps("time_s,lat_deg\n0,10\n10,20\n", "rate_hz = 2\nbaud = 38400", 38'400);
  gps.wait(1100);
  EXPECT_NE(gps.heard.find("000000.50,1030.0000,N"), std::string::npos);
  EXPECT_NE(gps.heard.find("000001.00,1100.0000,N"), std::string::npos);
}

TEST(GpsNmea, IsSilentWithoutSupply) {
  GpsBench gps(kPlace);
  gps.device.set_supplied(false);
  gps.wait(3000);
  EXPECT_EQ(gps.heard, "");
  EXPECT_EQ(gps.bench.power_state("gps"), "");
}

TEST(GpsNmea, ReportsCommandsAndChecksItsParameters) {
  GpsBench gps;
  gps.uart.transmit('$', {});
  EXPECT_TRUE(gps.bench.reported("commands"));
  for (const char* params :
       {"baud = 10", "rate_hz = 50", "utc = \"yesterday\"", "utc = \"2024-02-30T00:00:00\""}) {
    EXPECT_THROW(GpsBench("", params), InputError) << params;
  }
}

TEST(GpsNmea, HasTheSameFutureAfterASnapshot) {
  GpsBench gps(kPlace);
  gps.wait(1100);
  const auto state = gps.bench.save();
  gps.heard.clear();
  gps.wait(2000);
  const std::string expected = gps.heard;
  gps.bench.restore(state);
  gps.heard.clear();
  gps.wait(2000);
  EXPECT_EQ(gps.heard, expected);
}

}  // namespace
}  // namespace tinyscope::test
