// WAV files made by hand, so that tests can also make wrong ones. Layout: RIFF, "fmt " of 16
// bytes, "data"; all little-endian.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace tinyscope::test {

struct WavHeader {
  std::uint16_t format = 1;  // PCM
  std::uint16_t channels = 1;
  std::uint32_t rate_hz = 16'000;
  std::uint16_t bits = 16;
};

class WavBytes {
 public:
  WavBytes(const WavHeader& header, const std::vector<std::int16_t>& samples) {
    const auto data_bytes = static_cast<std::uint32_t>(2 * samples.size());
    const std::uint32_t frame = header.channels * header.bits / 8u;
    text("RIFF");
    number(36 + data_bytes, 4);
    text("WAVEfmt ");
    number(16, 4);
    number(header.format, 2);
    number(header.channels, 2);
    number(header.rate_hz, 4);
    number(header.rate_hz * frame, 4);
    number(frame, 2);
    number(header.bits, 2);
    text("data");
    number(data_bytes, 4);
    for (const std::int16_t sample : samples) number(static_cast<std::uint16_t>(sample), 2);
  }

  std::vector<char> bytes;

  // Writes the bytes to a file of the test's own and gives its path.
  std::string save(const std::string& name) const {
    const auto folder = std::filesystem::temp_directory_path() / "tinyscope-peripherals-tests";
    std::filesystem::create_directories(folder);
    const auto path = folder / name;
    std::ofstream(path, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path.string();
  }

 private:
  void text(std::string_view letters) { bytes.insert(bytes.end(), letters.begin(), letters.end()); }
  void number(std::uint32_t value, unsigned count) {
    for (unsigned i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> 8 * i & 0xFF));
  }
};

// 0, 1, 2, ...
inline std::vector<std::int16_t> ramp(std::size_t count) {
  std::vector<std::int16_t> samples(count);
  for (std::size_t i = 0; i < count; ++i) samples[i] = static_cast<std::int16_t>(i);
  return samples;
}

}  // namespace tinyscope::test
