// The call tree for https://www.speedscope.app: a sampled profile whose weights are own cycles.
// Follows the file format schema that speedscope publishes.
#pragma once

#include "profiler/exporters/exporter.hpp"

namespace tinyscope {

class SpeedscopeExporter final : public Exporter {
 public:
  std::string_view format() const override { return "speedscope"; }
  void write(const ProfileReport& report, std::ostream& out) const override;
};

}  // namespace tinyscope
