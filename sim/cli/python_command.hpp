// Commands that the Python package has: this program hands them over to Python.
#pragma once

#include <span>
#include <string_view>

namespace tinyscope {

struct PythonCommand {
  const char* name;
  const char* help;
};
std::span<const PythonCommand> python_commands();
bool is_python_command(std::string_view name);

// Becomes `python3 -m tinyscope ARGUMENTS`, with the package that was built or installed with this
// program. `argv` is this program's own. Throws InputError if there is no such package, or Python
// cannot be started.
[[noreturn]] void become_python(int argc, const char* const* argv);

}  // namespace tinyscope
