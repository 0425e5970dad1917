// The parts of the Python module, each bound by one source file.
#pragma once

#include <pybind11/pybind11.h>

namespace tinyscope {

void bind_boards(pybind11::module_& module);
void bind_models(pybind11::module_& module);
void bind_options(pybind11::module_& module);
void bind_profile(pybind11::module_& module);

}  // namespace tinyscope
