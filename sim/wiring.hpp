// Connects outputs of parts to inputs of others.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "sim/wire.hpp"

namespace tinyscope {

class Wiring {
 public:
  // `to` follows `from`; with several sources it is high while any of them is. The wires must live
  // as long as anything sets them.
  void connect(Wire& from, Wire& to) {
    auto& sources = sources_[&to];
    if (!sources) sources = std::make_shared<std::vector<const Wire*>>();
    sources->push_back(&from);
    from.connect([&to, sources](bool) {
      to.set(std::any_of(sources->begin(), sources->end(),
                         [](const Wire* source) { return source->level(); }));
    });
  }

 private:
  std::map<const Wire*, std::shared_ptr<std::vector<const Wire*>>> sources_;
};

}  // namespace tinyscope
