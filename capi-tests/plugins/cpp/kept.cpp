/* Keeps the presence of its first instance, also when that is destroyed. Its library can be closed. */
#define VM_PLUGIN_FLAGS VM_PLUGIN_UNLOADABLE
#define VM_PLUGIN_PERMISSIONS "kept:it"
#include <libvm/plugin.hpp>

#include <optional>
#include <thread>

namespace {

std::optional<vm::Self> first;
std::thread logger;

class Kept : public vm::Plugin {
public:
    explicit Kept(vm::Self self)
    {
        if (!first)
            first = self;
    }
    static void log_later()
    {
        logger = std::thread([self = *first] { self.log(VM_LOG_INFO, "block"); });
    }
    static void forget()
    {
        first.reset();
        if (logger.joinable())
            logger.join();
    }

    static void describe(vm::Description<Kept> &plugin)
    {
        plugin.module("kept")
            .function("count", [] { return first->state().increment("count", 1); })
            .function("permits", [] { return first->permits("kept:it"); })
            .function("log", [] { first->log(VM_LOG_INFO, "by the first"); })
            .function("directory", [] { return static_cast<uint32_t>(first->directory(VM_DIRECTORY_TEMP).size()); })
            .function("log_later", log_later)
            .function("forget", forget);
    }
};

} // namespace

VM_CPP_PLUGIN(Kept, "kept", "1.0.0", "Keeps a presence")
