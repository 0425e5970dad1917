#include "profiler/exporters/chrome_trace.hpp"

#include <fmt/format.h>

#include <ostream>

#include "profiler/exporters/clean_text.hpp"

namespace tinyscope {
namespace {

constexpr int kProcess = 1;

std::string microseconds(std::uint64_t ns) { return fmt::format("{}.{:03}", ns / 1000, ns % 1000); }

class Events {
 public:
  explicit Events(std::ostream& out) : out_(out) {}

  void metadata(const char* what, std::size_t thread, const std::string& key,
                const std::string& value) {
    add(fmt::format(R"({{"ph":"M","pid":{},"tid":{},"name":"{}","args":{{"{}":{}}}}})", kProcess,
                    thread, what, key, value));
  }
  void add(const std::string& event) {
    out_ << (first_ ? "\n" : ",\n") << event;
    first_ = false;
  }

 private:
  std::ostream& out_;
  bool first_ = true;
};

}  // namespace

void ChromeTraceExporter::write(const ProfileReport& report, std::ostream& out) const {
  const Timeline& timeline = report.timeline;
  out << "{\"displayTimeUnit\":\"ns\",\n\"otherData\":{\"exporter\":"
      << json_text("tinyscope " + report.host.tinyscope_version)
      << ",\"board\":" << json_text(report.board) << ",\"dropped\":" << timeline.dropped
      << "},\n\"traceEvents\":[";
  Events events(out);
  events.metadata("process_name", 0, "name",
                  json_text(fmt::format("{} on {}", report.firmware.path, report.board)));
  for (std::size_t i = 0; i < timeline.tracks.size(); ++i) {
    events.metadata("thread_name", i + 1, "name", json_text(timeline.tracks[i].name));
    events.metadata("thread_sort_index", i + 1, "sort_index", fmt::format("{}", i + 1));
  }
  for (const Timeline::Span& span : timeline.spans) {
    events.add(fmt::format(R"({{"ph":"X","pid":{},"tid":{},"cat":{},"name":{},"ts":{},"dur":{}}})",
                           kProcess, span.track + 1, json_text(timeline.tracks[span.track].name),
                           json_text(span.name), microseconds(span.start_ns),
                           microseconds(span.end_ns - span.start_ns)));
  }
  for (const Timeline::Counter& counter : timeline.counters) {
    const std::string name = json_text(counter.name);
    const std::string unit = json_text(counter.unit);
    for (const Timeline::Point& point : counter.points) {
      events.add(fmt::format(R"({{"ph":"C","pid":{},"name":{},"ts":{},"args":{{{}:{}}}}})",
                             kProcess, name, microseconds(point.ns), unit, point.value));
    }
  }
  out << "\n]}\n";
}

}  // namespace tinyscope
