#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "sim/error.hpp"
#include "sim/file.hpp"
#include "sim/image/formats.hpp"
#include "sim/image/sha256.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kLargestFile = 512u << 20;  // an ELF file with debug information of a big SDK

std::string lower_suffix(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return suffix;
}

FirmwareImage parse_any(std::span<const std::uint8_t> bytes, const std::string& file,
                        const std::string& suffix, std::optional<Address> bin_address,
                        std::string& format) {
  const bool raw = suffix == ".bin";
  if (looks_like_elf(bytes)) {
    format = "elf";
    return parse_elf(bytes, file);
  }
  if (looks_like_uf2(bytes)) {
    format = "uf2";
    return parse_uf2(bytes, file);
  }
  if (!raw && looks_like_intel_hex(bytes)) {
    format = "hex";
    return parse_intel_hex(bytes, file);
  }
  if (raw) {
    format = "bin";
    return parse_bin(bytes, file, bin_address);
  }
  throw InputError(
      fmt::format("{}: offset 0x0: expected ELF (0x7F 'ELF'), Intel HEX (a line with ':') or UF2 "
                  "('UF2\\n'), found bytes 0x{:02X} 0x{:02X}; give the file that would be flashed, "
                  "or name a raw binary .bin",
                  file, bytes[0], bytes.size() > 1 ? bytes[1] : 0));
}

}  // namespace

FirmwareImage parse_bin(std::span<const std::uint8_t> bytes, const std::string& file,
                        std::optional<Address> address) {
  if (!address) {
    throw InputError(fmt::format(
        "{}: a raw binary does not say where it goes; give its flash address as well", file));
  }
  SegmentCollector segments(file);
  segments.add(*address, bytes, "offset 0x0");
  FirmwareImage image;
  image.segments = segments.take();
  return image;
}

FirmwareImage parse_firmware(std::span<const std::uint8_t> bytes, const std::filesystem::path& path,
                             std::optional<Address> bin_address) {
  const std::string file = path.string();
  if (bytes.empty()) {
    throw InputError(fmt::format("{}: is empty; expected a firmware image", file));
  }
  std::string format;
  FirmwareImage image = parse_any(bytes, file, lower_suffix(path), bin_address, format);
  if (bin_address && format != "bin") {
    throw InputError(
        fmt::format("{}: is {}, which holds its own addresses; leave out the address "
                    "for raw binaries",
                    file, format));
  }
  image.path = path;
  image.format = format;
  image.sha256 = sha256_hex(bytes);
  return image;
}

FirmwareImage load_firmware(const std::filesystem::path& path, std::optional<Address> bin_address) {
  return parse_firmware(read_file(path, kLargestFile), path, bin_address);
}

}  // namespace tinyscope
