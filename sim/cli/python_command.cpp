#include "sim/cli/python_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

namespace fs = std::filesystem;

constexpr std::array<PythonCommand, 3> kCommands = {{
    {"sweep", "Runs many points of a space of boards, clocks, models, ... and compares them"},
    {"evaluate",
     "Runs a labelled data set through firmware or a model, and says how often it is "
     "right"},
    {"test", "Runs firmware that tests itself with Unity, GoogleTest or ztest, and writes JUnit"},
}};

// The folder that holds the package: beside the program where both were built, or where both were
// installed.
fs::path package_folder() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  std::string looked;
  for (const fs::path& folder : {program / "python", program / TINYSCOPE_INSTALLED_PYTHON}) {
    if (fs::is_regular_file(folder / "tinyscope" / "__main__.py", ignored)) return folder;
    looked += (looked.empty() ? "" : " and ") + folder.lexically_normal().string();
  }
  throw InputError(
      fmt::format("this command is part of the Python package 'tinyscope', which is not in {}; "
                  "build the target tinyscope_python, or install the package and call "
                  "`python3 -m tinyscope` instead",
                  looked));
}

}  // namespace

std::span<const PythonCommand> python_commands() { return kCommands; }

bool is_python_command(std::string_view name) {
  return std::any_of(kCommands.begin(), kCommands.end(),
                     [&](const PythonCommand& command) { return name == command.name; });
}

void become_python(int argc, const char* const* argv) {
  std::string path = package_folder().string();
  if (const char* more = std::getenv("PYTHONPATH"); more != nullptr && *more != '\0') {
    path += std::string(":") + more;
  }
  setenv("PYTHONPATH", path.c_str(), 1);
  const char* chosen = std::getenv("TINYSCOPE_PYTHON");
  std::string python = chosen != nullptr && *chosen != '\0' ? chosen : TINYSCOPE_DEFAULT_PYTHON;
  std::string module = "-m";
  std::string name = "tinyscope";
  std::vector<std::string> words(argv + 1, argv + argc);
  std::vector<char*> arguments = {python.data(), module.data(), name.data()};
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp(python.c_str(), arguments.data());
  throw InputError(
      fmt::format("cannot start Python as '{}': {}; set TINYSCOPE_PYTHON to a Python "
                  "that has numpy and pandas",
                  python, std::strerror(errno)));
}

}  // namespace tinyscope
