#include "sim/svd/stub_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "sim/error.hpp"
#include "sim/glob.hpp"
#include "sim/shipped_files.hpp"
#include "sim/svd/svd_node.hpp"
#include "sim/svd/svd_properties.hpp"

namespace tinyscope {
namespace {

constexpr std::int64_t kLongestDelay = 10'000'000;  // µs
constexpr std::int64_t kFastest = 10'000'000'000;   // Hz

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

Duration delay_of(TomlTable& table, std::string_view key, std::int64_t microseconds) {
  if (microseconds < 0 || microseconds > kLongestDelay) {
    table.fail(key, fmt::format("expected 0 to {} microseconds", kLongestDelay));
  }
  return Duration::from_us(static_cast<std::uint64_t>(microseconds));
}

void read_follows(TomlTable& table, std::string_view key, StubRule& rule) {
  rule.kind = StubRule::Kind::kFollows;
  if (table.type(key) == TomlType::kString) {
    rule.source = *table.string(key);
    return;
  }
  if (table.type(key) != TomlType::kTable) {
    table.fail(key, "expected \"PERIPHERAL.REGISTER.FIELD\" or { of = \"…\", after_us = 10 }");
  }
  TomlTable entry = *table.table(key);
  rule.source = entry.require_string("of");
  rule.delay = delay_of(entry, "after_us", entry.integer("after_us").value_or(0));
}

void read_counts(TomlTable& table, std::string_view key, StubRule& rule) {
  rule.kind = StubRule::Kind::kCounts;
  if (table.type(key) == TomlType::kString) {
    if (*table.string(key) != "cpu") table.fail(key, "expected \"cpu\" or a frequency in Hz");
    return;
  }
  const std::int64_t hz = table.require_integer(key);
  if (hz < 1 || hz > kFastest) table.fail(key, fmt::format("expected 1 to {} Hz", kFastest));
  rule.hz = static_cast<std::uint64_t>(hz);
}

void read_writes(TomlTable& table, std::string_view key, StubRule& rule) {
  rule.kind = StubRule::Kind::kWrites;
  const auto write = parse_svd_write(table.require_string(key));
  if (!write) {
    table.fail(key, "expected a word of SVD's modifiedWriteValues, such as \"oneToClear\"");
  }
  rule.write = *write;
}

// "CR[25]" and "CFGR[3:2]": name and bits; false: it does not end like that.
bool split_bits(std::string_view text, std::string_view& name, unsigned& high, unsigned& low) {
  if (!text.ends_with(']')) return false;
  const std::size_t bracket = text.rfind('[');
  if (bracket == std::string_view::npos) return false;
  const std::string_view range = text.substr(bracket + 1, text.size() - bracket - 2);
  const std::size_t colon = range.find(':');
  const auto first = parse_svd_number(range.substr(0, colon));
  const auto last =
      colon == std::string_view::npos ? first : parse_svd_number(range.substr(colon + 1));
  if (!first || !last || *first < *last || *first > 31) return false;
  name = text.substr(0, bracket);
  high = static_cast<unsigned>(*first);
  low = static_cast<unsigned>(*last);
  return true;
}

std::uint32_t all_bits(const SvdRegister& reg) {
  return reg.bytes == 4 ? 0xFFFFFFFFu : (1u << 8 * reg.bytes) - 1;
}

}  // namespace

StubRules read_stub_rules(TomlTable document, std::string file) {
  StubRules result;
  result.file = std::move(file);
  result.devices = document.strings("devices");
  for (const std::string_view section : {"follows", "reads", "counts", "clears", "writes"}) {
    auto table = document.table(section);
    if (!table) continue;
    for (const std::string& key : table->keys()) {
      StubRule rule;
      rule.target = key;
      rule.where = fmt::format("{}: [{}] \"{}\"", table->where(key), section, key);
      rule.may_miss = !result.devices.empty();
      if (section == "follows") {
        read_follows(*table, key, rule);
      } else if (section == "reads") {
        rule.kind = StubRule::Kind::kReads;
        rule.value = table->require_u32(key);
      } else if (section == "counts") {
        read_counts(*table, key, rule);
      } else if (section == "writes") {
        read_writes(*table, key, rule);
      } else {
        rule.kind = StubRule::Kind::kClears;
        rule.delay = delay_of(*table, key, table->require_integer(key));
      }
      result.rules.push_back(std::move(rule));
    }
  }
  document.reject_unknown_keys();
  return result;
}

StubRules load_stub_rules(const std::filesystem::path& file) {
  return read_stub_rules(TomlTable::from_file(file), file.string());
}

std::vector<StubRules> shipped_stub_rules(std::string_view device) {
  std::vector<StubRules> result;
  for (const std::filesystem::path& file : shipped_files("sim/socs/rules")) {
    StubRules rules = load_stub_rules(file);
    const bool meant = std::any_of(
        rules.devices.begin(), rules.devices.end(),
        [&](const std::string& pattern) { return glob_match(upper(pattern), upper(device)); });
    if (meant) result.push_back(std::move(rules));
  }
  return result;
}

std::vector<SvdPlace> find_places(const SvdPeripheral& peripheral, std::string_view pattern) {
  std::vector<SvdPlace> places;
  const std::string wanted = upper(pattern);
  std::string_view bits_of;
  unsigned high = 0, low = 0;
  const bool has_bits = split_bits(wanted, bits_of, high, low);
  for (const SvdRegister& reg : peripheral.registers) {
    const std::string name = upper(reg.name);
    if (glob_match(wanted, name)) {
      places.push_back({&peripheral, &reg, all_bits(reg), 0});
      continue;
    }
    for (const SvdField& field : reg.fields) {
      if (!glob_match(wanted, name + "." + upper(field.name))) continue;
      places.push_back({&peripheral, &reg, field.mask(), field.lsb});
    }
    if (has_bits && glob_match(bits_of, name)) {
      const SvdField bits{.name = "", .lsb = low, .width = high - low + 1, .values = {}};
      places.push_back({&peripheral, &reg, bits.mask(), low});
    }
  }
  return places;
}

std::vector<SvdPlace> find_places(const SvdDevice& device, std::string_view pattern) {
  std::vector<SvdPlace> places;
  const std::size_t dot = pattern.find('.');
  if (dot == std::string_view::npos) return places;
  const std::string owner = upper(pattern.substr(0, dot));
  for (const SvdPeripheral& peripheral : device.peripherals) {
    if (!glob_match(owner, upper(peripheral.name))) continue;
    for (const SvdPlace& place : find_places(peripheral, pattern.substr(dot + 1))) {
      places.push_back(place);
    }
  }
  return places;
}

}  // namespace tinyscope
