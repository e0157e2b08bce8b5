/* Calls of guests, and what they export: functions, memories, tables, globals, references. */
#include "test.hpp"
#include <thread>

/* The functions that the guest imports, which these tests do not call. */
static void add_imports(vm::Context &context)
{
    context.module("host")
        .function("numbers", [](int32_t, int64_t, float, double, uint32_t) { return std::tuple<int64_t, double>(1, 2); })
        .function("view", [](std::string_view) { return 0; })
        .function("fill", [](vm::Span<char>, int32_t) {})
        .function("measure", [](const char *) { return 0; })
        .function("fails", [](int32_t) {})
        .raw_function("again", "(i)i", [](void *, VM_Caller *, VM_RawValue *) -> VM_Status { return VM_STATUS_OK; })
        .function("later", [](int32_t n) { return n; })
        .function("object", [](vm::Caller &caller, int32_t n) { return caller.make_extern(std::string(static_cast<size_t>(n), 'x')); })
        .function("look", [](vm::Caller &caller, vm::ExternRef ref) { return static_cast<int32_t>(caller.extern_value<std::string>(ref)->size()); })
        .function("apply", [](vm::Caller &caller, vm::FuncRef function, int32_t n) { return caller.call<int32_t>(function, n); })
        .function("vector", [](vm::V128 vector) { return vector.bytes[0]++, vector; });
}

static void calls_functions(vm::Instance instance)
{
    vm::Func add = instance.function("add");
    CHECK_EQUAL(add.call<int32_t>(40, 2), 42);
    CHECK_EQUAL(add.call<uint32_t>(-1, 0), UINT32_MAX);
    CHECK_EQUAL(add.call<vm::Value>(1, 2).as<int32_t>().value_or(0), 3);
    CHECK(!add.call<vm::Value>(1, 2).as<int64_t>());
    CHECK_EQUAL(instance.call<int32_t>("add", int16_t(-1), true), 0);
    instance.call("nothing");
    auto [sum, count] = instance.call<std::tuple<double, int64_t>>("mixed", 1u, 1LL << 40, 0.5f, 0.25);
    CHECK_EQUAL(sum, 0.75);
    CHECK_EQUAL(count, (1LL << 40) + 1);
    CHECK_THROWS(add.call<int32_t>(1), VM_STATUS_WRONG_COUNT, "");
    CHECK_THROWS(add.call<int32_t>(1, 2L), VM_STATUS_WRONG_TYPE, "");
    CHECK_THROWS(add.call(1, 2), VM_STATUS_WRONG_COUNT, "");
    CHECK_THROWS(add.call<double>(1, 2), VM_STATUS_WRONG_TYPE, "the function returns i32; the program asks for f64");
    CHECK_THROWS((instance.call<std::tuple<double, double>>("mixed", 1, 1LL, 0.5f, 0.5)), VM_STATUS_WRONG_TYPE,
                 "the function returns f64 i64; the program asks for f64 f64");
    CHECK_THROWS(instance.call("missing"), VM_STATUS_NOT_FOUND, "missing");
    CHECK_THROWS(instance.call("trap"), VM_STATUS_TRAP, "unreachable");
    std::vector<vm::Value> results = instance.function("mixed").call_values({ 1, int64_t(2), 0.5f, 0.5 });
    CHECK_EQUAL(results.size(), 2u);
    CHECK_EQUAL(results[0].as<double>().value_or(0), 1.0);
    CHECK_EQUAL(results[1].type(), VM_VALTYPE_I64);
    CHECK(instance.function("nothing").call_values({}).empty());
    CHECK_EQUAL(add.type().params().size(), 2u);
    VM_RawValue values[2] = {};
    values[0].i32 = 40;
    values[1].i32 = 2;
    vm::PreparedCall prepared = add.prepare("(ii)i");
    prepared.run(values);
    CHECK_EQUAL(values[0].i32, 42);
    CHECK_THROWS(add.prepare("(iI)i"), VM_STATUS_WRONG_TYPE, "the call is prepared for (i32, i64) -> (i32)");
    vm::V128 vector = { { 1, 2, 3 } };
    CHECK_EQUAL(int(instance.call<vm::V128>("vector", vector).bytes[0]), 2);
}

static void calls_prepared(vm::Context &context, vm::Instance instance)
{
    vm::Func add = instance.function("add");
    vm::PreparedFunction<int32_t(int32_t, int32_t)> sum = add.prepare<int32_t(int32_t, int32_t)>();
    CHECK_EQUAL(sum(40, 2), 42);
    CHECK_EQUAL(sum(-1, INT32_MIN), INT32_MAX);
    CHECK_THROWS(add.prepare<int32_t(int32_t, int64_t)>(), VM_STATUS_WRONG_TYPE, "the call is prepared for (i32, i64) -> (i32)");
    CHECK_EQUAL((vm::PreparedFunction<std::tuple<double, int64_t>(bool, uint64_t, float, vm::V128)>::signature()), "(iIfv)FI");
    auto mixed = instance.function("mixed").prepare<std::tuple<double, int64_t>(int32_t, int64_t, float, double)>();
    CHECK((mixed(1, 2, 0.5f, 0.5) == instance.call<std::tuple<double, int64_t>>("mixed", 1, int64_t(2), 0.5f, 0.5)));
    instance.function("nothing").prepare<void()>()();
    auto moved = std::move(sum);
    CHECK_EQUAL(moved(1, 1), 2);
    {
        vm::EnteredContext entered = context.enter();
        vm::EnteredContext again = context.enter(), last = std::move(again);
        for (int32_t i = 0; i < 100; i++)
            CHECK_EQUAL(moved(i, 1), i + 1);
        std::thread([&] { CHECK_THROWS(context.enter(), VM_STATUS_BUSY, "another thread holds the context"); }).join();
    }
    std::thread([&] { vm::EnteredContext(context.enter()).leave(); }).join();
    vm::V128 vector = instance.function("vector").prepare<vm::V128(vm::V128)>()({ { 1, 2, 3 } });
    CHECK_EQUAL(int(vector.bytes[0]), 2);
    CHECK_EQUAL(int(vector.bytes[2]), 3);
}

static void uses_memory(vm::Instance instance)
{
    vm::Memory memory = instance.memory();
    CHECK_EQUAL(memory.size(), 65536u);
    CHECK_EQUAL(memory.read_text(16, 5), "hello");
    memory.write(100, "bytes");
    CHECK_EQUAL(memory.read_bytes(100, 5)[4], 's');
    vm::Span<uint8_t> span = memory.span(100, 5);
    span[0] = 'B';
    char text[5];
    memory.read_into(100, text, sizeof text);
    CHECK_EQUAL(std::string(text, 5), "Bytes");
    CHECK_EQUAL(memory.grow(1), 1u);
    CHECK_EQUAL(memory.size(), 131072u);
    CHECK_THROWS(memory.grow(100), VM_STATUS_LIMIT, "");
    CHECK_EQUAL(memory.type().maximum, 4u);
    CHECK_THROWS(memory.read_text(131070, 5), VM_STATUS_OUT_OF_BOUNDS, "");
    CHECK_THROWS(memory.read_bytes(0, UINT64_MAX), VM_STATUS_OUT_OF_BOUNDS, "");
    CHECK_THROWS(memory.write(UINT64_MAX, "x"), VM_STATUS_OUT_OF_BOUNDS, "");
    CHECK_THROWS(instance.memory("missing"), VM_STATUS_NOT_FOUND, "missing");
}

static void uses_globals(vm::Instance instance)
{
    vm::Global counter = instance.global("counter");
    CHECK_EQUAL(counter.value<int64_t>(), 40);
    counter.set_value(int64_t(41));
    CHECK_EQUAL(counter.value<vm::Value>().as<int64_t>().value_or(0), 41);
    CHECK(counter.type().is_mutable);
    CHECK_THROWS(counter.set_value(1.5), VM_STATUS_WRONG_TYPE, "");
    CHECK_THROWS(counter.value<int32_t>(), VM_STATUS_WRONG_TYPE, "returns i64");
    CHECK_THROWS(instance.global("pi").set_value(3.0), VM_STATUS_IMMUTABLE, "");
    CHECK_THROWS(instance.global("memory"), VM_STATUS_WRONG_TYPE, "");
}

static void uses_references(vm::Context &context, vm::Instance instance)
{
    vm::OwnedRef ref = context.make_extern(std::string("hello"));
    CHECK_EQUAL(instance.call<int32_t>("look", ref), 5);
    CHECK_EQUAL(*context.extern_value<std::string>(ref.extern_ref()), "hello");
    CHECK_THROWS(context.extern_value<int>(ref.extern_ref()), VM_STATUS_WRONG_TYPE, "another type");
    CHECK_THROWS(context.extern_value<int>(vm::ExternRef()), VM_STATUS_WRONG_TYPE, "null");
    CHECK_THROWS(instance.call<int32_t>("look", vm::ExternRef()), VM_STATUS_WRONG_TYPE, "null");
    vm::OwnedRef back = instance.call<vm::OwnedRef>("echo", ref);
    CHECK_EQUAL(context.extern_value<std::string>(back.extern_ref()), context.extern_value<std::string>(ref.extern_ref()));
    back = context.retain(ref);
    ref = vm::OwnedRef();
    CHECK(!ref && back);
    vm::Table table = instance.table("table");
    table.set_element(1, back);
    back = vm::OwnedRef();
    CHECK_EQUAL(*context.extern_value<std::string>(table.get_element(1).extern_ref()), "hello");
    CHECK(!table.get_element(0));
    CHECK_EQUAL(table.grow(2, vm::ExternRef()), 2u);
    CHECK_EQUAL(table.size(), 4u);
    CHECK_EQUAL(table.type().maximum, 8u);
    CHECK_THROWS(table.get_element(4), VM_STATUS_OUT_OF_BOUNDS, "");
    CHECK_EQUAL(instance.call<int32_t>("object", 3), 3);
    CHECK_EQUAL(instance.call<int32_t>("apply", 21), 42);
    vm::OwnedRef function = instance.call<vm::OwnedRef>("doubles");
    CHECK_EQUAL(function.type(), VM_VALTYPE_FUNCREF);
    CHECK_EQUAL(context.function(function.func_ref()).call<int32_t>(8), 16);
    CHECK(instance.function("double").ref().raw.context != 0);
    CHECK_THROWS(instance.call<int32_t>("echo", vm::ExternRef()), VM_STATUS_WRONG_TYPE, "returns externref");
}

static void keeps_instances(vm::Engine &engine)
{
    vm::Context context(engine);
    vm::Module lib(engine, GUEST("lib"));
    vm::Instance instance = context.instantiate(lib);
    context.register_instance("lib", instance);
    CHECK_EQUAL(context.instance_count(), 1u);
    CHECK_EQUAL(context.instance(0).get().slot, instance.get().slot);
    CHECK_EQUAL(context.find_instance("lib").get().slot, instance.get().slot);
    CHECK_EQUAL(context.instance(instance.get()).get().context, context.id());
    CHECK(!context.imports().items().empty());
    CHECK_EQUAL(context.examine_module(vm::Module(engine, GUEST("cpp"))).items().size(), 11u);
    CHECK(context.examine_module(lib).plugins().empty());
    context.remove_instance(instance);
    CHECK_THROWS(instance.call("f"), VM_STATUS_STALE, "");
    context.reset();
    CHECK_THROWS(context.instance(0), VM_STATUS_NOT_FOUND, "");
    context.set_data(std::string("mine"));
    CHECK_EQUAL(*context.data<std::string>(), "mine");
    CHECK(!context.data<int>());
}

void test_calls()
{
    vm::Engine engine;
    vm::Context context(engine);
    add_imports(context);
    vm::Module module(engine, GUEST("cpp"));
    vm::Instance instance = context.instantiate(module);
    calls_functions(instance);
    calls_prepared(context, instance);
    uses_memory(instance);
    uses_globals(instance);
    uses_references(context, instance);
    keeps_instances(engine);
}
