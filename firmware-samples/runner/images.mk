# The runner for every board, included by ../Makefile: runner-BOARD-KERNELS.elf. A board's own linker
# script stays as it is; a second one names what is left of flash and RAM. Kernels, console and what
# belongs to the board are the samples'; the runtime is compiled again, with all of its operators.

RUNNER_SCRIPT := runner/model_and_arena.ld
RUNNER_GENERATED := $(BUILD)/runner/include/tflite_subset_generated.h
RUNNER_FLAGS := -DMLRT_MAX_INPUTS=4 -isystem $(BUILD)/runner/include -isystem $(BUILD)/include
RUNNER_SOURCES := $(filter-out runtime/operators.cpp,$(RUNTIME_SOURCES)) \
  $(wildcard runtime/operators/all/*.cpp) runner/main.cpp runner/operators.cpp

$(RUNNER_GENERATED): $(SCHEMA) $(wildcard runtime/schema/*.fbs runtime/schema/all/*.fbs) $(GENERATED)
	mkdir -p $(@D)
	$(FLATC) --cpp --scoped-enums $(call SCHEMA_OF,all,$(@D))

# $(1): core; $(2): dsp or reference. Nothing in here knows which board of that core it is for.
define runner_objects
$(BUILD)/runner/$(1)/$(2)/%.cpp.o: %.cpp $$(RUNNER_GENERATED)
	@mkdir -p $$(@D)
	$$(CXX) $$($(1)_MACHINE) $$(filter-out -isystem $(BUILD)/include,$$(ST_CXXFLAGS)) $$(RUNNER_FLAGS) -DMLRT_USE_DSP_KERNELS=$(if $(filter dsp,$(2)),1,0) -c $$< -o $$@
endef
$(foreach core,M4 M7_SP M7_DP,$(foreach kernels,dsp reference, \
  $(eval $(call runner_objects,$(core),$(kernels)))))

# $(1): core; $(2): dsp or reference. Every image has all kernels; the operators choose.
RUNNER_OBJECTS = $(RUNNER_SOURCES:%=$(BUILD)/runner/$(1)/$(2)/%.o) \
  $(patsubst %,$(BUILD)/$(1)/dsp/%.o,$(KERNEL_SOURCES) console/line.cpp)

define runner_image
$(BUILD)/runner-nano33ble_sense-$(1).elf: \
    $$(call RUNNER_OBJECTS,M4,$(1)) $$(BOARD_SOURCES:%=$(BUILD)/$(1)/%.o) \
    $(BOARD)/linker.ld $(RUNNER_SCRIPT) $(LIBRARIES)
	$$(CXX) $$(LDFLAGS) -T $(RUNNER_SCRIPT) -Wl,-Map=$$(@:.elf=.map) $$(filter %.o,$$^) -o $$@
endef
$(foreach kernels,dsp reference,$(eval $(call runner_image,$(kernels))))

$(foreach board,$(ST_BOARDS),$(foreach kernels,dsp reference, \
  $(eval $(BUILD)/runner-$(board)-$(kernels).elf: EXTRA_SCRIPT := -T $(RUNNER_SCRIPT)) \
  $(eval $(BUILD)/runner-$(board)-$(kernels).elf: $(RUNNER_SCRIPT) \
    $(call RUNNER_OBJECTS,$(CORE_$(board)),$(kernels))) \
  $(eval $(call st_image,runner,$(board),$(kernels),CACHES_ON,linker))))

RUNNER_IMAGES := $(foreach board,nano33ble_sense $(ST_BOARDS), \
  $(BUILD)/runner-$(board)-dsp.elf $(BUILD)/runner-$(board)-reference.elf)
runner: $(RUNNER_IMAGES)

# Committed with the names of functions, without the lines.
.PHONY: runner-prebuilt
runner-prebuilt: $(RUNNER_IMAGES)
	mkdir -p runner/prebuilt
	for image in $^; do $(OBJCOPY) --strip-debug $$image runner/prebuilt/$${image##*/}; done
