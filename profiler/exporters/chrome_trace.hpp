// Trace Event Format: what chrome://tracing, Perfetto, Tracy's importer and many scripts read.
// Times are microseconds with three decimals, so exact nanoseconds.
#pragma once

#include "profiler/exporters/exporter.hpp"

namespace tinyscope {

class ChromeTraceExporter final : public Exporter {
 public:
  std::string_view format() const override { return "chrome-trace"; }
  void write(const ProfileReport& report, std::ostream& out) const override;
};

}  // namespace tinyscope
