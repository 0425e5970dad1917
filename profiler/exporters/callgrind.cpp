#include "profiler/exporters/callgrind.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace tinyscope {
namespace {

constexpr std::string_view kUnknownFile = "???";

struct Event {
  std::string_view name;
  std::string_view text;
};
// By StallCause.
constexpr std::array<Event, kStallCauseCount> kEvents = {
    Event{"Issue", "First cycle of an instruction"},
    Event{"LoadUse", "Wait for address or data of a load or store"},
    Event{"MultiCycle", "Further cycles of an instruction that needs several"},
    Event{"Branch", "Refill after a taken branch"},
    Event{"FetchWait", "Wait for an instruction"},
    Event{"DataWait", "Wait for data"},
    Event{"Contention", "Bus shared with DMA"},
    Event{"Fpu", "Floating-point result or unit not ready"},
    Event{"Divide", "Further cycles of a divide"},
    Event{"Interrupt", "Exception entry and return"},
    Event{"Sleep", "WFI and WFE"},
};

struct Cost {
  StallCycles stalls;
  std::uint64_t instructions = 0;
};

struct Call {
  Address site = 0;
  Address callee = 0;
  std::uint64_t count = 0;
  std::uint64_t cycles = 0;  // inclusive
  std::uint64_t instructions = 0;
};

// A function with the instructions that lie in it and the calls out of it.
struct Function {
  std::string name;
  std::string file;
  int line = 0;
  std::vector<const InsnRow*> insns;  // by address
  std::vector<Call> calls;            // by site
};

class Writer {
 public:
  Writer(const ProfileReport& report, std::ostream& out) : report_(report), out_(out) {
    for (std::size_t i = 0; i < kStallCauseCount; ++i) {
      if (report.stalls.by_cause[i] != 0) causes_.push_back(i);
    }
    gather_functions();
    gather_calls();
  }

  void write() {
    header();
    for (const auto& [address, function] : functions_) write_function(address, function);
    write_beside();
    fmt::print(out_, "\ntotals: {}\n", costs({report_.stalls, report_.instructions}));
  }

 private:
  void gather_functions() {
    for (const FunctionRow& row : report_.functions) {
      functions_[row.address] = {row.name, row.file, row.line, {}, {}};
    }
    for (const InsnRow& insn : report_.insns) {
      const CodeLocation& location = report_.locations[insn.location];
      Function& function = functions_[location.function];
      if (function.name.empty()) {
        function.name = location.frames.back().function;
        function.file = location.frames.back().file;
        function.line = location.frames.back().line;
      }
      function.insns.push_back(&insn);
    }
  }

  // Calls from one place to one function, whatever the path there.
  void gather_calls() {
    const auto& tree = report_.call_tree;
    std::vector<CallNode> inclusive = tree;
    for (std::size_t i = tree.size(); i-- > 0;) {
      if (tree[i].parent < 0) continue;
      CallNode& parent = inclusive[static_cast<std::size_t>(tree[i].parent)];
      parent.cycles += inclusive[i].cycles;
      parent.instructions += inclusive[i].instructions;
    }
    std::map<std::tuple<Address, Address, Address>, Call> calls;  // caller, site, callee
    for (std::size_t i = 0; i < tree.size(); ++i) {
      if (tree[i].parent < 0) continue;
      const CallNode& parent = tree[static_cast<std::size_t>(tree[i].parent)];
      const Address caller = report_.functions[parent.function].address;
      const Address callee = report_.functions[tree[i].function].address;
      Call& call = calls[{caller, tree[i].call_site, callee}];
      call.site = tree[i].call_site;
      call.callee = callee;
      call.count += tree[i].calls;
      call.cycles += inclusive[i].cycles;
      call.instructions += inclusive[i].instructions;
    }
    for (const auto& [key, call] : calls) functions_[std::get<0>(key)].calls.push_back(call);
  }

  void header() {
    fmt::print(out_, "# callgrind format\nversion: 1\ncreator: tinyscope {}\n",
               report_.host.tinyscope_version);
    fmt::print(out_, "cmd: {} on {}\n", one_line(report_.firmware.path), one_line(report_.board));
    fmt::print(out_, "desc: Clock: {} Hz\ndesc: Trigger: {}\n\n", report_.clock_hz,
               one_line(report_.stop_reason));
    out_ << "positions: instr line\nevent: Cycles : CPU cycles\n"
            "event: Instructions : Instructions retired\n";
    for (const std::size_t cause : causes_) {
      fmt::print(out_, "event: {} : {}\n", kEvents[cause].name, kEvents[cause].text);
    }
    out_ << "events: Cycles Instructions";
    for (const std::size_t cause : causes_) out_ << ' ' << kEvents[cause].name;
    fmt::print(out_, "\nsummary: {}\n\nob={}\n", costs({report_.stalls, report_.instructions}),
               one_line(report_.firmware.path));
  }

  void write_function(Address address, const Function& function) {
    if (function.insns.empty() && function.calls.empty()) return;
    fmt::print(out_, "\nfl={}\nfn={}\n", file(function.file), name(function.name));
    file_ = function.file;
    auto call = function.calls.begin();
    // Those that no instruction here has made: tail calls of what was called from here.
    for (; call != function.calls.end() && call->site == 0; ++call) {
      write_call(*call, address, function.line);
    }
    for (const InsnRow* insn : function.insns) {
      const SourceFrame& frame = report_.locations[insn->location].frames.front();
      for (; call != function.calls.end() && call->site < insn->address; ++call) {
        write_call(*call, call->site, 0);
      }
      enter_file(frame.file, function);
      fmt::print(out_, "0x{:x} {} {}\n", insn->address, frame.line,
                 costs({insn->stalls, insn->count}));
      for (; call != function.calls.end() && call->site == insn->address; ++call) {
        write_call(*call, insn->address, frame.line);
      }
    }
    for (; call != function.calls.end(); ++call) write_call(*call, call->site, 0);
  }

  void enter_file(const std::string& wanted, const Function& function) {
    if (wanted == file_) return;
    fmt::print(out_, "{}={}\n", wanted == function.file ? "fe" : "fi", file(wanted));
    file_ = wanted;
  }

  void write_call(const Call& call, Address at, int line) {
    const Function& callee = functions_[call.callee];
    fmt::print(out_, "cfi={}\ncfn={}\ncalls={} 0x{:x} {}\n0x{:x} {} {} {}\n", file(callee.file),
               name(callee.name), call.count, call.callee, callee.line, at, line, call.cycles,
               call.instructions);
  }

  // Cycles that belong to no instruction.
  void write_beside() {
    StallCycles beside = report_.stalls;
    for (const InsnRow& insn : report_.insns) {
      for (std::size_t i = 0; i < kStallCauseCount; ++i) {
        beside.by_cause[i] -= insn.stalls.by_cause[i];
      }
    }
    for (const StallCause cause : {StallCause::kInterrupt, StallCause::kSleep}) {
      if (beside[cause] == 0) continue;
      StallCycles own;
      own[cause] = beside[cause];
      const bool sleep = cause == StallCause::kSleep;
      fmt::print(out_, "\nfl={}\nfn={}\n0x0 0 {}\n", file({}),
                 name(sleep ? "[sleep]" : "[exception entry and return]"), costs({own, 0}));
    }
  }

  std::string costs(const Cost& cost) const {
    std::string text = fmt::format("{} {}", cost.stalls.total(), cost.instructions);
    for (const std::size_t cause : causes_) {
      text += ' ';
      text += std::to_string(cost.stalls.by_cause[cause]);
    }
    return text;
  }

  static std::string one_line(std::string_view text) {
    std::string line(text);
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return line;
  }

  // Names are given once and known by number then.
  static std::string numbered(std::unordered_map<std::string, std::size_t>& numbers,
                              std::string_view text) {
    const auto [known, fresh] = numbers.try_emplace(std::string(text), numbers.size() + 1);
    return fresh ? fmt::format("({}) {}", known->second, one_line(text))
                 : fmt::format("({})", known->second);
  }
  std::string file(std::string_view path) {
    return numbered(files_, path.empty() ? kUnknownFile : path);
  }
  std::string name(std::string_view function) { return numbered(names_, function); }

  const ProfileReport& report_;
  std::ostream& out_;
  std::vector<std::size_t> causes_;  // those that occur
  std::map<Address, Function> functions_;
  std::unordered_map<std::string, std::size_t> files_, names_;
  std::string file_;  // that the writer is in
};

}  // namespace

void CallgrindExporter::write(const ProfileReport& report, std::ostream& out) const {
  Writer(report, out).write();
}

}  // namespace tinyscope
