// Instrumentation Trace Macrocell: 32 stimulus ports whose bytes go to a file. Arm DDI 0403E, C1.7.
// The trace port is assumed to be fast enough: a port is always ready.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "cores/cortex_m/system_registers.hpp"
#include "sim/bus.hpp"
#include "sim/register_file.hpp"

namespace tinyscope {

class Itm final : public BusTarget {
 public:
  // Receives what firmware writes to enabled ports: port, value, bytes.
  using Sink = std::function<void(unsigned port, std::uint32_t value, unsigned bytes)>;

  Itm(const SystemRegisters& state, RunNotes& notes);

  void add_sink(Sink sink) { sinks_.push_back(std::move(sink)); }
  std::uint32_t read(const BusAccess& access) override;
  void write(const BusAccess& access, std::uint32_t value) override;
  void reset() { registers_.reset(); }
  void snapshot(StateArchive& archive) { registers_.snapshot(archive); }

 private:
  bool enabled() const;

  const SystemRegisters& state_;
  RegisterFile registers_;
  RegisterFile::Register* trace_enable_;
  RegisterFile::Register* trace_control_;
  std::vector<Sink> sinks_;
};

}  // namespace tinyscope
