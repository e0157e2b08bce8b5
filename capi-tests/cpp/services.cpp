/* WASI, event loops, events and hooks, streams. */
#include "test.hpp"

#include <unistd.h>

using std::chrono::milliseconds;

static void runs_wasi(vm::Engine &engine)
{
    vm::Wasi wasi;
    wasi.set_arguments({ "cat", "greeting.txt" }).add_directory(LIBVM_TEST_EXAMPLES, "/", VM_WASI_READ).capture_output();
    vm::Context context(engine);
    context.register_wasi(wasi);
    CHECK_EQUAL(context.run_wasi(LIBVM_TEST_DATA "/../cpp/cat.wasm"), 0);
    CHECK_EQUAL(wasi.output(), "Greetings from a file of the host.\n");
    CHECK_EQUAL(wasi.captured(VM_WASI_STDOUT).size(), 35u);
    CHECK(!wasi.is_truncated(VM_WASI_STDOUT));
    CHECK_THROWS(context.run_wasi(GUEST("lib")), VM_STATUS_NOT_FOUND, "_start");

    for (int way = 0; way < 4; way++) {
        std::string written;
        vm::Wasi other;
        other.set_arguments({ "cat", way == 3 ? "missing" : "greeting.txt" }).add_environment("A", "b").add_directory(LIBVM_TEST_EXAMPLES, "/", VM_WASI_READ);
        other.set_clock(1000, 1).set_random_seed(7).set_may_suspend(false).set_input("input").discard_stream(VM_WASI_STDERR);
        if (way == 0)
            other.set_stream_callback(VM_WASI_STDOUT, [&](std::string_view bytes) { written += bytes; });
        else if (way == 1)
            other.set_stream_callback(VM_WASI_STDOUT, [&](std::string_view bytes) { return written += bytes[0], 1; });
        else
            other.set_stream_callback(VM_WASI_STDOUT, [&](std::string_view) { throw vm::Failure(VM_STATUS_USER - 9, "full"); });
        vm::Context own(engine);
        own.register_wasi(other);
        if (way < 2)
            CHECK_EQUAL(own.run_wasi(LIBVM_TEST_DATA "/../cpp/cat.wasm"), 0);
        else if (way == 2)
            CHECK_THROWS(own.run_wasi(LIBVM_TEST_DATA "/../cpp/cat.wasm"), VM_STATUS_USER - 9, "`wasi_snapshot_preview1.fd_write` failed: full");
        else
            CHECK(own.run_wasi(LIBVM_TEST_DATA "/../cpp/cat.wasm") != 0);
        CHECK_EQUAL(written, way == 0 ? "Greetings from a file of the host.\n" : way == 1 ? "G" : "");
        other.notify(VM_WASI_STDOUT);
    }
    CHECK_THROWS(vm::Wasi().add_directory("/", "relative", 77), VM_STATUS_INVALID_ARGUMENT, "");
    CHECK_THROWS(vm::Wasi().set_input_callback([](vm::Span<char>) { return size_t(0); }).inherit_input().add_environment("=", "\xff"), VM_STATUS_BAD_UTF8, "");
    CHECK_THROWS(vm::Wasi().add_directory("/missing", "/", VM_WASI_READ), VM_STATUS_FILE_NOT_FOUND, "/missing");
}

static void runs_loops()
{
    vm::Loop loop;
    int ends[2], posted = 0, ticks = 0, readable = 0;
    CHECK_EQUAL(pipe(ends), 0);
    uint64_t watch = loop.watch(ends[0], VM_LOOP_READABLE, [&](VM_LoopEvents events) { readable += events == VM_LOOP_READABLE; });
    loop.modify_watch(watch, VM_LOOP_READABLE);
    CHECK(!loop.timeout());
    uint64_t timer = loop.start_timer(milliseconds(0), [&] {
        ticks++;
        throw std::runtime_error("dropped");
    }, milliseconds(1));
    loop.post([&] { posted++; });
    CHECK_EQUAL(loop.timeout().value().count(), 0);
    CHECK_EQUAL(write(ends[1], "x", 1), 1);
    while (!posted || ticks < 2 || !readable)
        loop.run_once();
    CHECK_EQUAL(posted, 1);
    loop.cancel_timer(timer);
    loop.unwatch(watch);
    loop.run_once(milliseconds(0));
    CHECK_THROWS(loop.unwatch(watch), VM_STATUS_STALE, "");
    CHECK(loop.handle() >= 0);
    close(ends[0]);
    close(ends[1]);
}

static void calls_hooks(vm::Engine &engine)
{
    vm::Context context(engine);
    vm::HostEvent event("mail.accept");
    CHECK_EQUAL(event.point(), "mail.accept");
    event.set("from", "ann@home.example");
    event.set("size", 42);
    event.set_bytes("body", std::string_view("a\0b", 3));
    event.set_pointer("mail", &event);
    CHECK_EQUAL(event.keys().size(), 4u);
    CHECK_EQUAL(event.text("from").value(), "ann@home.example");
    CHECK_EQUAL(event.integer("size").value(), 42);
    CHECK_EQUAL(event.bytes("body").value().size(), 3u);
    CHECK_EQUAL(event.pointer("mail"), &event);
    CHECK(!event.text("size") && !event.integer("missing") && !event.bytes("from") && !event.pointer("from") && !event.type("missing"));
    CHECK_EQUAL(event.type("size").value(), VM_EVENT_TYPE_INTEGER);
    CHECK(event.remove("mail"));
    CHECK(!event.remove("mail"));
    CHECK_EQUAL(int(context.invoke_hooks(event)), int(vm::Answer::Continue));

    context.add_hook("mail.accept", VM_HOOK_FIRST, [](vm::HostEvent &mail) { mail.set("seen", mail.integer("seen").value_or(0) + 1); });
    context.add_hook("mail.accept", VM_HOOK_LAST, [](vm::HostEvent &mail) {
        if (mail.text("from") == std::string_view("eve@spam.example"))
            throw vm::Failure(VM_STATUS_USER - 1, "we do not like eve");
        return mail.integer("size") == 0 ? vm::Answer::Complete : vm::Answer::Continue;
    });
    CHECK_EQUAL(int(context.invoke_hooks(event)), int(vm::Answer::Continue));
    event.set("size", 0);
    CHECK_EQUAL(int(context.invoke_hooks(event)), int(vm::Answer::Complete));
    CHECK_EQUAL(event.integer("seen").value(), 2);
    event.set("from", "eve@spam.example");
    CHECK_THROWS(context.invoke_hooks(event), VM_STATUS_USER - 1, "we do not like eve");

    VM_Token token = 0;
    context.add_hook("mail.later", VM_HOOK_LAST, [&](vm::HostEvent &mail) { token = mail.suspend(); });
    context.set_hook_timeout(milliseconds(100000));
    for (bool refused : { false, true }) {
        vm::HostEvent later("mail.later");
        vm::Execution execution = context.start_hooks(later);
        CHECK_EQUAL(execution.state(), VM_EXECUTION_PENDING);
        if (refused) {
            vm::fail_event(token, VM_STATUS_USER - 2, "refused");
            CHECK_THROWS(execution.wait(), VM_STATUS_USER - 2, "refused");
        } else {
            vm::complete_event(token, vm::Answer::Complete);
            execution.wait();
            CHECK_EQUAL(int(execution.answer()), int(vm::Answer::Complete));
        }
    }
    CHECK_THROWS(vm::complete_event(token, vm::Answer::Continue), VM_STATUS_STALE, "");
    CHECK_THROWS(vm::HostEvent("libvm.mine"), VM_STATUS_INVALID_ARGUMENT, "");
    CHECK_THROWS(vm::HostEvent(nullptr).set("a", "b"), VM_STATUS_NULL_ARGUMENT, "`a`");
}

static void runs_streams(vm::Engine &engine)
{
    vm::Context context(engine);
    context.register_stream_module();
    vm::Instance guest = context.instantiate(vm::Module(engine, GUEST("stream")));
    std::vector<std::string> lines = { "one", "two", "x", "four" }, out, dead;
    size_t next = 0;
    vm::Stream stream(context, "lines");
    stream.set_source([&]() -> std::optional<std::string> { return next < lines.size() ? std::optional<std::string>(lines[next++]) : std::nullopt; });
    stream.add_stage("upper", [](vm::Caller &caller) {
        VM_StreamEvent event = caller.event();
        std::string text(reinterpret_cast<const char *>(event.payload.data), event.payload.size);
        if (text == "four")
            throw std::runtime_error("four is too much");
        caller.emit(text + "!");
    });
    stream.add_stage(guest, "picky");
    stream.add_sink("out", [&](const VM_StreamEvent &event) { out.emplace_back(reinterpret_cast<const char *>(event.payload.data), event.payload.size); });
    stream.set_dead_letter_sink([&](const VM_StreamEvent &event) { dead.emplace_back(reinterpret_cast<const char *>(event.payload.data), event.payload.size); });
    stream.set_error_policy(VM_ERROR_POLICY_DEAD_LETTER);
    stream.set_batch_size(2);
    stream.set_emit_limits(100, 10000);
    stream.set_queue_size(10, 1000);
    int states = 0;
    stream.set_state_callback([&](std::string_view, VM_StreamPartState, std::string_view) { states++; });
    stream.run(1);
    CHECK_EQUAL(out.size(), 1u);
    CHECK(stream.poll());
    CHECK_EQUAL(stream.state(), VM_STREAM_ENDED);
    CHECK_EQUAL(out.size(), 2u);
    CHECK_EQUAL(out.back(), "two!");
    CHECK_EQUAL(dead.size(), 2u);
    CHECK_EQUAL(stream.statistics().events_in, 4u);
    CHECK_EQUAL(stream.statistics().dead_lettered, 2u);
    CHECK(stream.part_report("source").state == VM_STREAM_PART_OPENED || states > 0);
    CHECK_THROWS(stream.part_report("missing"), VM_STATUS_NOT_FOUND, "missing");
    CHECK_THROWS(stream.rewind(0), VM_STATUS_UNSUPPORTED, "");
    stream.stop();

    vm::Stream failing(context, "failing");
    failing.set_source([]() -> std::optional<std::string> { throw vm::Failure(VM_STATUS_USER - 3, "no connection"); });
    failing.add_sink("out", [](const VM_StreamEvent &) {});
    CHECK_THROWS(failing.run(), VM_STATUS_USER - 3, "no connection");
    CHECK_THROWS(failing.set_option("source", "key", "value"), VM_STATUS_SEALED, "");
    CHECK_EQUAL(failing.state(), VM_STREAM_FAILED);
    vm::Stream full(context, "full");
    full.set_source([n = 0]() mutable { return n++ ? std::optional<std::string>() : std::optional<std::string>("x"); });
    full.add_sink("out", [](const VM_StreamEvent &) { throw std::runtime_error("the disk is full"); });
    CHECK_THROWS(full.run(), VM_STATUS_TRAP, "the disk is full");
}

void test_services()
{
    vm::Engine engine;
    runs_wasi(engine);
    runs_loops();
    calls_hooks(engine);
    runs_streams(engine);
}
