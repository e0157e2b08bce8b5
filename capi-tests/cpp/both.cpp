/* A host with a plug-in of its own: both headers in one source file. */
#define VM_PLUGIN_BUILTIN both_plugin
#define VM_PLUGIN_MODULES "calc"
#include <libvm/plugin.hpp>

#include "test.hpp"

class Adder : public vm::Plugin {
public:
    int32_t add(int32_t a, int32_t b)
    {
        if (a < 0)
            throw vm::Failure(VM_STATUS_USER - 1, "no negative numbers");
        return a + b;
    }
    static void describe(vm::Description<Adder> &plugin) { plugin.module("calc").function("add", &Adder::add); }
};

VM_CPP_PLUGIN(Adder, "both", "1.0.0", "Adds numbers")

void test_both()
{
    vm::Engine engine;
    vm::PluginRegistry plugins;
    plugins.add_builtin(both_plugin);
    CHECK_EQUAL(plugins.find("both").path(), "");
    vm::Context context(engine);
    context.register_plugins(plugins);
    int32_t printed = 0;
    context.module("host").function("print", [&](int32_t n) { printed = n; });
    vm::Instance app = context.instantiate(vm::Module(engine, LIBVM_TEST_DATA "/../cpp/app.wasm"));
    CHECK_EQUAL(app.call<int32_t>("sum", 20, 22), 42);
    CHECK_EQUAL(printed, 42);
    CHECK_THROWS(app.call<int32_t>("sum", -1, 1), VM_STATUS_USER - 1, "no negative numbers");
    try {
        app.call<int32_t>("sum", -1, 1);
    } catch (const vm::Error &error) {
        CHECK_EQUAL(error.plugin_name(), "both");
    }
}
