/**
 * @file libvm/guest.h
 * For guests, compiled to wasm: declares parameters, which plug-ins compile once for the module (see docs/parameters.md), and the
 * plug-ins that the module needs (see docs/module-plugins.md). It needs no other header, and no library.
 *
 *     #include <libvm/guest.h>
 *
 *     VM_PARAM("regex", 1, "^[a-z]+@[a-z]+\\.(com|org)$");
 *
 *     __attribute__((import_module("regex"), import_name("is_match"))) int is_match(int id, const char *text, int size);
 *
 *     is_match(1, text, size)
 *
 * It works with clang, and with what is built on it (zig cc, wasi-sdk, Emscripten). Write it in a file whose functions are used: linkers
 * take only those members of a static library that something refers to.
 */
#ifndef LIBVM_GUEST_H
#define LIBVM_GUEST_H

/** What a parameter is for another processor than wasm. */
struct VM_NoParameter;

#ifdef __wasm__
/**
 * Used by VM_PARAM: clang's section attribute makes no custom sections of wasm, assembly does. Sections of the same name follow each
 * other in the linked module, and each entry begins with its size.
 */
#define VM_PARAM_TEXT(kind, id, text)                                                                                     \
    __asm__(".section .custom_section.libvm.param,\"\",@\n"                                                               \
            ".int32 4f-1f\n1:\n.int32 " id "\n.int16 3f-2f\n2:\n.ascii " kind "\n3:\n.ascii " text "\n4:\n.text\n")
/** Used by VM_REQUIRE_PLUGIN: the assembly of an entry. */
#define VM_REQUIRE_PLUGIN_TEXT(name, range, path)                                                                         \
    __asm__(".section .custom_section.libvm.plugins,\"\",@\n.int32 8f-1f\n1:\n.int16 3f-2f\n2:\n.ascii " name              \
            "\n3:\n.int16 5f-4f\n4:\n.ascii " range "\n5:\n.int16 7f-6f\n6:\n.ascii " path "\n7:\n8:\n.text\n")
/** Used by VM_PARAM: strings keep their spelling, because the assembler reads the escapes of C. */
#define VM_PARAM_AS(kind, id, text) VM_PARAM_TEXT(#kind, #id, #text)
/** Used by VM_REQUIRE_PLUGIN, as VM_PARAM_AS. */
#define VM_REQUIRE_PLUGIN_AS(name, range, path) VM_REQUIRE_PLUGIN_TEXT(#name, #range, #path)
#else
/** Used by VM_PARAM: nothing. */
#define VM_PARAM_AS(kind, id, text) struct VM_NoParameter
/** Used by VM_REQUIRE_PLUGIN: nothing. */
#define VM_REQUIRE_PLUGIN_AS(name, range, path) struct VM_NoParameter
#endif

/**
 * Declares a parameter, outside of functions. For another processor than wasm it does nothing.
 * @param kind a string literal: the kind, or `plugin.kind` where several plug-ins compile it
 * @param id a number from 0 to 4294967295, unique among the parameters of the kind in the module: the argument of calls; small numbers
 * are found fastest
 * @param text a string literal: the parameter; its final NUL is not a part of it
 */
#define VM_PARAM(kind, id, text) VM_PARAM_AS(kind, id, text)

/**
 * Names a plug-in that the module needs, outside of functions: an entry of the custom section `libvm.plugins`. For another processor than
 * wasm it does nothing.
 * @param name a string literal: the name of the plug-in
 * @param range a string literal: the accepted versions, as in ">=1.2 <2"; empty for any
 * @param path a string literal: where the plug-in is relative to the module's file, without ending; empty if the host finds it by its name
 */
#define VM_REQUIRE_PLUGIN(name, range, path) VM_REQUIRE_PLUGIN_AS(name, range, path)

#endif
