// Oscillators and PLLs of an RCC: each has a bit that switches it on, one that shows that it is
// ready, a time to start and an interrupt flag. Which there are, what they need and what follows
// from them is the business of the RCC that owns them; it numbers them, sources before the PLLs
// that they feed.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {

class ClockSources {
 public:
  using Register = RegisterFile::Register;
  struct Source {
    Register* control;
    std::uint32_t on;
    std::uint32_t ready;
    std::uint32_t interrupt;  // its bit in CIER and CIFR
    std::function<Duration()> start_time;
    std::function<bool()> can_start = nullptr;  // empty: always
    std::function<bool()> needed = nullptr;     // runs without its bit; empty: never
    const char* missing = nullptr;              // its bit, reported if it cannot start
    Address offset = 0;                         // of its register, for that report
  };

  // `changed` is called when a source got ready, after its flags were set.
  ClockSources(PeripheralContext& context, std::function<void(std::size_t)> changed);

  // In order: the next number.
  void add(Source source);
  bool wanted(std::size_t number) const;
  bool ready(std::size_t number) const;
  const Source& operator[](std::size_t number) const { return sources_[number].source; }

  // Starts and stops what the registers ask for. Stopping is at once.
  void drive();
  // Ends starts that are under way.
  void cancel(std::size_t number) { sources_[number].started->cancel(); }
  void snapshot(StateArchive& archive);

 private:
  struct Entry {
    Source source;
    std::unique_ptr<Event> started;
  };

  std::string name_;
  Scheduler& scheduler_;
  RunNotes& notes_;
  std::function<void(std::size_t)> changed_;
  std::vector<Entry> sources_;
};

}  // namespace tinyscope::st
