// Options of a run as the command line has them (sim/cli/options.hpp), field by field.
#include <pybind11/stl.h>

#include "python/src/bindings.hpp"
#include "sim/cli/options.hpp"

namespace py = pybind11;

namespace tinyscope {

void bind_options(py::module_& module) {
  py::class_<StimulusArguments>(module, "Stimuli")
      .def_readwrite("mic", &StimulusArguments::mic)
      .def_readwrite("imu", &StimulusArguments::imu)
      .def_readwrite("camera", &StimulusArguments::camera)
      .def_readwrite("sensors", &StimulusArguments::sensors)
      .def_readwrite("pins", &StimulusArguments::pins)
      .def_readwrite("scenario", &StimulusArguments::scenario);
  py::class_<ProfileOptions>(module, "ProfileOptions")
      .def_readwrite("phases", &ProfileOptions::phases)
      .def_readwrite("functions", &ProfileOptions::functions)
      .def_readwrite("inference", &ProfileOptions::inference)
      .def_readwrite("skip", &ProfileOptions::skip)
      .def_readwrite("traffic", &ProfileOptions::traffic)
      .def_readwrite("battery", &ProfileOptions::battery)
      .def_readwrite("period", &ProfileOptions::period)
      .def_readwrite("check_uninitialised", &ProfileOptions::check_uninitialised);
  py::class_<RunOptions>(module, "RunOptions")
      .def(py::init([] {
        RunOptions options;
        options.quiet = true;
        return options;
      }))
      .def_readwrite("firmware", &RunOptions::firmware)
      .def_readwrite("board", &RunOptions::board)
      .def_readwrite("kernels", &RunOptions::kernels)
      .def_readwrite("bin_address", &RunOptions::bin_address)
      .def_readwrite("boot_loader", &RunOptions::boot_loader)
      .def_readwrite("stimuli", &RunOptions::stimuli)
      .def_readwrite("set", &RunOptions::set)
      .def_readwrite("svd", &RunOptions::svd)
      .def_readwrite("svd_rules", &RunOptions::svd_rules)
      .def_readwrite("supply_volts", &RunOptions::supply_volts)
      .def_readwrite("power", &RunOptions::power)
      .def_readwrite("seed", &RunOptions::seed)
      .def_readwrite("reference_path", &RunOptions::reference_path)
      .def_readwrite("what_ifs", &RunOptions::what_ifs)
      .def_readwrite("until", &RunOptions::until)
      .def_readwrite("uart_script", &RunOptions::uart_script)
      .def_readwrite("usb", &RunOptions::usb)
      .def_readwrite("limit_cycles", &RunOptions::limit_cycles)
      .def_readwrite("limit_time", &RunOptions::limit_time)
      .def_readwrite("limit_host_time", &RunOptions::limit_host_time)
      .def_readwrite("limit_no_progress", &RunOptions::limit_no_progress)
      .def_readwrite("layer_rules", &RunOptions::layer_rules)
      .def_readwrite("invoke_symbol", &RunOptions::invoke_symbol)
      .def_readwrite("profile", &RunOptions::profile);
}

}  // namespace tinyscope
