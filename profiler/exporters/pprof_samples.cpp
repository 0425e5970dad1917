#include "profiler/exporters/pprof_samples.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace tinyscope {
namespace {

__extension__ using Wide = unsigned __int128;

// Paths times instructions up to which they are told apart; beyond, only source lines are.
constexpr std::size_t kMostPairs = 4096;

struct Amount {
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
};

// What is left to hand out of an instruction, or of all of one source location.
struct Item {
  Address address = 0;
  Amount left;
};

// Takes `amount` from `items`, in proportion to what each has, as whole numbers; at most all that
// there is. The last one who takes gets exactly what is left.
template <std::uint64_t Amount::*Part>
std::uint64_t take(std::vector<Item>& items, std::uint64_t amount, std::vector<Amount>& taken) {
  std::uint64_t all = 0;
  for (const Item& item : items) all += item.left.*Part;
  amount = std::min(amount, all);
  std::uint64_t before = 0;
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    before += items[i].left.*Part;
    const auto until = all == 0 ? 0 : static_cast<std::uint64_t>(Wide{amount} * before / all);
    taken[i].*Part = until - given;
    given = until;
  }
  for (std::size_t i = 0; i < items.size(); ++i) items[i].left.*Part -= taken[i].*Part;
  return amount;
}

class Sampler {
 public:
  explicit Sampler(const ProfileReport& report) : report_(report) {
    for (const CallNode& node : report.call_tree) ++paths_[function_of(node)];
    gather_items();
  }

  std::vector<PprofSample> samples() {
    if (report_.call_tree.empty()) {
      for (const InsnRow& insn : report_.insns) {
        samples_.push_back({{{insn.address}}, {}, insn.stalls.total(), insn.count});
      }
    }
    for (std::size_t i = 0; i < report_.call_tree.size(); ++i) add_node(i);
    add_rest();
    return std::move(samples_);
  }

 private:
  Address function_of(const CallNode& node) const {
    return report_.functions[node.function].address;
  }

  void gather_items() {
    std::map<Address, std::size_t> insns;  // of each function
    for (const InsnRow& row : report_.insns) ++insns[report_.locations[row.location].function];
    std::map<std::pair<Address, std::uint32_t>, std::size_t> merged;
    for (const InsnRow& row : report_.insns) {
      const Address function = report_.locations[row.location].function;
      std::vector<Item>& items = items_[function];
      const Amount amount{row.stalls.total(), row.count};
      if (insns[function] * paths_[function] <= kMostPairs) {
        items.push_back({row.address, amount});
        continue;
      }
      const auto [known, fresh] = merged.try_emplace({function, row.location}, items.size());
      if (fresh) items.push_back({row.address, {}});
      items[known->second].left.cycles += amount.cycles;
      items[known->second].left.instructions += amount.instructions;
    }
  }

  // From the call that made the node outwards.
  std::vector<PprofPlace> callers(std::size_t index) const {
    std::vector<PprofPlace> stack;
    for (const CallNode* node = &report_.call_tree[index]; node->parent >= 0;) {
      const CallNode& parent = report_.call_tree[static_cast<std::size_t>(node->parent)];
      stack.push_back(node->call_site != 0 ? PprofPlace{node->call_site}
                                           : PprofPlace{function_of(parent), true});
      node = &parent;
    }
    return stack;
  }

  void add(const std::vector<PprofPlace>& around, PprofPlace innermost, const Amount& amount,
           std::string beside = {}) {
    if (amount.cycles == 0 && amount.instructions == 0) return;
    PprofSample sample{{innermost}, std::move(beside), amount.cycles, amount.instructions};
    sample.stack.insert(sample.stack.end(), around.begin(), around.end());
    samples_.push_back(std::move(sample));
  }

  void add_node(std::size_t index) {
    const CallNode& node = report_.call_tree[index];
    const Address function = function_of(node);
    const std::vector<PprofPlace> around = callers(index);
    Amount left{node.cycles - node.sleep_cycles, node.instructions};
    std::vector<Item>& items = items_[function];
    std::vector<Amount> taken(items.size());
    left.cycles -= take<&Amount::cycles>(items, left.cycles, taken);
    left.instructions -= take<&Amount::instructions>(items, left.instructions, taken);
    for (std::size_t i = 0; i < items.size(); ++i) add(around, {items[i].address}, taken[i]);
    add(around, {function, true}, left);  // of code that other functions' addresses hold
    add(around, {function, true}, {node.sleep_cycles, 0}, "[sleep]");
  }

  // Exception entries and returns, and whatever else stands in no stack.
  void add_rest() {
    Amount rest{report_.total_cycles, report_.instructions};
    std::uint64_t sleep = report_.call_tree.empty() ? report_.sleep_cycles : 0;
    for (const PprofSample& sample : samples_) {
      rest.cycles -= sample.cycles;
      rest.instructions -= sample.instructions;
    }
    if (sleep != 0) samples_.push_back({{}, "[sleep]", sleep, 0});
    rest.cycles -= sleep;
    if (rest.cycles != 0 || rest.instructions != 0) {
      samples_.push_back({{}, "[exception entry and return]", rest.cycles, rest.instructions});
    }
  }

  const ProfileReport& report_;
  std::unordered_map<Address, std::size_t> paths_;        // by function
  std::unordered_map<Address, std::vector<Item>> items_;  // by function
  std::vector<PprofSample> samples_;
};

}  // namespace

std::vector<PprofSample> pprof_samples(const ProfileReport& report) {
  return Sampler(report).samples();
}

}  // namespace tinyscope
