#include "sim/cli/report_files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "profiler/exporters/callgrind.hpp"
#include "profiler/exporters/chrome_trace.hpp"
#include "profiler/exporters/csv.hpp"
#include "profiler/exporters/folded.hpp"
#include "profiler/exporters/html.hpp"
#include "profiler/exporters/json.hpp"
#include "profiler/exporters/perfetto.hpp"
#include "profiler/exporters/pprof.hpp"
#include "profiler/exporters/speedscope.hpp"
#include "profiler/exporters/vcd.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

template <class Format>
std::unique_ptr<Exporter> make() {
  return std::make_unique<Format>();
}

constexpr ReportFormat kFormats[] = {
    {"--json", "Everything, for programs (profiler/report.schema.json)", make<JsonExporter>},
    {"--html", "One page for people, to be opened in a browser", make<HtmlExporter>, true, true},
    {"--csv", "A row for each layer of each inference, for spreadsheets", make<CsvExporter>, false,
     true},
    {"--folded", "Folded call stacks with their cycles, for flame graphs", make<FoldedExporter>,
     false, true},
    {"--speedscope", "The call tree for speedscope.app", make<SpeedscopeExporter>, false, true},
    {"--perfetto", "What happened when, for ui.perfetto.dev", make<PerfettoExporter>, true},
    {"--chrome-trace", "The same as JSON (Trace Event Format)", make<ChromeTraceExporter>, true},
    {"--vcd", "Pins and power states over time, for GTKWave and sigrok", make<VcdExporter>, true},
    {"--callgrind", "For KCachegrind and callgrind_annotate: lines, instructions and calls",
     make<CallgrindExporter>},
    {"--pprof", "For `go tool pprof`: stacks with lines, in cycles and instructions",
     make<PprofExporter>},
};

}  // namespace

std::span<const ReportFormat> report_formats() { return kFormats; }

ReportFiles::ReportFiles(const ProfileOptions& options) {
  for (const ReportFormat& format : kFormats) {
    const auto named = options.reports.find(format.option);
    if (named == options.reports.end() || named->second.empty()) continue;
    const std::string& path = named->second;
    for (const File& other : files_) {
      if (other.path != path) continue;
      throw InputError(fmt::format("{} {}: {} is written to this file; give each its own",
                                   format.option, path, other.format->option));
    }
    files_.push_back({&format, format.make(), path, std::ofstream(path, std::ios::binary)});
    if (!files_.back().stream) {
      throw InputError(fmt::format("{} {}: cannot write this file", format.option, path));
    }
  }
  if (options.timeline_functions && !over_time()) {
    throw InputError(
        "--timeline-functions: none of the files shows the run over time; add --html, --perfetto "
        "or --chrome-trace");
  }
}

bool ReportFiles::over_time() const {
  return std::any_of(files_.begin(), files_.end(),
                     [](const File& file) { return file.format->over_time; });
}

void ReportFiles::write(const ProfileReport& report) {
  std::string failed;
  for (File& file : files_) {
    file.exporter->write(report, file.stream);
    if (file.stream.flush() || !failed.empty()) continue;  // one full disk loses no other file
    failed = fmt::format("{} {}: cannot be written to its end; is the disk full?",
                         file.format->option, file.path);
  }
  if (!failed.empty()) throw InputError(failed);
}

}  // namespace tinyscope
