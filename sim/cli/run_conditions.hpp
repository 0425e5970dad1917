// Conditions that end a run, as users write them: uart:TEXT, symbol:NAME, mem:NAME==VALUE,
// inferences:N, time:2.5s, cycles:N. Times, cycles and inferences count from power-on, texts from
// the moment the condition is added.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/machine.hpp"
#include "sim/cli/uart_console.hpp"
#include "sim/image/image.hpp"
#include "sim/scheduler.hpp"

namespace tinyscope {

class RunConditions {
 public:
  // All but the counts of cycles ask the core to stop when they hold. References must outlive the
  // conditions; with these the watches on the machine end.
  RunConditions(Machine& machine, UartConsole& console, const SymbolTable& symbols);
  ~RunConditions();
  RunConditions(const RunConditions&) = delete;
  RunConditions& operator=(const RunConditions&) = delete;

  // `option` stands before `text` in messages ("--until "). Throws InputError.
  void add(const std::string& text, const std::string& option);

  // As inferences:N.
  void want_inferences(unsigned count) {
    inferences_ = std::min(count, inferences_.value_or(count));
  }
  // How many inferences are wanted; with it the owner has to call count() whenever there may be
  // more of them.
  std::optional<unsigned> inferences() const { return inferences_; }
  void count(unsigned inferences) {
    if (inferences_ && inferences >= *inferences_) enough_inferences();
  }
  // At which the run is to end; the owner sets the core's limit.
  std::optional<std::uint64_t> cycles() const { return cycles_; }
  // To be called from the core's poll: sees what DMA has changed.
  void poll() const {
    for (const auto& condition : polled_) condition();
  }

 private:
  void add_memory(const std::string& text, std::string_view spec, const std::string& what);
  void enough_inferences();
  void satisfied(const std::string& condition);

  Machine& machine_;
  UartConsole& console_;
  const SymbolTable& symbols_;
  std::vector<CortexM::WatchId> watches_;
  std::vector<UartConsole::WaiterId> waiters_;
  std::vector<std::unique_ptr<Event>> events_;
  std::vector<std::function<void()>> polled_;
  std::optional<unsigned> inferences_;
  std::optional<std::uint64_t> cycles_;
};

}  // namespace tinyscope
