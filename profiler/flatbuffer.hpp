// Reading of FlatBuffers (https://flatbuffers.dev, "FlatBuffer Internals") whose every field can
// lie: each access is checked against the bytes there are, and the total work is bounded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tinyscope {

// The bytes are no valid flatbuffer of the expected shape. Caught inside the profiler: it means
// "no model here", not an error of the user.
struct MalformedFlatbuffer {};

class Flatbuffer {
 public:
  class Table;

  // `budget`: how many tables, strings and vector elements may be read before giving up, since a
  // small hostile file can refer to one object very often.
  Flatbuffer(std::span<const std::uint8_t> bytes, std::uint64_t budget)
      : bytes_(bytes), budget_(budget) {}

  // The root table. Throws MalformedFlatbuffer, as all other accessors do.
  Table root();
  // One behind the highest byte that was referred to.
  std::size_t extent() const { return extent_; }
  std::uint64_t budget_left() const { return budget_; }

 private:
  friend class Table;
  template <class T>
  T read(std::size_t position);
  void touch(std::size_t position, std::size_t length);
  void spend(std::uint64_t units);

  std::span<const std::uint8_t> bytes_;
  std::uint64_t budget_;
  std::size_t extent_ = 0;
};

class Flatbuffer::Table {
 public:
  // `field` counts from 0 in the order of the schema; a union takes two (type, then value).
  bool has(unsigned field);
  std::int32_t int32(unsigned field, std::int32_t otherwise = 0);
  std::uint32_t uint32(unsigned field, std::uint32_t otherwise = 0);
  std::int8_t int8(unsigned field, std::int8_t otherwise = 0);
  std::uint8_t uint8(unsigned field, std::uint8_t otherwise = 0);
  // Empty if missing.
  std::string string(unsigned field);
  std::vector<std::int32_t> int32s(unsigned field);
  std::vector<float> floats(unsigned field);
  std::vector<std::int64_t> int64s(unsigned field);
  // First element and count of a vector.
  struct Vector {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  // Where a vector of bytes lies within the buffer; empty if it is missing.
  Vector bytes(unsigned field);
  std::vector<Table> tables(unsigned field);
  std::optional<Table> table(unsigned field);

 private:
  friend class Flatbuffer;
  Table(Flatbuffer& buffer, std::size_t position);
  // Where the value of a field of `width` bytes lies; nothing if it is missing.
  std::optional<std::size_t> value(unsigned field, std::size_t width);
  // Where the object lies that an offset field refers to.
  std::optional<std::size_t> target(unsigned field);
  Vector vector(unsigned field, std::size_t element_size);
  template <class T>
  std::vector<T> scalars(unsigned field);

  Flatbuffer* buffer_;
  std::size_t position_;
  std::size_t vtable_ = 0;
  std::size_t vtable_size_ = 0;
  std::size_t table_size_ = 0;
};

}  // namespace tinyscope
