#include "profiler/exporters/html.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <ostream>
#include <sstream>

#include "profiler/exporters/html_timeline.hpp"
#include "profiler/exporters/json.hpp"
#include "sim/error.hpp"
#include "sim/shipped_files.hpp"

namespace tinyscope {

namespace {

constexpr std::string_view kReportPlace = "@REPORT@";
constexpr std::string_view kTimelinePlace = "@TIMELINE@";

// Names come from the firmware, and "</script>" or "<!--" in one of them would end or change the
// element that holds the JSON. In JSON "<" stands in strings only, where it may be escaped.
void write_escaped(const std::string& json, std::ostream& out) {
  std::size_t begin = 0;
  for (std::size_t at = json.find('<'); at != std::string::npos; at = json.find('<', begin)) {
    out.write(json.data() + begin, static_cast<std::streamsize>(at - begin));
    out << "\\u003c";
    begin = at + 1;
  }
  out.write(json.data() + begin, static_cast<std::streamsize>(json.size() - begin));
}

}  // namespace

HtmlExporter::HtmlExporter() {
  const std::filesystem::path path = shipped_file("profiler/html/report.template.html");
  std::ifstream file(path, std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::size_t report = page.find(kReportPlace);
  const std::size_t timeline = page.find(kTimelinePlace);
  if (report == std::string::npos || timeline == std::string::npos || timeline < report) {
    throw InputError(fmt::format("{}: not a page for reports: it lacks {} or {}; restore the file",
                                 path.string(), kReportPlace, kTimelinePlace));
  }
  head_ = page.substr(0, report);
  middle_ = page.substr(report + kReportPlace.size(), timeline - report - kReportPlace.size());
  tail_ = page.substr(timeline + kTimelinePlace.size());
}

void HtmlExporter::write(const ProfileReport& report, std::ostream& out) const {
  std::ostringstream json;
  JsonExporter().write(report, json);
  std::ostringstream timeline;
  write_html_timeline(report.timeline, timeline);
  out << head_;
  write_escaped(json.str(), out);
  out << middle_;
  write_escaped(timeline.str(), out);
  out << tail_;
}

}  // namespace tinyscope
