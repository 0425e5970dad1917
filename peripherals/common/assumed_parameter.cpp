#include "peripherals/common/assumed_parameter.hpp"

#include <fmt/format.h>

#include <string>

namespace tinyscope {

namespace {

template <class Context>
std::uint64_t parameter(Context& context, std::string_view key, std::uint64_t fallback,
                        std::string_view meaning, std::string_view source) {
  if (const auto given = context.params.integer(key)) {
    if (*given < 0) context.params.fail(key, "expected a number that is not negative");
    return static_cast<std::uint64_t>(*given);
  }
  context.notes.assume({fmt::format("{}.{}", context.name, key),
                        fmt::format("{}: {}", meaning, fallback), std::string(source)});
  return fallback;
}

}  // namespace

std::uint64_t assumed_parameter(PeripheralContext& context, std::string_view key,
                                std::uint64_t fallback, std::string_view meaning,
                                std::string_view source) {
  return parameter(context, key, fallback, meaning, source);
}

std::uint64_t assumed_parameter(DeviceContext& context, std::string_view key,
                                std::uint64_t fallback, std::string_view meaning,
                                std::string_view source) {
  return parameter(context, key, fallback, meaning, source);
}

}  // namespace tinyscope
