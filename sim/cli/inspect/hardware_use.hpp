// What firmware does with hardware while it runs: which registers it touches, which of them it
// polls without ever seeing another value, and whether it loops on the spot. Watches only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "sim/cli/machine.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

// Accesses to one address; those of DMA have no place.
struct RegisterUse {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint32_t last_value = 0;
  bool refused = false;  // nothing answered at least once: a bus fault
  Address first_pc = 0;
};

// A load that has seen one value for a while.
struct Poll {
  Address pc = 0;
  Address address = 0;
  std::uint32_t value = 0;
  std::uint64_t count = 0;
  TimePoint since{};
  TimePoint last{};
  std::optional<unsigned> bit;  // read through its bit-band alias

  Duration length() const { return last - since; }
};

class HardwareUse final : public SimListener {
 public:
  // Listens from now on; must outlive the machine's runs.
  explicit HardwareUse(Machine& machine);

  const std::map<Address, RegisterUse>& registers() const { return registers_; }
  // The longest stretches of polling, longest first; at most `most` of them.
  std::vector<Poll> longest_polls(std::size_t most) const;
  // What polls now and has done so for `least`, longest first.
  std::vector<Poll> polling(TimePoint now, Duration least) const;
  // Where code of no interrupt jumps to itself, since when; nullopt: it does not.
  struct Loop {
    Address address = 0;
    TimePoint since{};
  };
  std::optional<Loop> endless_loop() const;

  void on_block_retired(const BlockRetired& block) override;
  void on_exception(const ExceptionEvent& event) override;
  void on_reset(Cycles cycle, Address pc, Address sp) override;

 private:
  struct Polled {
    Poll now;
    Poll longest;
  };

  void accessed(const WindowAccess& access);
  void note_poll(const WindowAccess& access, Address pc);

  Machine& machine_;
  std::map<Address, RegisterUse> registers_;
  std::map<std::pair<Address, Address>, Polled> polls_;  // by PC and address
  std::optional<Loop> loop_;
  unsigned depth_ = 0;  // of exceptions
};

}  // namespace tinyscope
