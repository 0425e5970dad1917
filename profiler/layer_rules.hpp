// How inferences and layers are recognised, as data: one TOML file for each ML framework.
// Patterns (see glob.hpp) are matched against demangled names, or against "0x08001234" where there
// are no symbols. The format is explained in profiler/README.md.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tinyscope {

struct LayerRules {
  enum class Inference {
    kInvoke,  // begins and ends with one of the invoke functions
    kGroup,   // there is no such function: a group of operator calls from the same place
  };
  // Which functions called (directly or through others) by the invoke function are operators.
  enum class Depth { kDirect, kAny };

  struct OpName {
    std::string pattern;
    std::string op;
  };

  // What firmware does while one of these functions, or what it calls, runs outside of inferences.
  struct Phase {
    std::string name;  // "feature extraction"
    std::vector<std::string> match;
    bool by_user = false;  // asked for on the command line: others do not begin within it
  };

  std::string name;  // "tflite_micro"
  Inference inference = Inference::kInvoke;
  std::vector<std::string> invoke;  // functions that run all operators, newest name first
  // If not empty, the rules apply only to firmware that has a function matching one of these, since
  // the names above are too common.
  std::vector<std::string> required;
  std::vector<std::string> operators;
  std::vector<std::string> except;    // never operators: allocator, profiler, printing
  std::vector<std::string> dispatch;  // part of the invoke loop although called by it
  Depth depth = Depth::kDirect;
  std::vector<std::string> kernels;         // preferred for the kernel column
  std::vector<std::string> kernels_except;  // functions that only choose between kernels
  std::vector<std::string> arena;           // object symbols that hold the tensor arena
  // Object symbols of a word that says how many bytes of the arena the memory plan takes, in
  // firmware that gives its arena all the memory it has.
  std::vector<std::string> arena_bytes;
  std::vector<OpName> ops;    // first match wins
  std::vector<Phase> phases;  // of several that match a function the first counts

  // How kernels are told apart; see KernelKind.
  struct KernelKinds {
    std::vector<std::string> optimised;  // functions written for the processor
    std::vector<std::string> reference;  // portable ones
    std::vector<std::string> floating;   // that compute in floating point
    // Operators for which the framework has an optimised kernel for int8, and how to get it.
    std::vector<std::string> optimised_ops;
    std::string how;
  } kinds;

  // The operator as the schema calls it, by a function's demangled name; empty: not known.
  std::string_view op_of(std::string_view function) const;
};

// Phases that are counted whatever rules say: "inference", "interrupts", "sleep" and "other".
bool is_reserved_phase(std::string_view name);

// Throws InputError with file and line.
LayerRules load_layer_rules(const std::filesystem::path& file);

// All rule files that come with tinyscope, sorted by name. Throws InputError if there are none.
std::vector<LayerRules> shipped_layer_rules();

// "tflite_micro" (a shipped rule) or a path that ends in ".toml". `invoke_symbol`, if not empty,
// replaces the invoke functions, so that rules without an invoke loop can be given one. It is a
// demangled name with or without parameter list, or the address of a function without a symbol.
LayerRules layer_rules(const std::string& name_or_file, const std::string& invoke_symbol = {});

}  // namespace tinyscope
