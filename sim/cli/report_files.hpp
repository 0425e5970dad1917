// The files that a profile is written to, beside the table on standard output.
#pragma once

#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "profiler/exporters/exporter.hpp"
#include "sim/cli/options.hpp"

namespace tinyscope {

struct ReportFormat {
  const char* option;  // "--json"
  const char* help;
  std::unique_ptr<Exporter> (*make)();
  bool over_time = false;    // shows ProfileReport::timeline
  bool from_report = false;  // needs no more than the JSON holds, so it can be made from that
};

// All of them. A new exporter is one line in the table behind it.
std::span<const ReportFormat> report_formats();

class ReportFiles {
 public:
  // Opens every file that the user named, so that one that cannot be written is an InputError
  // before the run and not behind it.
  explicit ReportFiles(const ProfileOptions& options);

  // True if one of the formats needs ProfileReport::timeline.
  bool over_time() const;
  // Throws InputError if a file cannot be written to its end.
  void write(const ProfileReport& report);

 private:
  struct File {
    const ReportFormat* format;
    std::unique_ptr<Exporter> exporter;
    std::string path;
    std::ofstream stream;
  };
  std::vector<File> files_;
};

}  // namespace tinyscope
