// Every mnemonic of Armv7E-M with FPv4-SP, and of FPv5, with its operand forms, in assembly.
#pragma once

#include <string>
#include <vector>

#include "tests/cores/decode/mnemonics.hpp"

namespace tinyscope::test {

// Writes each mnemonic of `names` before each of `operands`.
inline void cross(std::vector<std::string>& forms, const char* names,
                  const std::vector<std::string>& operands) {
  for (const std::string& name : words(names)) {
    for (const std::string& operand : operands) forms.push_back(name + " " + operand);
  }
}

inline void integer_forms(std::vector<std::string>& f) {
  const std::vector<std::string> shifts = {"lsl #3", "lsr #32", "asr #7", "ror #31", "rrx"};
  cross(f, "adc adcs and ands bic bics eor eors orn orns orr orrs rsb rsbs sbc sbcs",
        {"r0, r1, #0xff", "r8, r9, #0x00ff00ff", "r12, lr, #0xab000000"});
  cross(f, "add adds sub subs", {"r0, r1, #0xff000", "r8, r9, #0x11111111", "sp, sp, #64"});
  for (const std::string& shift : shifts) {
    cross(f,
          "adc adcs add adds and ands bic bics eor eors orn orns orr orrs rsb rsbs sbc sbcs sub "
          "subs",
          {"r3, r10, r5, " + shift});
    cross(f, "mvn mvns cmp cmn tst teq", {"r3, r10, " + shift});
  }
  cross(f,
        "adc.w adcs.w add.w adds.w and.w ands.w bic.w bics.w eor.w eors.w orr.w orrs.w sbc.w "
        "sbcs.w sub.w subs.w",
        {"r0, r1, r2", "r11, r12, lr"});
  cross(f, "orn orns rsb rsbs", {"r0, r1, r2"});
  cross(f, "adcs ands bics eors orrs sbcs", {"r0, r0, r1", "r7, r7, r6"});
  cross(f, "adds subs", {"r0, r1, r2", "r0, r1, #7", "r3, r3, #200"});
  cross(f, "add",
        {"r0, r0, r8", "r9, r9, r1", "r0, sp, #16", "sp, sp, #32", "sp, sp, r4", "pc, pc, r3"});
  cross(f, "sub", {"sp, sp, #32"});
  cross(f, "rsbs", {"r0, r1, #0"});
  cross(f, "addw subw", {"r0, r1, #4095", "r8, sp, #1"});
  cross(f, "adr adr.w", {"r0, 0x2000"});
  f.pop_back();
  f.pop_back();
  f.insert(f.end(), {"adr.w r3, .", "subw r3, pc, #8"});
  cross(f, "mov movs mvn mvns", {"r8, #0xff00", "r9, #0x55555555"});
  cross(f, "mov", {"r0, r8", "r9, r1", "sp, r0", "pc, lr", "pc, r3", "r1, sp"});
  cross(f, "movs", {"r0, #17", "r0, r1"});
  cross(f, "mvns", {"r0, r1"});
  cross(f, "mov.w movs.w", {"r0, r9"});
  cross(f, "movw movt", {"r0, #0xabcd", "lr, #1"});
  cross(f, "cmp", {"r0, #200", "r0, r1", "r0, r9", "r10, r2", "r10, #0xff00", "sp, r1"});
  cross(f, "cmn tst", {"r0, r1", "r10, #0xff00", "r10, r2"});
  cross(f, "teq", {"r10, #0xff00", "r10, r2"});
  cross(f, "lsl lsls lsr lsrs asr asrs ror rors", {"r9, r8, #5", "r9, r8, r7"});
  cross(f, "lsls lsrs asrs", {"r0, r1, #5", "r0, r0, r1"});
  cross(f, "lsrs asrs", {"r0, r1, #32"});
  cross(f, "rors", {"r0, r0, r1"});
  cross(f, "rrx rrxs", {"r9, r8"});
  cross(f, "clz rbit", {"r0, r9", "lr, r1"});
  cross(f, "rev rev16 revsh sxtb sxth uxtb uxth", {"r0, r1", "r8, r9"});
  cross(f, "sxtb sxth uxtb uxth sxtb16 uxtb16", {"r8, r9, ror #16"});
  cross(f, "sbfx ubfx", {"r0, r1, #3, #9", "r8, r9, #31, #1"});
  cross(f, "bfi", {"r0, r1, #3, #9"});
  cross(f, "bfc", {"r0, #3, #9"});
  cross(f, "ssat", {"r0, #1, r1", "r0, #16, r1, lsl #4", "r0, #32, r1, asr #3"});
  cross(f, "usat", {"r0, #0, r1", "r0, #16, r1, lsl #4", "r0, #31, r1, asr #3"});
}

inline void multiply_and_dsp_forms(std::vector<std::string>& f) {
  cross(f, "muls", {"r0, r1, r0"});
  cross(f,
        "mul sdiv udiv smulbb smulbt smultb smultt smulwb smulwt smuad smuadx smusd smusdx smmul "
        "smmulr usad8 sel qadd qsub qdadd qdsub",
        {"r0, r1, r2", "r10, r11, r12"});
  cross(f,
        "mla mls smlabb smlabt smlatb smlatt smlawb smlawt smlad smladx smlsd smlsdx smmla smmlar "
        "smmls smmlsr usada8",
        {"r0, r1, r2, r3", "r9, r10, r11, r12"});
  cross(f,
        "smull umull smlal umlal umaal smlald smlaldx smlsld smlsldx smlalbb smlalbt smlaltb "
        "smlaltt",
        {"r0, r1, r2, r3", "r9, r10, r11, r12"});
  for (const char* prefix : {"s", "q", "sh", "u", "uq", "uh"}) {
    for (const char* op : {"add16", "asx", "sax", "sub16", "add8", "sub8"}) {
      f.push_back(std::string(prefix) + op + " r0, r9, r3");
    }
  }
  cross(f, "pkhbt", {"r0, r1, r2", "r0, r1, r2, lsl #16"});
  cross(f, "pkhtb", {"r0, r1, r2, asr #16"});
  cross(f, "sxtab sxtah sxtab16 uxtab uxtah uxtab16", {"r0, r1, r2", "r0, r1, r2, ror #8"});
  cross(f, "sxtb16 uxtb16", {"r0, r1"});
  cross(f, "ssat16", {"r0, #16, r1", "r0, #1, r1"});
  cross(f, "usat16", {"r0, #15, r1", "r0, #0, r1"});
}

inline void memory_forms(std::vector<std::string>& f) {
  const std::vector<std::string> wide = {
      "r0, [r1, #4095]", "r0, [r1, #-255]",      "r8, [r9, #8]!", "r8, [r9, #-8]!", "r8, [r9], #8",
      "r8, [r9], #-8",   "r0, [r1, r2, lsl #2]", "r0, [r9, r10]", "lr, [sp, #256]"};
  cross(f, "ldr ldrb ldrh ldrsb ldrsh str strb strh", wide);
  cross(f, "ldr str", {"r0, [r1, #124]", "r0, [r1]", "r0, [sp, #1020]", "r7, [r6, r5]"});
  cross(f, "ldrb strb", {"r0, [r1, #31]", "r7, [r6, r5]"});
  cross(f, "ldrh strh", {"r0, [r1, #62]", "r7, [r6, r5]"});
  cross(f, "ldrsb ldrsh", {"r7, [r6, r5]"});
  cross(f, "ldr", {"r0, [pc, #16]", "pc, [r1, #4]", "pc, [sp], #4", "pc, [r1, r2, lsl #2]"});
  cross(f, "ldr.w ldrb ldrh ldrsb ldrsh", {"r0, [pc, #17]", "r0, [pc, #-17]"});
  cross(f, "ldrt ldrbt ldrht ldrsbt ldrsht strt strbt strht", {"r0, [r1, #16]"});
  cross(f, "ldrd strd",
        {"r0, r1, [r2]", "r8, r3, [r2, #-16]", "r0, r1, [r2, #1020]!", "r0, r1, [sp], #-8"});
  cross(f, "ldrd", {"r0, r1, [pc, #8]"});
  cross(f, "ldmia",
        {"r0!, {r1, r2}", "r0, {r0, r1}", "r9!, {r0, r3, lr}", "r9, {r0-r8, pc}",
         "sp!, {r4-r11, pc}"});
  cross(f, "ldmdb", {"r0!, {r1, r2}", "r9, {r0-r8, pc}"});
  cross(f, "stmia", {"r0!, {r1, r2}", "r9!, {r0, r3, lr}", "r9, {r0-r8}"});
  cross(f, "stmdb", {"r0!, {r1, r2}", "r9, {r0-r8, lr}"});
  cross(f, "push", {"{r0}", "{r4-r7, lr}", "{r4-r11, lr}", "{lr}"});
  cross(f, "pop", {"{r0}", "{r4-r7, pc}", "{r4-r11, pc}", "{pc}", "{r4-r11, lr}"});
  cross(f, "ldrex", {"r0, [r1]", "r0, [r1, #1020]"});
  cross(f, "ldrexb ldrexh", {"r0, [r1]"});
  cross(f, "strex", {"r0, r1, [r2]", "r0, r1, [r2, #1020]"});
  cross(f, "strexb strexh", {"r0, r1, [r2]"});
  cross(f, "pld pli", {"[r0, #100]", "[r0, #-100]", "[r0, r1, lsl #1]", "[pc, #8]"});
  f.push_back("clrex");
}

inline void control_forms(std::vector<std::string>& f) {
  for (const std::string& condition : condition_names()) {
    f.push_back("1: b" + condition + " 1b");
    f.push_back("b" + condition + ".n 1f");
    f.push_back("nop");
    f.push_back("1: b" + condition + ".w . + 0x10000");
  }
  cross(f, "b b.w bl", {". + 0x40", ". - 0x40"});
  cross(f, "b.w bl", {". + 0x400000", ". + 0xfffffe"});
  cross(f, "bx", {"lr", "r3"});
  cross(f, "blx", {"r3", "lr"});
  cross(f, "cbz cbnz", {"r3, . + 4", "r7, . + 0x80"});
  cross(f, "tbb", {"[pc, r0]", "[r1, r2]"});
  cross(f, "tbh", {"[pc, r0, lsl #1]", "[r1, r2, lsl #1]"});
  for (const char* plain :
       {"nop",     "yield",   "wfe",     "wfi",      "sev",    "nop.w",     "yield.w", "wfe.w",
        "wfi.w",   "sev.w",   "dbg #3",  "dsb sy",   "dmb sy", "isb sy",    "svc #17", "bkpt #171",
        "cpsie i", "cpsid i", "cpsie f", "cpsid if", "udf #5", "udf.w #500"}) {
    f.push_back(plain);
  }
  for (const char* name : {"apsr", "iapsr", "eapsr", "xpsr", "ipsr", "epsr", "iepsr", "msp", "psp",
                           "primask", "basepri", "basepri_max", "faultmask", "control"}) {
    f.push_back(std::string("mrs r5, ") + name);
  }
  for (const char* name : {"apsr_nzcvq", "apsr_g", "apsr_nzcvqg", "msp", "psp", "primask",
                           "basepri", "basepri_max", "faultmask", "control"}) {
    f.push_back(std::string("msr ") + name + ", r5");
  }
  f.push_back("cdp p7, #2, c3, c4, c5, #6");
  f.push_back("mcr p7, #2, r3, c4, c5, #6");
  f.push_back("mrc p7, #2, r3, c4, c5, #6");
  f.push_back("mcrr p7, #2, r3, r4, c5");
  f.push_back("ldc p7, c2, [r3, #4]");
  f.push_back("stc p7, c2, [r3], #4");
}

inline void float_forms(std::vector<std::string>& f) {
  cross(f,
        "vadd.f32 vsub.f32 vmul.f32 vnmul.f32 vdiv.f32 vmla.f32 vmls.f32 vnmla.f32 vnmls.f32 "
        "vfma.f32 vfms.f32 vfnma.f32 vfnms.f32",
        {"s0, s1, s2", "s31, s17, s30"});
  cross(f, "vabs.f32 vneg.f32 vsqrt.f32 vcmp.f32 vcmpe.f32 vmov.f32", {"s0, s1", "s31, s30"});
  cross(f, "vcmp.f32 vcmpe.f32", {"s7, #0.0"});
  cross(f,
        "vcvt.s32.f32 vcvt.u32.f32 vcvtr.s32.f32 vcvtr.u32.f32 vcvt.f32.s32 vcvt.f32.u32 "
        "vcvtb.f32.f16 vcvtt.f32.f16 vcvtb.f16.f32 vcvtt.f16.f32",
        {"s0, s1", "s31, s30"});
  cross(f,
        "vcvt.s32.f32 vcvt.u32.f32 vcvt.f32.s32 vcvt.f32.u32 vcvt.s16.f32 vcvt.u16.f32 "
        "vcvt.f32.s16 vcvt.f32.u16",
        {"s3, s3, #9"});
  cross(f, "vmov.f32", {"s5, #1.0", "s31, #-0.125"});
  cross(f, "vmov",
        {"s5, r6", "r6, s5", "r0, r1, s4, s5", "s4, s5, r0, r1", "r0, r1, d7", "d7, r0, r1"});
  cross(f, "vldr vstr", {"s3, [r0, #1020]", "s3, [sp, #-4]", "d5, [r1]"});
  cross(f, "vldr", {"s3, [pc, #8]", "d3, [pc, #-8]"});
  cross(f, "vldmia vstmia", {"r0!, {s0-s7}", "r0, {s3}", "r1!, {d0-d3}"});
  cross(f, "vldmdb vstmdb", {"r0!, {s0-s7}", "r1!, {d8-d15}"});
  cross(f, "vpush vpop", {"{s16-s31}", "{d8-d15}", "{s1}"});
  cross(f, "vmrs", {"r0, fpscr", "APSR_nzcv, fpscr"});
  cross(f, "vmsr", {"fpscr, r0"});
}

inline std::vector<std::string> instruction_forms() {
  std::vector<std::string> forms;
  integer_forms(forms);
  multiply_and_dsp_forms(forms);
  memory_forms(forms);
  control_forms(forms);
  float_forms(forms);
  return forms;
}

inline std::vector<std::string> fpv5_forms() {
  std::vector<std::string> f;
  for (const auto& [type, operands] : std::vector<std::pair<std::string, std::string>>{
           {".f32", "s0, s31, s2"}, {".f64", "d0, d15, d2"}}) {
    for (const std::string& name :
         words("vseleq vselvs vselge vselgt vmaxnm vminnm vadd vsub vmul "
               "vnmul vdiv vmla vmls vnmla vnmls vfma vfms vfnma vfnms")) {
      f.push_back(name + type + " " + operands);
    }
    const std::string two = operands.substr(0, operands.rfind(','));
    for (const std::string& name :
         words("vrinta vrintn vrintp vrintm vrintr vrintz vrintx vabs vneg "
               "vsqrt vcmp vcmpe vmov")) {
      f.push_back(name + type + " " + two);
    }
    for (const std::string& name : words("vcvta vcvtn vcvtp vcvtm vcvt vcvtr")) {
      f.push_back(name + ".s32" + type + " s3, " + two.substr(two.rfind(' ') + 1));
      f.push_back(name + ".u32" + type + " s3, " + two.substr(two.rfind(' ') + 1));
    }
  }
  cross(f, "vcvt.f64.s32 vcvt.f64.u32 vcvt.f64.f32", {"d3, s7"});
  cross(f, "vcvt.f32.f64", {"s7, d3"});
  cross(f, "vcvtb.f64.f16 vcvtt.f64.f16", {"d3, s7"});
  cross(f, "vcvtb.f16.f64 vcvtt.f16.f64", {"s7, d3"});
  cross(f, "vcvt.f64.s16 vcvt.s32.f64", {"d3, d3, #5"});
  cross(f, "vmov.f64", {"d3, #1.0"});
  cross(f, "vmov.32", {"r3, d5[1]", "d5[0], r3"});
  return f;
}

}  // namespace tinyscope::test
