// Writes the wire format of Protocol Buffers: what an exporter needs of it, and no more.
// https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tinyscope {

class ProtobufWriter {
 public:
  // uint64, uint32, bool, enum; int64 that is not negative.
  ProtobufWriter& varint(unsigned field, std::uint64_t value) {
    key(field, 0);
    put(value);
    return *this;
  }
  ProtobufWriter& int64(unsigned field, std::int64_t value) {
    return varint(field, static_cast<std::uint64_t>(value));
  }
  ProtobufWriter& float64(unsigned field, double value) {
    key(field, 1);
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (unsigned i = 0; i < 8; ++i) bytes_ += static_cast<char>(bits >> (8 * i));
    return *this;
  }
  // string, which must be UTF-8, and bytes.
  ProtobufWriter& text(unsigned field, std::string_view value) {
    key(field, 2);
    put(value.size());
    bytes_ += value;
    return *this;
  }
  ProtobufWriter& message(unsigned field, const ProtobufWriter& part) {
    return text(field, part.bytes_);
  }
  // A repeated varint.
  ProtobufWriter& packed(unsigned field, std::span<const std::uint64_t> values) {
    ProtobufWriter all;
    for (const std::uint64_t value : values) all.put(value);
    return message(field, all);
  }

  const std::string& bytes() const { return bytes_; }

 private:
  void key(unsigned field, unsigned wire_type) { put(field << 3 | wire_type); }
  void put(std::uint64_t value) {
    while (value >= 0x80) {
      bytes_ += static_cast<char>(value | 0x80);
      value >>= 7;
    }
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

}  // namespace tinyscope
