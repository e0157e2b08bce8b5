/* The sources. */
#include "more.hpp"

#include <thread>

namespace {

uint64_t position_of(uint64_t position, uint64_t committed)
{
    return position == VM_STREAM_BEGINNING ? 0 : position == VM_STREAM_COMMITTED ? committed : position;
}

/* A source that is pulled. */
class Numbers {
public:
    struct Options {
        int64_t count = 3;
        std::string text = "n";
        int64_t fail_at = 0, panic_at = 0, pause_at = 0;
    };

    Numbers(More &plugin, vm::StreamPart of, const Options &given) : part(of), options(given), prefix(plugin.prefix)
    {
        if (options.text.empty())
            throw vm::Failure(VM_STATUS_USER - 2, "the text is empty");
        std::string stored;
        if (part.self().state().get("committed", stored))
            last = committed = std::stoull(stored);
    }
    ~Numbers()
    {
        if (notifier.joinable())
            notifier.join();
        part.self().log(VM_LOG_INFO, "numbers closed");
    }

    vm::Next next(vm::StreamEvent &event)
    {
        int64_t number = static_cast<int64_t>(last) + 1;
        if (number > options.count)
            return vm::Next::End;
        if (number == options.fail_at)
            throw vm::Failure(VM_STATUS_USER - 8, "the line is dead");
        if (number == options.panic_at)
            throw std::string("help");
        if (number == options.pause_at) {
            options.pause_at = 0;
            notifier = std::thread([part = part] { part.notify(); });
            return vm::Next::NotYet;
        }
        event.position = ++last;
        event.payload = prefix + options.text + std::to_string(number);
        event.timestamp = number * 1000;
        event.metadata = { { "number", std::to_string(number) }, { "stream", part.stream() } };
        return vm::Next::Event;
    }
    void commit(uint64_t position)
    {
        committed = position;
        part.self().state().put("committed", std::to_string(position));
    }
    void rewind(uint64_t position) { last = position_of(position, committed); }

private:
    vm::StreamPart part;
    Options options;
    std::string prefix;
    uint64_t last = 0, committed = 0;
    std::thread notifier;
};

/* A source that pushes. */
class Ticks {
public:
    struct Options {
        int64_t count = 3;
        bool broken = false;
    };

    Ticks(More &plugin, vm::StreamPart of, const Options &given) : part(of), options(given), prefix(plugin.prefix)
    {
        part.set_state(VM_STREAM_PART_CONNECTING, "looking for the clock");
    }

    void start()
    {
        if (starts++)
            part.report_reconnect("ticking again");
        else
            part.set_state(VM_STREAM_PART_CONNECTED, "ticking");
        ticker = std::thread([this] {
            vm::StreamEvent event;
            while (static_cast<int64_t>(last) < options.count) {
                event.position = last + 1;
                event.payload = prefix + "t" + std::to_string(event.position);
                if (part.emit_waiting(event) != vm::Emitted::Taken)
                    return;
                last++;
            }
            if (options.broken)
                part.end(VM_STATUS_USER - 9, "the clock has stopped");
            else
                part.end();
        });
    }
    void stop() { ticker.join(); }
    void commit(uint64_t position) { committed = position; }
    void rewind(uint64_t position) { last = position_of(position, committed); }

private:
    vm::StreamPart part;
    Options options;
    std::string prefix;
    int starts = 0;
    uint64_t last = 0, committed = 0;
    std::thread ticker;
};

struct Endless {
    static vm::Next next(vm::StreamEvent &) { return vm::Next::NotYet; }
};

} // namespace

void More::describe_sources(vm::Description<More> &plugin)
{
    auto numbers = plugin.source<Numbers>("numbers");
    numbers.bounded().describe("Counts");
    numbers.option("count", &Numbers::Options::count, "How many").range(0, 1000);
    numbers.option("text", &Numbers::Options::text, "");
    numbers.option("fail-at", &Numbers::Options::fail_at, "");
    numbers.option("panic-at", &Numbers::Options::panic_at, "");
    numbers.option("pause-at", &Numbers::Options::pause_at, "");
    auto ticks = plugin.source<Ticks>("ticks");
    ticks.bounded().describe("Ticks");
    ticks.option("count", &Ticks::Options::count, "").range(0, 1000);
    ticks.option("broken", &Ticks::Options::broken, "");
    plugin.source<Endless>("endless");
}
