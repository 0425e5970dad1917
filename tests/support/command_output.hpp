// What other programs say, for tests that compare with them.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

namespace tinyscope::test {

// Standard output of a shell command.
inline std::string output_of(const std::string& command) {
  struct Close {
    void operator()(std::FILE* pipe) const { pclose(pipe); }
  };
  const std::unique_ptr<std::FILE, Close> pipe(popen(command.c_str(), "r"));
  std::string text;
  for (int c = 0; pipe && (c = std::fgetc(pipe.get())) != EOF;)
    text.push_back(static_cast<char>(c));
  return text;
}

}  // namespace tinyscope::test
