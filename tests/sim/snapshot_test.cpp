#include "sim/snapshot.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

TEST(StateArchive, RestoresValuesInOrder) {
  std::uint32_t word = 0x12345678;
  bool flag = true;
  std::string text = "abc";
  std::vector<std::uint16_t> list = {1, 2, 3};
  std::array<int, 2> pair = {4, 5};
  StateArchive saved = StateArchive::saving();
  saved(word, flag, text, list, pair);
  EXPECT_FALSE(saved.is_loading());

  std::uint32_t word2 = 0;
  bool flag2 = false;
  std::string text2 = "something longer";
  std::vector<std::uint16_t> list2;
  std::array<int, 2> pair2 = {};
  StateArchive loaded = StateArchive::loading(saved.bytes());
  EXPECT_TRUE(loaded.is_loading());
  loaded(word2, flag2, text2, list2, pair2);
  EXPECT_EQ(word2, word);
  EXPECT_EQ(flag2, flag);
  EXPECT_EQ(text2, text);
  EXPECT_EQ(list2, list);
  EXPECT_EQ(pair2, pair);
}

TEST(StateArchive, RefusesAStateThatEndsTooEarly) {
  std::uint16_t half = 1;
  StateArchive saved = StateArchive::saving();
  saved(half);
  StateArchive loaded = StateArchive::loading(saved.bytes());
  std::uint32_t word = 0;
  EXPECT_THROW(loaded(word), InputError);
}

TEST(StateArchive, RefusesAListLongerThanTheState) {
  std::uint64_t hostile_count = 1ull << 60;
  StateArchive saved = StateArchive::saving();
  saved(hostile_count);
  StateArchive loaded = StateArchive::loading(saved.bytes());
  std::vector<std::uint64_t> list;
  EXPECT_THROW(loaded(list), InputError);
}

}  // namespace
}  // namespace tinyscope
