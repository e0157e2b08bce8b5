/**
 * @file libvm/plugin.hpp
 * Write plug-ins for libvm in C++17: a class, whose objects are the instances of the plug-in, and one macro.
 *
 *     class Calc : public vm::Plugin {
 *     public:
 *         int32_t add(int32_t a, int32_t b) { return a + b; }
 *         static void describe(vm::Description<Calc> &plugin) { plugin.module("calc").function("add", &Calc::add); }
 *     };
 *     VM_CPP_PLUGIN(Calc, "calc", "1.0.0", "Adds numbers")
 *
 * Functions are member functions, or lambdas and functions with or without a reference to the instance as the first parameter. Parameters
 * are numbers (`int32_t`, `uint32_t`, `int64_t`, `uint64_t`, `float`, `double`, `bool`), parts of the guest's memory, which libvm has
 * checked (`std::string_view`, `vm::Span<char>` and spans of other bytes; two parameters in wasm, pointer and length), `const char *` (a
 * NUL-terminated string), `vm::Parameter<P>` (the id of a parameter of the module), and `vm::Call &` (none in wasm). They return nothing, a
 * number, a `std::tuple` of numbers, or `vm::Pending<…>`.
 *
 * Besides modules and options a vm::Description has hooks, sources and sinks of streams, and compilers of parameters. A class with a static
 * function `examine(vm::ModuleView<T> &)` is shown modules before they are linked; one with `std::string save()` and
 * `void restore(std::string_view)` moves to other versions.
 *
 * An exception of a function becomes a trap with its text, elsewhere a failure with VM_STATUS_PLUGIN_FAILED; vm::Failure has a status too. No
 * exception leaves the plug-in. Header only; no run-time type information is needed. What the C header says of lifetimes and threads holds
 * here too.
 */
#ifndef LIBVM_PLUGIN_HPP
#define LIBVM_PLUGIN_HPP

#include <libvm/plugin/description.hpp>

/**
 * Defines the plug-in's symbols: the class, its name, version, and a description of one line. Further contents of the manifest
 * (VM_PLUGIN_MODULES, VM_PLUGIN_PERMISSIONS, …) and VM_PLUGIN_BUILTIN are those of <libvm/plugin.h>.
 */
#define VM_CPP_PLUGIN(type, name, version, text)                                                                          \
    namespace {                                                                                                           \
    /* Made when the host first asks for it. */                                                                           \
    vm::detail::DescriptionOwner<type> libvm_cpp_description;                                                             \
    VM_Status VM_CALL libvm_cpp_create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)               \
    {                                                                                                                     \
        return libvm_cpp_description.description->create(host, self, instance);                                           \
    }                                                                                                                     \
    VM_Status VM_CALL libvm_cpp_initialize(const VM_PluginHost *host, void **data)                                        \
    {                                                                                                                     \
        return libvm_cpp_description.description->initialize(host, data);                                                 \
    }                                                                                                                     \
    const VM_PluginDescriptor *libvm_cpp_describe(const VM_PluginHost *host)                                              \
    {                                                                                                                     \
        const VM_PluginDescriptor *descriptor = nullptr;                                                                  \
        vm::detail::guard_by_host(host, [&] {                                                                             \
            static const VM_PluginDescriptor *const made = [] {                                                           \
                auto description = std::make_unique<vm::Description<type>>();                                             \
                type::describe(*description);                                                                             \
                const VM_PluginDescriptor *finished = description->finish(libvm_cpp_initialize, libvm_cpp_create);        \
                libvm_cpp_description.description = description.release();                                                \
                return finished;                                                                                          \
            }();                                                                                                          \
            descriptor = made;                                                                                            \
        });                                                                                                               \
        return descriptor;                                                                                                \
    }                                                                                                                     \
    }                                                                                                                     \
    VM_CPP_PLUGIN_SYMBOLS(name, version, text)

#ifdef VM_PLUGIN_BUILTIN
/** Used by VM_CPP_PLUGIN: the symbols of a plug-in that is linked into its host. */
#define VM_CPP_PLUGIN_SYMBOLS(name, version, text)                                                                        \
    static const VM_PluginDescriptor *VM_CALL libvm_plugin_entry(const VM_PluginHost *host) { return libvm_cpp_describe(host); } \
    VM_PLUGIN_MANIFEST(static, name, version, text);                                                                      \
    extern "C" const VM_PluginBuiltin VM_PLUGIN_BUILTIN = { (uint32_t)sizeof(VM_PluginBuiltin), 0, &libvm_plugin_manifest, libvm_plugin_entry };
#else
/** Used by VM_CPP_PLUGIN: the symbols of a plug-in in a shared library. */
#define VM_CPP_PLUGIN_SYMBOLS(name, version, text)                                                                        \
    extern "C" const VM_PluginDescriptor *VM_CALL libvm_plugin_entry(const VM_PluginHost *host) { return libvm_cpp_describe(host); } \
    VM_PLUGIN_MANIFEST(extern "C", name, version, text);
#endif

#endif
