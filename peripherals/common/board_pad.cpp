#include "peripherals/common/board_pad.hpp"

namespace tinyscope {

BoardPad::BoardPad(Owner& owner, unsigned pin, std::string name, PadNode& node,
                   Scheduler& scheduler, const Wires& wires)
    : owner_(owner),
      pin_(pin),
      name_(std::move(name)),
      node_(node),
      scheduler_(scheduler),
      wires_(wires),
      edge_(scheduler,
            [this] {
              show(scheduler_.now());
              watch();
            }),
      output_edge_(scheduler, [this] {
        owner_.resolve(pin_);
        watch_output();
      }) {
  node_.level_now = [this] {
    refresh();
    return wires_.level.level();
  };
  node_.on_output([this] {
    owner_.resolve(pin_);
    watch_output();
  });
}

void BoardPad::drive(bool level) {
  stop_following();
  wires_.driven.set(true);
  wires_.in.set(level);
}

void BoardPad::release() {
  stop_following();
  wires_.driven.set(false);
}

void BoardPad::follow(PadSignal* signal) {
  if (signal == nullptr) return release();
  signal_ = signal;
  show(scheduler_.now());
  wires_.driven.set(true);
  watch();
}

bool BoardPad::level() const {
  if (node_.output() != nullptr) owner_.resolve(pin_);
  return wires_.level.level();
}

void BoardPad::on_level(std::function<void(bool)> listener) {
  wires_.level.connect(std::move(listener));
  heard_ = true;
  watch_output();
}

void BoardPad::refresh() {
  if (signal_ != nullptr) show(scheduler_.now());
  if (node_.output() != nullptr) owner_.resolve(pin_);
}

void BoardPad::watch() {
  watch_output();
  edge_.cancel();
  if (signal_ == nullptr || !owner_.edges_matter(pin_)) return;
  if (const auto next = signal_->next_edge(scheduler_.now()); next) edge_.at(*next);
}

// Likewise for a signal that a block of the chip drives the pad with. The board hears of its edges
// too, once it has asked for levels.
void BoardPad::watch_output() {
  output_edge_.cancel();
  PadSignal* const output = node_.output();
  const bool matters = heard_ || wires_.out.connected() || owner_.edges_matter(pin_);
  if (output == nullptr || !matters) return;
  if (const auto next = output->next_edge(scheduler_.now()); next) output_edge_.at(*next);
}

void BoardPad::stop_following() {
  signal_ = nullptr;
  edge_.cancel();
}

}  // namespace tinyscope
