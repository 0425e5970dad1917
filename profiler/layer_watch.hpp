// Notices when another layer, or none, runs: also when an interrupt comes between. It has to hear
// of blocks and exceptions after the LayerCollector.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "profiler/call_stack.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

class LayerWatch final : public SimListener {
 public:
  // `from` ran until now and `to` runs from now on; -1: no layer.
  using Action = std::function<void(std::int32_t from, std::int32_t to)>;

  explicit LayerWatch(const CallStack& calls) : calls_(calls) {}
  void add(Action action) { actions_.push_back(std::move(action)); }

  // Power-on included.
  void add_reset(std::function<void()> action) { reset_actions_.push_back(std::move(action)); }

  void on_block_retired(const BlockRetired&) override { look(); }
  void on_exception(const ExceptionEvent&) override { look(); }
  void on_reset(Cycles, Address, Address) override {
    look();
    for (const auto& action : reset_actions_) action();
  }
  // The run is over. It goes on after all if resume() is told what this returns.
  std::int32_t finish() {
    const std::int32_t last = layer_;
    change(-1);
    return last;
  }
  void resume(std::int32_t layer) { layer_ = layer; }

 private:
  void look() {
    if (calls_.top().mark.layer != layer_) change(calls_.top().mark.layer);
  }
  void change(std::int32_t to) {
    for (const Action& action : actions_) action(layer_, to);
    layer_ = to;
  }

  const CallStack& calls_;
  std::vector<Action> actions_;
  std::vector<std::function<void()>> reset_actions_;
  std::int32_t layer_ = -1;
};

}  // namespace tinyscope
