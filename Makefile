# The short way: each target installs the Debian packages it needs, configures, builds and runs.
#   make demo      profiles the keyword-spotting sample and writes build/demo-report.html
#   make test      builds and runs every test
#   make bench     speed of a full profile and at functional speed, relative to plain Unicorn,
#                  what saved states and forks cost, and a sweep on one and two workers
#   make html      rebuilds the page of the HTML report from profiler/html
#   make firmware  rebuilds the sample firmware with the Arm cross compiler
#   make wheel     packs the Python package as dist/tinyscope-*.whl
#   make clean
JOBS ?= $(shell nproc)
# Not the first python3 in PATH: the package is for one that has numpy and pandas.
TINYSCOPE_PYTHON ?= /usr/bin/python3
SAMPLE := firmware-samples/kws

.PHONY: all demo test bench html node firmware wheel clean packages

all: build/build.ninja
	cmake --build --preset release -j $(JOBS) --target tinyscope

packages:
	@tools/install_packages.sh build

build/build.ninja: | packages
	cmake --preset release

demo: all
	build/tinyscope profile $(SAMPLE)/prebuilt/kws-dsp.elf --board nano33ble-sense \
	  --mic $(SAMPLE)/audio/yes.wav --json build/demo-report.json --html build/demo-report.html \
	  | tee build/demo-output.txt
	@grep -q '^RESULT 0: yes ' build/demo-output.txt \
	  && echo 'demo: the firmware heard "yes"; open build/demo-report.html in a browser' \
	  || { echo 'demo: FAILED: the firmware did not hear "yes"'; exit 1; }

# Any node with npm will do; Debian's is installed only where there is none.
node:
	@command -v npm >/dev/null || tools/install_packages.sh html

test: node
	@tools/install_packages.sh build test firmware
	cmake --preset release
	cmake --build --preset release -j $(JOBS)
	ctest --preset release -j $(JOBS) --progress

bench: all
	@tools/install_packages.sh build test firmware
	cmake --preset release
	cmake --build --preset release -j $(JOBS) --target tinyscope_bench tinyscope_state_bench \
	  tinyscope_python
	build/tests/tinyscope_bench
	build/tests/tinyscope_state_bench
	PYTHONPATH=build/python $(TINYSCOPE_PYTHON) tests/bench/sweep_throughput.py

html: node
	tools/npm_packages.sh profiler/html build/html
	node profiler/html/build.mjs build/html

firmware:
	@tools/install_packages.sh firmware
	$(MAKE) -C firmware-samples all

wheel: packages
	@tools/install_packages.sh wheel
	JOBS=$(JOBS) $(TINYSCOPE_PYTHON) python/build_backend.py dist

clean:
	rm -rf build dist
	$(MAKE) -C firmware-samples clean
