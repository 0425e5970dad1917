#include <gtest/gtest.h>

#include "sim/image/image.hpp"

namespace tinyscope {
namespace {

Symbol function(std::string name, Address address, std::uint32_t size, std::string demangled = "") {
  if (demangled.empty()) demangled = name;
  return {std::move(name), std::move(demangled), address, size, SymbolKind::kFunction};
}

std::string name_at(const SymbolTable& table, Address address) {
  const Symbol* symbol = table.function_at(address);
  return symbol == nullptr ? "none" : symbol->name;
}

TEST(SymbolTable, FindsTheFunctionThatContainsAnAddress) {
  const SymbolTable table({function("b", 0x20, 8), function("a", 0x10, 4)});
  EXPECT_EQ(name_at(table, 0x0F), "none");
  EXPECT_EQ(name_at(table, 0x10), "a");
  EXPECT_EQ(name_at(table, 0x13), "a");
  EXPECT_EQ(name_at(table, 0x14), "none");
  EXPECT_EQ(name_at(table, 0x27), "b");
  EXPECT_EQ(name_at(table, 0x28), "none");
}

TEST(SymbolTable, PrefersTheInnermostOfNestedFunctions) {
  const SymbolTable table({function("outer", 0x100, 0x100), function("inner", 0x120, 0x10),
                           function("late", 0x1F8, 0x10)});
  EXPECT_EQ(name_at(table, 0x11E), "outer");
  EXPECT_EQ(name_at(table, 0x120), "inner");
  EXPECT_EQ(name_at(table, 0x130), "outer");
  EXPECT_EQ(name_at(table, 0x1FA), "late");
  EXPECT_EQ(name_at(table, 0x204), "late");
  EXPECT_EQ(name_at(table, 0x208), "none");
}

TEST(SymbolTable, LetsFunctionsWithoutSizeReachToTheNextSymbol) {
  const SymbolTable table({function("reset", 0x100, 0),
                           {"table", "table", 0x110, 4, SymbolKind::kObject},
                           function("last", 0x200, 0)});
  EXPECT_EQ(name_at(table, 0x10E), "reset");
  EXPECT_EQ(name_at(table, 0x110), "none");
  EXPECT_EQ(name_at(table, 0xFFFF'FFFF), "last");
}

TEST(SymbolTable, SurvivesSizesBeyondTheAddressSpace) {
  const SymbolTable table({function("huge", 0xFFFF'FFF0, 0xFFFF'FFFF)});
  EXPECT_EQ(name_at(table, 0xFFFF'FFFF), "huge");
  EXPECT_EQ(name_at(table, 0), "none");
}

TEST(SymbolTable, PrefersTheFirstGivenOfSeveralNames) {
  const SymbolTable table({function("preferred", 0x10, 4), function("alias", 0x10, 4)});
  EXPECT_EQ(name_at(table, 0x12), "preferred");
}

TEST(SymbolTable, FindsByMangledThenDemangledThenShortName) {
  const SymbolTable table({function("_Z3runi", 0x10, 4, "run(int)"),
                           function("_Z4stopv", 0x20, 4, "stop()"),
                           function("_Z4stopi", 0x30, 4, "stop(int)"), function("run", 0x40, 4)});
  EXPECT_EQ(table.find("_Z3runi")->address, 0x10u);
  EXPECT_EQ(table.find("run(int)")->address, 0x10u);
  EXPECT_EQ(table.find("run")->address, 0x40u);
  EXPECT_EQ(table.find("stop(int)")->address, 0x30u);
  EXPECT_EQ(table.find("stop"), nullptr) << "two functions have that name";
  EXPECT_EQ(table.find("walk"), nullptr);
}

TEST(SymbolTable, NamesFunctionsWithoutTheirParameters) {
  EXPECT_EQ(without_parameters("tflite::Eval(TfLiteContext*, TfLiteNode*)"), "tflite::Eval");
  EXPECT_EQ(without_parameters("int nn::clamp<int>(int, int) [clone .part.0]"), "nn::clamp<int>");
  EXPECT_EQ(without_parameters("(anonymous namespace)::helper(int (*)(char))"),
            "(anonymous namespace)::helper");
  EXPECT_EQ(without_parameters("Op::Run() const"), "Op::Run");
  EXPECT_EQ(without_parameters("Op::operator()(int)"), "Op::operator()");
  EXPECT_EQ(without_parameters("(anonymous namespace)::table"), "(anonymous namespace)::table");
}

}  // namespace
}  // namespace tinyscope
