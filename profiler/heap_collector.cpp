#include "profiler/heap_collector.hpp"

#include <algorithm>
#include <iterator>

namespace tinyscope {
namespace {

using Does = HeapFunction::Does;

constexpr unsigned kSp = 13;
constexpr std::uint32_t kRefused = 0xFFFFFFFFu;  // sbrk

}  // namespace

HeapCollector::HeapCollector(std::vector<HeapRules> rules, const FunctionTable& functions,
                             const CallStack& calls, ReadRegister read,
                             std::function<bool(Address)> is_static)
    : rules_(std::move(rules)),
      functions_(functions),
      calls_(calls),
      read_(std::move(read)),
      is_static_(std::move(is_static)) {}

bool HeapCollector::is_useful(const std::vector<HeapRules>& rules, const SymbolTable& symbols) {
  return std::any_of(symbols.all().begin(), symbols.all().end(), [&rules](const Symbol& symbol) {
    if (symbol.kind != SymbolKind::kFunction) return false;
    const Does does = heap_function(rules, symbol.demangled).does;
    return does == Does::kAllocate || does == Does::kReallocate || does == Does::kExtend;
  });
}

void HeapCollector::forget() {
  open_.clear();
  blocks_.clear();
  for (Site& site : sites_) site.live = 0;
  totals_.live = outside_ = 0;
  end_ = totals_.begin;
}

HeapFunction HeapCollector::function_of(FunctionId id) {
  while (kinds_.size() <= id) {
    kinds_.push_back(
        heap_function(rules_, functions_.name(static_cast<FunctionId>(kinds_.size()))));
  }
  return kinds_[id];
}

void HeapCollector::note_layer(std::int32_t layer) {
  if (layer < 0) return;
  const auto index = static_cast<std::size_t>(layer);
  if (layer_peaks_.size() <= index) layer_peaks_.resize(index + 1);
  layer_peaks_[index] = std::max(layer_peaks_[index], totals_.live);
}

void HeapCollector::on_frame_entered(const Frame& frame, const Frame* caller, std::uint32_t,
                                     std::uint64_t) {
  if (frame.mark.layer != layer_) {
    layer_ = frame.mark.layer;
    note_layer(layer_);
  }
  if (caller == nullptr) return;  // its arguments are those of whoever was interrupted
  const HeapFunction function = function_of(frame.id);
  if (function.does != Does::kNothing) begin(frame, function);
}

// A program may jump to the allocator as its last act, and the allocator from one of its functions
// to another; the latter is the same call.
void HeapCollector::on_frame_renamed(const Frame& frame, std::uint64_t) {
  const HeapFunction function = function_of(frame.id);
  if (function.does != Does::kNothing) begin(frame, function);
}

// Is the running function called by an allocator's, or one itself?
bool HeapCollector::in_allocator() const {
  for (const Call& call : open_) {
    if (call.function.does == Does::kExtend) continue;
    for (const Frame& frame : calls_.frames()) {
      if (frame.serial == call.serial) return true;
    }
  }
  return false;
}

void HeapCollector::begin(const Frame& frame, const HeapFunction& function) {
  if (function.does == Does::kWrap) return;
  const bool extends = function.does == Does::kExtend;
  for (const Call& call : open_) {
    if (call.serial == frame.serial && (call.function.does == Does::kExtend) == extends) return;
    // _sbrk_r calls _sbrk.
    if (!extends || call.function.does != Does::kExtend) continue;
    for (const Frame& outer : calls_.frames()) {
      if (outer.serial == call.serial) return;
    }
  }
  if (!extends && in_allocator()) return;
  Call call{frame.serial, function, 0, 0, 0, frame.sp};
  call.size = read_(function.size);
  if (function.count) call.size *= read_(*function.count);
  call.block = read_(function.block);
  if (!extends) call.site = site_of(frame);
  open_.push_back(call);
}

std::size_t HeapCollector::site_of(const Frame& frame) {
  const std::vector<Frame>& frames = calls_.frames();
  std::size_t depth = frames.size();
  while (depth > 1 && frames[depth - 1].serial != frame.serial) --depth;
  // Outwards over wrappers to the one that called.
  std::size_t caller = depth - 1;
  do {
    if (caller == 0) break;
    --caller;
  } while (function_of(frames[caller].id).does == Does::kWrap);
  const bool known = caller + 1 < frames.size();
  const Address call = known ? frames[caller + 1].return_address - 2 : frame.function;
  const FunctionId function = frames[caller].id;
  const auto [found, fresh] = site_numbers_.try_emplace({function, call}, sites_.size());
  if (fresh) sites_.push_back({function, call});
  if (totals_.allocator == kNoFunction) totals_.allocator = frame.id;
  return found->second;
}

void HeapCollector::on_frame_left(const Frame& frame, std::uint64_t cycle) {
  if (open_.empty()) return;
  for (std::size_t i = open_.size(); i > 0; --i) {
    if (open_[i - 1].serial != frame.serial) continue;
    const Call call = open_[i - 1];
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i - 1));
    // Unless it was left by longjmp, an exception or a reset.
    if (read_(kSp) == call.sp) finish(call, read_(0), frame.mark.layer, cycle);
  }
}

void HeapCollector::finish(const Call& call, std::uint32_t result, std::int32_t layer,
                           std::uint64_t cycle) {
  if (call.function.does == Does::kExtend) return extended(result, call.size, cycle);
  if (call.function.does == Does::kFree) {
    if (call.block != 0 && freed(call.block, cycle)) ++totals_.frees;
    return tell_taken(cycle);
  }
  const bool again = call.function.does == Does::kReallocate;
  if (result == 0) {
    if (again && call.size == 0) {
      if (call.block != 0 && freed(call.block, cycle)) ++totals_.frees;
    } else if (call.size != 0) {
      ++totals_.failures;
      auto known = std::find_if(failures_.begin(), failures_.end(),
                                [&](const Failure& failure) { return failure.site == call.site; });
      if (known == failures_.end()) {
        known = failures_.insert(failures_.end(), {call.site, call.size, 0});
      }
      ++known->count;
    }
    return tell_taken(cycle);
  }
  if (again && call.block != 0 && freed(call.block, cycle)) ++totals_.frees;
  allocated(result, call, layer, cycle);
  tell_taken(cycle);
}

void HeapCollector::allocated(Address block, const Call& call, std::int32_t layer,
                              std::uint64_t cycle) {
  if (blocks_.contains(block)) freed(block, cycle);  // given back behind our back, by a reset say
  blocks_[block] = {call.size, call.site};
  if (totals_.first_block == 0) totals_.first_block = block;
  ++totals_.allocations;
  totals_.live += call.size;
  if (!is_static_(block)) outside_ += call.size;
  if (totals_.live > totals_.peak) {
    totals_.peak = totals_.live;
    totals_.peak_cycle = cycle;
  }
  Site& site = sites_[call.site];
  ++site.allocations;
  site.bytes += call.size;
  site.live += call.size;
  site.peak_live = std::max(site.peak_live, site.live);
  note_layer(layer);
  if (keep_track_) track_.set(cycle, static_cast<double>(totals_.live));
}

MemoryRange HeapCollector::block_at(Address address) const {
  const auto after = blocks_.upper_bound(address);
  if (after == blocks_.begin()) return {};
  const auto& [begin, block] = *std::prev(after);
  const MemoryRange range{begin, static_cast<std::uint32_t>(block.size)};
  return range.contains(address) ? range : MemoryRange{};
}

bool HeapCollector::freed(Address address, std::uint64_t cycle) {
  const auto found = blocks_.find(address);
  if (found == blocks_.end()) {
    if (!began_midway_) ++totals_.unknown_frees;
    return false;
  }
  const Block block = found->second;
  blocks_.erase(found);
  totals_.live -= block.size;
  sites_[block.site].live -= block.size;
  if (!is_static_(address)) outside_ -= block.size;
  if (keep_track_) track_.set(cycle, static_cast<double>(totals_.live));
  return true;
}

void HeapCollector::extended(std::uint32_t result, std::uint64_t size, std::uint64_t cycle) {
  if (result == kRefused) {
    ++totals_.refused_extensions;
    return;
  }
  if (totals_.begin == 0 || result < totals_.begin) totals_.begin = result;
  end_ = result + static_cast<std::uint32_t>(size);
  totals_.highest_end = std::max(totals_.highest_end, end_);
  tell_taken(cycle);
}

void HeapCollector::tell_taken(std::uint64_t cycle) {
  if (!on_taken_) return;
  on_taken_(totals_.begin != 0 ? end_ - totals_.begin : outside_, cycle);
}

}  // namespace tinyscope
