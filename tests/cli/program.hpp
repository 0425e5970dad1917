// The program, called as its users call it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "sim/cli/commands.hpp"

namespace tinyscope::test {

struct Outcome {
  int status = 0;
  std::string out;
  std::string error;
};

inline Outcome tinyscope_program(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"tinyscope", "--log", "off"});
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream out, error;
  Outcome outcome;
  outcome.status = run_command_line(static_cast<int>(argv.size()), argv.data(), out, error);
  outcome.out = out.str();
  outcome.error = error.str();
  return outcome;
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& name, const std::string& content = "")
      : path_(std::filesystem::temp_directory_path() /
              (std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "-" +
               std::to_string(getpid()) + "-" + name)) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }
  std::string content() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
};

inline nlohmann::json profile_json(std::vector<std::string> more) {
  const TemporaryFile report("report.json");
  std::vector<std::string> arguments = {"profile", "--board", "nano33ble-sense", "--json",
                                        report.path()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = tinyscope_program(arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.error << outcome.out;
  return nlohmann::json::parse(report.content());
}

}  // namespace tinyscope::test
