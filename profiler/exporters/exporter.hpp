// Turns a report into a file or a text for people. One class for each format.
#pragma once

#include <iosfwd>
#include <string_view>

#include "profiler/report.hpp"

namespace tinyscope {

class Exporter {
 public:
  virtual ~Exporter() = default;
  // Name for the command line: "table", "json", …
  virtual std::string_view format() const = 0;
  virtual void write(const ProfileReport& report, std::ostream& out) const = 0;
};

}  // namespace tinyscope
