// Stand-ins for what a chip's description does not model, made from an SVD file: they hold reset
// values, keep what is written where the file lets firmware write, clear and set bits as it says,
// and follow the rules of stub_rules.hpp. They raise no interrupt, move no data, and every access
// to them is reported as not modelled.
//
// Where the file has several registers at one address, a write reaches the bits of all of them and
// the first one gives the name. A register that may be written once may be written again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/bus.hpp"
#include "sim/run_notes.hpp"
#include "sim/snapshot.hpp"
#include "sim/svd/stub_rules.hpp"
#include "sim/svd/stub_word.hpp"
#include "sim/svd/svd.hpp"
#include "sim/time.hpp"

namespace tinyscope {

class SvdStubs final : public RegisterNames {
 public:
  // Earlier rules count before later ones. Throws InputError if a rule names what is not in the
  // device, unless it is for a family of devices.
  SvdStubs(SvdDevice device, std::vector<StubRules> rules, RunNotes& notes);
  ~SvdStubs() override;

  // Answers on the bus wherever the file has a peripheral and nothing answers yet.
  void attach(Bus& bus);
  void reset(TimePoint now);
  // Of the core, for registers that count with it.
  void set_core_clock(std::uint64_t hz, TimePoint now);
  void snapshot(StateArchive& archive);

  const SvdDevice& device() const { return device_; }
  // Register that covers `address`, of any peripheral of the device; null: none.
  struct Named {
    const SvdPeripheral* peripheral = nullptr;
    const SvdRegister* reg = nullptr;
    Address address = 0;  // of its first byte
  };
  std::optional<Named> find(Address address) const;
  // The peripheral in whose blocks `address` lies; null: none.
  const SvdPeripheral* peripheral_at(Address address) const;
  bool stubbed(Address address) const;

  // RegisterNames
  std::string register_at(Address address) const override;
  std::string fields_at(Address address, std::uint32_t bits) const override;

 private:
  class Window;

  void index_registers();
  void add_words();
  void add_rules(const StubRules& rules);
  void add_rule(const StubRule& rule);
  void add_follower(const StubRule& rule, const SvdPlace& target);
  BoundRule* new_rule(const StubRule& rule, const SvdPlace& target);
  StubWord* word_at(Address address);
  std::uint32_t read(const BusAccess& access, Address address);
  void write(const BusAccess& access, Address address, std::uint32_t value);
  void report(StubWord* word, Address address, bool write, std::uint32_t value);
  std::uint32_t apply_rules(StubWord& word, TimePoint now);

  SvdDevice device_;
  RunNotes& notes_;
  std::vector<Named> registers_;  // by ascending address
  std::vector<std::unique_ptr<Window>> windows_;
  std::vector<StubWord> words_;
  std::unordered_map<Address, std::size_t> word_index_;
  std::vector<std::unique_ptr<BoundRule>> rules_;
  std::vector<StubRules> rule_files_;
  ClockDomain core_clock_{1};
};

// Reads the SVD file, its rules (the user's own first, then shipped ones for this chip), and states
// among the assumptions that stubs stand in.
std::unique_ptr<SvdStubs> load_stubs(const std::filesystem::path& svd,
                                     const std::vector<std::filesystem::path>& rules,
                                     RunNotes& notes);

}  // namespace tinyscope
