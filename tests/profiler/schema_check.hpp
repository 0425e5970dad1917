// The part of JSON Schema that report.schema.json uses: type, const, enum, required, properties,
// additionalProperties = false, items, minimum, pattern and $ref into $defs.
#pragma once

#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

namespace tinyscope::test {

class SchemaCheck {
 public:
  explicit SchemaCheck(nlohmann::json schema) : schema_(std::move(schema)) {}

  // What is wrong with `value`, each with its path; empty: nothing.
  std::vector<std::string> errors(const nlohmann::json& value) {
    errors_.clear();
    check(schema_, value, "$");
    return errors_;
  }

 private:
  using Json = nlohmann::json;

  static bool has_type(const Json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "null") return value.is_null();
    if (type == "integer") return value.is_number_integer();
    return type == "number" && value.is_number();
  }

  void expect(bool good, const std::string& path, const std::string& what) {
    if (!good) errors_.push_back(path + ": " + what);
  }

  void check(const Json& schema, const Json& value, const std::string& path) {
    for (const auto& [key, rule] : schema.items()) {
      if (key == "$ref") {
        check(schema_.at(Json::json_pointer(rule.get<std::string>().substr(1))), value, path);
      } else if (key == "type") {
        bool any = rule.is_string() && has_type(value, rule);
        if (rule.is_array()) {
          for (const Json& type : rule) any = any || has_type(value, type);
        }
        expect(any, path, "type is not " + rule.dump());
      } else if (key == "const") {
        expect(value == rule, path, "is not " + rule.dump());
      } else if (key == "enum") {
        expect(std::find(rule.begin(), rule.end(), value) != rule.end(), path, "not in enum");
      } else if (key == "minimum") {
        expect(!value.is_number() || value >= rule, path, "below " + rule.dump());
      } else if (key == "pattern") {
        expect(std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>())),
               path, "does not match " + rule.dump());
      } else if (key == "required") {
        for (const Json& name : rule) {
          if (!value.is_object()) break;  // "type" says whether it has to be one
          expect(value.contains(name.get<std::string>()), path, "lacks " + name.dump());
        }
      } else if (key == "properties") {
        for (const auto& [name, member] : value.items()) {
          if (rule.contains(name)) {
            check(rule[name], member, path + "." + name);
          } else {
            expect(schema.value("additionalProperties", true), path, "unknown key " + name);
          }
        }
      } else if (key == "items") {
        for (std::size_t i = 0; i < value.size(); ++i) {
          check(rule, value[i], path + "[" + std::to_string(i) + "]");
        }
      } else {
        expect(key == "additionalProperties" || key == "description" || key == "title" ||
                   key == "$schema" || key == "$defs",
               path, "the schema uses " + key + ", which this check does not know");
      }
    }
  }

  Json schema_;
  std::vector<std::string> errors_;
};

}  // namespace tinyscope::test
