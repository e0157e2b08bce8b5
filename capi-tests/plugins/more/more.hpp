/* The twin of the plug-in in C in this directory, in C++: its class; what it extends is in a file each. */
#ifndef MORE_HPP
#define MORE_HPP

#include <libvm/plugin.hpp>

#include <atomic>
#include <optional>

/* Counts what exists. */
class Counted {
public:
    explicit Counted(std::atomic<int> &of) : count(&of) { ++*count; }
    Counted(Counted &&other) noexcept : count(std::exchange(other.count, nullptr)) {}
    Counted(const Counted &other) : count(other.count) { ++*count; }
    Counted &operator=(const Counted &) = delete;
    ~Counted()
    {
        if (count)
            --*count;
    }

private:
    std::atomic<int> *count;
};

class More : public vm::Plugin {
public:
    struct Options {
        std::string prefix;
    };

    More(vm::Self given, const Options &options) : prefix(options.prefix), self(given)
    {
        if (prefix == "bad")
            throw vm::Failure(VM_STATUS_USER - 1, "a bad prefix");
    }

    vm::Pending<int32_t> wait(vm::Call &call, int32_t how);

    vm::Answer decide(vm::Event &event);
    void values(vm::Event &event) const;
    vm::Answer later(vm::Event &event);
    void finish(vm::Event &event);

    static void examine(vm::ModuleView<More> &view);
    static void describe(vm::Description<More> &plugin);

    const std::string prefix;

private:
    static void describe_sources(vm::Description<More> &plugin);
    static void describe_sinks(vm::Description<More> &plugin);
    static void describe_parameters(vm::Description<More> &plugin, vm::PluginModule<More> &module);
    static void provide(vm::ModuleView<More> &view, const std::string &name);

    vm::Self self;
    int32_t seen = 0;
    std::optional<vm::EventCompleter> kept;
    std::optional<vm::Completer<int32_t>> kept_call;
};

extern std::atomic<int> words, provided;

#endif
