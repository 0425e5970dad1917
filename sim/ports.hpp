// Connections between peripherals and what stands outside the chip.
//
// A port is one side of such a connection. The board description names two ports; the builder
// calls connect() on the chip's side with the device's side.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "sim/time.hpp"

namespace tinyscope {

class Port {
 public:
  virtual ~Port() = default;
};

// A UART as bytes. The sender calls `send` when the last stop bit has left.
class UartPort : public Port {
 public:
  // What the chip transmits goes to `listener`, with the time at which the byte was complete.
  void on_transmit(std::function<void(std::uint8_t, TimePoint)> listener) {
    transmit_ = std::move(listener);
  }
  // What the outside sends goes to `listener` at once; the sender keeps the line's timing.
  void on_receive(std::function<void(std::uint8_t)> listener) { receive_ = std::move(listener); }

  void transmit(std::uint8_t byte, TimePoint when) const {
    if (transmit_) transmit_(byte, when);
  }
  void receive(std::uint8_t byte) const {
    if (receive_) receive_(byte);
  }
  // Time of one frame on the line as the chip has programmed it; zero while it is switched off.
  Duration frame_time{};

 private:
  std::function<void(std::uint8_t, TimePoint)> transmit_;
  std::function<void(std::uint8_t)> receive_;
};

// A part on the board that hangs on a UART of the chip.
class UartDevice : public Port {
 public:
  // Called once, when the machine is built. The port outlives the part. If it is a console as well,
  // the part does not hear what the chip transmits.
  virtual void attach(UartPort& chip) = 0;
};

// Mono audio as the digital side of a microphone interface sees it: signed 16-bit samples at the
// rate that the interface produces.
class AudioSource : public Port {
 public:
  // The consumer starts a stream at `rate_hz`; sample 0 is the sound at simulated time `start`.
  virtual void start(double rate_hz, TimePoint start) = 0;
  // The next samples of the stream. Silence (0) before and after the material.
  virtual void read(std::span<std::int16_t> samples) = 0;
  // The consumer no longer clocks the source.
  virtual void stop(TimePoint /*when*/) {}
};

// Where a peripheral accepts an AudioSource.
class AudioInput : public Port {
 public:
  AudioSource* source = nullptr;  // null: the data line is not driven, samples are 0
};

// Where a peripheral hands over the sound that it sends, block by block.
class AudioOutput : public Port {
 public:
  struct Format {
    double rate_hz = 0;     // frames a second
    unsigned channels = 1;  // samples of a frame, left first
    unsigned bits = 16;     // of a sample, sign-extended
  };
  // `start` is when the first sample was sent. Empty: nobody listens.
  std::function<void(std::span<const std::int32_t> samples, const Format&, TimePoint start)>
      listener;
};

// Where a peripheral shows the hit and miss counters of a cache that it does not model itself. The
// memory system sets `counts`; null: there is no cache to count.
class CacheCounterPort : public Port {
 public:
  struct Counts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
  };
  std::function<Counts()> counts;
};

// How a flash controller has set up the way from flash to the core. The memory system listens; it
// models the wait states, buffers and caches, and counts.
class FlashReadPort : public Port {
 public:
  struct Settings {
    unsigned wait_states = 0;  // CPU cycles that one read of the array takes beyond the first
    bool prefetch = false;
    bool instruction_cache = false;
    bool data_cache = false;
    bool wide_reads = false;  // the wider of two organisations, where the chip has a choice
    friend bool operator==(const Settings&, const Settings&) = default;
  };
  enum class Cache { kInstruction, kData };

  // The controller's side.
  void set(const Settings& settings) {
    settings_ = settings;
    if (changed_) changed_(settings);
  }
  void invalidate(Cache cache) const {
    if (invalidated_) invalidated_(cache);
  }
  const Settings& settings() const { return settings_; }
  // Set by a controller whose wait states depend on its other settings: those that the chip would
  // have with `settings`.
  std::function<unsigned(const Settings& settings)> wait_states_with;

  // The memory system's side.
  void on_change(std::function<void(const Settings&)> listener) { changed_ = std::move(listener); }
  void on_invalidate(std::function<void(Cache)> listener) { invalidated_ = std::move(listener); }

 private:
  Settings settings_;
  std::function<void(const Settings&)> changed_;
  std::function<void(Cache)> invalidated_;
};

}  // namespace tinyscope
