/* The twin of tests/sdk in C++. */
#define VM_PLUGIN_PERMISSIONS "sdk:secret,sdk:say:*"
#include <libvm/plugin.hpp>

#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <thread>

class Probe : public vm::Plugin {
public:
    struct Options {
        std::string greeting = "Hello";
        int64_t limit = 100;
        bool polite = true;
        double share = 0.5;
        std::vector<std::string> names = { "a", "b" };
        std::string optimize_for = "fast";
    };

    Probe(vm::Self given, const Options &values) : self(given), options(values)
    {
        if (options.greeting.empty())
            throw vm::Failure(VM_STATUS_USER - 1, "the greeting is empty");
        if (options.greeting == "panic")
            throw std::runtime_error("nobody is greeted so");
        VM_HostLog(self.host(), nullptr, VM_LOG_INFO, ("an instance that says " + options.greeting).c_str());
    }

    uint32_t greet(std::string_view name, vm::Span<char> out)
    {
        int64_t counted = self.state().increment("greeted", 1);
        if (counted > options.limit)
            throw std::runtime_error("that is enough greeting");
        std::string text = options.greeting + ", " + std::string(name) + " (" + std::to_string(counted) + ")";
        if (text.size() > out.size())
            throw std::runtime_error("the buffer is too small");
        memcpy(out.data(), text.data(), text.size());
        return static_cast<uint32_t>(text.size());
    }

    int32_t count() { return ++number; }

    int32_t calls(vm::Call &call, int32_t value) const
    try {
        return call.call<int32_t>("back", value);
    } catch (const vm::Failure &failure) {
        value == -2 ? throw vm::Failure(VM_STATUS_USER - 9, std::string("caught: ") + failure.what()) : throw;
    }

    double settings(const char *what) const
    {
        std::string_view name = what;
        if (name == "limit")
            return static_cast<double>(options.limit);
        if (name == "polite")
            return options.polite;
        if (name == "share")
            return options.share;
        if (name == "names")
            return static_cast<double>(options.names.size());
        if (name == "optimize-for")
            return static_cast<double>(options.optimize_for.size());
        throw vm::Failure(VM_STATUS_NOT_FOUND, std::string("there is no ") + what);
    }

    static int32_t state(vm::Call &call, std::string_view key)
    {
        vm::State state = call.self().state();
        std::string name(key), value;
        if (state.get(name, value)) {
            state.remove(name);
            return static_cast<int32_t>(value.size());
        }
        for (int i = 0; i < 1000; i++)
            value += name;
        state.put(name, value);
        return static_cast<int32_t>(state.keys().size());
    }

    static vm::Pending<int32_t> later(vm::Call &call, int32_t value)
    {
        auto [completer, pending] = call.suspend<int32_t>();
        std::thread([value, completer = std::move(completer)]() mutable {
            vm::Completer<int32_t> owned = std::move(completer);
            if (value == 1)
                owned.fail(VM_STATUS_USER - 2, "no answer");
            else if (value == 2) /* what is refused can be completed again */
                owned.complete(owned.fail(VM_STATUS_OK, "not a failure"));
            else if (value != 0)
                owned.complete(value * 2);
        }).detach();
        return pending;
    }

    /* Suspends the guest until it is cancelled; with 1 until it is completed, with 2 not at all, and with 3 the function throws. */
    vm::Pending<int32_t> waits(vm::Call &call, int32_t how)
    {
        struct Held {
            vm::Self self;
            ~Held() { self.log(VM_LOG_INFO, "released"); }
        };
        std::shared_ptr<Held> held(new Held{ self });
        auto [completer, pending] = call.suspend<int32_t>([held = std::move(held), how] {
            held->self.log(VM_LOG_INFO, "cancelled");
            if (how == 3)
                throw std::runtime_error("no end");
        });
        if (how == 1)
            completer.complete(7);
        if (how == 2)
            throw std::runtime_error("it does not wait");
        if (how != 1)
            waiting.push_back(std::move(completer));
        return pending;
    }

    static int32_t parse(std::string_view text)
    {
        size_t used = 0;
        std::string digits(text);
        int32_t value = 0;
        try {
            value = std::stoi(digits, &used);
        } catch (const std::exception &) {
            used = 0;
        }
        if (used != digits.size() || digits.empty())
            throw std::invalid_argument("invalid digit found in string");
        return value;
    }

    std::string save() { return std::to_string(number); }
    void restore(std::string_view text) { number = std::stoi(std::string(text)); }

    static void describe(vm::Description<Probe> &plugin)
    {
        plugin.option("greeting", &Options::greeting, "What to say before the name");
        plugin.option("limit", &Options::limit, "How often").range(1, 1000);
        plugin.option("polite", &Options::polite, "");
        plugin.option("share", &Options::share, "").range_of_numbers(0, 1);
        plugin.option("names", &Options::names, "");
        plugin.option("optimize-for", &Options::optimize_for, "").choices("fast,small");
        plugin.module("sdk")
            .describe("Everything")
            .function("add", [](int32_t a, int32_t b) { return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b)); })
            .describe("Adds")
            .function("types", [](int32_t a, uint64_t b, float c, double d, bool e) { return std::tuple(a + static_cast<double>(b) + c + d, !e); })
            .function("nothing", [](Probe &) {})
            .function("greet", &Probe::greet)
            .function("copy",
                      [](vm::Span<const uint8_t> from, vm::Span<uint8_t> to) {
                          size_t size = from.size() < to.size() ? from.size() : to.size();
                          if (size)
                              memmove(to.data(), from.data(), size);
                          return static_cast<uint32_t>(size);
                      })
            .function("count", &Probe::count)
            .function("calls", &Probe::calls)
            .flags(VM_FUNCTION_REENTERS)
            .function("calls_mut", &Probe::calls)
            .flags(VM_FUNCTION_REENTERS)
            .function("settings", &Probe::settings)
            .function("state", &Probe::state)
            .function("later", &Probe::later)
            .function("waits", &Probe::waits)
            .function("fails", [](int32_t status) { throw vm::Failure(status, "so it is"); })
            .function("parses", &Probe::parse)
            .function("panics", [](std::string_view text) -> int32_t { throw std::string(text); })
            .function("secret", [] { return 42; })
            .permission("sdk:secret")
            .function("says",
                      [](vm::Call &call, std::string_view text) {
                          call.require("sdk:say:" + std::string(text));
                          call.self().log(VM_LOG_WARNING, std::string(text));
                          call.self().log(VM_LOG_ERROR, std::string(text) + "!");
                      })
            .function("peek",
                      [](vm::Call &call, uint32_t address) {
                          uint8_t byte = 0;
                          call.read(address, &byte, 1);
                          uint8_t next = static_cast<uint8_t>(byte + 1);
                          call.write(address, &next, 1);
                          return call.memory_size() + byte;
                      })
            .function("directory", [](Probe &probe) {
                struct stat status;
                return stat(probe.self.directory(VM_DIRECTORY_TEMP).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
            });
    }

private:
    vm::Self self;
    Options options;
    int32_t number = 0;
    std::vector<vm::Completer<int32_t>> waiting;
};

VM_CPP_PLUGIN(Probe, "sdk", "1.2.0", "A plug-in in C++ for the tests of the SDK")
