#include "profiler/exporters/pprof.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "profiler/exporters/pprof_samples.hpp"
#include "profiler/exporters/protobuf_writer.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

// Field numbers of profile.proto.
namespace profile {
constexpr unsigned kSampleType = 1, kSample = 2, kMapping = 3, kLocation = 4, kFunction = 5,
                   kStringTable = 6, kDurationNanos = 10, kPeriodType = 11, kPeriod = 12,
                   kComment = 13, kDefaultSampleType = 14;
}
namespace value_type {
constexpr unsigned kType = 1, kUnit = 2;
}
namespace sample {
constexpr unsigned kLocationId = 1, kValue = 2;
}
namespace mapping {
constexpr unsigned kId = 1, kMemoryLimit = 3, kFilename = 5, kHasFunctions = 7, kHasFilenames = 8,
                   kHasLineNumbers = 9, kHasInlineFrames = 10;
}
namespace location {
constexpr unsigned kId = 1, kMappingId = 2, kAddress = 3, kLine = 4;
}
namespace line {
constexpr unsigned kFunctionId = 1, kLine = 2;
}
namespace function {
constexpr unsigned kId = 1, kName = 2, kSystemName = 3, kFilename = 4;
}

class Writer {
 public:
  explicit Writer(const ProfileReport& report) : report_(report) {
    string("");
    for (const InsnRow& insn : report.insns) frames_[insn.address] = insn.location;
    for (const FunctionRow& row : report.functions) functions_of_report_[row.address] = &row;
  }

  std::string write() {
    value_types();
    for (const PprofSample& one : pprof_samples(report_)) add_sample(one);
    ProtobufWriter map;
    map.varint(mapping::kId, 1);
    map.varint(mapping::kMemoryLimit, std::uint64_t{1} << 32);
    map.varint(mapping::kFilename, string(report_.firmware.path));
    for (const unsigned has : {mapping::kHasFunctions, mapping::kHasFilenames,
                               mapping::kHasLineNumbers, mapping::kHasInlineFrames}) {
      map.varint(has, 1);
    }
    out_.message(profile::kMapping, map);
    out_.varint(profile::kDurationNanos,
                static_cast<std::uint64_t>(report_.simulated_seconds * 1e9));
    out_.varint(profile::kComment,
                string(fmt::format("tinyscope {}: {} on {}, {} Hz, {}",
                                   report_.host.tinyscope_version, report_.firmware.path,
                                   report_.board, report_.clock_hz, report_.stop_reason)));
    out_.varint(profile::kDefaultSampleType, string("cycles"));
    for (const std::string& text : strings_) out_.text(profile::kStringTable, text);
    return out_.bytes();
  }

 private:
  ProtobufWriter value_type_of(std::string_view type, std::string_view unit) {
    ProtobufWriter value;
    value.varint(value_type::kType, string(type));
    value.varint(value_type::kUnit, string(unit));
    return value;
  }

  void value_types() {
    out_.message(profile::kSampleType, value_type_of("cycles", "cycles"));
    out_.message(profile::kSampleType, value_type_of("instructions", "count"));
    out_.message(profile::kPeriodType, value_type_of("cycles", "cycles"));
    out_.varint(profile::kPeriod, 1);
  }

  void add_sample(const PprofSample& from) {
    std::vector<std::uint64_t> ids;
    if (!from.beside.empty()) ids.push_back(pseudo_location(from.beside));
    for (const PprofPlace& place : from.stack) ids.push_back(location_of(place));
    ProtobufWriter one;
    one.packed(sample::kLocationId, ids);
    one.packed(sample::kValue, std::array{from.cycles, from.instructions});
    out_.message(profile::kSample, one);
  }

  std::uint64_t location_of(const PprofPlace& at) {
    const auto [known, fresh] = locations_.try_emplace(at, next_location_);
    if (!fresh) return known->second;
    ++next_location_;
    ProtobufWriter place;
    place.varint(location::kId, known->second);
    place.varint(location::kMappingId, 1);
    place.varint(location::kAddress, at.address);
    const auto found = at.function ? frames_.end() : frames_.find(at.address);
    if (found != frames_.end()) {
      for (const SourceFrame& frame : report_.locations[found->second].frames) {
        place.message(location::kLine, line_of(frame));
      }
    } else {
      place.message(location::kLine, line_of(frame_of_function(at.address)));
    }
    out_.message(profile::kLocation, place);
    return known->second;
  }

  SourceFrame frame_of_function(Address address) const {
    const auto found = functions_of_report_.find(address);
    if (found == functions_of_report_.end()) return {fmt::format("{:#010x}", address), {}, 0};
    return {found->second->name, found->second->file, found->second->line};
  }

  std::uint64_t pseudo_location(const std::string& name) {
    const auto [known, fresh] = pseudo_.try_emplace(name, next_location_);
    if (!fresh) return known->second;
    ++next_location_;
    ProtobufWriter place;
    place.varint(location::kId, known->second);
    place.message(location::kLine, line_of({name, {}, 0}));
    out_.message(profile::kLocation, place);
    return known->second;
  }

  ProtobufWriter line_of(const SourceFrame& frame) {
    ProtobufWriter one;
    one.varint(line::kFunctionId, function_id(frame));
    one.varint(line::kLine, static_cast<std::uint64_t>(frame.line));
    return one;
  }

  // One for each name and file: a function that is seen in two files has two.
  std::uint64_t function_id(const SourceFrame& frame) {
    const auto [known, fresh] =
        functions_.try_emplace({frame.function, frame.file}, functions_.size() + 1);
    if (!fresh) return known->second;
    ProtobufWriter one;
    one.varint(function::kId, known->second);
    one.varint(function::kName, string(frame.function.empty() ? "?" : frame.function));
    one.varint(function::kSystemName, string(frame.function.empty() ? "?" : frame.function));
    one.varint(function::kFilename, string(frame.file));
    out_.message(profile::kFunction, one);
    return known->second;
  }

  std::uint64_t string(std::string_view text) {
    const auto [known, fresh] = string_ids_.try_emplace(std::string(text), strings_.size());
    if (fresh) strings_.emplace_back(text);
    return known->second;
  }

  const ProfileReport& report_;
  ProtobufWriter out_;
  std::vector<std::string> strings_;
  std::unordered_map<std::string, std::uint64_t> string_ids_;
  std::unordered_map<Address, std::uint32_t> frames_;  // location in the report, by instruction
  std::unordered_map<Address, const FunctionRow*> functions_of_report_;
  std::map<PprofPlace, std::uint64_t> locations_;
  std::unordered_map<std::string, std::uint64_t> pseudo_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> functions_;
  std::uint64_t next_location_ = 1;
};

// With a header that says neither time nor name, so that equal reports give equal files.
std::string gzip(const std::string& bytes) {
  constexpr int kGzip = 15 + 16;  // largest window, gzip header
  z_stream stream{};
  TINYSCOPE_ASSERT(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8,
                                Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  // zlib does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  TINYSCOPE_ASSERT(result == Z_STREAM_END);
  return packed;
}

}  // namespace

void PprofExporter::write(const ProfileReport& report, std::ostream& out) const {
  const std::string packed = gzip(Writer(report).write());
  out.write(packed.data(), static_cast<std::streamsize>(packed.size()));
}

}  // namespace tinyscope
