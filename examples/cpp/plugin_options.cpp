/*
 * A plug-in in C++ with options, an instance in each context, and a guest buffer: the same as examples/c/plugin_options.c.
 *
 *     c++ -std=c++17 -shared -fPIC -fvisibility=hidden plugin_options.cpp -o greeter.so $(pkg-config --cflags libvm)
 */
#include <cstdio>
#include <libvm/plugin.hpp>
#include <stdexcept>

class Greeter : public vm::Plugin { // an object in each context
public:
    struct Options {
        std::string greeting = "Hello";
        int64_t times = 1;
    };

    Greeter(vm::Self, const Options &values) : options(values) {}

    // libvm has checked that the name lies in the guest's memory. An exception becomes a trap with its text.
    void greet(std::string_view name) const
    {
        if (name.empty())
            throw std::invalid_argument("there is no name to greet");
        for (int64_t i = 0; i < options.times; i++)
            std::printf("%s, %.*s!\n", options.greeting.c_str(), static_cast<int>(name.size()), name.data());
    }

    static void describe(vm::Description<Greeter> &plugin)
    {
        plugin.option("greeting", &Options::greeting, "what to say before the name");
        plugin.option("times", &Options::times, "how often to greet").range(1, 9);
        plugin.module("greeter").function("greet", &Greeter::greet);
    }

private:
    Options options;
};

VM_CPP_PLUGIN(Greeter, "greeter", "1.0.0", "Greets")
