#include "sim/text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tinyscope {
namespace {

const std::vector<std::string> kNames = {"uarte0", "uarte1", "timer0", "pdm"};

TEST(Text, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("irq", "iqr"), 2u);
}

TEST(Text, FindsThePlausibleMisspelling) {
  EXPECT_EQ(closest_match("uarte", kNames), "uarte0");
  EXPECT_EQ(closest_match("tiner0", kNames), "timer0");
  EXPECT_EQ(closest_match("pmd", kNames), "pdm");
  EXPECT_EQ(closest_match("ethernet", kNames), "");
  EXPECT_EQ(closest_match("", kNames), "");
  EXPECT_EQ(closest_match(std::string(100'000, 'u'), kNames), "");
}

TEST(Text, ListsWhatIsKnown) {
  EXPECT_EQ(suggest("uart0", kNames),
            "; did you mean 'uarte0'? (known: uarte0, uarte1, timer0, pdm)");
  EXPECT_EQ(suggest("x", {}), " (known: none)");
}

}  // namespace
}  // namespace tinyscope
