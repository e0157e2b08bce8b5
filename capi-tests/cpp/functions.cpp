/* Functions of the host: parameters and results, failures, calls back, modules with memories, tables and globals, suspension. */
#include "test.hpp"

#include <thread>

static int32_t plain(int32_t n) noexcept { return n + 1; }

struct Sensor {
    static std::atomic<int> alive;
    Sensor() { alive++; }
    Sensor(const Sensor &) { alive++; }
    ~Sensor() { alive--; }
};
std::atomic<int> Sensor::alive{ 0 };

/* How `fails` fails. */
static void fail(int32_t how)
{
    switch (how) {
    case 1: throw std::runtime_error("no such reading");
    case 2: throw vm::Failure(VM_STATUS_USER - 5, "mine");
    case 3: throw vm::Error(VM_STATUS_LIMIT, "too many");
    case 4: throw 42;
    case 5: throw vm::Failure(7, "a positive status");
    case 6: vm::Engine().validate("?"); break;
    }
}

static void add_functions(vm::HostModule &host)
{
    auto counted = [n = 0, sensor = Sensor()](vm::Caller &caller, int32_t how) mutable -> int32_t {
        n++;
        if (how == 1)
            return caller.call<int32_t>("add", n, 100);
        if (how == 2)
            caller.call("trap");
        if (how == 3) {
            try {
                caller.call("trap");
            } catch (const vm::Error &error) {
                CHECK_EQUAL(error.trap_code(), VM_TRAP_UNREACHABLE);
                throw vm::Failure(VM_STATUS_USER, "caught " + std::string(error.what()));
            }
        }
        if (how == 4)
            caller.read_text(65530, 100);
        if (how == 5) {
            vm::FuncRef function = caller.find_function("double");
            CHECK_EQUAL(caller.signature(function), "(i)i");
            CHECK_THROWS(caller.signature(vm::FuncRef()), VM_STATUS_NULL_ARGUMENT, "reference is null");
            CHECK_THROWS(caller.find_function("none"), VM_STATUS_NOT_FOUND, "the calling guest exports no function `none`");
            return caller.call<int32_t>(function, 7);
        }
        return static_cast<int32_t>(caller.memory_size() / 65536) + (caller.data<std::string>() ? 10 : 0);
    };
    host.function("numbers", [](int32_t a, int64_t b, float c, double d, uint8_t e) { return std::make_tuple(a + b, double(c) + d + e); })
        .function("view", [](vm::Caller &caller, std::string_view text) {
            caller.write(200, text);
            caller.span(200, 1)[0] = '!';
            return caller.read_text(200, text.size()) == "!" + std::string(text.substr(1));
        })
        .function("fill", [](vm::Span<uint8_t> bytes, char letter) {
            for (uint8_t &byte : bytes)
                byte = static_cast<uint8_t>(letter);
        })
        .function("measure", [](const char *text) { return static_cast<uint32_t>(std::string(text).size()); })
        .function("fails", fail)
        .function("again", counted)
        .function("later", plain)
        .function("object", [](vm::Caller &caller, int32_t n) { return caller.make_extern(std::vector<int>(static_cast<size_t>(n))); })
        .function("look", [](vm::Caller &caller, vm::ExternRef ref) { return static_cast<uint32_t>(caller.extern_value<std::vector<int>>(ref)->size()); })
        .function("apply", std::function<int32_t(vm::Caller &, vm::FuncRef, int32_t)>([](vm::Caller &caller, vm::FuncRef function, int32_t n) {
            return caller.call<int32_t>(function, n);
        }))
        .function("vector", [](const vm::V128 &vector) { return vector; });
}

static void converts(vm::Instance instance)
{
    auto [integer, number] = instance.call<std::tuple<int64_t, double>>("numbers");
    CHECK_EQUAL(integer, 0xffffffff);
    CHECK_EQUAL(number, 7.75);
    instance.memory().write(300, "some text");
    CHECK_EQUAL(instance.call<bool>("view", 300, 9), true);
    CHECK_THROWS(instance.call<bool>("view", 65535, 9), VM_STATUS_OUT_OF_BOUNDS, "");
    instance.call("fill", 400, 3, int32_t('z'));
    CHECK_EQUAL(instance.memory().read_text(400, 3), "zzz");
    CHECK_EQUAL(instance.call<int32_t>("apply", 4), 8);
    CHECK_EQUAL(instance.call<int32_t>("object", 4), 4);
    CHECK_EQUAL(instance.call<int32_t>("later", 1), 3);
}

static void fails(vm::Instance instance)
{
    instance.call("fails", 0);
    CHECK_THROWS(instance.call("fails", 1), VM_STATUS_TRAP, "no such reading");
    CHECK_THROWS(instance.call("fails", 2), VM_STATUS_USER - 5, "mine");
    CHECK_THROWS(instance.call("fails", 3), VM_STATUS_LIMIT, "too many");
    CHECK_THROWS(instance.call("fails", 4), VM_STATUS_TRAP, "not a std::exception");
    CHECK_THROWS(instance.call("fails", 5), VM_STATUS_BAD_ANSWER, "a positive status");
    CHECK_THROWS(instance.call("fails", 6), VM_STATUS_BAD_MODULE, "");
    try {
        instance.call("fails", 1);
    } catch (const vm::Error &error) {
        CHECK_EQUAL(error.trap_code(), VM_TRAP_HOST_FUNCTION);
        CHECK_EQUAL(error.function_name(), "fails");
    }
    CHECK_EQUAL(instance.call<int32_t>("double", 4), 8);
}

static void calls_back(vm::Context &context, vm::Instance instance)
{
    CHECK_EQUAL(instance.call<int32_t>("again", 1), 101);
    CHECK_EQUAL(instance.call<int32_t>("again", 1), 102);
    CHECK_THROWS(instance.call<int32_t>("again", 2), VM_STATUS_TRAP, "unreachable");
    CHECK_THROWS(instance.call<int32_t>("again", 3), VM_STATUS_USER, "caught in `trap`, called by host function");
    CHECK_THROWS(instance.call<int32_t>("again", 4), VM_STATUS_OUT_OF_BOUNDS, "");
    CHECK_EQUAL(instance.call<int32_t>("again", 5), 14);
    CHECK_EQUAL(instance.call<int32_t>("again", 0), 1);
    context.set_data(std::string("data"));
    CHECK_EQUAL(instance.call<int32_t>("again", 0), 11);
}

static void builds_modules(vm::Engine &engine)
{
    vm::HostModule host("m");
    CHECK_EQUAL(host.name(), "m");
    CHECK_THROWS(host.function("f", plain).function("f", plain), VM_STATUS_ALREADY_EXISTS, "f");
    int32_t (*none)(int32_t) = nullptr;
    CHECK_THROWS(vm::HostModule("null").function("f", none), VM_STATUS_NULL_ARGUMENT, "the function `f` is a null pointer");
    CHECK_THROWS(vm::HostModule("\xff"), VM_STATUS_BAD_UTF8, "");
    VM_TableType table = VM_TABLETYPE_INIT;
    table.element = VM_VALTYPE_EXTERNREF;
    host.memory("memory", 1, 2).table("table", table).global("seven", 7).global("counter", int64_t(1), true).flags(VM_FUNCTION_PURE).permission("m:use");
    host.function("any", vm::FuncType::create({ VM_VALTYPE_I32 }, { VM_VALTYPE_I32 }), [](vm::Caller &, const VM_Value *args, VM_Value *results) {
        if (args[0].of.i32 == 0)
            throw std::out_of_range("zero");
        results[0] = args[0];
        return VM_STATUS_OK;
    });
    vm::Context context(engine);
    context.register_module(host);
    CHECK_THROWS(host.function("late", plain), VM_STATUS_SEALED, "");
    auto imports = context.imports();
    CHECK_EQUAL(imports.items().size(), 6u);
    context.module("m").function("more", plain);
    CHECK_EQUAL(context.imports().items().size(), 7u);
    context.module("m").function("more", plain);
    CHECK_THROWS(context.flush(), VM_STATUS_ALREADY_EXISTS, "more");
}

static void suspends(vm::Engine &engine)
{
    std::atomic<int> cancelled{ 0 };
    std::thread completer;
    vm::Context context(engine);
    vm::HostModule &host = context.module("host");
    host.function("wait", [&](vm::Caller &caller, int32_t how) {
        auto [reply, suspended] = caller.suspend<int32_t>([&] { cancelled++; });
        if (how == 1)
            completer = std::thread([reply = std::move(reply)]() mutable { reply.complete(41); });
        else if (how == 2)
            reply.fail(VM_STATUS_USER - 1, "refused");
        else if (how == 3)
            static vm::Reply<int32_t> kept(std::move(reply));
        return suspended; // 0: the reply is dropped
    });
    host.function("object", [](vm::Caller &caller) { return caller.make_extern(1); });
    vm::Instance instance = context.instantiate(vm::Module(engine, GUEST("executions")));
    CHECK_EQUAL(instance.call<int32_t>("nap", 1), 42);
    completer.join();
    CHECK_THROWS(instance.call<int32_t>("nap", 2), VM_STATUS_USER - 1, "refused");
    CHECK_THROWS(instance.call<int32_t>("nap", 0), VM_STATUS_TRAP, "dropped the call");
    CHECK_EQUAL(cancelled, 0);
    vm::Execution execution = instance.start("nap", 3);
    CHECK_EQUAL(execution.state(), VM_EXECUTION_PENDING);
    execution.cancel();
    CHECK_THROWS(execution.wait(), VM_STATUS_CANCELLED, "");
    CHECK_EQUAL(cancelled, 1);
}

void test_functions()
{
    vm::Engine engine;
    {
        vm::HostModule host("host");
        add_functions(host);
        vm::Context context(engine);
        context.register_module(host);
        vm::Instance instance = context.instantiate(vm::Module(engine, GUEST("cpp")));
        converts(instance);
        fails(instance);
        calls_back(context, instance);
        CHECK_EQUAL(Sensor::alive, 1);
    }
    CHECK_EQUAL(Sensor::alive, 0);
    builds_modules(engine);
    suspends(engine);
}
