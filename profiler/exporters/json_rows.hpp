// JSON for people who read it and for version control: a row of a table is a line.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace tinyscope {

// Indented; what `on_one_line` says stays on one line, given a value, its text and how far it is
// indented. What is no valid UTF-8 is replaced: names come from firmware.
using OnOneLine =
    std::function<bool(const nlohmann::ordered_json&, std::size_t indent, const std::string& text)>;
std::string json_rows(const nlohmann::ordered_json& json, const OnOneLine& on_one_line);

}  // namespace tinyscope
