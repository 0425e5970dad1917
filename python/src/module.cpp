// The compiled half of the package `tinyscope`; what users see is in python/tinyscope.
#include <pybind11/stl.h>

#include <iostream>
#include <string>
#include <vector>

#include "python/src/bindings.hpp"
#include "python/src/interrupt.hpp"
#include "sim/cli/commands.hpp"
#include "sim/description/board.hpp"
#include "sim/error.hpp"
#include "sim/log.hpp"

namespace py = pybind11;

namespace {

int command_line(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv = {"tinyscope"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  const py::gil_scoped_release others_run;
  const int status =
      tinyscope::run_command_line(static_cast<int>(argv.size()), argv.data(), std::cout, std::cerr);
  std::cout.flush();
  return status;
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.doc() = "Bindings of the simulator; use the package tinyscope instead.";
  module.attr("version") = TINYSCOPE_VERSION;
  py::register_exception<tinyscope::InputError>(module, "InputError", PyExc_ValueError);
  tinyscope::ask_python_for_interrupts();
  module.def("set_shipped_data",
             [](const std::string& folder) { tinyscope::set_shipped_data(folder); });
  module.def("command_line", &command_line);
  tinyscope::bind_boards(module);
  tinyscope::bind_models(module);
  tinyscope::bind_options(module);
  tinyscope::bind_profile(module);
  tinyscope::bind_peripheral(module);
  tinyscope::bind_machine(module);
}
