#include "sim/svd/svd_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <pugixml.hpp>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

pugi::xml_node as_node(const void* node) {
  return pugi::xml_node(static_cast<pugi::xml_node_struct*>(const_cast<void*>(node)));
}

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// Texts are broken between words at will.
std::string tidy(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (!is_space(c)) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

// "register 'CR1'" where an element is one of those that have a name.
std::string title(pugi::xml_node node) {
  const std::string name = tidy(node.child("name").text().get());
  return name.empty() ? std::string(node.name()) : fmt::format("{} '{}'", node.name(), name);
}

bool is_named(pugi::xml_node node) {
  const std::string_view tag = node.name();
  return tag == "peripheral" || tag == "cluster" || tag == "register" || tag == "field" ||
         tag == "enumeratedValue";
}

}  // namespace

std::optional<std::uint64_t> parse_svd_number(std::string_view text) {
  int base = 10;
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.starts_with("0b") || text.starts_with("0B")) {
    base = 2;
    text.remove_prefix(2);
  } else if (text.starts_with('#')) {
    base = 2;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

struct SvdDocument::Tree {
  pugi::xml_document document;
};

SvdDocument::SvdDocument(std::string_view text, const std::filesystem::path& path)
    : tree_(std::make_unique<Tree>()), path_(path.string()) {
  lines_.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') lines_.push_back(i + 1);
  }
  const pugi::xml_parse_result result = tree_->document.load_buffer(
      text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!result) {
    throw InputError(fmt::format("{}:{}: is not XML: {}; expected a CMSIS-SVD file", path_,
                                 line_at(static_cast<std::size_t>(result.offset)),
                                 result.description()));
  }
}

SvdDocument::~SvdDocument() = default;

SvdNode SvdDocument::root() const {
  return {this, tree_->document.document_element().internal_object()};
}

std::size_t SvdDocument::line_at(std::size_t offset) const {
  const auto after = std::upper_bound(lines_.begin(), lines_.end(), offset);
  return static_cast<std::size_t>(after - lines_.begin());
}

std::vector<SvdNode> SvdNode::children(std::string_view name) const {
  std::vector<SvdNode> result;
  for (const pugi::xml_node child : as_node(node_).children()) {
    if (child.name() == name) result.push_back({document_, child.internal_object()});
  }
  return result;
}

SvdNode SvdNode::child(std::string_view name) const {
  for (const pugi::xml_node child : as_node(node_).children()) {
    if (child.name() == name) return {document_, child.internal_object()};
  }
  return {document_, nullptr};
}

SvdNode SvdNode::parent() const {
  const pugi::xml_node above = as_node(node_).parent();
  const bool element = above.type() == pugi::node_element;
  return {document_, element ? above.internal_object() : nullptr};
}

std::optional<std::string> SvdNode::text(std::string_view name) const {
  const SvdNode found = child(name);
  if (!found.exists()) return std::nullopt;
  return tidy(as_node(found.node_).text().get());
}

std::optional<std::uint64_t> SvdNode::number(std::string_view name) const {
  const auto value = text(name);
  if (!value || value->empty()) return std::nullopt;
  const auto parsed = parse_svd_number(*value);
  if (!parsed) {
    child(name).fail(fmt::format("expected a number such as 0x1C, found '{}'", *value));
  }
  return parsed;
}

std::uint64_t SvdNode::require_number(std::string_view name) const {
  const auto value = number(name);
  if (!value) fail(fmt::format("<{}> is missing", name));
  return *value;
}

std::string SvdNode::require_text(std::string_view name) const {
  auto value = text(name);
  if (!value || value->empty()) fail(fmt::format("<{}> is missing", name));
  return *std::move(value);
}

std::string SvdNode::attribute(std::string_view name) const {
  for (const pugi::xml_attribute attribute : as_node(node_).attributes()) {
    if (attribute.name() == name) return tidy(attribute.value());
  }
  return {};
}

std::string_view SvdNode::tag() const { return as_node(node_).name(); }

void SvdNode::fail(std::string_view message) const {
  const pugi::xml_node node = as_node(node_);
  std::string place;
  for (pugi::xml_node at = node; at.type() == pugi::node_element; at = at.parent()) {
    if (is_named(at)) place = title(at) + ": " + place;
  }
  if (!is_named(node)) place += fmt::format("<{}>: ", node.name());
  throw InputError(fmt::format("{}:{}: {}{}", document_->path_,
                               document_->line_at(static_cast<std::size_t>(
                                   std::max<std::ptrdiff_t>(node.offset_debug(), 0))),
                               place, message));
}

}  // namespace tinyscope
