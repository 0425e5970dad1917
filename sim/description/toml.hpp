// Reading of TOML with good errors: every value knows its file, line and key, and a table that was
// read complains about keys that nobody asked for. The only door to the TOML library.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinyscope {

enum class TomlType { kString, kInteger, kNumber, kBoolean, kTable, kArray, kDate };

class TomlTable {
 public:
  // Throws InputError with "file:line:" on a syntax error or an unreadable file.
  static TomlTable from_file(const std::filesystem::path& path);
  static TomlTable from_text(std::string_view text, std::string_view name);
  // A table without keys, as if `name` were an empty file.
  static TomlTable empty(std::string_view name);

  // Each reads a key and marks it as known. The require_ forms throw InputError when the key is
  // missing; all throw when it has another type or does not fit.
  std::optional<std::string> string(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key);
  std::optional<double> number(std::string_view key);  // an integer is accepted
  std::optional<bool> boolean(std::string_view key);
  std::optional<TomlTable> table(std::string_view key);
  // A table that its later reader checks: reject_unknown_keys() here leaves it alone.
  std::optional<TomlTable> table_for_later(std::string_view key);
  std::vector<TomlTable> tables(std::string_view key);     // array of tables; empty if missing
  std::vector<std::string> strings(std::string_view key);  // array of strings; empty if missing
  std::string require_string(std::string_view key);
  std::int64_t require_integer(std::string_view key);
  double require_number(std::string_view key);
  std::uint32_t require_u32(std::string_view key);  // 0 … 2^32-1
  std::optional<std::uint32_t> u32(std::string_view key);

  // Gives `key` the value that `text` says, which is TOML ("false", "0x10", "\"text\"") or a bare
  // word that stands for a string, in place of the file's. Errors about it name `where`. Copies of
  // this table see it too. Throws InputError if `text` is neither.
  void override_value(std::string_view key, std::string_view text, std::string_view where);

  // All keys of this table, in the order of the file; not those that are only overridden.
  std::vector<std::string> keys() const;
  bool contains(std::string_view key) const;
  // Of the value of `key`; nullopt if the key is missing.
  std::optional<TomlType> type(std::string_view key) const;

  // Throws InputError naming file, line and key if a key was never asked for, here or in any table
  // that was taken from here; the message lists the keys that would have been known. Copies of a
  // TomlTable share what was asked for.
  void reject_unknown_keys() const;

  // "file:line" of the table or of one of its keys.
  std::string where() const;
  std::string where(std::string_view key) const;
  // Throws InputError "file:line: key: message".
  [[noreturn]] void fail(std::string_view key, std::string_view message) const;

  TomlTable(TomlTable&&) noexcept;
  TomlTable& operator=(TomlTable&&) noexcept;
  TomlTable(const TomlTable&);
  ~TomlTable();

 private:
  struct Node;
  explicit TomlTable(std::shared_ptr<Node> node);
  std::shared_ptr<Node> node_;
};

}  // namespace tinyscope
