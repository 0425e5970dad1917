// The parts of the Python module, each bound by one source file.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "profiler/report.hpp"

namespace tinyscope {

void bind_boards(pybind11::module_& module);
void bind_machine(pybind11::module_& module);
void bind_models(pybind11::module_& module);
void bind_options(pybind11::module_& module);
void bind_peripheral(pybind11::module_& module);
void bind_profile(pybind11::module_& module);

// Files in `folder` were written for this run only: the report names them without it, so that the
// same run gives the same report.
void forget_folder(ProfileReport& report, const std::string& folder);

}  // namespace tinyscope
