/* The result style: compiled with VM_CPP_RESULTS, and without exceptions and run-time type information. */
#include "test.hpp"

static_assert(std::is_same<decltype(vm::Engine::create()), vm::Result<vm::Engine>>::value, "the result style");

static vm::Result<int32_t> sum_of(const char *path)
{
    auto engine = vm::Engine::create();
    if (!engine)
        return engine.error();
    auto context = vm::Context::create(*engine);
    if (!context)
        return context.error();
    context->module("calc").function("add", [](int32_t a, int32_t b) { return a + b; });
    context->module("host").function("print", [](int32_t) {});
    return context->run<int32_t>(path, "sum", 20, 22);
}

static void returns_results()
{
    auto sum = sum_of(LIBVM_TEST_DATA "/../cpp/app.wasm");
    CHECK(sum.ok());
    CHECK_EQUAL(sum.status(), VM_STATUS_OK);
    CHECK_EQUAL(sum.value(), 42);
    CHECK_EQUAL(*sum, 42);
    CHECK_EQUAL(std::move(sum).value_or(0), 42);
    CHECK_FAILS(sum_of("/missing.wasm"), VM_STATUS_FILE_NOT_FOUND, "/missing.wasm");
    CHECK_EQUAL(sum_of("/missing.wasm").value_or(7), 7);
    vm::Result<void> nothing;
    CHECK(nothing);
    nothing.value();
    nothing = vm::Error(VM_STATUS_USER, "mine");
    CHECK_EQUAL(nothing.status(), VM_STATUS_USER);
#if VM_CPP_HAS_EXCEPTIONS
    try {
        sum_of("/missing.wasm").value();
        CHECK(false);
    } catch (const vm::Error &error) {
        CHECK_EQUAL(error.status(), VM_STATUS_FILE_NOT_FOUND);
    }
#endif
}

static void builders_keep_their_failure(vm::Engine &engine)
{
    vm::EngineConfig config;
    config.set_backtraces(true).set_proposal(99, true).set_stack_size(0);
    CHECK(config.failure() != nullptr);
    CHECK_FAILS(vm::Engine::create(config), VM_STATUS_INVALID_ARGUMENT, "99");
    vm::ContextConfig limits;
    limits.set_name("\xff");
    CHECK_FAILS(vm::Context::create(engine, limits), VM_STATUS_BAD_UTF8, "");
    CHECK_FAILS(vm::ContextPool::create(engine, limits, 1, [](vm::Context &) {}), VM_STATUS_BAD_UTF8, "");
    vm::Wasi wasi;
    wasi.add_directory("/missing", "/", VM_WASI_READ);
    vm::Context context = vm::Context::create(engine).value();
    CHECK_FAILS(context.register_wasi(wasi), VM_STATUS_FILE_NOT_FOUND, "/missing");
    context.module("m").function("f", [](int32_t) {}).function("f", [](int32_t) {});
    CHECK_FAILS(context.flush(), VM_STATUS_ALREADY_EXISTS, "f");
    CHECK_FAILS(context.imports(), VM_STATUS_ALREADY_EXISTS, "f");
    vm::HostModule module("\xff");
    CHECK_FAILS(context.register_module(module), VM_STATUS_BAD_UTF8, "");
}

static void add_functions(vm::Context &context)
{
    context.module("host")
        .function("numbers", [](int32_t, int64_t, float, double, int32_t) { return vm::Result<std::tuple<int64_t, double>>(std::tuple<int64_t, double>(1, 2)); })
        .function("view", [](std::string_view text) { return static_cast<int32_t>(text.size()); })
        .function("fill", [](vm::Span<uint8_t>, int32_t) {})
        .function("measure", [](const char *) { return 0; })
        .function("fails", [](int32_t how) -> vm::Result<void> {
            if (how)
                return vm::Error(VM_STATUS_USER - how, "the host's reason");
            return {};
        })
        .function("again", [](vm::Caller &caller, int32_t how) -> vm::Result<int32_t> {
            auto called = how ? caller.call<int32_t>("add", how, 1) : caller.call<int32_t>("look", vm::ExternRef());
            if (!called)
                return called.error();
            return *called + 1;
        })
        .function("later", [](vm::Caller &caller, int32_t n) -> vm::Result<vm::Suspended<int32_t>> {
            auto both = caller.suspend<int32_t>();
            if (!both)
                return both.error();
            if (!both->first.complete(n + 1))
                return vm::Error(VM_STATUS_USER, "stale");
            return both->second;
        })
        .function("object", [](vm::Caller &caller, int32_t) { return caller.make_extern(1); })
        .function("look", [](vm::Caller &caller, vm::ExternRef ref) -> vm::Result<int32_t> {
            auto object = caller.extern_value<int>(ref);
            if (!object)
                return object.error();
            return **object;
        })
        .function("apply", [](vm::Caller &caller, vm::FuncRef function, int32_t n) { return caller.call<int32_t>(function, n); })
        .function("vector", [](vm::V128 vector) { return vector; });
}

static void functions_return_results(vm::Engine &engine)
{
    vm::Context context = vm::Context::create(engine).value();
    add_functions(context);
    vm::Module module = vm::Module::load_from_file(engine, GUEST("cpp")).value();
    vm::Instance guest = context.instantiate(module).value();
    CHECK(guest.call("fails", 0));
    CHECK_FAILS(guest.call("fails", 3), VM_STATUS_USER - 3, "the host's reason");
    CHECK_EQUAL(guest.call<int32_t>("again", 4).value(), 6);
    CHECK_FAILS(guest.call<int32_t>("again", 0), VM_STATUS_WRONG_TYPE, "null");
    CHECK_EQUAL(guest.call<int32_t>("later", 4).value(), 6);
    CHECK_EQUAL(guest.call<int32_t>("object", 4).value(), 1);
    CHECK_EQUAL(guest.call<int32_t>("apply", 4).value(), 8);
    CHECK_FAILS(guest.call<int32_t>("look", vm::ExternRef()), VM_STATUS_WRONG_TYPE, "null");
    CHECK_FAILS(guest.call<double>("add", 1, 2), VM_STATUS_WRONG_TYPE, "the program asks for f64");
    CHECK_EQUAL((std::get<1>(guest.call<std::tuple<int64_t, double>>("numbers").value())), 2.0);
    CHECK_FAILS(guest.memory().value().read_text(65535, 9), VM_STATUS_OUT_OF_BOUNDS, "");
    vm::Module bytes = vm::Module::load_from_file(engine, GUEST("cpp_bytes")).value();
    vm::Allocator allocator = vm::Allocator::create(context.instantiate(bytes).value(), "alloc", "free").value();
    CHECK_EQUAL(allocator.call<std::string>("star", "Hello").value(), "*ello");
    CHECK_FAILS(allocator.call<std::string>("length", "Hello"), VM_STATUS_WRONG_TYPE, "");
    context.close();
    CHECK_FAILS(guest.call("nothing"), VM_STATUS_NULL_ARGUMENT, "closed or was moved from");
}

static void callbacks_return_results(vm::Engine &engine)
{
    vm::Context context = vm::Context::create(engine).value();
    CHECK(context.add_hook("a.point", VM_HOOK_FIRST, [](vm::HostEvent &event) -> vm::Result<vm::Answer> {
        if (event.integer("wrong"))
            return vm::Error(VM_STATUS_USER - 4, "wrong");
        return vm::Answer::Complete;
    }));
    vm::HostEvent event = vm::HostEvent::create("a.point").value();
    CHECK(context.invoke_hooks(event).value() == vm::Answer::Complete);
    CHECK(event.set("wrong", 1));
    CHECK_FAILS(context.invoke_hooks(event), VM_STATUS_USER - 4, "wrong");
    vm::ContextConfig config;
    auto pool = vm::ContextPool::create(engine, config, 1, [&](vm::Context &) -> vm::Result<void> {
        auto module = vm::Module::load_from_file(engine, "/missing.wasm");
        if (!module)
            return module.error();
        return {};
    });
    CHECK_FAILS(pool->take(), VM_STATUS_FILE_NOT_FOUND, "/missing.wasm");
    vm::Stream stream = vm::Stream::create(context, "s").value();
    CHECK(stream.set_source([]() { return std::optional<std::string>("x"); }));
    CHECK(stream.add_sink("out", [](const VM_StreamEvent &) -> vm::Result<void> { return vm::Error(VM_STATUS_USER - 5, "full"); }));
    CHECK_FAILS(stream.run(1), VM_STATUS_USER - 5, "full");
    struct Pushing {
        vm::Result<void> start(const vm::HostStreamPart &part)
        {
            CHECK(part.emit({ "event", 1, 0, {} }).value() == vm::Emitted::Taken);
            return vm::Error(VM_STATUS_USER - 6, "no start");
        }
        void stop() {}
    };
    vm::Stream pushed = vm::Stream::create(context, "pushed").value();
    CHECK(pushed.set_source(Pushing()));
    CHECK(pushed.add_sink("out", [](const VM_StreamEvent &) {}));
    CHECK_FAILS(pushed.run(), VM_STATUS_USER - 6, "no start");
}

/* Strings that C would cut. */
static void refuses_strings(vm::Engine &engine)
{
    const std::string cut("go\0x", 4);
    const char *text = "a string contains a NUL, where C would end it";
    vm::Context context = vm::Context::create(engine).value();
    CHECK_FAILS(context.run(GUEST("lib"), cut), VM_STATUS_INVALID_ARGUMENT, text);
    CHECK_FAILS(context.set_plugin_option("options", "level", std::vector<std::string>{ cut }), VM_STATUS_INVALID_ARGUMENT, text);
    vm::Wasi wasi;
    wasi.set_arguments({ "tool", cut }).add_environment("A", "b");
    CHECK_FAILS(context.register_wasi(wasi), VM_STATUS_INVALID_ARGUMENT, text);
    vm::HostModule host{ cut };
    host.function("f", [] {});
    CHECK_FAILS(context.register_module(host), VM_STATUS_INVALID_ARGUMENT, text);
}

void LIBVM_TEST_NAME()
{
    vm::Engine engine = vm::Engine::create().value();
    returns_results();
    builders_keep_their_failure(engine);
    functions_return_results(engine);
    callbacks_return_results(engine);
    refuses_strings(engine);
}
