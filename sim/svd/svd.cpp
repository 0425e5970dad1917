#include "sim/svd/svd.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/file.hpp"
#include "sim/svd/svd_node.hpp"
#include "sim/svd/svd_properties.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kLargestFile = 64u << 20;
constexpr std::size_t kMostRegisters = 200'000;  // of a device
constexpr unsigned kDeepest = 16;                // clusters in clusters, and chains of derivedFrom

class Reader {
 public:
  explicit Reader(const SvdNode& device) : device_(device) {}

  SvdDevice read() {
    SvdDevice result;
    result.name = device_.text("name").value_or("");
    const SvdProperties defaults = inherit(device_, {});
    const SvdNode list = device_.child("peripherals");
    if (!list.exists()) device_.fail("<peripherals> is missing");
    peripherals_ = list.children("peripheral");
    for (const SvdNode& node : peripherals_) {
      const std::string name = node.require_text("name");
      for (const SvdCopy& copy : copies(node, name)) {
        SvdPeripheral peripheral = read_peripheral(node, defaults, 0);
        peripheral.name = copy.name;
        peripheral.base = narrow(node, node.require_number("baseAddress") + copy.offset);
        cover_registers(peripheral);
        result.peripherals.push_back(std::move(peripheral));
      }
    }
    return result;
  }

 private:
  static std::uint32_t narrow(const SvdNode& node, std::uint64_t address) {
    if (address > 0xFFFFFFFFu) node.fail(fmt::format("0x{:X} is no address of 32 bits", address));
    return static_cast<std::uint32_t>(address);
  }

  // The element that derivedFrom names: a sibling, one of what is around it, or by its path from
  // the peripheral on.
  SvdNode base_of(const SvdNode& node, unsigned depth) const {
    const std::string path = node.attribute("derivedFrom");
    if (path.empty()) return {};
    if (depth >= kDeepest) node.fail("derivedFrom goes on in a circle");
    for (SvdNode scope = node.parent(); scope.exists(); scope = scope.parent()) {
      const SvdNode sibling = find_in(scope, node.tag(), path, node);
      if (sibling.exists()) return sibling;
    }
    // "TIMER0.CC.VALUE": each part a level further in.
    std::size_t begin = 0;
    SvdNode at = device_.child("peripherals");
    for (std::size_t end = 0; begin <= path.size() && at.exists(); begin = end + 1) {
      end = std::min(path.find('.', begin), path.size());
      at = find_below(at, path.substr(begin, end - begin));
    }
    if (!at.exists() || at == node) {
      node.fail(fmt::format("derivedFrom: there is no '{}'", path));
    }
    return at;
  }

  static SvdNode find_in(const SvdNode& parent, std::string_view tag, std::string_view name,
                         const SvdNode& self) {
    for (const SvdNode& candidate : parent.children(tag)) {
      if (candidate.text("name") == name && !(candidate == self)) return candidate;
    }
    return {};
  }

  static SvdNode find_below(const SvdNode& parent, std::string_view name) {
    const SvdNode list = parent.child("registers");
    const SvdNode& scope = list.exists() ? list : parent;
    for (const std::string_view tag : {"peripheral", "cluster", "register"}) {
      const SvdNode found = find_in(scope, tag, name, parent);
      if (found.exists()) return found;
    }
    const SvdNode fields = parent.child("fields");
    return fields.exists() ? find_in(fields, "field", name, parent) : SvdNode();
  }

  SvdPeripheral read_peripheral(const SvdNode& node, const SvdProperties& defaults,
                                unsigned depth) {
    SvdPeripheral result;
    SvdProperties properties = defaults;
    if (const SvdNode base = base_of(node, depth); base.exists()) {
      result = read_peripheral(base, defaults, depth + 1);
      properties = inherit(base, properties);
    }
    properties = inherit(node, properties);
    if (const auto text = node.text("description")) result.description = *text;
    const std::vector<SvdNode> blocks = node.children("addressBlock");
    if (!blocks.empty()) result.blocks.clear();
    for (const SvdNode& block : blocks) {
      result.blocks.push_back({narrow(block, block.number("offset").value_or(0)),
                               narrow(block, block.require_number("size"))});
    }
    if (const SvdNode list = node.child("registers"); list.exists()) {
      std::vector<SvdRegister> own;
      read_registers(list, "", 0, properties, 0, own);
      for (const SvdRegister& reg : own) {
        std::erase_if(result.registers,
                      [&](const SvdRegister& inherited) { return inherited.name == reg.name; });
      }
      result.registers.insert(result.registers.end(), own.begin(), own.end());
    }
    return result;
  }

  void read_registers(const SvdNode& list, const std::string& prefix, std::uint64_t offset,
                      const SvdProperties& properties, unsigned depth,
                      std::vector<SvdRegister>& to) {
    if (depth >= kDeepest) list.fail("clusters lie too deep in one another");
    for (const SvdNode& node : list.children("register")) {
      add_register(node, prefix, offset, properties, to);
    }
    for (const SvdNode& node : list.children("cluster")) {
      const SvdNode base = base_of(node, 0);
      const SvdProperties own =
          inherit(node, base.exists() ? inherit(base, properties) : properties);
      const bool has_own = node.child("register").exists() || node.child("cluster").exists();
      const std::string name = node.require_text("name");
      const std::uint64_t at = offset + node.number("addressOffset").value_or(0);
      for (const SvdCopy& copy : copies(dim_of(node), name)) {
        count(node);
        if (base.exists()) {
          read_registers(base, prefix + copy.name + ".", at + copy.offset, own, depth + 1, to);
        }
        if (has_own || !base.exists()) {
          read_registers(node, prefix + copy.name + ".", at + copy.offset, own, depth + 1, to);
        }
      }
    }
  }

  void add_register(const SvdNode& node, const std::string& prefix, std::uint64_t offset,
                    const SvdProperties& around, std::vector<SvdRegister>& to) {
    SvdProperties properties = around;
    SvdRegister reg = read_register(node, properties, 0);
    const std::string name = node.require_text("name");
    const std::uint64_t at = offset + own_or_base(node, "addressOffset", 0);
    for (const SvdCopy& copy : copies(dim_of(node), name)) {
      // A word each of those that are wider.
      for (std::uint64_t bit = 0; bit < properties.bits; bit += 32) {
        SvdRegister part = reg;
        const std::uint64_t bits = std::min<std::uint64_t>(properties.bits - bit, 32);
        part.name = prefix + copy.name;
        if (properties.bits > 32) part.name += fmt::format("[{}:{}]", bit + bits - 1, bit);
        part.offset = narrow(node, at + copy.offset + bit / 8);
        part.bytes = bits > 16 ? 4 : bits > 8 ? 2 : 1;
        const std::uint64_t reset = bit < 64 ? properties.reset_value >> bit : 0;
        part.reset_value =
            static_cast<std::uint32_t>(bits == 32 ? reset : reset & ((1ull << bits) - 1));
        if (bit != 0) part.fields.clear();
        to.push_back(std::move(part));
        count(node);
      }
    }
  }

  void count(const SvdNode& node) {
    if (++registers_ > kMostRegisters) node.fail("the device has too many registers");
  }

  // The element whose <dim> counts.
  SvdNode dim_of(const SvdNode& node) const {
    if (node.child("dim").exists()) return node;
    const SvdNode base = base_of(node, 0);
    return base.exists() && base.child("dim").exists() ? base : node;
  }

  std::uint64_t own_or_base(const SvdNode& node, std::string_view key, unsigned depth) const {
    if (const auto value = node.number(key)) return *value;
    const SvdNode base = base_of(node, depth);
    if (!base.exists()) node.fail(fmt::format("<{}> is missing", key));
    return own_or_base(base, key, depth + 1);
  }

  // Everything but name and place.
  SvdRegister read_register(const SvdNode& node, SvdProperties& properties, unsigned depth) {
    SvdRegister reg;
    if (const SvdNode base = base_of(node, depth); base.exists()) {
      reg = read_register(base, properties, depth + 1);
    }
    properties = inherit(node, properties);
    reg.access = properties.access;
    if (const auto write = write_of(node)) reg.write = *write;
    if (const auto read = read_of(node)) reg.read = *read;
    if (const SvdNode list = node.child("fields"); list.exists()) {
      for (const SvdNode& field : list.children("field")) add_field(field, reg);
    }
    std::stable_sort(reg.fields.begin(), reg.fields.end(),
                     [](const SvdField& a, const SvdField& b) { return a.lsb < b.lsb; });
    return reg;
  }

  void add_field(const SvdNode& node, SvdRegister& reg) {
    const SvdField field = read_field(node, reg, 0);
    std::erase_if(reg.fields, [&](const SvdField& other) { return other.name == field.name; });
    for (const SvdCopy& copy : copies(node, node.require_text("name"))) {
      SvdField one = field;
      one.name = copy.name;
      const std::uint64_t lsb = field.lsb + copy.offset;
      if (lsb >= 32) continue;
      one.lsb = static_cast<unsigned>(lsb);
      one.width = std::min(one.width, 32 - one.lsb);
      reg.fields.push_back(std::move(one));
    }
  }

  SvdField read_field(const SvdNode& node, const SvdRegister& reg, unsigned depth) {
    SvdField field;
    field.access = reg.access;
    field.write = reg.write;
    field.read = reg.read;
    const SvdNode base = base_of(node, depth);
    if (base.exists()) field = read_field(base, reg, depth + 1);
    field.name = node.require_text("name");
    read_position(node, base.exists(), field);
    if (const auto access = access_of(node)) field.access = *access;
    if (const auto write = write_of(node)) field.write = *write;
    if (const auto read = read_of(node)) field.read = *read;
    for (const SvdNode& list : node.children("enumeratedValues")) {
      for (const SvdNode& value : list.children("enumeratedValue")) {
        // Those for everything else, or with bits that do not matter, name no single value.
        const auto number = parse_svd_number(value.text("value").value_or(""));
        if (!number || *number > 0xFFFFFFFFu) continue;
        field.values.push_back(
            {value.text("name").value_or(""), static_cast<std::uint32_t>(*number)});
      }
    }
    return field;
  }

  // <bitOffset> and <bitWidth>, <lsb> and <msb>, or <bitRange>[7:4]</bitRange>.
  static void read_position(const SvdNode& node, bool derived, SvdField& field) {
    std::uint64_t low = 0, high = 0;
    if (const auto offset = node.number("bitOffset")) {
      low = *offset;
      high = low + std::max<std::uint64_t>(node.number("bitWidth").value_or(1), 1) - 1;
    } else if (const auto lsb = node.number("lsb")) {
      low = *lsb;
      high = node.require_number("msb");
    } else if (const auto range = node.text("bitRange")) {
      const std::size_t colon = range->find(':');
      const auto part = [&](std::size_t begin, std::size_t end) {
        std::string digits = range->substr(begin, end - begin);
        std::erase_if(digits, [](char c) { return c == ' ' || c == '[' || c == ']'; });
        const auto value = parse_svd_number(digits);
        if (!value || colon == std::string::npos) {
          node.child("bitRange")
              .fail(fmt::format("expected [7:4] or the like, found '{}'", *range));
        }
        return *value;
      };
      high = part(0, std::min(colon, range->size()));
      low = part(colon + 1, range->size());
    } else if (derived) {
      return;
    } else {
      node.fail("has no place; expected <bitOffset>, <lsb> and <msb>, or <bitRange>");
    }
    if (high < low || high > 1023) {
      node.fail(fmt::format("bits {} to {} are no field of a register", low, high));
    }
    // Of wide registers the low word has fields; what is beyond is dropped by add_field().
    field.lsb = static_cast<unsigned>(low);
    field.width = static_cast<unsigned>(std::min<std::uint64_t>(high - low + 1, 32));
  }

  static void cover_registers(SvdPeripheral& peripheral) {
    std::stable_sort(
        peripheral.registers.begin(), peripheral.registers.end(),
        [](const SvdRegister& a, const SvdRegister& b) { return a.offset < b.offset; });
    for (const SvdRegister& reg : peripheral.registers) {
      const bool covered =
          std::any_of(peripheral.blocks.begin(), peripheral.blocks.end(),
                      [&](const SvdPeripheral::Block& block) {
                        return reg.offset >= block.offset && reg.offset - block.offset < block.size;
                      });
      if (!covered) peripheral.blocks.push_back({reg.offset & ~3u, 4});
    }
  }

  SvdNode device_;
  std::vector<SvdNode> peripherals_;
  std::size_t registers_ = 0;
};

}  // namespace

SvdDevice parse_svd(std::string_view text, const std::filesystem::path& path) {
  const SvdDocument document(text, path);
  const SvdNode root = document.root();
  if (root.tag() != "device") {
    root.fail("expected a CMSIS-SVD file, whose outermost element is <device>");
  }
  SvdDevice device = Reader(root).read();
  device.path = path;
  return device;
}

SvdDevice load_svd(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path, kLargestFile);
  return parse_svd({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
}

}  // namespace tinyscope
