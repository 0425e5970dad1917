// Places in the firmware at which somebody wants to look at the machine.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "cores/cortex_m/core.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope {

class Breakpoints {
 public:
  using Id = std::uint64_t;
  // Called with what was hit and where.
  using Hit = std::function<void(Id, Address)>;

  Breakpoints(CortexM& core, Hit hit) : core_(core), hit_(std::move(hit)) {}
  ~Breakpoints();
  Breakpoints(const Breakpoints&) = delete;
  Breakpoints& operator=(const Breakpoints&) = delete;

  // Hit before the instruction at `address` runs; not again where a run goes on from it.
  Id add(Address address);
  // Hit after a store of the core that touches the range.
  Id watch(Address address, std::uint32_t size);
  void remove(Id id);

  // To be called before the core goes on.
  void resume() {
    resumed_at_ = hit_at_;
    resumed_after_ = hit_after_;
  }
  // Where the run stands, if that was hit.
  void snapshot(StateArchive& archive);

 private:
  void reached(Id id, Address address);

  CortexM& core_;
  Hit hit_;
  struct Point {
    CortexM::WatchId watch = 0;
    // How many instructions had run at the last hit: the core may come to a place several times
    // before it runs what is there.
    std::uint64_t hit_after = ~std::uint64_t{0};
  };
  std::map<Id, Point> points_;
  Id last_ = 0;
  // The address that was hit last, and how many instructions had run then.
  Address hit_at_ = 0;
  std::uint64_t hit_after_ = ~std::uint64_t{0};
  // The same when the core went on: not hit again before it has moved.
  Address resumed_at_ = 0;
  std::uint64_t resumed_after_ = ~std::uint64_t{0};
};

}  // namespace tinyscope
