/* Strings that contain a NUL, which the C API would cut, are refused wherever they are passed. */
#include "test.hpp"

#include <filesystem>

static const std::string cut("go\0x", 4);

#define REFUSED(statement) CHECK_THROWS(statement, VM_STATUS_INVALID_ARGUMENT, "a string contains a NUL, where C would end it")

static void names(vm::Engine &engine)
{
    vm::Context context(engine);
    context.module("host").function("wait", [](int32_t n) { return n; }).function("object", [](vm::Caller &caller) { return caller.make_extern(1); });
    vm::Instance guest = context.instantiate(vm::Module(engine, GUEST("executions")));
    CHECK_EQUAL(guest.call<int32_t>("nap", 1), 2);
    const std::string name("nap\0x", 5);
    REFUSED(guest.call<int32_t>(name, 1));
    REFUSED(guest.call<int32_t>(std::string_view(name), 1));
    REFUSED(guest.function(name));
    REFUSED(guest.memory(name));
    REFUSED(guest.start(name, 1));
    REFUSED(context.find_instance(cut));
    REFUSED(context.register_wasm(cut, vm::Module(engine, GUEST("executions"))));
    REFUSED(context.plugin_statistics(cut));
    REFUSED(context.run(GUEST("executions"), cut));
    REFUSED(context.run_buffer("", cut));
    REFUSED(vm::Allocator::create(guest, "a", cut));
    REFUSED(vm::Stream(context, cut));
    REFUSED(vm::HostModule{ cut });
    REFUSED(context.module(cut));
    REFUSED(vm::HostEvent{ cut });
    REFUSED(vm::fail_event(1, VM_STATUS_TRAP, cut));
    CHECK_EQUAL(guest.call<int32_t>("nap", 2), 3);
}

static void paths(vm::Engine &engine)
{
    const std::string path = GUEST("executions") + std::string("\0.txt", 5);
    REFUSED(vm::Module(engine, path));
    REFUSED(vm::Module(engine, std::filesystem::path(path)));
    vm::Context context(engine);
    REFUSED(context.record_to_file(path));
    REFUSED(context.run_wasi(path));
    vm::PluginRegistry plugins;
    REFUSED(plugins.load_from_path(path));
    vm::PluginReport report;
    REFUSED(plugins.load_from_path(path, report));
    REFUSED(plugins.allow_only({ "calc", cut }));
    REFUSED(plugins.find(cut));
    REFUSED(vm::build_package(path, "x"));
}

static void callbacks(vm::Engine &engine)
{
    /* What a refused call would have owned is freed: valgrind and the counter see it. */
    auto counted = std::make_shared<int>(1);
    vm::Context context(engine);
    vm::HostModule host("host");
    REFUSED(host.function(cut, [counted] {}));
    REFUSED(host.function(cut, vm::FuncType::create({}, {}), [counted](vm::Caller &, const VM_Value *, VM_Value *) { return VM_STATUS_OK; }));
    REFUSED(context.add_hook(cut, VM_HOOK_LAST, [counted](vm::HostEvent &) {}));
    vm::Stream stream(context, "s");
    REFUSED(stream.add_sink(cut, [counted](const VM_StreamEvent &) {}));
    REFUSED(stream.add_stage(cut, [counted](vm::Caller &) {}));
    CHECK_EQUAL(counted.use_count(), 1);
    host.function("f", [] {});
    REFUSED(host.permission(cut));
}

static void values(vm::Engine &engine)
{
    vm::HostEvent event("mail.accept");
    REFUSED(event.set("text", cut));
    REFUSED(event.set(cut, 1));
    event.set("go", 1);
    event.set_bytes("bytes", cut);
    CHECK(!event.integer(cut));
    CHECK_EQUAL(event.bytes("bytes")->size(), 4u);
    vm::Context context(engine);
    REFUSED(context.set_plugin_option("options", "level", cut));
    REFUSED(context.set_plugin_option("options", "level", std::vector<std::string>{ "a", cut }));
    REFUSED(context.grant_permission("calc", cut));
    vm::Wasi wasi;
    REFUSED(wasi.set_arguments({ "tool", cut }));
    REFUSED(wasi.add_environment("A", cut));
    REFUSED(wasi.add_directory(cut, "/", VM_WASI_READ));
}

void test_strings()
{
    vm::Engine engine;
    names(engine);
    paths(engine);
    callbacks(engine);
    values(engine);
}
