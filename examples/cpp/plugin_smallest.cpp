/*
 * The smallest plug-in in C++: the same as examples/c/plugin_smallest.c.
 *
 *     c++ -std=c++17 -shared -fPIC -fvisibility=hidden plugin_smallest.cpp -o calc.so $(pkg-config --cflags libvm)
 */
#include <libvm/plugin.hpp>

class Calc : public vm::Plugin {
public:
    static void describe(vm::Description<Calc> &plugin)
    {
        plugin.module("calc").function("add", [](int32_t a, int32_t b) { return a + b; });
    }
};

VM_CPP_PLUGIN(Calc, "calc", "1.0.0", "Adds numbers")
