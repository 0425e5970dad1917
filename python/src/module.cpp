// The compiled half of the package `tinyscope`; what users see is in python/tinyscope.
#include "python/src/bindings.hpp"
#include "python/src/interrupt.hpp"
#include "sim/error.hpp"
#include "sim/log.hpp"

namespace py = pybind11;

PYBIND11_MODULE(_core, module) {
  module.doc() = "Bindings of the simulator; use the package tinyscope instead.";
  module.attr("version") = TINYSCOPE_VERSION;
  py::register_exception<tinyscope::InputError>(module, "InputError", PyExc_ValueError);
  tinyscope::ask_python_for_interrupts();
  tinyscope::bind_boards(module);
  tinyscope::bind_models(module);
  tinyscope::bind_options(module);
  tinyscope::bind_profile(module);
}
