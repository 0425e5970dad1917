#include <pybind11/stl.h>

#include <memory>
#include <sstream>

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

Profiled profile(const RunOptions& options, bool timeline) {
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
    profiled.status = run.result.status;
  }
  if (profiled.status == kInterrupted) throw_interrupt();
  profiled.output = std::move(out).str();
  return profiled;
}

// The report in one of report_formats(), by its option without dashes.
py::bytes written(const ProfileReport& report, const std::string& format) {
  for (const ReportFormat& known : report_formats()) {
    if (known.option != "--" + format) continue;
    std::ostringstream out;
    {
      const py::gil_scoped_release others_run;
      known.make()->write(report, out);
    }
    return py::bytes(std::move(out).str());
  }
  throw InputError("report format '" + format + "' is not known");
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const ReportFormat& format : report_formats()) names.emplace_back(format.option + 2);
  return names;
}

}  // namespace

void bind_profile(py::module_& module) {
  py::class_<ProfileReport, std::shared_ptr<ProfileReport>>(module, "ProfileReport")
      .def("written", &written, py::arg("format"));
  py::class_<Profiled>(module, "Profiled")
      .def_readonly("report", &Profiled::report)
      .def_property_readonly("output",
                             [](const Profiled& profiled) { return py::bytes(profiled.output); })
      .def_readonly("status", &Profiled::status);
  module.def("profile", &profile, py::arg("options"), py::arg("timeline") = false);
  module.def("report_formats", &format_names);
  module.def("read_report", [](const std::string& path) {
    return std::make_shared<ProfileReport>(read_report(path));
  });
}

}  // namespace tinyscope
