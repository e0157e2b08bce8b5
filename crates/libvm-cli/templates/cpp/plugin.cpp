// The plug-in {{name}}: two functions, which guests import from the module `{{name}}`.
#include <algorithm>
#include <libvm/plugin.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

class Greeter : public vm::Plugin { // each context has its own
public:
    // (i32, i32) -> i32
    static uint32_t add(uint32_t a, uint32_t b) { return a + b; }

    // Writes a greeting of the name, and returns its length. Both buffers are in the guest's memory, and libvm has
    // checked that they are. An exception is a trap with its text.
    static int32_t greet(std::string_view name, vm::Span<char> out)
    {
        const std::string text = "Hello, " + std::string(name);
        if (out.size() < text.size())
            throw std::length_error("the buffer is too small for the greeting");
        std::copy(text.begin(), text.end(), out.data());
        return static_cast<int32_t>(text.size());
    }

    static void describe(vm::Description<Greeter> &plugin)
    {
        plugin.module("{{name}}")
            .function("add", &Greeter::add)
            .describe("Adds two numbers")
            .function("greet", &Greeter::greet)
            .describe("Writes a greeting of a name, and returns its length");
    }
};

VM_CPP_PLUGIN(Greeter, "{{name}}", "1.0.0", "Adds numbers, and greets")
