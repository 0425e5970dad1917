#include "profiler/exporters/json_rows.hpp"

namespace tinyscope {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void print(const Json& json, const OnOneLine& on_one_line, std::size_t indent, std::string& out) {
  const std::string line = text_of(json);
  if (!json.is_structured() || on_one_line(json, indent, line)) {
    out += line;
    return;
  }
  out += json.is_object() ? "{" : "[";
  bool first = true;
  for (const auto& [key, value] : json.items()) {
    out += first ? "\n" : ",\n";
    first = false;
    out.append(indent + 2, ' ');
    if (json.is_object()) out += text_of(key) + ": ";
    print(value, on_one_line, indent + 2, out);
  }
  out += '\n';
  out.append(indent, ' ');
  out += json.is_object() ? "}" : "]";
}

}  // namespace

std::string json_rows(const Json& json, const OnOneLine& on_one_line) {
  std::string text;
  print(json, on_one_line, 0, text);
  return text;
}

}  // namespace tinyscope
