/* Describes itself wrongly: -DWRONG is 1 to 4. */
#include <libvm/plugin.hpp>

#include <stdexcept>

namespace {

struct Nothing {
    static void write(const vm::StreamEventView &) {}
};

class Wrong : public vm::Plugin {
public:
    static void describe(vm::Description<Wrong> &plugin)
    {
        auto number = [](std::string_view text) { return static_cast<int>(text.size()); };
        if (WRONG == 1)
            plugin.module("wrong").function("none", [](vm::Parameter<int> size) { return *size; });
        if (WRONG == 2) {
            plugin.compiler<int>("one", number);
            plugin.compiler<int>("two", number);
            plugin.module("wrong").function("both", [](vm::Parameter<int> size) { return *size; });
        }
        if (WRONG == 3) {
            plugin.sink<Nothing>("one");
            plugin.sink<Nothing>("two");
        }
        if (WRONG == 4)
            throw std::runtime_error("not today");
    }
};

} // namespace

VM_CPP_PLUGIN(Wrong, "wrong", "1.0.0", "Describes itself wrongly")
