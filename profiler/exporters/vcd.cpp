#include "profiler/exporters/vcd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace tinyscope {
namespace {

// Short names of wires in the file: printable characters from ! to ~.
std::string identifier(std::size_t index) {
  constexpr std::size_t kFirst = '!';
  constexpr std::size_t kCount = '~' - '!' + 1;
  std::string text;
  do {
    text += static_cast<char>(kFirst + index % kCount);
    index /= kCount;
  } while (index-- != 0);
  return text;
}

// Names that the standard and every reader allows: letters, digits and _, each once in a scope.
class Names {
 public:
  std::string unique(const std::string& name) {
    std::string plain;
    for (const char c : name) {
      const bool allowed = std::isalnum(static_cast<unsigned char>(c)) != 0 && (c & 0x80) == 0;
      plain += allowed || c == '_' ? c : '_';
    }
    const bool begins_well =
        !plain.empty() && std::isdigit(static_cast<unsigned char>(plain[0])) == 0;
    if (!begins_well) plain.insert(0, 1, '_');
    std::string candidate = plain;
    for (unsigned number = 2; !taken_.insert(candidate).second; ++number) {
      candidate = fmt::format("{}_{}", plain, number);
    }
    return candidate;
  }

 private:
  std::set<std::string> taken_;
};

struct Wire {
  std::string id;
  std::string name;
  char initial = '0';
};

class Dump {
 public:
  explicit Dump(std::ostream& out) : out_(out) {}

  void header(const ProfileReport& report) {
    out_ << "$version tinyscope $end\n$timescale 1 ns $end\n$scope module "
         << Names().unique(report.board.empty() ? "board" : report.board) << " $end\n";
  }

  void pins(const std::vector<Timeline::Signal>& signals) {
    Names names;
    const Scope scope(out_, "pins");
    for (const Timeline::Signal& signal : signals) {
      if (!signal.pin) continue;
      const std::string id = declare(names.unique(signal.name), 'x');
      for (const Timeline::Change& change : signal.changes) {
        const bool known = change.value == "0" || change.value == "1" || change.value == "z";
        changes_[change.ns][id] = known ? change.value[0] : 'x';
      }
    }
  }

  // The unit is part of each name, since some readers drop the scopes.
  void power(const std::vector<Timeline::Signal>& signals) {
    const Scope scope(out_, "power");
    for (const Timeline::Signal& signal : signals) {
      if (!signal.pin) states(signal);
    }
  }

  void body(std::uint64_t end_ns) {
    out_ << "$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n";
    const auto at_zero = changes_.find(0);
    for (const Wire& wire : wires_) {
      char value = wire.initial;
      if (at_zero != changes_.end() && at_zero->second.contains(wire.id)) {
        value = at_zero->second.at(wire.id);
      }
      out_ << value << wire.id << '\n';
    }
    out_ << "$end\n";
    std::uint64_t last = 0;
    for (const auto& [ns, values] : changes_) {
      if (ns == 0) continue;
      out_ << '#' << ns << '\n';
      for (const auto& [id, value] : values) out_ << value << id << '\n';
      last = ns;
    }
    if (end_ns > last) out_ << '#' << end_ns << '\n';
  }

 private:
  class Scope {
   public:
    Scope(std::ostream& out, const std::string& name) : out_(out) {
      out_ << "$scope module " << name << " $end\n";
    }
    ~Scope() { out_ << "$upscope $end\n"; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    std::ostream& out_;
  };

  std::string declare(const std::string& name, char initial) {
    wires_.push_back({identifier(wires_.size()), name, initial});
    out_ << "$var wire 1 " << wires_.back().id << ' ' << name << " $end\n";
    return wires_.back().id;
  }

  void states(const Timeline::Signal& signal) {
    std::map<std::string, std::string> ids;  // by state
    for (const Timeline::Change& change : signal.changes) {
      if (change.value.empty() || ids.contains(change.value)) continue;  // empty: off
      ids[change.value] = declare(state_names_.unique(signal.name + '_' + change.value), '0');
    }
    std::string before;
    for (const Timeline::Change& change : signal.changes) {
      if (!before.empty()) changes_[change.ns][before] = '0';
      before = change.value.empty() ? "" : ids[change.value];
      if (!before.empty()) changes_[change.ns][before] = '1';
    }
  }

  std::ostream& out_;
  Names state_names_;
  std::vector<Wire> wires_;
  std::map<std::uint64_t, std::map<std::string, char>> changes_;
};

}  // namespace

void VcdExporter::write(const ProfileReport& report, std::ostream& out) const {
  Dump dump(out);
  dump.header(report);
  dump.pins(report.timeline.signals);
  dump.power(report.timeline.signals);
  dump.body(static_cast<std::uint64_t>(std::llround(report.simulated_seconds * 1e9)));
}

}  // namespace tinyscope
