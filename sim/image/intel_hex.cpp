// Intel HEX: Hexadecimal Object File Format Specification, revision A, Intel 1988.
#include <fmt/format.h>

#include <array>
#include <cctype>

#include "sim/error.hpp"
#include "sim/image/formats.hpp"

namespace tinyscope {
namespace {

enum RecordType : std::uint8_t {
  kData = 0,
  kEndOfFile = 1,
  kExtendedSegmentAddress = 2,
  kStartSegmentAddress = 3,
  kExtendedLinearAddress = 4,
  kStartLinearAddress = 5,
};

struct Record {
  std::uint8_t type = 0;
  std::uint16_t offset = 0;
  std::vector<std::uint8_t> data;
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

class HexReader {
 public:
  HexReader(std::span<const std::uint8_t> bytes, const std::string& file)
      : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
        file_(file),
        segments_(file) {}

  FirmwareImage read() {
    while (position_ < text_.size()) {
      const std::string_view line = next_line();
      if (line.empty()) continue;
      if (ended_) fail("expected nothing after the end-of-file record; remove what follows");
      apply(parse(line));
    }
    if (!ended_) {
      fail("the end-of-file record :00000001FF is missing; the file is truncated, copy it again");
    }
    if (segments_.empty()) fail("the file holds no data records; build the image again");
    image_.segments = segments_.take();
    return std::move(image_);
  }

 private:
  [[noreturn]] void fail(std::string_view message) const {
    throw InputError(fmt::format("{}:{}: {}", file_, line_, message));
  }

  std::string_view next_line() {
    const std::size_t end = std::min(text_.find('\n', position_), text_.size());
    std::string_view line = text_.substr(position_, end - position_);
    position_ = end + 1;
    ++line_;
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())) != 0) {
      line.remove_suffix(1);
    }
    return line;
  }

  Record parse(std::string_view line) const {
    if (line.front() != ':') fail("expected a record that starts with ':'");
    line.remove_prefix(1);
    std::vector<std::uint8_t> bytes;
    bytes.reserve(line.size() / 2);
    if (line.size() % 2 != 0) fail("a record has an even number of hexadecimal digits");
    for (std::size_t i = 0; i < line.size(); i += 2) {
      const int high = hex_digit(line[i]);
      const int low = hex_digit(line[i + 1]);
      if (high < 0 || low < 0) {
        fail(fmt::format("expected hexadecimal digits in column {}", i + 2));
      }
      bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
    constexpr std::size_t kFrameBytes = 5;  // count, offset (2), type, checksum
    if (bytes.size() < kFrameBytes || bytes.size() != kFrameBytes + bytes[0]) {
      fail(fmt::format("the record announces {} data bytes and has {}",
                       bytes.empty() ? 0 : bytes[0],
                       bytes.size() < kFrameBytes ? 0 : bytes.size() - kFrameBytes));
    }
    std::uint8_t sum = 0;
    for (const std::uint8_t byte : bytes) sum = static_cast<std::uint8_t>(sum + byte);
    if (sum != 0) {
      fail(
          fmt::format("checksum: expected 0x{:02X}, found 0x{:02X}; the file is damaged, copy it "
                      "again",
                      static_cast<std::uint8_t>(bytes.back() - sum), bytes.back()));
    }
    Record record;
    record.offset = static_cast<std::uint16_t>(bytes[1] << 8 | bytes[2]);
    record.type = bytes[3];
    record.data.assign(bytes.begin() + 4, bytes.end() - 1);
    return record;
  }

  void require_length(const Record& record, std::size_t length) const {
    if (record.data.size() != length) {
      fail(fmt::format("a record of type {:02X} holds {} bytes, found {}", record.type, length,
                       record.data.size()));
    }
  }

  void apply(const Record& record) {
    switch (record.type) {
      case kData: add_data(record); return;
      case kEndOfFile:
        require_length(record, 0);
        ended_ = true;
        return;
      case kExtendedSegmentAddress:
        require_length(record, 2);
        base_ = big_endian(record.data) << 4;
        wraps_in_segment_ = true;
        return;
      case kStartSegmentAddress: {
        require_length(record, 4);
        const std::span<const std::uint8_t> data(record.data);
        image_.entry = (big_endian(data.first(2)) << 4) + big_endian(data.last(2));
        return;
      }
      case kExtendedLinearAddress:
        require_length(record, 2);
        base_ = big_endian(record.data) << 16;
        wraps_in_segment_ = false;
        return;
      case kStartLinearAddress:
        require_length(record, 4);
        image_.entry = big_endian(record.data);
        return;
      default: fail(fmt::format("expected a record type of 00 to 05, found {:02X}", record.type));
    }
  }

  // In a segment the offset wraps around at 64 KiB; linear addresses go on.
  void add_data(const Record& record) {
    const std::span<const std::uint8_t> data(record.data);
    const std::string where = fmt::format("line {}", line_);
    constexpr std::size_t kSegmentBytes = 0x10000;
    const std::size_t before_wrap = kSegmentBytes - record.offset;
    const std::uint64_t address = std::uint64_t{base_} + record.offset;
    if (!wraps_in_segment_ || data.size() <= before_wrap) {
      segments_.add(address, data, where);
      return;
    }
    segments_.add(address, data.first(before_wrap), where);
    segments_.add(base_, data.subspan(before_wrap), where);
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t position_ = 0;
  int line_ = 0;
  std::uint32_t base_ = 0;
  bool wraps_in_segment_ = true;
  bool ended_ = false;
  SegmentCollector segments_;
  FirmwareImage image_;
};

}  // namespace

bool looks_like_intel_hex(std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    if (std::isspace(byte) == 0) return byte == ':';
  }
  return false;
}

FirmwareImage parse_intel_hex(std::span<const std::uint8_t> bytes, const std::string& file) {
  return HexReader(bytes, file).read();
}

}  // namespace tinyscope
