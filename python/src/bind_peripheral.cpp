// Peripherals written in Python; python/tinyscope/peripheral.py is their base class.
#include <fmt/format.h>
#include <pybind11/stl.h>

#include <cmath>
#include <memory>

#include "python/src/bindings.hpp"
#include "python/src/hosted_peripheral.hpp"
#include "sim/error.hpp"

namespace py = pybind11;

namespace tinyscope {
namespace {

// What a Python peripheral holds of its machine; outlives that.
class PeripheralPort {
 public:
  void attach(HostedPeripheral* peripheral) { peripheral_ = peripheral; }

  void set_interrupt(bool level) { peripheral().set_interrupt(level); }
  bool interrupt() { return peripheral().interrupt(); }
  double now() { return peripheral().now().seconds(); }
  std::uint64_t schedule(double seconds) {
    if (!(seconds >= 0 && seconds <= 1e6)) {
      throw InputError("schedule: expected 0 to 1000000 seconds");
    }
    return peripheral().schedule({static_cast<std::uint64_t>(std::llround(seconds * 1e12))});
  }
  void cancel(std::uint64_t timer) { peripheral().cancel(timer); }
  py::bytes read_memory(Address address, std::uint32_t size) {
    std::vector<std::uint8_t> bytes(size);
    require_memory(peripheral().read_memory(address, bytes), address, size);
    return py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void write_memory(Address address, std::string_view bytes) {
    const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    require_memory(peripheral().write_memory(address, {data, bytes.size()}), address, bytes.size());
  }

 private:
  static void require_memory(bool done, Address address, std::size_t size) {
    if (done) return;
    throw InputError(fmt::format("{} bytes at 0x{:08X} do not lie in one memory", size, address));
  }
  HostedPeripheral& peripheral() {
    if (peripheral_ != nullptr) return *peripheral_;
    throw InputError("the peripheral is not part of a machine");
  }
  HostedPeripheral* peripheral_ = nullptr;
};

// Values that firmware reads are unsigned; others are the peripheral's mistake.
std::uint32_t register_value(const py::object& value, unsigned size) {
  const auto number = py::int_(value).cast<long long>();
  const long long most = (1LL << (8 * size)) - 1;
  if (number >= 0 && number <= most) return static_cast<std::uint32_t>(number);
  throw py::value_error("a read of " + std::to_string(size) + " bytes gave " +
                        std::to_string(number) + "; expected 0 to " + std::to_string(most));
}

class PythonHost final : public PeripheralHost {
 public:
  PythonHost(py::object peripheral, std::shared_ptr<PeripheralPort> port)
      : peripheral_(std::move(peripheral)), port_(std::move(port)) {}
  ~PythonHost() override {
    const py::gil_scoped_acquire gil;
    peripheral_ = py::object();
  }

  std::uint32_t read(std::uint32_t offset, unsigned size) override {
    const py::gil_scoped_acquire gil;
    return register_value(peripheral_.attr("read")(offset, size), size);
  }
  std::uint32_t peek(std::uint32_t offset, unsigned size) override {
    const py::gil_scoped_acquire gil;
    return register_value(peripheral_.attr("peek")(offset, size), size);
  }
  void write(std::uint32_t offset, unsigned size, std::uint32_t value) override {
    const py::gil_scoped_acquire gil;
    peripheral_.attr("write")(offset, size, value);
  }
  void reset() override {
    const py::gil_scoped_acquire gil;
    peripheral_.attr("_reset")();
  }
  void due(std::uint64_t timer) override {
    const py::gil_scoped_acquire gil;
    peripheral_.attr("_due")(timer);
  }
  void attached(HostedPeripheral* to) override { port_->attach(to); }

 private:
  py::object peripheral_;
  std::shared_ptr<PeripheralPort> port_;
};

}  // namespace

void bind_peripheral(py::module_& module) {
  py::class_<PeripheralPort, std::shared_ptr<PeripheralPort>>(module, "PeripheralPort")
      .def(py::init<>())
      .def_property("interrupt", &PeripheralPort::interrupt, &PeripheralPort::set_interrupt)
      .def_property_readonly("now", &PeripheralPort::now)
      .def("schedule", &PeripheralPort::schedule)
      .def("cancel", &PeripheralPort::cancel)
      .def("read_memory", &PeripheralPort::read_memory)
      .def("write_memory", &PeripheralPort::write_memory);
  py::class_<HostedWindow>(module, "HostedWindow")
      .def(py::init([](std::string name, Address base, std::uint32_t size,
                       std::optional<unsigned> interrupt, py::object peripheral,
                       std::shared_ptr<PeripheralPort> port) {
             return HostedWindow{
                 std::move(name), base, size, interrupt,
                 std::make_shared<PythonHost>(std::move(peripheral), std::move(port))};
           }),
           py::arg("name"), py::arg("base"), py::arg("size"), py::arg("interrupt"),
           py::arg("peripheral"), py::arg("port"));
}

}  // namespace tinyscope
