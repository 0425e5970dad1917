# The runner for every board, included by ../Makefile: runner-BOARD-KERNELS.elf. A board's own linker
# script stays as it is; a second one names what is left of flash and RAM.

RUNNER_SCRIPT := runner/model_and_arena.ld
RUNNER_OWN := runner/main.cpp runner/operators.cpp
RUNNER_SOURCES := $(filter-out runtime/operators.cpp,$(SHARED_SOURCES)) $(RUNNER_OWN)
ST_runner := $(filter-out runtime/operators.cpp,$(ST_SHARED)) $(RUNNER_OWN)

define runner_image
$(BUILD)/runner-nano33ble_sense-$(1).elf: $$(RUNNER_SOURCES:%=$(BUILD)/$(1)/%.o) \
    $(BOARD)/linker.ld $(RUNNER_SCRIPT) $(LIBRARIES)
	$$(CXX) $$(LDFLAGS) -T $(RUNNER_SCRIPT) -Wl,-Map=$$(@:.elf=.map) $$(filter %.o,$$^) -o $$@
endef
$(foreach kernels,dsp reference,$(eval $(call runner_image,$(kernels))))

$(ST_BOARDS:%=$(BUILD)/runner-%-dsp.elf) $(ST_BOARDS:%=$(BUILD)/runner-%-reference.elf): \
  EXTRA_SCRIPT := -T $(RUNNER_SCRIPT)
$(foreach board,$(ST_BOARDS),$(foreach kernels,dsp reference, \
  $(eval $(BUILD)/runner-$(board)-$(kernels).elf: $(RUNNER_SCRIPT)) \
  $(eval $(call st_image,runner,$(board),$(kernels),CACHES_ON,linker))))

RUNNER_IMAGES := $(foreach board,nano33ble_sense $(ST_BOARDS), \
  $(BUILD)/runner-$(board)-dsp.elf $(BUILD)/runner-$(board)-reference.elf)
runner: $(RUNNER_IMAGES)

# Committed with the names of functions, without the lines.
.PHONY: runner-prebuilt
runner-prebuilt: $(RUNNER_IMAGES)
	mkdir -p runner/prebuilt
	for image in $^; do $(OBJCOPY) --strip-debug $$image runner/prebuilt/$${image##*/}; done
