#include "sim/cli/annotate/disassembly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <span>

#include "cores/decode/decoder.hpp"

namespace tinyscope {
namespace {

class Disassembly {
 public:
  Disassembly(const Bus& bus, const SymbolTable& symbols, Address begin, Address end)
      : bus_(bus), symbols_(symbols), begin_(begin), end_(end), bytes_(end - begin) {
    if (!bus.copy_out(begin, bytes_)) bytes_.clear();
  }

  std::vector<DisassembledInsn> rows(const std::set<Address>& executed) {
    if (bytes_.empty()) return {};
    follow(executed);
    std::vector<DisassembledInsn> rows;
    for (Address at = begin_; at < end_; at += rows.back().size) {
      const auto insn = insns_.find(at);
      rows.push_back(insn != insns_.end() ? code(insn->second) : data(at));
    }
    return rows;
  }

 private:
  bool contains(Address address) const { return address >= begin_ && address < end_; }
  std::span<const std::uint8_t> from(Address address) const {
    return std::span(bytes_).subspan(address - begin_);
  }

  // Finds all instructions that ran or may run next.
  void follow(const std::set<Address>& executed) {
    std::deque<Address> open(executed.begin(), executed.end());
    std::set<Address> predicated;
    while (!open.empty()) {
      const Address at = open.front();
      open.pop_front();
      if (!contains(at) || end_ - at < 2 || insns_.contains(at)) continue;
      const Insn insn = decoder_.decode(from(at), at, predicated.contains(at));
      if (insn.size > end_ - at) continue;
      insns_.emplace(at, insn);
      if (insn.op == Op::kUndefined) continue;
      if (insn.op == Op::kIt) {
        Address next = insn.end();
        for (unsigned i = 0; i < it_block_length(insn.immediate); ++i) {
          if (!contains(next) || end_ - next < 2) break;
          predicated.insert(next);
          next += decoder_.decode(from(next), next, true).size;
        }
      }
      if (insn.target != 0 && !insn.is_call) open.push_back(insn.target);
      const bool leaves =
          insn.writes_pc && !insn.is_conditional_branch() && !insn.in_it && !insn.is_call;
      if (!leaves) open.push_back(insn.end());
    }
    // What was taken for an instruction may stand within one that ran.
    for (auto insn = insns_.begin(); insn != insns_.end();) {
      const auto next = std::next(insn);
      const bool overlaps = next != insns_.end() && next->first < insn->second.end();
      if (!overlaps) {
        insn = next;
      } else if (executed.contains(insn->first)) {
        insns_.erase(next);
      } else {
        insn = insns_.erase(insn);
      }
    }
  }

  DisassembledInsn code(const Insn& insn) {
    DisassembledInsn row;
    row.address = insn.address;
    row.size = insn.size;
    row.text = decoder_.text(from(insn.address), insn.address);
    row.target = insn.target;
    row.branches = insn.target != 0;
    if (row.branches && !contains(insn.target)) row.comment = place(insn.target);
    if (insn.address_mode == AddressMode::kLiteral) {
      const Address literal =
          (insn.address & ~3u) + 4 + static_cast<std::uint32_t>(insn.displacement);
      std::uint8_t bytes[4] = {};
      if (insn.access_bytes == 4 && bus_.copy_out(literal, bytes)) {
        row.comment = fmt::format("=0x{:08x}", word(bytes));
        const std::string name = place(word(bytes));
        if (!name.empty()) row.comment += ' ' + name;
      }
    }
    return row;
  }

  DisassembledInsn data(Address at) const {
    DisassembledInsn row;
    row.address = at;
    row.is_data = true;
    const auto next = insns_.lower_bound(at);
    const std::uint32_t room = (next != insns_.end() ? next->first : end_) - at;
    const auto bytes = from(at);
    if (at % 4 == 0 && room >= 4) {
      row.size = 4;
      row.text = fmt::format(".word 0x{:08x}", word(bytes));
      row.comment = place(word(bytes));
    } else if (room >= 2) {
      row.text = fmt::format(".short 0x{:04x}", bytes[0] | bytes[1] << 8);
    } else {
      row.size = 1;
      row.text = fmt::format(".byte 0x{:02x}", bytes[0]);
    }
    return row;
  }

  static std::uint32_t word(std::span<const std::uint8_t> bytes) {
    return static_cast<std::uint32_t>(bytes[0] | bytes[1] << 8 | bytes[2] << 16) |
           static_cast<std::uint32_t>(bytes[3]) << 24;
  }

  // "<memcpy>" or "<table+0x10>"; empty if no symbol is there.
  std::string place(Address address) const {
    const Symbol* symbol = symbols_.function_at(address & ~1u);
    if (symbol == nullptr || symbol->address != (address & ~1u)) {
      const auto& all = symbols_.all();
      const auto after = std::upper_bound(
          all.begin(), all.end(), address,
          [](Address wanted, const Symbol& known) { return wanted < known.address; });
      if (after == all.begin()) return {};
      symbol = &*std::prev(after);
      if (address - symbol->address >= std::max(symbol->size, 1u)) return {};
    }
    const Address into =
        (address & ~(symbol->kind == SymbolKind::kFunction ? 1u : 0u)) - symbol->address;
    const std::string_view name = without_parameters(symbol->demangled);
    return into == 0 ? fmt::format("<{}>", name) : fmt::format("<{}+0x{:x}>", name, into);
  }

  const Bus& bus_;
  const SymbolTable& symbols_;
  Address begin_;
  Address end_;
  std::vector<std::uint8_t> bytes_;
  Decoder decoder_;
  std::map<Address, Insn> insns_;
};

}  // namespace

std::vector<DisassembledInsn> disassemble(const Bus& bus, const SymbolTable& symbols, Address begin,
                                          Address end, const std::set<Address>& executed) {
  return Disassembly(bus, symbols, begin, end).rows(executed);
}

}  // namespace tinyscope
