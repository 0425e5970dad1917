// The report as one HTML file that needs no network and no other file. The page is
// profiler/html/report.template.html, which ships as data like the layer rules; this writes the
// report (as JSON, see json.hpp) and the timeline (see html_timeline.hpp) into it.
#pragma once

#include <string>

#include "profiler/exporters/exporter.hpp"

namespace tinyscope {

class HtmlExporter final : public Exporter {
 public:
  // Reads the page. Throws InputError if no data folder has it.
  HtmlExporter();
  std::string_view format() const override { return "html"; }
  void write(const ProfileReport& report, std::ostream& out) const override;

 private:
  // What stands before the report, between report and timeline, and after them.
  std::string head_;
  std::string middle_;
  std::string tail_;
};

}  // namespace tinyscope
