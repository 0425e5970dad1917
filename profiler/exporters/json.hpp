// The report as JSON, see profiler/report.schema.json. Keys keep their order, and everything but
// "host" is the same for two runs of the same inputs.
#pragma once

#include "profiler/exporters/exporter.hpp"

namespace tinyscope {

class JsonExporter final : public Exporter {
 public:
  std::string_view format() const override { return "json"; }
  void write(const ProfileReport& report, std::ostream& out) const override;
};

}  // namespace tinyscope
