# Images for the ST boards, included by ../../Makefile: kws-BOARD-KERNELS.elf, ic-BOARD-KERNELS.elf
# and kws-verify-..., ic-verify-... The kernels, the runtime and the console are compiled once for
# each core, what a board has of its own once for each board.
#
# An image with a name after its kernels differs in one thing, to show what memory does to time on
# the Cortex-M7: a linker script of the board (code-itcm, code-flash-itcm, data-dtcm) or the caches
# (caches-off, write-through).

M4_MACHINE := -mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard
M7_SP_MACHINE := -mcpu=cortex-m7 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard
M7_DP_MACHINE := -mcpu=cortex-m7 -mthumb -mfpu=fpv5-d16 -mfloat-abi=hard

ST_BOARDS := nucleo_l4r5zi nucleo_f446re disco_f746ng nucleo_h7a3zi_q
CORE_nucleo_l4r5zi := M4
CORE_nucleo_f446re := M4
CORE_disco_f746ng := M7_SP
CORE_nucleo_h7a3zi_q := M7_DP
CLOCK_nucleo_l4r5zi := boards/nucleo_l4r5zi/clock.c
CLOCK_nucleo_f446re := boards/stm32/clock_f4_f7.c
CLOCK_disco_f746ng := boards/stm32/clock_f4_f7.c
CLOCK_nucleo_h7a3zi_q := boards/nucleo_h7a3zi_q/clock.c

ST_FLAGS := $(filter-out $(MACHINE) -I$(BOARD),$(COMMON)) -Iboards/stm32
ST_CFLAGS := $(ST_FLAGS) -std=c17
ST_CXXFLAGS := $(ST_FLAGS) $(filter-out $(COMMON),$(CXXFLAGS))
ST_BOARD_SOURCES := boards/stm32/board.c boards/stm32/startup.c boards/stm32/caches.c

ST_SHARED := $(KERNEL_SOURCES) $(RUNTIME_SOURCES) console/line.cpp
ST_kws := $(ST_SHARED) console/sample.cpp console/stored_input.cpp kws/stored_main.cpp \
  kws/model_data.S kws/verify_input.S
ST_ic := $(ST_SHARED) console/sample.cpp console/stored_input.cpp ic/stored_main.cpp ic/model_data.S
ST_kws-verify := $(ST_SHARED) console/layer_dump.cpp kws/verify_main.cpp kws/model_data.S \
  kws/verify_input.S
ST_ic-verify := $(ST_SHARED) console/layer_dump.cpp ic/verify_main.cpp ic/model_data.S

# $(1): core; $(2): dsp or reference.
define st_core
$(BUILD)/$(1)/$(2)/%.c.o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$($(1)_MACHINE) $$(ST_CFLAGS) -c $$< -o $$@

$(BUILD)/$(1)/$(2)/kernels/%.c.o: kernels/%.c
	@mkdir -p $$(@D)
	$$(CC) $$($(1)_MACHINE) $$(ST_CFLAGS) $$(KERNEL_CFLAGS) -c $$< -o $$@

$(BUILD)/$(1)/$(2)/%.cpp.o: %.cpp $$(GENERATED)
	@mkdir -p $$(@D)
	$$(CXX) $$($(1)_MACHINE) $$(ST_CXXFLAGS) -DMLRT_USE_DSP_KERNELS=$(if $(filter dsp,$(2)),1,0) -c $$< -o $$@

$(BUILD)/$(1)/$(2)/%.S.o: %.S $$(KWS_MODEL) kws/verify_input.bin $$(IC_MODEL) ic/picture.bin
	@mkdir -p $$(@D)
	$$(CC) $$($(1)_MACHINE) -c $$< -o $$@
endef

# The C libraries for each core, without debug information as in ../../Makefile.
define st_libraries
$(BUILD)/$(1)/lib/%.a:
	@mkdir -p $$(@D)
	$(OBJCOPY) --strip-debug $$$$($(CXX) $$($(1)_MACHINE) -print-file-name=$$*.a) $$@
endef
$(foreach core,M4 M7_SP M7_DP, \
  $(eval $(call st_libraries,$(core))) \
  $(foreach kernels,dsp reference,$(eval $(call st_core,$(core),$(kernels)))))

# $(1): board; $(2): CACHES_ON, CACHES_OFF or CACHES_WRITE_THROUGH.
define st_board
$(BUILD)/$(1)/$(2)/%.c.o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$($$(CORE_$(1))_MACHINE) $$(ST_CFLAGS) -Iboards/$(1) -DBOARD_CACHES=$(2) -c $$< -o $$@
endef
$(foreach board,$(ST_BOARDS),$(foreach caches,CACHES_ON CACHES_OFF CACHES_WRITE_THROUGH, \
  $(eval $(call st_board,$(board),$(caches)))))

# $(1): image; $(2): board; $(3): dsp or reference; $(4): caches; $(5): linker script of the board;
# $(6): what the name ends with.
define st_image
$(BUILD)/$(1)-$(2)-$(3)$(6).elf: $$(ST_$(1):%=$(BUILD)/$$(CORE_$(2))/$(3)/%.o) \
    $$(patsubst %,$(BUILD)/$(2)/$(4)/%.o,$$(ST_BOARD_SOURCES) $$(CLOCK_$(2))) \
    $$(wildcard boards/$(2)/*.ld) boards/stm32/sections.ld \
    $$(foreach library,libc libm libgcc libstdc++,$(BUILD)/$$(CORE_$(2))/lib/$$(library).a)
	$$(CXX) $$($$(CORE_$(2))_MACHINE) -L$(BUILD)/$$(CORE_$(2))/lib -nostartfiles --specs=nosys.specs \
	  -T boards/$(2)/$(5).ld $$(EXTRA_SCRIPT) -Wl,--gc-sections -Wl,--build-id=none \
	  -Wl,-Map=$$(@:.elf=.map) $$(filter %.o,$$^) -o $$@
endef
$(foreach board,$(ST_BOARDS),$(foreach kernels,dsp reference, \
  $(foreach image,kws ic kws-verify ic-verify, \
    $(eval $(call st_image,$(image),$(board),$(kernels),CACHES_ON,linker)))))
$(foreach board,disco_f746ng nucleo_h7a3zi_q,$(foreach image,kws ic, \
  $(eval $(call st_image,$(image),$(board),dsp,CACHES_OFF,linker,-caches-off)) \
  $(eval $(call st_image,$(image),$(board),dsp,CACHES_WRITE_THROUGH,linker,-write-through)) \
  $(foreach script,$(filter-out linker memory,$(basename $(notdir $(wildcard boards/$(board)/*.ld)))), \
    $(eval $(call st_image,$(image),$(board),dsp,CACHES_ON,$(script),-$(script))))))

# What is built and committed; the rest is built by its name.
ST_KWS_IMAGES := $(ST_BOARDS:%=$(BUILD)/kws-%-dsp.elf) $(ST_BOARDS:%=$(BUILD)/kws-verify-%-dsp.elf) \
  $(BUILD)/kws-nucleo_l4r5zi-reference.elf $(BUILD)/kws-nucleo_h7a3zi_q-reference.elf \
  $(foreach variant,caches-off write-through data-dtcm code-itcm code-flash-itcm, \
    $(BUILD)/kws-disco_f746ng-dsp-$(variant).elf)
ST_IC_IMAGES := $(ST_BOARDS:%=$(BUILD)/ic-%-dsp.elf)
kws: $(ST_KWS_IMAGES)
ic: $(ST_IC_IMAGES)

# Committed with the names of functions, without the lines.
.PHONY: st-prebuilt
st-prebuilt: $(ST_KWS_IMAGES) $(ST_IC_IMAGES)
	for image in $(ST_KWS_IMAGES); do $(OBJCOPY) --strip-debug $$image kws/prebuilt/$${image##*/}; done
	for image in $(ST_IC_IMAGES); do $(OBJCOPY) --strip-debug $$image ic/prebuilt/$${image##*/}; done
