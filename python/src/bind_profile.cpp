#include <pybind11/stl.h>

#include <map>
#include <memory>
#include <sstream>

#include "profiler/exporters/terminal_table.hpp"
#include "profiler/metrics.hpp"
#include "profiler/report_reader.hpp"
#include "python/src/bindings.hpp"
#include "python/src/interrupt.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/named_functions.hpp"
#include "sim/cli/profiled_run.hpp"
#include "sim/cli/report_files.hpp"
#include "sim/error.hpp"

namespace py = pybind11;

namespace tinyscope {
namespace {

struct Profiled {
  std::shared_ptr<ProfileReport> report;
  std::string output;  // what firmware printed
  int status = 0;      // as the program's exit status
};

Profiled profile(const RunOptions& options, bool timeline, const std::string& folder) {
  Profiled profiled;
  std::ostringstream out;
  {
    const py::gil_scoped_release others_run;
    const BoardDescription board = selected_board(options);
    const FirmwareImage image =
        with_named_functions(selected_image(options, board), options.profile.functions);
    ProfiledRun run = profile_firmware(options, board, image, out,
                                       timeline ? Recording::kOverTime : Recording::kSums);
    profiled.report = std::make_shared<ProfileReport>(std::move(run.report));
    forget_folder(*profiled.report, folder);
    profiled.status = run.result.status;
  }
  if (profiled.status == kInterrupted) throw_interrupt();
  profiled.output = std::move(out).str();
  return profiled;
}

// What the exporter writes.
py::bytes text_of(const Exporter& exporter, const ProfileReport& report) {
  std::ostringstream out;
  {
    const py::gil_scoped_release others_run;
    exporter.write(report, out);
  }
  return py::bytes(std::move(out).str());
}

// The report in one of report_formats(), by its option without dashes.
py::bytes written(const ProfileReport& report, const std::string& format) {
  for (const ReportFormat& known : report_formats()) {
    if (known.option == "--" + format) return text_of(*known.make(), report);
  }
  throw InputError("report format '" + format + "' is not known");
}

py::bytes table(const ProfileReport& report, unsigned width) {
  return text_of(TerminalTable({.width = width}), report);
}

std::map<std::string, Metric> metrics_by_name(const ProfileReport& report) {
  std::map<std::string, Metric> by_name;
  for (const Metric& metric : metrics(report)) by_name.emplace(metric.name, metric);
  return by_name;
}

}  // namespace

void forget_folder(ProfileReport& report, const std::string& folder) {
  if (folder.empty()) return;
  for (Assumption& assumption : report.assumptions) {
    for (std::string* text : {&assumption.topic, &assumption.text}) {
      for (auto at = text->find(folder); at != text->npos; at = text->find(folder, at)) {
        text->erase(at, folder.size());
      }
    }
  }
}

void bind_profile(py::module_& module) {
  py::class_<ProfileReport, std::shared_ptr<ProfileReport>>(module, "ProfileReport")
      .def("written", &written, py::arg("format"))
      .def("table", &table, py::arg("width"))
      .def("metrics", &metrics_by_name);
  py::class_<Metric>(module, "Metric")
      .def_readonly("value", &Metric::value)
      .def_readonly("low", &Metric::low)
      .def_readonly("high", &Metric::high);
  py::class_<MetricKind>(module, "MetricKind")
      .def_readonly("name", &MetricKind::name)
      .def_readonly("unit", &MetricKind::unit)
      .def_readonly("text", &MetricKind::text)
      .def_readonly("more_is_better", &MetricKind::more_is_better)
      .def_readonly("estimate", &MetricKind::estimate);
  module.def("metric_kinds", [] {
    const std::span<const MetricKind> kinds = metric_kinds();
    return std::vector<MetricKind>(kinds.begin(), kinds.end());
  });
  py::class_<Profiled>(module, "Profiled")
      .def_readonly("report", &Profiled::report)
      .def_property_readonly("output",
                             [](const Profiled& profiled) { return py::bytes(profiled.output); })
      .def_readonly("status", &Profiled::status);
  module.def("profile", &profile, py::arg("options"), py::arg("timeline") = false,
             py::arg("folder") = "");
  py::class_<ReportFormat>(module, "ReportFormat")
      .def_property_readonly("name", [](const ReportFormat& format) { return format.option + 2; })
      .def_readonly("help", &ReportFormat::help)
      .def_readonly("over_time", &ReportFormat::over_time)
      .def_readonly("from_report", &ReportFormat::from_report);
  module.def("report_formats", [] {
    const std::span<const ReportFormat> formats = report_formats();
    return std::vector<ReportFormat>(formats.begin(), formats.end());
  });
  module.def(
      "parse_report",
      [](const std::string& text, const std::string& name) {
        return std::make_shared<ProfileReport>(parse_report(text, name));
      },
      py::arg("text"), py::arg("name"));
}

}  // namespace tinyscope
