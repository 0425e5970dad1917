// What a run must confess: assumptions that went into its figures, and accesses to hardware that
// is not modelled. Both end up in the report; the first unmodelled access is also logged.
#pragma once

#include <cstdint>
#include <functional>
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
  std::uint32_t last_value = 0;
  std::uint32_t bits = 0;  // set in any of the values
  bool stub = false;       // answered by a stub that stands in for the block
  std::string fields;      // names of `bits`, "PLLON, HSEON"; empty: not known
  Address pc = 0;          // of the instruction that came first; 0: not known
  // Where that stands in the source; filled in by whoever knows the firmware.
  std::string function;
  std::string file;
  int line = 0;

  void add(std::uint32_t value) {
    ++count;
    last_value = value;
    bits |= value;
  }
};

// Names of registers by their address, from a description of the chip.
class RegisterNames {
 public:
  virtual ~RegisterNames() = default;
  // "CR1"; empty: no register is known there.
  virtual std::string register_at(Address address) const = 0;
  // "UE, TE" for bits of a value read or written there; empty: not known.
  virtual std::string fields_at(Address address, std::uint32_t bits) const = 0;
};

class RunNotes {
 public:
  // Adds an assumption; the same topic is kept once.
  void assume(Assumption assumption);
  // Counts an access to something that is not modelled and logs the first of its kind.
  void unmodelled(std::string_view block, std::string_view what, Address address, bool write,
                  std::uint32_t value);
  // The same of a stub that stands in for the block. What is returned stays where it is: the stub
  // may add() the next access of this kind there.
  UnmodelledAccess& stubbed(std::string_view block, std::string_view what, Address address,
                            bool write, std::uint32_t value);

  // Who says which instruction makes an access; 0: none does.
  void set_place(std::function<Address()> place) { place_ = std::move(place); }
  // While true accesses are those of DMA and have no place.
  void set_other_master(bool active) { other_master_ = active; }
  // Names what models know by offset only. Null: nobody does. Must outlive this.
  void set_names(const RegisterNames* names) { names_ = names; }

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
  UnmodelledAccess& note(std::string_view block, std::string_view what, Address address, bool write,
                         std::uint32_t value, bool stub);

  std::vector<Assumption> assumptions_;
  std::map<Key, UnmodelledAccess> accesses_;
  std::function<Address()> place_;
  bool other_master_ = false;
  const RegisterNames* names_ = nullptr;
};

}  // namespace tinyscope
