// A table for spreadsheets (RFC 4180): one row for each layer of each inference, and one for what
// the invoke function itself took, so that the rows of an inference add up to its cycles.
#pragma once

#include "profiler/exporters/exporter.hpp"

namespace tinyscope {

class CsvExporter final : public Exporter {
 public:
  std::string_view format() const override { return "csv"; }
  void write(const ProfileReport& report, std::ostream& out) const override;
};

}  // namespace tinyscope
