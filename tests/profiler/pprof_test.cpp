// The pprof file, read back by a small reader of its own: gzip, wire format, and the fields of
// profile.proto (github.com/google/pprof).
#include "profiler/exporters/pprof.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <map>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "profiler/exporters/protobuf_writer.hpp"
#include "tests/profiler/code_report.hpp"

namespace tinyscope {
namespace {

using ::testing::ElementsAre;

std::string gunzip(const std::string& packed) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::runtime_error("zlib");
  std::string bytes(1u << 20, '\0');
  std::string input = packed;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  const int result = inflate(&stream, Z_FINISH);
  bytes.resize(stream.total_out);
  inflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("not a whole gzip file");
  return bytes;
}

// Fields of a message by number, in order; varints and texts only.
struct Field {
  std::uint64_t number = 0;
  std::string text;
};
using Message = std::multimap<unsigned, Field>;

std::uint64_t varint(const std::string& bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes.at(at++));
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if ((byte & 0x80u) == 0) return value;
  }
}

Message parse(const std::string& bytes) {
  Message message;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::uint64_t key = varint(bytes, at);
    Field field;
    if ((key & 7u) == 0) {
      field.number = varint(bytes, at);
    } else if ((key & 7u) == 2) {
      const std::uint64_t size = varint(bytes, at);
      if (size > bytes.size() - at) throw std::runtime_error("a field ends behind its message");
      field.text = bytes.substr(at, size);
      at += size;
    } else {
      throw std::runtime_error("unexpected wire type");
    }
    message.emplace(static_cast<unsigned>(key >> 3), field);
  }
  return message;
}

std::vector<std::uint64_t> numbers(const std::string& packed) {
  std::vector<std::uint64_t> values;
  for (std::size_t at = 0; at < packed.size();) values.push_back(varint(packed, at));
  return values;
}

// "clamp clamp.h:3, nn::dot(int) dot.cpp:12; main main.c:6" to cycles and instructions.
struct Profile {
  std::vector<std::string> types;
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> stacks;
};

std::uint64_t number(const Message& message, unsigned field) {
  const auto found = message.find(field);
  return found == message.end() ? 0 : found->second.number;
}

Profile read(const ProfileReport& report) {
  std::ostringstream out;
  PprofExporter().write(report, out);
  const Message profile = parse(gunzip(out.str()));
  std::vector<std::string> strings;
  for (auto [at, end] = profile.equal_range(6); at != end; ++at) strings.push_back(at->second.text);
  EXPECT_EQ(strings.at(0), "") << "the format wants the first text to be empty";
  std::map<std::uint64_t, std::string> functions, locations;
  for (auto [at, end] = profile.equal_range(5); at != end; ++at) {
    const Message function = parse(at->second.text);
    const std::string& file = strings.at(number(function, 4));
    functions[number(function, 1)] =
        strings.at(number(function, 2)) + ' ' + file.substr(file.rfind('/') + 1);
  }
  for (auto [at, end] = profile.equal_range(4); at != end; ++at) {
    const Message location = parse(at->second.text);
    std::string text;
    for (auto [line, last] = location.equal_range(4); line != last; ++line) {
      const Message parsed = parse(line->second.text);
      if (!text.empty()) text += ", ";
      text += functions.at(number(parsed, 1)) + ':' + std::to_string(number(parsed, 2));
    }
    EXPECT_TRUE(locations.emplace(number(location, 1), text).second) << "an id is given twice";
  }
  Profile result;
  for (auto [at, end] = profile.equal_range(1); at != end; ++at) {
    result.types.push_back(strings.at(number(parse(at->second.text), 1)));
  }
  for (auto [at, end] = profile.equal_range(2); at != end; ++at) {
    const Message sample = parse(at->second.text);
    std::string stack;
    for (const std::uint64_t id : numbers(sample.find(1)->second.text)) {
      if (!stack.empty()) stack += "; ";
      stack += locations.at(id);
    }
    const auto values = numbers(sample.find(2)->second.text);
    EXPECT_EQ(values.size(), 2u);
    result.stacks[stack].first += values.at(0);
    result.stacks[stack].second += values.at(1);
  }
  return result;
}

constexpr const char* kClampFirst = "clamp clamp.h:3, nn::dot(int) dot.cpp:12; main main.c:6";
constexpr const char* kClampSecond = "clamp clamp.h:3, nn::dot(int) dot.cpp:12; main main.c:7";
constexpr const char* kDotFirst = "nn::dot(int) dot.cpp:13; main main.c:6";
constexpr const char* kDotSecond = "nn::dot(int) dot.cpp:13; main main.c:7";

TEST(PprofExporter, GivesStacksWithInlinedFunctionsAndLines) {
  Profile profile = read(test::code_report());
  EXPECT_THAT(profile.types, ElementsAre("cycles", "instructions"));
  auto& stacks = profile.stacks;
  EXPECT_EQ(stacks["main main.c:5"], std::pair(std::uint64_t{10}, std::uint64_t{10}));
  EXPECT_EQ(stacks["main main.c:6"], std::pair(std::uint64_t{6}, std::uint64_t{2}));
  EXPECT_EQ(stacks["[sleep] :0; main main.c:4"].first, 100u);
  EXPECT_EQ(stacks["[exception entry and return] :0"].first, 22u);
}

// dot() took 75 cycles, 45 of them in clamp; 50 of the 75 when called from line 6.
TEST(PprofExporter, SharesAFunctionBetweenItsCallersSoThatBothSumsAreExact) {
  auto stacks = read(test::code_report()).stacks;
  EXPECT_EQ(stacks[kClampFirst].first + stacks[kDotFirst].first, 50u);
  EXPECT_EQ(stacks[kClampSecond].first + stacks[kDotSecond].first, 25u);
  EXPECT_EQ(stacks[kClampFirst].first + stacks[kClampSecond].first, 45u);
  EXPECT_EQ(stacks[kDotFirst].first + stacks[kDotSecond].first, 30u);
  EXPECT_EQ(stacks[kClampFirst].first, 30u) << "45 * 50 / 75";
  EXPECT_EQ(stacks[kClampFirst].second + stacks[kDotFirst].second, 40u) << "instructions";
  EXPECT_EQ(stacks[kClampSecond].second + stacks[kClampFirst].second, 30u);
}

TEST(PprofExporter, AddsUpToTheRun) {
  for (const bool with_tree : {true, false}) {
    ProfileReport report = test::code_report();
    if (!with_tree) report.call_tree.clear();
    std::uint64_t cycles = 0, instructions = 0;
    for (const auto& [stack, values] : read(report).stacks) {
      cycles += values.first;
      instructions += values.second;
    }
    EXPECT_EQ(cycles, 216u);
    EXPECT_EQ(instructions, 73u);
  }
}

// The instructions of a function may say more or less than its calls, where code of one function
// lies within the addresses of another; the sum stays that of the run.
TEST(PprofExporter, AddsUpWhereCallsAndAddressesDisagree) {
  ProfileReport report = test::code_report();
  report.call_tree[0].cycles += 40;  // 40 cycles of dot()'s code ran in frames of main()
  report.call_tree[1].cycles -= 40;
  std::uint64_t cycles = 0;
  for (const auto& [stack, values] : read(report).stacks) cycles += values.first;
  EXPECT_EQ(cycles, 216u);
}

TEST(PprofExporter, IsTheSameForTheSameReport) {
  std::ostringstream first, second;
  PprofExporter().write(test::code_report(), first);
  PprofExporter().write(test::code_report(), second);
  EXPECT_EQ(first.str(), second.str());
}

// Examples of protobuf.dev, "Encoding".
TEST(ProtobufWriter, WritesTheExamplesOfTheManual) {
  EXPECT_EQ(ProtobufWriter().varint(1, 150).bytes(), "\x08\x96\x01");
  EXPECT_EQ(ProtobufWriter().text(2, "testing").bytes(), "\x12\x07testing");
  EXPECT_EQ(ProtobufWriter().packed(6, std::vector<std::uint64_t>{3, 270, 86942}).bytes(),
            "\x32\x06\x03\x8e\x02\x9e\xa7\x05");
}

}  // namespace
}  // namespace tinyscope
