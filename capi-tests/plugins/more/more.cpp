/* The plug-in: its functions, and the list of what it extends. */
#define VM_PLUGIN_PERMISSIONS "more:secret"
#include "more.hpp"

vm::Pending<int32_t> More::wait(vm::Call &call, int32_t how)
{
    auto [completer, pending] = call.suspend<int32_t>([self = self] { self.log(VM_LOG_INFO, "call cancelled"); });
    if (how == 0)
        completer.complete(42);
    else
        kept_call.emplace(std::move(completer));
    return pending;
}

void More::describe(vm::Description<More> &plugin)
{
    plugin.option("prefix", &Options::prefix, "What comes before");
    auto &module = plugin.module("more");
    module.function("wait", &More::wait).function("words", [] { return words.load(); }).function("provided", [] { return provided.load(); });
    plugin.hook("more.decide", &More::decide).describe("Decides");
    plugin.hook("more.decide", [](vm::Event &event) { event.set_integer("second", 1); });
    plugin.hook("more.values", &More::values).describe("Changes values");
    plugin.hook("more.later", &More::later).describe("Answers later");
    plugin.hook("more.finish", &More::finish).describe("Finishes");
    describe_parameters(plugin, module);
    describe_sources(plugin);
    describe_sinks(plugin);
}

VM_CPP_PLUGIN(More, "more", "1.0.0", "What a plug-in can extend, in C++, for the tests of the SDK")
