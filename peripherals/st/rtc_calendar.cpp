#include "peripherals/st/rtc_calendar.hpp"

#include <array>

namespace tinyscope::st {
namespace {

constexpr std::uint32_t kPm = 1u << 22;

std::uint32_t bcd(std::uint32_t value) { return value / 10 << 4 | value % 10; }
std::uint8_t binary(std::uint32_t digits) {
  return static_cast<std::uint8_t>((digits >> 4) * 10 + (digits & 0xF));
}

}  // namespace

void Calendar::add_seconds(std::uint64_t seconds) {
  const std::uint64_t total = seconds + second + 60u * minute + 3600u * hour;
  second = static_cast<std::uint8_t>(total % 60);
  minute = static_cast<std::uint8_t>(total / 60 % 60);
  hour = static_cast<std::uint8_t>(total / 3600 % 24);
  for (std::uint64_t days = total / 86'400; days != 0; --days) next_day();
}

// CR.ADD1H and SUB1H change the hour; the date follows over midnight in the forward direction only.
void Calendar::add_hours(int hours) {
  if (hours > 0) {
    add_seconds(3600);
  } else if (hour != 0) {
    --hour;
  }
}

void Calendar::next_day() {
  constexpr std::array<std::uint8_t, 13> kDays = {0,  31, 28, 31, 30, 31, 30,
                                                  31, 31, 30, 31, 30, 31};
  const unsigned in_month =
      month >= kDays.size() ? 31u : kDays[month] + (month == 2 && year % 4 == 0 ? 1u : 0u);
  weekday = weekday >= 7 ? 1 : static_cast<std::uint8_t>(weekday + 1);
  if (++day <= in_month) return;
  day = 1;
  if (++month <= 12) return;
  month = 1;
  year = static_cast<std::uint8_t>((year + 1) % 100);
}

std::uint32_t Calendar::tr(bool twelve_hours) const {
  const std::uint32_t low = bcd(second) | bcd(minute) << 8;
  if (!twelve_hours) return low | bcd(hour) << 16;
  const std::uint32_t shown = hour % 12 == 0 ? 12 : hour % 12;
  return low | bcd(shown) << 16 | (hour >= 12 ? kPm : 0);
}

std::uint32_t Calendar::dr() const {
  return bcd(day) | bcd(month) << 8 | static_cast<std::uint32_t>(weekday) << 13 | bcd(year) << 16;
}

void Calendar::set_tr(std::uint32_t value, bool twelve_hours) {
  second = binary(value & 0x7F);
  minute = binary(value >> 8 & 0x7F);
  const unsigned shown = binary(value >> 16 & 0x3F);
  const unsigned hours = !twelve_hours ? shown : shown % 12 + ((value & kPm) != 0 ? 12 : 0);
  hour = static_cast<std::uint8_t>(hours % 24);
}

void Calendar::set_dr(std::uint32_t value) {
  day = binary(value & 0x3F);
  month = binary(value >> 8 & 0x1F);
  weekday = static_cast<std::uint8_t>(value >> 13 & 7u);
  year = binary(value >> 16 & 0xFF);
}

}  // namespace tinyscope::st
