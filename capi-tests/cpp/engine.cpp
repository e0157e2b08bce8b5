/* Engines, modules, errors, and objects that are closed or were moved from. */
#include "test.hpp"

#include <fstream>
#include <sstream>

static std::string content(const char *path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

static void loads_modules()
{
    vm::Engine engine;
    vm::Module module(engine, GUEST("cpp"));
    CHECK_EQUAL(module.imports().size(), 11u);
    CHECK_EQUAL(std::string(module.imports()[0]->module), "host");
    CHECK_EQUAL(std::string(module.imports()[1]->name), "view");
    CHECK_EQUAL(std::string(module.exports()[0]->name), "memory");
    CHECK_EQUAL(module.exports()[0]->type->kind, VM_EXTERN_MEMORY);
    std::string bytes = content(GUEST("cpp"));
    CHECK_EQUAL(vm::Module::load_from_buffer(engine, bytes).exports().size(), module.exports().size());
    vm::Span<const uint8_t> span(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
    CHECK_EQUAL(vm::Module::load_from_buffer(engine, span).custom_sections().size(), module.custom_sections().size());
    engine.validate(bytes);
    CHECK_THROWS(engine.validate("\0asm\1\0\0\0?"), VM_STATUS_BAD_MODULE, "");
    CHECK_THROWS(vm::Module(engine, "/missing.wasm"), VM_STATUS_FILE_NOT_FOUND, "/missing.wasm");
    CHECK_THROWS(vm::Module(engine, std::string("/missing")), VM_STATUS_FILE_NOT_FOUND, "/missing");
    CHECK_THROWS(vm::Module(engine, std::string_view("/missing.wasm", 8)), VM_STATUS_FILE_NOT_FOUND, "/missing");
    try {
        vm::Module::load_from_buffer(engine, "(module (func (export \"f\")))");
    } catch (const vm::Error &error) {
        CHECK_EQUAL(error.status(), VM_STATUS_TEXT_FORMAT); // a build without the text format
    }
}

static void configures_engines()
{
    vm::EngineConfig config;
    config.set_proposal(VM_PROPOSAL_FLOATS, false)
        .set_compilation(VM_COMPILATION_EAGER)
        .set_tier(VM_TIER_INTERPRETER)
        .set_canonical_nans(false)
        .set_signal_handlers(true)
        .set_profiler(VM_PROFILER_NONE)
        .set_cache_directory("")
        .set_cache_size(1 << 20)
        .set_pooling(10)
        .set_stack_size(1 << 20)
        .set_recursion_depth(100)
        .set_concurrency(2)
        .set_nesting_limit(100)
        .set_local_limit(1000)
        .set_body_size_limit(100000)
        .set_function_limit(1000)
        .set_import_limit(3)
        .set_backtraces(true)
        .set_interruptible(true)
        .set_fuel_metering(true);
    vm::Engine engine(config);
    CHECK_THROWS(vm::Module(engine, GUEST("cpp")), VM_STATUS_LIMIT, "import");
    CHECK_EQUAL(engine.statistics().compilations, 0u);
    CHECK_EQUAL(vm::Context(engine).tier(), VM_TIER_INTERPRETER);
    CHECK_THROWS(config.set_proposal(99, true), VM_STATUS_INVALID_ARGUMENT, "");
    CHECK_THROWS(config.set_tier(3), VM_STATUS_INVALID_ARGUMENT, "3 is not a tier");
    vm::FuncType type = vm::FuncType::create({ VM_VALTYPE_I32, VM_VALTYPE_F64 }, { VM_VALTYPE_I64 });
    CHECK_EQUAL(type.params().size(), 2u);
    CHECK_EQUAL(type.results()[0], VM_VALTYPE_I64);
    CHECK_THROWS(vm::FuncType::create({ 77 }, {}), VM_STATUS_INVALID_ARGUMENT, "");
}

static void describes_errors()
{
    vm::EngineConfig config;
    config.set_backtraces(true);
    vm::Engine engine(config);
    vm::Context context(engine);
    try {
        context.run(GUEST("hooks"), "unreachable");
        CHECK(false);
    } catch (const vm::Failure &failure) { // the base of vm::Error
        const auto &error = static_cast<const vm::Error &>(failure);
        vm::Error copy = error;
        CHECK_EQUAL(copy.status(), VM_STATUS_TRAP);
        CHECK_EQUAL(std::string(copy.status_name()), "VM_STATUS_TRAP");
        CHECK_EQUAL(copy.trap_code(), VM_TRAP_UNREACHABLE);
        CHECK_EQUAL(copy.function_name(), "unreachable");
        CHECK_EQUAL(copy.plugin_name(), "");
        CHECK_EQUAL(copy.exit_code(), -1);
        CHECK_EQUAL(copy.os_error(), 0);
        CHECK(!copy.is_retryable());
        CHECK(!copy.frames().empty());
        CHECK_EQUAL(std::string(copy.frames()[0]->function), "unreachable");
        CHECK_EQUAL(copy.get(), error.get());
    }
    try {
        vm::Module(engine, "/missing.wasm");
    } catch (const vm::Error &error) {
        CHECK_EQUAL(error.path(), "/missing.wasm");
        CHECK(error.os_error() != 0);
    }
    vm::Error own(VM_STATUS_USER - 3, "mine");
    CHECK_EQUAL(own.status(), VM_STATUS_USER - 3);
    CHECK_EQUAL(std::string(own.what()), "mine");
    CHECK(own.frames().empty() && own.module_name().empty() && !own.get());
    CHECK_EQUAL(vm::version_number(), static_cast<uint32_t>(VM_VERSION_NUMBER));
    CHECK_EQUAL(std::string(vm::version()), VM_VERSION_STRING);
}

static void moves_and_closes()
{
    vm::Engine engine;
    vm::Engine moved = std::move(engine);
    CHECK(!engine && moved);
    CHECK_THROWS(vm::Context{ engine }, VM_STATUS_NULL_ARGUMENT, "closed or was moved from");
    CHECK_THROWS(vm::Module(engine, GUEST("cpp")), VM_STATUS_NULL_ARGUMENT, "closed or was moved from");
    vm::Context context(moved);
    context.module("host").function("print", [](int32_t) {});
    vm::Context other = std::move(context);
    CHECK(!context.get() && other.get());
    CHECK_THROWS(context.reset(), VM_STATUS_NULL_ARGUMENT, "closed or was moved from");
    CHECK_THROWS(context.run(GUEST("hooks"), "unreachable"), VM_STATUS_NULL_ARGUMENT, "closed or was moved from");
    CHECK_THROWS(context.cancel_id(), VM_STATUS_NULL_ARGUMENT, "");
    context.module("host").function("print", [](int32_t) {});
    CHECK_THROWS(context.flush(), VM_STATUS_NULL_ARGUMENT, "closed or was moved from");
    CHECK_EQUAL(context.id(), 0u);
    CHECK_EQUAL(context.instance_count(), 0u);

    vm::Module module(moved, GUEST("user"));
    CHECK_THROWS(other.instantiate(module), VM_STATUS_UNRESOLVED_IMPORT, "");
    vm::Instance instance = other.register_wasm("lib", vm::Module(moved, GUEST("lib")));
    vm::Func function = instance.function_at(4);
    vm::Memory memory(nullptr, {});
    other.close();
    CHECK_THROWS(function.call(), VM_STATUS_NULL_ARGUMENT, "closed or was moved from");
    CHECK_THROWS(function.type(), VM_STATUS_NULL_ARGUMENT, "");
    CHECK_THROWS(instance.call("f"), VM_STATUS_NULL_ARGUMENT, "");
    CHECK_THROWS(instance.memory(), VM_STATUS_NULL_ARGUMENT, "");
    CHECK_THROWS(memory.read_text(0, 4), VM_STATUS_NULL_ARGUMENT, "");
    moved.close();
    moved.close();
    module.close();
    CHECK(module.imports().empty());
    vm::PluginRegistry plugins;
    vm::PluginRegistry kept = std::move(plugins);
    plugins = std::move(kept);
    CHECK_THROWS(kept.load_from_path("x"), VM_STATUS_NULL_ARGUMENT, "closed or was moved from");
    CHECK_EQUAL(kept.count(), 0u);
}

static void gives_and_takes_c_objects()
{
    VM_Engine *raw = nullptr;
    CHECK_EQUAL(VM_EngineCreate(nullptr, &raw, nullptr), VM_STATUS_OK);
    vm::Engine engine(raw);
    CHECK_EQUAL(engine.get(), raw);
    VM_Context *c = vm::Context(engine).release();
    CHECK(c != nullptr);
    {
        vm::Context borrowed(c, false);
        CHECK_EQUAL(borrowed.id(), VM_ContextGetId(c));
    }
    CHECK(VM_ContextGetId(c) != 0);
    VM_ContextDelete(c);
    VM_EngineDelete(engine.release());
    CHECK(!engine);
}

void test_engine()
{
    loads_modules();
    configures_engines();
    describes_errors();
    moves_and_closes();
    gives_and_takes_c_objects();
}
