#include "sim/run_notes.hpp"

#include <fmt/format.h>

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
  note(block, what, address, write, value, false);
}

UnmodelledAccess& RunNotes::stubbed(std::string_view block, std::string_view what, Address address,
                                    bool write, std::uint32_t value) {
  return note(block, what, address, write, value, true);
}

UnmodelledAccess& RunNotes::note(std::string_view block, std::string_view what, Address address,
                                 bool write, std::uint32_t value, bool stub) {
  auto& access = accesses_[Key{address, write, std::string(what)}];
  access.add(value);
  if (access.count != 1) return access;
  access.block = block;
  access.what = what;
  if (names_ != nullptr && what.starts_with('+')) {
    if (const std::string name = names_->register_at(address); !name.empty()) {
      access.what = fmt::format("{} ({})", name, what);
    }
  }
  access.address = address;
  access.write = write;
  access.first_value = value;
  access.stub = stub;
  if (place_ && !other_master_) access.pc = place_();
  const std::string fields = names_ != nullptr ? names_->fields_at(address, value) : std::string();
  log::warning("not modelled{}: {} of {} {} at 0x{:08X} (value 0x{:08X}{}{})",
               stub ? " (stub)" : "", write ? "write" : "read", block, access.what, address, value,
               fields.empty() ? "" : ": ", fields);
  return access;
}

std::vector<UnmodelledAccess> RunNotes::unmodelled_accesses() const {
  std::vector<UnmodelledAccess> list;
  list.reserve(accesses_.size());
  for (const auto& [key, access] : accesses_) {
    list.push_back(access);
    if (names_ != nullptr) list.back().fields = names_->fields_at(access.address, access.bits);
  }
  return list;
}

}  // namespace tinyscope
