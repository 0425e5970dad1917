#include "profiler/flatbuffer.hpp"

#include <bit>
#include <cstring>

namespace tinyscope {

static_assert(std::endian::native == std::endian::little);

void Flatbuffer::touch(std::size_t position, std::size_t length) {
  if (position > bytes_.size() || length > bytes_.size() - position) throw MalformedFlatbuffer{};
  extent_ = std::max(extent_, position + length);
}

void Flatbuffer::spend(std::uint64_t units) {
  if (units > budget_) throw MalformedFlatbuffer{};
  budget_ -= units;
}

template <class T>
T Flatbuffer::read(std::size_t position) {
  touch(position, sizeof(T));
  T value;
  std::memcpy(&value, bytes_.data() + position, sizeof value);
  return value;
}

Flatbuffer::Table Flatbuffer::root() { return Table(*this, read<std::uint32_t>(0)); }

Flatbuffer::Table::Table(Flatbuffer& buffer, std::size_t position)
    : buffer_(&buffer), position_(position) {
  buffer.spend(1);
  if (position % 4 != 0) throw MalformedFlatbuffer{};
  const auto back = static_cast<std::int64_t>(buffer.read<std::int32_t>(position));
  const std::int64_t vtable = static_cast<std::int64_t>(position) - back;
  if (vtable < 0 || vtable % 2 != 0) throw MalformedFlatbuffer{};
  vtable_ = static_cast<std::size_t>(vtable);
  vtable_size_ = buffer.read<std::uint16_t>(vtable_);
  table_size_ = buffer.read<std::uint16_t>(vtable_ + 2);
  if (vtable_size_ < 4 || vtable_size_ % 2 != 0 || table_size_ < 4) throw MalformedFlatbuffer{};
  buffer.touch(vtable_, vtable_size_);
  buffer.touch(position_, table_size_);
}

std::optional<std::size_t> Flatbuffer::Table::value(unsigned field, std::size_t width) {
  const std::size_t entry = 4 + 2 * static_cast<std::size_t>(field);
  if (entry + 2 > vtable_size_) return std::nullopt;
  const std::size_t offset = buffer_->read<std::uint16_t>(vtable_ + entry);
  if (offset == 0) return std::nullopt;
  if (offset < 4 || offset + width > table_size_) throw MalformedFlatbuffer{};
  return position_ + offset;
}

std::optional<std::size_t> Flatbuffer::Table::target(unsigned field) {
  const auto at = value(field, 4);
  if (!at) return std::nullopt;
  const std::size_t offset = buffer_->read<std::uint32_t>(*at);
  if (offset == 0) throw MalformedFlatbuffer{};
  return *at + offset;
}

Flatbuffer::Table::Vector Flatbuffer::Table::vector(unsigned field, std::size_t element_size) {
  const auto at = target(field);
  if (!at) return {};
  const std::size_t count = buffer_->read<std::uint32_t>(*at);
  buffer_->touch(*at + 4, count * element_size);  // 64 bits: cannot overflow
  return {*at + 4, count};
}

bool Flatbuffer::Table::has(unsigned field) { return value(field, 1).has_value(); }

std::int32_t Flatbuffer::Table::int32(unsigned field, std::int32_t otherwise) {
  const auto at = value(field, 4);
  return at ? buffer_->read<std::int32_t>(*at) : otherwise;
}

std::uint32_t Flatbuffer::Table::uint32(unsigned field, std::uint32_t otherwise) {
  const auto at = value(field, 4);
  return at ? buffer_->read<std::uint32_t>(*at) : otherwise;
}

std::int8_t Flatbuffer::Table::int8(unsigned field, std::int8_t otherwise) {
  const auto at = value(field, 1);
  return at ? buffer_->read<std::int8_t>(*at) : otherwise;
}

std::uint8_t Flatbuffer::Table::uint8(unsigned field, std::uint8_t otherwise) {
  const auto at = value(field, 1);
  return at ? buffer_->read<std::uint8_t>(*at) : otherwise;
}

std::string Flatbuffer::Table::string(unsigned field) {
  const Vector chars = vector(field, 1);
  buffer_->spend(1 + chars.count / 8);
  std::string text(chars.count, '\0');
  if (chars.count != 0) {
    std::memcpy(text.data(), buffer_->bytes_.data() + chars.first, chars.count);
  }
  return text;
}

template <class T>
std::vector<T> Flatbuffer::Table::scalars(unsigned field) {
  const Vector items = vector(field, sizeof(T));
  buffer_->spend(items.count);
  std::vector<T> result(items.count);
  if (items.count != 0) {
    std::memcpy(result.data(), buffer_->bytes_.data() + items.first, items.count * sizeof(T));
  }
  return result;
}

std::vector<std::int32_t> Flatbuffer::Table::int32s(unsigned field) {
  return scalars<std::int32_t>(field);
}

std::vector<float> Flatbuffer::Table::floats(unsigned field) { return scalars<float>(field); }

std::vector<std::int64_t> Flatbuffer::Table::int64s(unsigned field) {
  return scalars<std::int64_t>(field);
}

Flatbuffer::Table::Vector Flatbuffer::Table::bytes(unsigned field) { return vector(field, 1); }

std::vector<Flatbuffer::Table> Flatbuffer::Table::tables(unsigned field) {
  const Vector items = vector(field, 4);
  buffer_->spend(items.count);
  std::vector<Table> result;
  result.reserve(items.count);
  for (std::size_t i = 0; i < items.count; ++i) {
    const std::size_t at = items.first + 4 * i;
    result.push_back(Table(*buffer_, at + buffer_->read<std::uint32_t>(at)));
  }
  return result;
}

std::optional<Flatbuffer::Table> Flatbuffer::Table::table(unsigned field) {
  const auto at = target(field);
  if (!at) return std::nullopt;
  return Table(*buffer_, *at);
}

}  // namespace tinyscope
