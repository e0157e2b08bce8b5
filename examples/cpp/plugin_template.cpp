/*
 * A plug-in in C++ with a parameter compiler: the same templates as those of examples/c/plugin_template.c, such as "Hello, %!". The host is
 * examples/c/compiled_parameters.c.
 *
 *     c++ -std=c++17 -shared -fPIC -fvisibility=hidden plugin_template.cpp -o template.so $(pkg-config --cflags libvm)
 */
#include <algorithm>
#include <libvm/plugin.hpp>
#include <stdexcept>

// What a template is compiled to, once for a module. All contexts and threads use it at the same time.
struct Template {
    std::string before, after;

    explicit Template(std::string_view text)
    {
        size_t place = text.find('%');
        if (place == text.npos)
            throw vm::ParameterError(text.size(), "a template has a `%`");
        before = text.substr(0, place);
        after = text.substr(place + 1);
        size_t other = after.find('%');
        if (other != after.npos)
            throw vm::ParameterError(place + 1 + other, "a template has one `%` only");
    }
};

class Templates : public vm::Plugin {
public:
    // In wasm the template is its id. Returns the size of the text that is written to the buffer.
    static uint32_t fill(vm::Parameter<Template> text, std::string_view name, vm::Span<char> out)
    {
        if (text->before.size() + name.size() + text->after.size() > out.size())
            throw std::length_error("the text does not fit into the buffer");
        char *end = std::copy(text->before.begin(), text->before.end(), out.begin());
        end = std::copy(name.begin(), name.end(), end);
        end = std::copy(text->after.begin(), text->after.end(), end);
        return static_cast<uint32_t>(end - out.begin());
    }

    static void describe(vm::Description<Templates> &plugin)
    {
        plugin.compiler<Template>("template").describe("A text with a `%`");
        plugin.module("template").function("fill", &Templates::fill);
    }
};

VM_CPP_PLUGIN(Templates, "template", "1.0.0", "Fills templates")
