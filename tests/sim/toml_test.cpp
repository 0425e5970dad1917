#include "sim/description/toml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "sim/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TomlTable parse(std::string_view text) { return TomlTable::from_text(text, "chip.toml"); }

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Toml, ReadsValuesOfEachType) {
  TomlTable table = parse(
      "text = 'abc'\nwhole = 0x4000_2000\nreal = 2.5\nyes = true\nlist = ['a', 'b']\n"
      "[part]\nx = 1\n[[entry]]\nn = 1\n[[entry]]\nn = 2\n");
  EXPECT_EQ(table.string("text"), "abc");
  EXPECT_EQ(table.u32("whole"), 0x4000'2000u);
  EXPECT_EQ(table.number("real"), 2.5);
  EXPECT_EQ(table.number("whole"), 1073750016.0);
  EXPECT_EQ(table.boolean("yes"), true);
  EXPECT_THAT(table.strings("list"), ElementsAre("a", "b"));
  EXPECT_EQ(table.table("part")->require_integer("x"), 1);
  auto entries = table.tables("entry");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].require_integer("n"), 2);
  EXPECT_EQ(table.string("absent"), std::nullopt);
  EXPECT_TRUE(table.tables("no_entries").empty());
}

TEST(Toml, GivesKeysInTheOrderOfTheFile) {
  EXPECT_THAT(parse("zebra = 1\napple = 2\n[middle]\n").keys(),
              ElementsAre("zebra", "apple", "middle"));
}

TEST(Toml, KnowsTheTypeOfAKey) {
  const TomlTable table = parse("a = 1\nb = 'x'\nc = {}\nd = 1979-05-27\n");
  EXPECT_EQ(table.type("a"), TomlType::kInteger);
  EXPECT_EQ(table.type("b"), TomlType::kString);
  EXPECT_EQ(table.type("c"), TomlType::kTable);
  EXPECT_EQ(table.type("d"), TomlType::kDate);
  EXPECT_EQ(table.type("e"), std::nullopt);
}

TEST(Toml, ErrorsNameFileLineAndKey) {
  TomlTable table = parse("[core]\ninterrupts = 'many'\n\nbase = -1\nbig = 0x1_0000_0000\n");
  TomlTable core = *table.table("core");
  EXPECT_EQ(error_of([&] { core.integer("interrupts"); }),
            "chip.toml:2: core.interrupts: expected an integer, found a string");
  EXPECT_THAT(error_of([&] { core.u32("base"); }),
              HasSubstr("chip.toml:4: core.base: expected 0 to 0xFFFFFFFF, found -1"));
  EXPECT_THAT(error_of([&] { core.u32("big"); }), HasSubstr("found 4294967296"));
  EXPECT_THAT(error_of([&] { core.require_string("name"); }),
              HasSubstr("chip.toml:1: core.name: is missing"));
  EXPECT_EQ(core.where("base"), "chip.toml:4");
  EXPECT_EQ(core.where(), "chip.toml:1");
}

TEST(Toml, AMissingKeySuggestsTheMisspeltOne) {
  TomlTable table = parse("bsae = 1\n");
  EXPECT_THAT(error_of([&] { table.require_u32("base"); }), HasSubstr("is 'bsae' meant?"));
}

TEST(Toml, NumbersMustBeFinite) {
  TomlTable table = parse("a = nan\nb = inf\n");
  EXPECT_THAT(error_of([&] { table.number("a"); }), HasSubstr("finite"));
  EXPECT_THAT(error_of([&] { table.number("b"); }), HasSubstr("finite"));
}

TEST(Toml, RejectsKeysThatNobodyAskedFor) {
  TomlTable table = parse("name = 'x'\n[core]\ntype = 'm4'\ninterupts = 4\n");
  table.string("name");
  TomlTable core = *table.table("core");
  core.string("type");
  core.integer("interrupts");
  EXPECT_EQ(error_of([&] { table.reject_unknown_keys(); }),
            "chip.toml:4: core.interupts: unknown key; did you mean 'interrupts'? "
            "(known: interrupts, type)");
  core.integer("interupts");
  EXPECT_NO_THROW(table.reject_unknown_keys());
}

TEST(Toml, RejectsUnknownKeysInArraysOfTables) {
  TomlTable table = parse("[[entry]]\nn = 1\n[[entry]]\nm = 2\n");
  for (TomlTable& entry : table.tables("entry")) entry.integer("n");
  EXPECT_THAT(error_of([&] { table.reject_unknown_keys(); }),
              HasSubstr("chip.toml:4: entry.m: unknown key"));
}

TEST(Toml, LeavesTablesForLaterToTheirReader) {
  TomlTable table = parse("params = { speed = 1 }\n");
  TomlTable params = *table.table_for_later("params");
  EXPECT_NO_THROW(table.reject_unknown_keys());
  EXPECT_THAT(error_of([&] { params.reject_unknown_keys(); }), HasSubstr("params.speed"));
}

TEST(Toml, SyntaxErrorsNameTheLine) {
  EXPECT_THAT(error_of([] { parse("a = 1\nb = = 2\n"); }), HasSubstr("chip.toml:2: "));
  EXPECT_THAT(error_of([] { parse("a = 1\na = 2\n"); }), HasSubstr("chip.toml:2: "));
  EXPECT_THAT(error_of([] { parse("[="); }), HasSubstr("chip.toml:"));
}

TEST(Toml, ReadsFilesAndNamesThoseItCannotRead) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(TomlTable::from_file(folder.write("a.toml", "x = 1\n")).require_integer("x"), 1);
  EXPECT_THAT(error_of([&] { TomlTable::from_file(folder.path() / "b.toml"); }),
              HasSubstr("b.toml: no such file"));
  EXPECT_THAT(error_of([&] { TomlTable::from_file(folder.path()); }), HasSubstr("is a folder"));
}

TEST(Toml, AnOverriddenValueCountsInPlaceOfTheFiles) {
  TomlTable table = TomlTable::from_text("a = 1\nb = \"text\"", "t.toml");
  table.override_value("a", "0x20", "--set t.a");
  table.override_value("b", "a_word", "--set t.b");
  table.override_value("c", "false", "--set t.c");
  EXPECT_EQ(table.integer("a"), 0x20);
  EXPECT_EQ(table.string("b"), "a_word");
  EXPECT_EQ(table.boolean("c"), false);
  table.reject_unknown_keys();
}

TEST(Toml, ErrorsAboutAnOverriddenValueNameItsPlace) {
  TomlTable table = TomlTable::from_text("a = 1", "t.toml");
  table.override_value("a", "\"x\"", "--set t.a");
  table.override_value("z", "1", "--set t.z");
  EXPECT_EQ(error_of([&] { table.integer("a"); }),
            "--set t.a: a: expected an integer, found a string");
  EXPECT_EQ(error_of([&] { table.reject_unknown_keys(); }), "--set t.z: z: unknown key (known: a)");
  EXPECT_NE(error_of([&] { table.override_value("a", "1 2", "--set t.a"); }).find("is no value"),
            std::string::npos);
}

TEST(Toml, AnEmptyTableHasNoKeys) {
  TomlTable table = TomlTable::empty("nothing");
  EXPECT_TRUE(table.keys().empty());
  EXPECT_FALSE(table.contains("a"));
  EXPECT_THAT(error_of([&] { table.require_string("a"); }), HasSubstr("nothing: a: is missing"));
}

}  // namespace
}  // namespace tinyscope
