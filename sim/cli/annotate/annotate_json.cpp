#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "sim/cli/annotate/annotate_text.hpp"

namespace tinyscope {
namespace {

using Json = nlohmann::ordered_json;

// Causes that occur.
Json stalls_of(const StallCycles& stalls) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kStallCauseCount; ++i) {
    const auto cause = static_cast<StallCause>(i);
    if (stalls[cause] != 0) json[std::string(name_of(cause))] = stalls[cause];
  }
  return json;
}

std::string hex(Address address) { return fmt::format("0x{:08x}", address); }

Json insn_of(const AnnotatedInsn& insn) {
  Json json;
  json["address"] = hex(insn.code.address);
  json["size"] = insn.code.size;
  json["text"] = insn.code.text;
  if (!insn.code.comment.empty()) json["comment"] = insn.code.comment;
  if (insn.code.is_data) {
    json["data"] = true;
    return json;
  }
  if (insn.code.branches) json["target"] = hex(insn.code.target);
  json["count"] = insn.count;
  json["cycles"] = insn.stalls.total();
  json["stalls"] = stalls_of(insn.stalls);
  json["source"] = Json::array();
  for (const SourceFrame& frame : insn.frames) {
    Json place;
    place["function"] = frame.function;
    if (!frame.file.empty()) {
      place["file"] = frame.file;
      place["line"] = frame.line;
    }
    json["source"].push_back(std::move(place));
  }
  return json;
}

}  // namespace

void write_annotation_json(const std::vector<AnnotatedFunction>& functions,
                           const ProfileReport& report, std::ostream& out) {
  Json json;
  json["firmware"] = report.firmware.path;
  json["board"] = report.board;
  json["total_cycles"] = report.total_cycles;
  json["functions"] = Json::array();
  for (const AnnotatedFunction& function : functions) {
    Json one;
    one["name"] = function.name;
    one["address"] = hex(function.address);
    one["size"] = function.size;
    one["file"] = function.file;
    one["line"] = function.line;
    one["cycles"] = function.stalls.total();
    one["instructions"] = function.count;
    one["stalls"] = stalls_of(function.stalls);
    one["code"] = Json::array();
    for (const AnnotatedInsn& insn : function.insns) {
      if (insn.selected) one["code"].push_back(insn_of(insn));
    }
    json["functions"].push_back(std::move(one));
  }
  // Names come from the firmware, in whatever encoding.
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace tinyscope
