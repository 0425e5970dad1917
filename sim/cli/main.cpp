#include <iostream>

#include "sim/cli/commands.hpp"

int main(int argc, char** argv) {
  return tinyscope::run_command_line(argc, argv, std::cout, std::cerr);
}
