// The calendar of an RTC: seconds to years, in 24 hours; TR and DR show it in BCD.
#pragma once

#include <cstdint>

namespace tinyscope::st {

struct Calendar {
  std::uint8_t second = 0;
  std::uint8_t minute = 0;
  std::uint8_t hour = 0;     // 0 to 23
  std::uint8_t weekday = 1;  // 1 to 7
  std::uint8_t day = 1;
  std::uint8_t month = 1;
  std::uint8_t year = 0;  // since 2000

  // Every year that 4 divides is a leap year, as in the hardware: 2000 to 2099.
  void add_seconds(std::uint64_t seconds);
  void add_hours(int hours);  // -1 or 1

  // Layout of RTC_TR and RTC_DR. `twelve_hours`: CR.FMT, with PM for the hours from noon on.
  std::uint32_t tr(bool twelve_hours) const;
  std::uint32_t dr() const;
  void set_tr(std::uint32_t value, bool twelve_hours);
  void set_dr(std::uint32_t value);

 private:
  void next_day();
};

}  // namespace tinyscope::st
