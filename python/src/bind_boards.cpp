#include <fmt/format.h>
#include <pybind11/stl.h>

#include <set>

#include "python/src/bindings.hpp"
#include "sim/description/board.hpp"

namespace py = pybind11;

namespace tinyscope {
namespace {

struct MemoryInfo {
  std::string name;
  std::string kind;
  Address base = 0;
  std::uint32_t size = 0;
};

struct BoardInfo {
  std::string name;
  std::string title;
  std::string chip;
  std::string core;
  std::uint64_t clock_hz = 0;
  std::vector<MemoryInfo> memories{};
  std::vector<std::string> stimuli{};
};

const char* name_of(MemoryKind kind) {
  switch (kind) {
    case MemoryKind::kFlash: return "flash";
    case MemoryKind::kRam: return "ram";
    case MemoryKind::kRom: return "rom";
  }
  return "";
}

BoardInfo info_of(const BoardDescription& board) {
  BoardInfo info{.name = board.name,
                 .title = board.title,
                 .chip = board.soc.name,
                 .core = board.soc.core.type,
                 .clock_hz = board.soc.cpu_hz};
  for (const MemoryDescription& memory : board.soc.memories) {
    if (!memory.alias_of.empty()) continue;
    info.memories.push_back({memory.name, name_of(memory.kind), memory.base, memory.size});
  }
  std::set<std::string> stimuli;
  for (const DeviceDescription& device : board.devices) {
    if (!device.stimulus.empty()) stimuli.insert(device.stimulus);
  }
  info.stimuli.assign(stimuli.begin(), stimuli.end());
  return info;
}

}  // namespace

void bind_boards(py::module_& module) {
  py::class_<MemoryInfo>(module, "Memory")
      .def_readonly("name", &MemoryInfo::name)
      .def_readonly("kind", &MemoryInfo::kind)
      .def_readonly("base", &MemoryInfo::base)
      .def_readonly("size", &MemoryInfo::size)
      .def("__repr__", [](const MemoryInfo& memory) {
        return fmt::format("Memory('{}', {}, {:#010x}, {} KiB)", memory.name, memory.kind,
                           memory.base, memory.size / 1024);
      });
  py::class_<BoardInfo>(module, "Board")
      .def_readonly("name", &BoardInfo::name)
      .def_readonly("title", &BoardInfo::title)
      .def_readonly("chip", &BoardInfo::chip)
      .def_readonly("core", &BoardInfo::core)
      .def_readonly("clock_hz", &BoardInfo::clock_hz)
      .def_readonly("memories", &BoardInfo::memories)
      .def_readonly("stimuli", &BoardInfo::stimuli)
      .def("__repr__", [](const BoardInfo& board) {
        return fmt::format("Board('{}', chip='{}', core='{}')", board.name, board.chip, board.core);
      });
  module.def("board_names", &list_boards);
  module.def("board", [](const std::string& name) { return info_of(load_board(name)); });
}

}  // namespace tinyscope
