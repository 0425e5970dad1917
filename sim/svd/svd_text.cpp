// Values of registers in words.
#include <fmt/format.h>

#include "sim/svd/svd.hpp"

namespace tinyscope {
namespace {

template <class Describe>
std::string describe(const SvdRegister& reg, std::uint32_t bits, const Describe& field_text) {
  std::string text;
  const auto add = [&](const std::string& part) {
    if (!text.empty()) text += ", ";
    text += part;
  };
  std::uint32_t named = 0;
  for (const SvdField& field : reg.fields) {
    const std::uint32_t mask = field.mask();
    // Of fields that overlap the first one names a bit.
    if ((bits & mask & ~named) == 0) continue;
    named |= mask;
    add(field_text(field, (bits & mask) >> field.lsb));
  }
  if (reg.fields.empty()) return text;
  for (unsigned bit = 0; bit < 32; ++bit) {
    if ((bits & ~named) >> bit & 1u) add(fmt::format("bit {}", bit));
  }
  return text;
}

}  // namespace

std::string describe_value(const SvdRegister& reg, std::uint32_t value) {
  return describe(reg, value, [](const SvdField& field, std::uint32_t part) {
    for (const SvdValue& known : field.values) {
      if (known.value == part && !known.name.empty()) {
        return fmt::format("{} = {}", field.name, known.name);
      }
    }
    return field.width == 1 ? field.name : fmt::format("{} = {:#x}", field.name, part);
  });
}

std::string describe_bits(const SvdRegister& reg, std::uint32_t bits) {
  return describe(reg, bits, [](const SvdField& field, std::uint32_t) { return field.name; });
}

}  // namespace tinyscope
