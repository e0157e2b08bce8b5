/* The sinks. */
#include "more.hpp"

namespace {

class Lines {
public:
    struct Options {
        int64_t capacity = 0;
        std::string refuse, panic;
    };

    Lines(More &plugin, vm::StreamPart of, const Options &given) : part(of), options(given), prefix(plugin.prefix) {}
    ~Lines() { part.self().log(VM_LOG_INFO, "lines closed"); }

    vm::Progress write(const vm::StreamEventView &event)
    {
        std::string payload(event.payload());
        if (!payload.empty() && payload == options.refuse)
            throw vm::Failure(VM_STATUS_USER - 10, "it is refused");
        if (!payload.empty() && payload == options.panic)
            throw std::string("help");
        if (options.capacity && unflushed >= options.capacity)
            return vm::Progress::NotYet;
        std::string line = prefix + "line " + payload + " " + std::to_string(event.position());
        for (const VM_StreamField &field : event.metadata())
            line += std::string(" ") + field.key + "=" + field.value;
        part.self().log(VM_LOG_INFO, line);
        unflushed++;
        return vm::Progress::Done;
    }
    void flush()
    {
        unflushed = 0;
        part.self().log(VM_LOG_INFO, "flush");
    }

private:
    vm::StreamPart part;
    Options options;
    std::string prefix;
    int64_t unflushed = 0;
};

struct Plain {
    static void write(const vm::StreamEventView &) {}
};

} // namespace

void More::describe_sinks(vm::Description<More> &plugin)
{
    auto lines = plugin.sink<Lines>("lines");
    lines.describe("Logs lines");
    lines.option("capacity", &Lines::Options::capacity, "").range(0, 1000);
    lines.option("refuse", &Lines::Options::refuse, "");
    lines.option("panic", &Lines::Options::panic, "");
    plugin.sink<Plain>("plain");
}
