#include "cores/blocks/traced_memory.hpp"

#include <utility>

namespace tinyscope {

void TracedMemory::start(std::span<LineCache* const> caches) {
  answers_.clear();
  current_fact_ = fact_ = -1;
  for (LineCache* const cache : caches) cache->set_observer(this);
}

std::vector<CacheAnswer> TracedMemory::stop(std::span<LineCache* const> caches) {
  for (LineCache* const cache : caches) cache->set_observer(nullptr);
  return std::exchange(answers_, {});
}

void TracedMemory::on_question(LineCache& cache, LineCache::Question question, Address address,
                               bool held) {
  if (fact_ < 0) {
    answers_.push_back({{&cache, question, -1, cache.line_of(address), 0}, held});
    return;
  }
  const Address further = cache.line_of(address) - cache.line_of(access_);
  answers_.push_back({{&cache, question, fact_, access_ - fact_address_, further}, held});
}

}  // namespace tinyscope
