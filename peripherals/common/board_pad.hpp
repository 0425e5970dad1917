// A pad of a GPIO port as the parts on the board see it (PadPort), for ports of any vendor: what
// the board drives, signals that it lets the pad follow, and signals that a block of the chip puts
// out.
//
// Edges of a signal that the pad follows become events only while somebody inside the chip waits
// for them (Owner::edges_matter); whoever reads the pad calls refresh() first.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "sim/pad.hpp"
#include "sim/scheduler.hpp"
#include "sim/wire.hpp"

namespace tinyscope {

class BoardPad final : public PadPort {
 public:
  // The GPIO port.
  class Owner {
   public:
    virtual ~Owner() = default;
    // Works out the level of the pin anew.
    virtual void resolve(unsigned pin) = 0;
    // Whether anybody inside the chip hears of the pin's edges as they come.
    virtual bool edges_matter(unsigned pin) const = 0;
  };
  // Of the pin; the first three belong to the port: what the chip drives, what the board drives,
  // and whether it does.
  struct Wires {
    Wire& out;
    Wire& in;
    Wire& driven;
    Wire& level;
  };

  BoardPad(Owner& owner, unsigned pin, std::string name, PadNode& node, Scheduler& scheduler,
           const Wires& wires);

  const std::string& name() const { return name_; }
  void drive(bool level) override;
  void release() override;
  void follow(PadSignal* signal) override;
  bool level() const override;
  void on_level(std::function<void(bool)> listener) override;
  PadNode& node() override { return node_; }
  const PadNode& node() const { return node_; }

  // Brings the pin's level up to date before somebody reads it.
  void refresh();
  // To be called when who waits for edges has changed.
  void watch();
  void snapshot(StateArchive& archive) {
    edge_.snapshot(archive);
    output_edge_.snapshot(archive);
  }

 private:
  void watch_output();
  void show(TimePoint when) { wires_.in.set(signal_->level(when)); }
  void stop_following();

  Owner& owner_;
  const unsigned pin_;
  const std::string name_;
  PadNode& node_;
  Scheduler& scheduler_;
  const Wires wires_;
  PadSignal* signal_ = nullptr;
  bool heard_ = false;
  Event edge_;
  Event output_edge_;
};

}  // namespace tinyscope
