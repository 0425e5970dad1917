// Little-endian reading of untrusted bytes: everything is checked against the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>

namespace tinyscope {

// The bytes do not follow their format. Caught by the reader of that format.
class MalformedData : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool at_end() const { return position_ == bytes_.size(); }
  std::size_t position() const { return position_; }

  // The next `size` bytes, as their own reader or span.
  std::span<const std::uint8_t> take(std::uint64_t size) {
    if (size > bytes_.size() - position_) throw MalformedData("data end too early");
    const auto part = bytes_.subspan(position_, static_cast<std::size_t>(size));
    position_ += static_cast<std::size_t>(size);
    return part;
  }
  void skip(std::uint64_t size) { take(size); }

  std::uint64_t unsigned_integer(unsigned size) {
    std::uint64_t value = 0;
    const auto part = take(size);
    for (std::size_t i = part.size(); i-- > 0;) value = value << 8 | part[i];
    return value;
  }
  std::uint16_t u16() { return static_cast<std::uint16_t>(unsigned_integer(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(unsigned_integer(4)); }
  std::uint8_t u8() { return static_cast<std::uint8_t>(unsigned_integer(1)); }
  // LEB128 (DWARF 5, section 7.6); bits beyond 64 are dropped.
  std::uint64_t uleb128() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t byte = u8();
      if (shift < 64) value |= std::uint64_t{byte & 0x7Fu} << shift;
      if ((byte & 0x80u) == 0) return value;
    }
  }
  std::int64_t sleb128() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;;) {
      const std::uint8_t byte = u8();
      if (shift < 64) value |= std::uint64_t{byte & 0x7Fu} << shift;
      shift += 7;
      if ((byte & 0x80u) != 0) continue;
      if ((byte & 0x40u) != 0 && shift < 64) value |= ~std::uint64_t{0} << shift;
      return static_cast<std::int64_t>(value);
    }
  }
  // Up to a terminating 0, which must be there.
  std::string_view text() {
    const auto rest = bytes_.subspan(position_);
    std::size_t length = 0;
    while (length < rest.size() && rest[length] != 0) ++length;
    if (length == rest.size()) throw MalformedData("a text does not end");
    position_ += length + 1;
    return {reinterpret_cast<const char*>(rest.data()), length};
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
};

}  // namespace tinyscope
