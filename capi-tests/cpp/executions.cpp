/* Executions, queues, pools, recordings. */
#include "test.hpp"

#include <cstdio>
#include <mutex>

using std::chrono::milliseconds;

/* The functions of guests/executions.wat: `wait` is completed by the thread of the test. */
struct Waits {
    std::mutex lock;
    std::vector<vm::Reply<int32_t>> replies;

    void add_to(vm::Context &context)
    {
        context.module("host")
            .function("wait", [this](vm::Caller &caller, int32_t) {
                auto [reply, suspended] = caller.suspend<int32_t>();
                std::lock_guard<std::mutex> guard(lock);
                replies.push_back(std::move(reply));
                return suspended;
            })
            .function("object", [](vm::Caller &caller) { return caller.make_extern(1); });
    }
};

static void runs_in_queues(vm::Engine &engine)
{
    vm::Module module(engine, GUEST("executions"));
    Waits waits;
    vm::Queue queue;
    std::vector<vm::Context> contexts;
    std::vector<vm::Execution> executions;
    CHECK(!queue.next());
    CHECK(!queue.wait(milliseconds(0)));
    for (int i = 0; i < 3; i++) {
        contexts.emplace_back(engine);
        waits.add_to(contexts.back());
        executions.push_back(contexts.back().instantiate(module).start(queue, "nap", i));
        executions.back().set_data(i);
    }
    CHECK_EQUAL(executions[0].state(), VM_EXECUTION_PENDING);
    CHECK(!executions[0].poll());
    CHECK(!executions[0].wait(milliseconds(1)));
    CHECK_THROWS(executions[0].result<int32_t>(), VM_STATUS_BUSY, "");
    int ended = 0;
    executions[0].on_end([&](vm::ExecutionRef) { ended++; });
    // What is refused does not use up the reply.
    CHECK_THROWS(waits.replies[0].complete(0.5), VM_STATUS_WRONG_TYPE, "f64");
    CHECK_THROWS(waits.replies[1].complete(1, 2), VM_STATUS_WRONG_COUNT, "2 were passed");
    CHECK_THROWS(waits.replies[2].fail(VM_STATUS_OK, "no failure"), VM_STATUS_INVALID_ARGUMENT, "0");
    for (int i = 0; i < 3; i++)
        waits.replies[size_t(i)].complete(100 + i);
    CHECK_THROWS(waits.replies[0].complete(1), VM_STATUS_STALE, "");
    int seen = 0;
    while (seen < 3) {
        queue.wait();
        vm::ExecutionRef next = queue.next();
        CHECK(next.poll());
        CHECK_EQUAL(next.result<int32_t>(), 101 + *next.data<int>());
        CHECK(!next.data<std::string>());
        seen++;
    }
    CHECK_EQUAL(ended, 1);
    CHECK(queue.handle() != 0);
    CHECK_THROWS(waits.replies[0].complete(1), VM_STATUS_STALE, "");

    vm::Execution moved = std::move(executions[0]);
    CHECK(!executions[0] && moved);
    CHECK_THROWS(executions[0].poll(), VM_STATUS_NULL_ARGUMENT, "closed or was moved from");
    vm::Execution other = contexts[1].instantiate(module).function("add").start(40, 2);
    other.wait();
    CHECK_EQUAL(other.result<int32_t>(), 42);
    CHECK_THROWS(other.result<double>(), VM_STATUS_WRONG_TYPE, "");
    contexts[1].reset();
    vm::Execution started = contexts[1].start_instantiate(module);
    started.wait();
    CHECK_EQUAL(contexts[1].instance(started.instance()).call<int32_t>("add", 1, 2), 3);
    CHECK_EQUAL(started.exit_code(), 0);
    CHECK_THROWS(started.answer(), VM_STATUS_NOT_FOUND, "");
}

static void pools(vm::Engine &engine)
{
    vm::ContextConfig config;
    int prepared = 0;
    auto pool = vm::ContextPool::create(engine, config, 2, [&](vm::Context &context) {
        Waits waits;
        waits.add_to(context);
        if (++prepared == 2)
            vm::Module(engine, "/missing.wasm");
    });
    pool.fill(1);
    CHECK_EQUAL(pool.idle_count(), 1u);
    vm::Context context = pool.take();
    CHECK_EQUAL(context.instantiate(vm::Module(engine, GUEST("executions"))).call<int32_t>("add", 1, 2), 3);
    CHECK_EQUAL(pool.taken_count(), 1u);
    CHECK_THROWS(pool.take(), VM_STATUS_FILE_NOT_FOUND, "/missing.wasm");
    pool.give_back(std::move(context));
    CHECK(!context.get());
    CHECK_EQUAL(pool.idle_count(), 1u);
    vm::Context other(engine);
    CHECK_THROWS(pool.give_back(std::move(other)), VM_STATUS_INVALID_ARGUMENT, "");
    CHECK(other.get());
    pool.take().close();
    CHECK_EQUAL(pool.idle_count() + pool.taken_count(), 0u);
}

static void records(vm::Engine &engine)
{
    std::string recording;
    for (int turn = 0; turn < 3; turn++) {
        bool replays = turn > 0;
        vm::Context context(engine);
        int called = 0;
        if (replays)
            context.replay(recording);
        else
            context.record([&](std::string_view bytes) { recording += bytes; });
        context.module("host").function("wait", [&](int32_t n) { return called++, n * 2; }).function("object", [](vm::Caller &caller) {
            return caller.make_extern(1);
        });
        vm::Instance instance = context.instantiate(vm::Module(engine, GUEST("executions")));
        if (turn == 2) {
            CHECK_THROWS(instance.call<int32_t>("nap", 21), VM_STATUS_REPLAY_DIFFERS, "");
            continue;
        }
        CHECK_EQUAL(instance.call<int32_t>("nap", 20), 41);
        CHECK_EQUAL(called, replays ? 0 : 1);
        context.stop_recording();
    }
    vm::Context context(engine);
    context.record_to_file("cpp_recording.tmp");
    context.stop_recording();
    CHECK(std::remove("cpp_recording.tmp") == 0);
    CHECK_THROWS(vm::Context(engine).replay_from_file("missing"), VM_STATUS_FILE_NOT_FOUND, "missing");
    CHECK_THROWS(vm::Context(engine).replay("?"), VM_STATUS_BAD_RECORDING, "");
}

void test_executions()
{
    vm::Engine engine;
    runs_in_queues(engine);
    pools(engine);
    records(engine);
}
