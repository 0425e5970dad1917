#include "sim/run_notes.hpp"

#include <algorithm>

#include "sim/log.hpp"

namespace tinyscope {

void RunNotes::assume(Assumption assumption) {
  const auto same_topic = [&](const Assumption& known) { return known.topic == assumption.topic; };
  if (std::any_of(assumptions_.begin(), assumptions_.end(), same_topic)) return;
  assumptions_.push_back(std::move(assumption));
}

void RunNotes::unmodelled(std::string_view block, std::string_view what, Address address,
                          bool write, std::uint32_t value) {
  auto& access = accesses_[Key{address, write, std::string(what)}];
  if (access.count++ != 0) return;
  access.block = block;
  access.what = what;
  access.address = address;
  access.write = write;
  access.first_value = value;
  log::warning("not modelled: {} of {} {} at 0x{:08X} (value 0x{:08X})", write ? "write" : "read",
               block, what, address, value);
}

std::vector<UnmodelledAccess> RunNotes::unmodelled_accesses() const {
  std::vector<UnmodelledAccess> list;
  list.reserve(accesses_.size());
  for (const auto& [key, access] : accesses_) list.push_back(access);
  return list;
}

}  // namespace tinyscope
