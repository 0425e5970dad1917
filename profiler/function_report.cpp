#include "profiler/function_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "sim/error.hpp"

namespace tinyscope {

namespace {

constexpr std::uint32_t kDropped = 0xFFFFFFFFu;

class Builder {
 public:
  Builder(const LayerCollector& collector, const FunctionTable& functions,
          const FirmwareImage& image, const ReadMemory& read, ProfileReport& report)
      : costs_(collector.functions()),
        nodes_(collector.call_tree().nodes()),
        inclusive_(collector.call_tree().inclusive_cycles(costs_.size())),
        functions_(functions),
        image_(image),
        read_(read),
        report_(report) {
    report_.exception_cycles = collector.exception_cycles();
  }

  void build() {
    lumped_cycles_to_their_functions();
    rows();
    tree();
    check();
  }
  bool lumped() const { return nodes_[CallTree::kOther].calls != 0; }

 private:
  // A function's own cycles in kOther are part of its inclusive ones as well.
  void lumped_cycles_to_their_functions() {
    if (!lumped()) return;
    for (std::size_t id = 0; id < costs_.size(); ++id) inclusive_[id] += costs_[id].stalls.total();
    for (const CallTree::Node& node : nodes_) {
      if (node.function != kNoFunction) inclusive_[node.function] -= node.cycles;
    }
  }

  void rows() {
    std::vector<FunctionId> order;
    for (FunctionId id = 0; id < costs_.size(); ++id) {
      if (inclusive_[id] != 0) order.push_back(id);
    }
    std::stable_sort(order.begin(), order.end(), [this](FunctionId a, FunctionId b) {
      const std::uint64_t own_a = costs_[a].stalls.total();
      const std::uint64_t own_b = costs_[b].stalls.total();
      if (own_a != own_b) return own_a > own_b;
      return functions_.address(a) < functions_.address(b);
    });
    row_of_.assign(costs_.size(), kDropped);
    for (const FunctionId id : order) {
      row_of_[id] = static_cast<std::uint32_t>(report_.functions.size());
      FunctionRow row;
      row.name = functions_.name(id);
      row.address = functions_.address(id);
      if (image_.lines) {
        if (const auto line = image_.lines->find(row.address)) {
          row.file = line->file;
          row.line = line->line;
        }
      }
      row.calls = costs_[id].calls;
      row.cycles = costs_[id].stalls.total();
      row.inclusive_cycles = inclusive_[id];
      row.stalls = costs_[id].stalls;
      row.instructions = costs_[id].instructions;
      report_.functions.push_back(std::move(row));
    }
  }

  // BLX of a register has two bytes, BL four (Arm DDI 0403E, A7.7.18 and A7.7.19); what cannot be
  // read is taken for BL.
  Address call_site(Address return_address) const {
    std::array<std::uint8_t, 2> bytes{};
    const bool known = read_ && read_(return_address - 2, bytes);
    return return_address - (known && (bytes[1] & 0xFFu) == 0x47 ? 2 : 4);
  }

  void tree() {
    std::vector<std::uint64_t> below(nodes_.size());
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      below[i] += nodes_[i].cycles;
      if (nodes_[i].parent >= 0) below[static_cast<std::size_t>(nodes_[i].parent)] += below[i];
    }
    std::vector<std::int32_t> index_of(nodes_.size(), -1);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const CallTree::Node& node = nodes_[i];
      if (below[i] == 0) continue;
      CallNode row;
      if (i == CallTree::kOther) {
        row.function = static_cast<std::uint32_t>(report_.functions.size());
        FunctionRow other;
        other.name = "(other)";
        report_.functions.push_back(std::move(other));
      } else {
        row.function = row_of_[node.function];
      }
      if (node.parent >= 0) row.parent = index_of[static_cast<std::size_t>(node.parent)];
      if (node.return_address != 0) row.call_site = call_site(node.return_address);
      row.exception = node.exception;
      row.layer = node.layer;
      row.calls = node.calls;
      row.cycles = node.cycles;
      row.sleep_cycles = node.sleep_cycles;
      row.instructions = node.instructions;
      index_of[i] = static_cast<std::int32_t>(report_.call_tree.size());
      report_.call_tree.push_back(row);
    }
  }

  void check() const {
    std::uint64_t functions = report_.exception_cycles;
    for (const FunctionRow& row : report_.functions) {
      TINYSCOPE_ASSERT(row.cycles == row.stalls.total());
      TINYSCOPE_ASSERT(row.inclusive_cycles >= row.cycles);
      functions += row.cycles;
    }
    std::uint64_t tree = report_.exception_cycles;
    std::uint64_t instructions = 0, asleep = 0;
    for (const CallNode& node : report_.call_tree) {
      tree += node.cycles;
      instructions += node.instructions;
      asleep += node.sleep_cycles;
    }
    TINYSCOPE_ASSERT(instructions == report_.instructions);
    TINYSCOPE_ASSERT(asleep == report_.sleep_cycles);
    TINYSCOPE_ASSERT(functions == report_.total_cycles);
    TINYSCOPE_ASSERT(tree == report_.total_cycles);
  }

  const std::vector<FunctionCost>& costs_;
  const std::vector<CallTree::Node>& nodes_;
  std::vector<std::uint64_t> inclusive_;
  std::vector<std::uint32_t> row_of_;
  const FunctionTable& functions_;
  const FirmwareImage& image_;
  const ReadMemory& read_;
  ProfileReport& report_;
};

}  // namespace

void report_functions(const LayerCollector& collector, const FunctionTable& functions,
                      const FirmwareImage& image, const ReadMemory& read, RunNotes& notes,
                      ProfileReport& report) {
  Builder builder(collector, functions, image, read, report);
  builder.build();
  if (builder.lumped()) {
    notes.assume({"functions.call_tree",
                  fmt::format("the firmware calls along more than {} different paths; what goes "
                              "beyond is lumped together as \"(other)\" in the call tree, and "
                              "missing from the inclusive cycles of its callers",
                              CallTree::kMaxNodes),
                  "limit of the profiler"});
  }
}

}  // namespace tinyscope
