// Elements of an SVD file with good errors: every value knows its line and what it belongs to. The
// only door to the XML library is svd_node.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinyscope {

class SvdDocument;

// Cheap to copy; valid as long as its document. One that does not exist has no children and no
// text.
class SvdNode {
 public:
  SvdNode() = default;  // an element that does not exist
  bool exists() const { return node_ != nullptr; }
  // Elements with this name right below.
  std::vector<SvdNode> children(std::string_view name) const;
  SvdNode child(std::string_view name) const;
  SvdNode parent() const;
  // Text without the spaces around it, and with runs of spaces as one; nullopt: no such element.
  std::optional<std::string> text(std::string_view name) const;
  // Also nullopt: it is empty. Throws InputError if it is anything but a number of 64 bits.
  std::optional<std::uint64_t> number(std::string_view name) const;
  std::uint64_t require_number(std::string_view name) const;
  std::string require_text(std::string_view name) const;
  // Of an attribute; empty: there is none.
  std::string attribute(std::string_view name) const;
  std::string_view tag() const;
  friend bool operator==(const SvdNode& a, const SvdNode& b) { return a.node_ == b.node_; }

  // Throws InputError "FILE:LINE: peripheral 'X': register 'Y': message".
  [[noreturn]] void fail(std::string_view message) const;

 private:
  friend class SvdDocument;
  SvdNode(const SvdDocument* document, const void* node) : document_(document), node_(node) {}

  const SvdDocument* document_ = nullptr;
  const void* node_ = nullptr;
};

class SvdDocument {
 public:
  // Throws InputError "FILE:LINE: …" if it is not XML.
  SvdDocument(std::string_view text, const std::filesystem::path& path);
  ~SvdDocument();

  SvdNode root() const;

 private:
  friend class SvdNode;
  std::size_t line_at(std::size_t offset) const;

  struct Tree;
  std::unique_ptr<Tree> tree_;
  std::string path_;
  std::vector<std::size_t> lines_;  // offset at which each begins
};

// "0x1C", "28", "0b101", "#101" as SVD writes numbers; nullopt: it is none, or needs over 64 bits.
std::optional<std::uint64_t> parse_svd_number(std::string_view text);

}  // namespace tinyscope
