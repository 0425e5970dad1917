// What a run must confess: assumptions that went into its figures, and accesses to hardware that
// is not modelled. Both end up in the report; the first unmodelled access is also logged.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/types.hpp"

namespace tinyscope {

struct Assumption {
  std::string topic;   // what it is about, for example "nrf52840.flash.wait_states"
  std::string text;    // what was assumed, with units
  std::string source;  // a document, or the word "estimate"
};

struct UnmodelledAccess {
  std::string block;  // peripheral or region name
  std::string what;   // register name, bit, or offset
  Address address = 0;
  bool write = false;
  std::uint32_t first_value = 0;  // the value first written or returned
  std::uint64_t count = 0;
};

class RunNotes {
 public:
  // Adds an assumption; the same topic is kept once.
  void assume(Assumption assumption);
  // Counts an access to something that is not modelled and logs the first of its kind.
  void unmodelled(std::string_view block, std::string_view what, Address address, bool write,
                  std::uint32_t value);

  const std::vector<Assumption>& assumptions() const { return assumptions_; }
  // Sorted by address, reads before writes.
  std::vector<UnmodelledAccess> unmodelled_accesses() const;

 private:
  struct Key {
    Address address;
    bool write;
    std::string what;
    auto operator<=>(const Key&) const = default;
  };
  std::vector<Assumption> assumptions_;
  std::map<Key, UnmodelledAccess> accesses_;
};

}  // namespace tinyscope
