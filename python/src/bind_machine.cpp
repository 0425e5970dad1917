// The machine that runs step by step; python/tinyscope/machine.py makes it pleasant to use.
#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <cmath>
#include <memory>

#include "python/src/bindings.hpp"
#include "python/src/interrupt.hpp"
#include "python/src/live_machine.hpp"
#include "python/src/live_state.hpp"
#include "sim/cli/fault_text.hpp"
#include "sim/error.hpp"

namespace py = pybind11;

namespace tinyscope {
namespace {

constexpr double kMostSeconds = 1e6;

Duration duration_of(double seconds, const char* what) {
  if (seconds > 0 && seconds <= kMostSeconds) {
    return {static_cast<std::uint64_t>(std::llround(seconds * 1e12))};
  }
  throw InputError(std::string(what) + ": expected seconds above 0, at most 1000000");
}

const char* name_of(RunEnd::Kind kind) {
  switch (kind) {
    case RunEnd::Kind::kCondition: return "until";
    case RunEnd::Kind::kLimit: return "limit";
    case RunEnd::Kind::kBreakpoint: return "breakpoint";
    case RunEnd::Kind::kExit: return "exit";
    case RunEnd::Kind::kFault: return "fault";
    case RunEnd::Kind::kIdle: return "idle";
    case RunEnd::Kind::kInterrupted: return "interrupted";
  }
  return "";
}

py::tuple run(LiveMachine& machine, const std::vector<std::string>& until,
              std::optional<std::uint64_t> cycles, std::optional<double> seconds,
              std::optional<unsigned> inferences, const std::function<bool()>& holds,
              bool at_each_byte) {
  RunLimits limits;
  limits.until = until;
  limits.cycles = cycles;
  if (seconds) limits.time = duration_of(*seconds, "seconds");
  limits.inferences = inferences;
  limits.holds = holds;
  if (at_each_byte) limits.ask = RunLimits::Ask::kAtEachByte;
  RunEnd end;
  {
    const py::gil_scoped_release others_run;
    end = machine.run(limits);
  }
  if (end.kind == RunEnd::Kind::kInterrupted) throw_interrupt();
  return py::make_tuple(name_of(end.kind), end.text, end.exit_code);
}

py::list symbols(const LiveMachine& machine) {
  py::list all;
  for (const Symbol& symbol : machine.plan().image.symbols.all()) {
    const char* const kind = symbol.kind == SymbolKind::kFunction ? "function"
                             : symbol.kind == SymbolKind::kObject ? "object"
                                                                  : "other";
    all.append(py::make_tuple(symbol.name, symbol.demangled, symbol.address, symbol.size, kind));
  }
  return all;
}

py::list pin_changes(LiveMachine& machine, const std::string& pin) {
  py::list all;
  for (const PinChange& change : machine.pins().changes(pin)) {
    all.append(py::make_tuple(change.when.seconds(), change.level));
  }
  return all;
}

py::bytes printed(const LiveMachine& machine, std::size_t from) {
  const std::string& text = machine.printed();
  return py::bytes(text.substr(std::min(from, text.size())));
}

void bind_state(py::module_& module) {
  py::class_<LiveState, std::shared_ptr<LiveState>>(module, "LiveState")
      .def_property_readonly("cycles",
                             [](const LiveState& state) { return state.machine->cycles().count; })
      .def_property_readonly("seconds",
                             [](const LiveState& state) { return state.machine->time().seconds(); })
      .def_property_readonly("own_bytes", [](const LiveState& state) {
        return state.machine->size().own_bytes + state.host.size() + state.printed.size();
      });
}

void bind_faults(py::module_& module) {
  py::class_<FaultRecord>(module, "FaultRecord")
      .def_readonly("exception", &FaultRecord::exception)
      .def_readonly("cfsr", &FaultRecord::cfsr)
      .def_readonly("hfsr", &FaultRecord::hfsr)
      .def_readonly("pc", &FaultRecord::pc)
      .def_readonly("lr", &FaultRecord::lr)
      .def_readonly("sp", &FaultRecord::sp)
      .def_readonly("address", &FaultRecord::address)
      .def_property_readonly("cycles", [](const FaultRecord& fault) { return fault.at.count; });
}

}  // namespace

void bind_machine(py::module_& module) {
  bind_state(module);
  bind_faults(module);
  py::class_<MachinePlan, std::shared_ptr<MachinePlan>>(module, "MachinePlan")
      .def(py::init<RunOptions, bool, bool>(), py::arg("options"), py::arg("profile"),
           py::arg("functional"), py::call_guard<py::gil_scoped_release>());
  const py::call_guard<py::gil_scoped_release> unlocked;
  py::class_<LiveMachine>(module, "LiveMachine")
      .def(py::init<std::shared_ptr<const MachinePlan>, std::vector<HostedWindow>>(),
           py::arg("plan"), py::arg("windows"), unlocked)
      .def("run", &run, py::arg("until"), py::arg("cycles"), py::arg("seconds"),
           py::arg("inferences"), py::arg("holds"), py::arg("at_each_byte"))
      .def_property_readonly("running", &LiveMachine::running)
      .def_property_readonly(
          "cycles", [](LiveMachine& machine) { return machine.machine().core().cycles().count; })
      .def_property_readonly(
          "seconds", [](LiveMachine& machine) { return machine.machine().core().now().seconds(); })
      .def_property_readonly(
          "clock_hz", [](LiveMachine& machine) { return machine.machine().core().clock_hz(); })
      .def_property_readonly("inferences", &LiveMachine::inferences)
      .def_property_readonly(
          "exit_code", [](const LiveMachine& machine) { return machine.last_stop().exit_code; })
      .def_property_readonly("faults",
                             [](LiveMachine& machine) { return machine.machine().core().faults(); })
      .def("fault_text",
           [](LiveMachine& machine, const FaultRecord& fault) {
             return fault_text(fault, machine.plan().image, machine.machine().bus());
           })
      .def("symbols", &symbols)
      .def("place",
           [](const LiveMachine& machine, const std::string& text) {
             const Place place = machine.place(text);
             return py::make_tuple(place.address, place.size);
           })
      .def("read",
           [](LiveMachine& machine, Address address, std::size_t size, bool as_load) {
             const std::vector<std::uint8_t> bytes = machine.read(
                 address, size, as_load ? LiveMachine::Look::kAsLoad : LiveMachine::Look::kOnly);
             return py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
           })
      .def("write",
           [](LiveMachine& machine, Address address, std::string_view bytes) {
             machine.write(address,
                           {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
           })
      .def_static("register_names", &LiveMachine::register_names)
      .def("read_register", &LiveMachine::read_register)
      .def("write_register", &LiveMachine::write_register)
      .def("on_hit", &LiveMachine::on_hit)
      .def("add_breakpoint",
           [](LiveMachine& machine, Address address) { return machine.breakpoints().add(address); })
      .def("add_watch",
           [](LiveMachine& machine, Address address, std::uint32_t size) {
             return machine.breakpoints().watch(address, size);
           })
      .def("remove_breakpoint",
           [](LiveMachine& machine, Breakpoints::Id id) { machine.breakpoints().remove(id); })
      .def_property_readonly("printed_bytes",
                             [](const LiveMachine& machine) { return machine.printed().size(); })
      .def("printed", &printed, py::arg("start"))
      .def("send", &LiveMachine::send)
      .def("require_sensor", [](const LiveMachine& machine,
                                const std::string& name) { machine.feeding().require(name); })
      .def("feed",
           [](LiveMachine& machine, const std::string& name, const std::string& file, double delay,
              std::uint64_t times) {
             const Duration later = delay == 0 ? Duration{} : duration_of(delay, "delay");
             machine.feed(name, file, later, times);
           })
      .def("pin_names", [](LiveMachine& machine) { return machine.pins().names(); })
      .def("pin_level", [](LiveMachine& machine,
                           const std::string& pin) { return machine.pins().port(pin).level(); })
      .def("pin_duty",
           [](LiveMachine& machine, const std::string& pin) {
             return PinLog::level_of(machine.pins().port(pin));
           })
      .def("drive_pin",
           [](LiveMachine& machine, const std::string& pin, std::optional<bool> level) {
             PadPort& port = machine.pins().port(pin);
             machine.host_time();
             if (level) {
               port.drive(*level);
             } else {
               port.release();
             }
           })
      .def("pin_changes", &pin_changes)
      .def(
          "report",
          [](LiveMachine& machine, const std::string& folder) {
            auto report = std::make_shared<ProfileReport>(machine.report());
            forget_folder(*report, folder);
            return report;
          },
          py::arg("folder"), unlocked)
      .def(
          "save",
          [](LiveMachine& machine) { return std::const_pointer_cast<LiveState>(machine.save()); },
          unlocked)
      .def("restore", &LiveMachine::restore, unlocked);
}

}  // namespace tinyscope
