/* Deadlines, fuel, limits, cancelling, statistics, traces, logs. */
#include "test.hpp"

#include <thread>

using std::chrono::milliseconds;

static void has_limits(vm::Engine &engine)
{
    vm::Context context(engine);
    context.set_fuel(UINT64_MAX);
    context.module("host").function("wait", [](int32_t n) { return n; }).function("object", [](vm::Caller &caller) { return caller.make_extern(1); });
    vm::Instance instance = context.instantiate(vm::Module(engine, GUEST("executions")));
    context.set_timeout(milliseconds(20));
    CHECK_THROWS(instance.call("spin"), VM_STATUS_TIMEOUT, "20 ms");
    context.set_timeout(milliseconds(-1));
    CHECK_THROWS(instance.call("spin"), VM_STATUS_TIMEOUT, "1 ms");
    context.set_timeout(milliseconds(0));
    context.set_compute_limit(milliseconds(20));
    CHECK_THROWS(instance.call("spin"), VM_STATUS_TIMEOUT, "");
    context.set_compute_limit(milliseconds(0));
    context.set_slice(std::chrono::microseconds(500));
    {
        vm::Execution spinning = instance.start("spin");
        CHECK_EQUAL(spinning.state(), VM_EXECUTION_READY);
        CHECK(!spinning.poll());
    }
    uint64_t id = context.cancel_id();
    std::thread canceller([id] { vm::cancel(id); });
    CHECK_THROWS(instance.call("spin"), VM_STATUS_CANCELLED, "");
    canceller.join();
    context.set_fuel(1000);
    CHECK_THROWS(instance.call("spin"), VM_STATUS_OUT_OF_FUEL, "");
    context.add_fuel(500);
    CHECK(context.fuel() >= 500);
    CHECK_THROWS(vm::cancel(id + 1000000), VM_STATUS_STALE, "");
}

static void asks_for_time_and_fuel(vm::Engine &engine)
{
    vm::Context context(engine);
    context.module("host").function("wait", [](vm::Caller &caller, int32_t units) {
        caller.consume_fuel(uint32_t(units));
        auto left = caller.time_left();
        caller.extend_time(milliseconds(1000000));
        return left ? int32_t(caller.time_left().value_or(milliseconds(0)).count() / 1000000) : -1;
    });
    context.module("host").function("object", [](vm::Caller &caller) { return caller.make_extern(1); });
    vm::Instance instance = context.instantiate(vm::Module(engine, GUEST("executions")));
    context.set_fuel(100000);
    CHECK_EQUAL(instance.call<int32_t>("nap", 100), 0);
    context.set_timeout(milliseconds(100000));
    CHECK_EQUAL(instance.call<int32_t>("nap", 100), 2);
    CHECK_THROWS(instance.call<int32_t>("nap", 200000), VM_STATUS_OUT_OF_FUEL, "");
}

static void watches(vm::Engine &engine)
{
    std::vector<VM_TraceKind> kinds;
    int asked = 0;
    vm::ContextConfig config;
    config.set_name("watched").set_statistics(true).set_unknown_imports_trap(true).set_may_block(true).set_memory_size_limit(1 << 20);
    config.set_table_limit(100).set_instance_limit(2).set_call_depth_limit(10).set_reference_limit(100).set_open_file_limit(10);
    config.set_hook_retry_limit(3).set_memory_limit(70000);
    config.set_trace([&](const VM_TraceEvent &event) {
        kinds.push_back(event.kind);
        throw std::runtime_error("dropped");
    });
    config.set_limit_callback([&](const VM_LimitRequest &request) -> uint64_t {
        if (asked++ == 0)
            throw std::runtime_error("no");
        return request.wanted;
    });
    vm::Context context(engine, config);
    context.set_fuel(UINT64_MAX);
    vm::Instance instance = context.instantiate(vm::Module(engine, GUEST("cpp")));
    CHECK_THROWS(instance.memory().grow(1), VM_STATUS_LIMIT, "");
    CHECK_EQUAL(instance.memory().grow(1), 1u);
    CHECK_EQUAL(asked, 2);
    CHECK_EQUAL(instance.call<int32_t>("add", 1, 2), 3);
    CHECK_EQUAL(kinds.size(), 2u);
    CHECK_EQUAL(context.statistics().guest_calls, 1u);
    CHECK_EQUAL(context.statistics().memory_bytes, 131072u);
    CHECK_THROWS(context.plugin_statistics("calc"), VM_STATUS_PLUGIN_NOT_FOUND, "calc");
    std::string lines;
    auto log = [&](VM_LogLevel, std::string_view source, std::string_view text) {
        lines += std::string(source) + ": " + std::string(text) + "\n";
        throw 1;
    };
    context.set_log_callback(VM_LOG_TRACE, log);
    vm::set_log_callback(VM_LOG_TRACE, log);
    context.reset();
    vm::reset_log_callback();
}

void test_limits()
{
    vm::EngineConfig config;
    config.set_interruptible(true).set_fuel_metering(true);
    vm::Engine engine(config);
    has_limits(engine);
    asks_for_time_and_fuel(engine);
    watches(engine);
}
