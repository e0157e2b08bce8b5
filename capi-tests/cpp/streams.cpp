/* Push sources of the host. */
#include "test.hpp"

#include <mutex>
#include <thread>

namespace {

/* What happened to the source, for the test to see. */
struct Seen {
    std::mutex lock;
    std::vector<uint64_t> commits, rewinds;
    std::atomic<int> starts{ 0 }, stops{ 0 }, stopped{ 0 };
};

/* Emits numbers on a thread of its own. */
class Counter {
public:
    Counter(Seen &seen, uint64_t count) : seen_(&seen), count_(count) {}
    Counter(Counter &&) = default;
    void start(const vm::HostStreamPart &part)
    {
        seen_->starts++;
        thread_ = std::thread([this, part] { emit(part); });
    }
    void stop()
    {
        seen_->stops++;
        thread_.join();
    }
    void commit(uint64_t position)
    {
        std::lock_guard<std::mutex> guard(seen_->lock);
        seen_->commits.push_back(position);
    }
    void rewind(uint64_t position)
    {
        std::lock_guard<std::mutex> guard(seen_->lock);
        seen_->rewinds.push_back(position);
        next_ = position == VM_STREAM_BEGINNING ? 1 : next_;
    }

private:
    void emit(const vm::HostStreamPart &part)
    {
        part.set_state(VM_STREAM_PART_CONNECTED, "to " + part.stream() + "." + part.name());
        while (next_ <= count_) {
            vm::StreamEvent event;
            event.payload = std::to_string(next_) + '\0';
            event.position = next_;
            event.timestamp = 7;
            event.metadata = { { "kind", "number" } };
            vm::Emitted emitted = part.emit_waiting(event);
            if (emitted == vm::Emitted::Stopped) {
                seen_->stopped++;
                return;
            }
            next_++;
        }
        part.end();
    }

    Seen *seen_;
    uint64_t count_, next_ = 1;
    std::thread thread_;
};

std::string text_of(const VM_StreamEvent &event) { return { reinterpret_cast<const char *>(event.payload.data), event.payload.size }; }

void pushes(vm::Engine &engine)
{
    Seen seen;
    vm::Context context(engine);
    std::string out;
    {
        vm::Stream stream(context, "numbers");
        stream.set_source(Counter(seen, 200));
        stream.set_queue_size(4, 1000); /* the source has to wait */
        stream.add_sink("out", [&](const VM_StreamEvent &event) {
            out += text_of(event);
            CHECK_EQUAL(event.timestamp, 7);
            CHECK_EQUAL(std::string(event.metadata[0].key) + "=" + event.metadata[0].value, "kind=number");
        });
        stream.run(3);
        CHECK_EQUAL(out, std::string("1\0002\0003\0", 6));
        CHECK_EQUAL(std::string(stream.part_report("source").text), "to numbers.source");
        stream.rewind(VM_STREAM_BEGINNING);
        stream.run();
        CHECK_EQUAL(stream.state(), VM_STREAM_ENDED);
        CHECK_EQUAL(stream.statistics().events_in >= 203, true);
        CHECK_EQUAL(out.substr(0, 12), std::string("1\0002\0003\0001\0002\0003\0", 12));
    }
    CHECK_EQUAL(seen.starts, seen.stops);
    CHECK_EQUAL(seen.rewinds.at(0), VM_STREAM_BEGINNING);
    CHECK_EQUAL(seen.commits.back(), 200u);
}

/* A source that emits where it is started, is refused, and fails. */
struct Failing {
    int how;
    void start(const vm::HostStreamPart &part)
    {
        if (how == 0)
            throw vm::Failure(VM_STATUS_USER - 4, "no connection");
        vm::StreamEvent event;
        event.metadata = { { std::string("a\0b", 3), "c" } };
        CHECK_THROWS(part.emit(event), VM_STATUS_INVALID_ARGUMENT, "contains a NUL");
        event.metadata = { { "key", "\xff" } };
        CHECK_THROWS(part.emit(event), VM_STATUS_BAD_UTF8, "emitting an event failed");
        CHECK_THROWS(part.set_state(VM_STREAM_PART_CLOSED), VM_STATUS_INVALID_ARGUMENT, "setting the state");
        event.metadata.clear();
        CHECK(part.emit(event) == vm::Emitted::Taken);
        CHECK(part.emit(event) == vm::Emitted::Full);
        CHECK_THROWS(part.end(VM_STATUS_COMPLETE, "not a failure"), VM_STATUS_INVALID_ARGUMENT, "ending a source");
        part.report_reconnect("again");
        part.end(VM_STATUS_USER - 5, "the connection is lost");
        CHECK(part.emit(event) == vm::Emitted::Stopped);
    }
    void stop() {}
};

void fails(vm::Engine &engine)
{
    vm::Context context(engine);
    for (int how = 0; how < 2; how++) {
        int events = 0;
        vm::Stream stream(context, "failing");
        stream.set_source(Failing{ how });
        stream.set_queue_size(1, 1000);
        stream.add_sink("out", [&](const VM_StreamEvent &) { events++; });
        CHECK_THROWS(stream.run(), VM_STATUS_USER - 4 - how, how == 0 ? "no connection" : "the connection is lost");
        CHECK_EQUAL(events, how);
        CHECK_EQUAL(stream.statistics().reconnects, uint64_t(how));
    }
}

/* A part that is used after its stream. */
void outlives(vm::Engine &engine)
{
    struct Kept {
        std::optional<vm::HostStreamPart> &part;
        void start(const vm::HostStreamPart &given)
        {
            part = given;
            given.end();
        }
        void stop() {}
    };
    std::optional<vm::HostStreamPart> part;
    {
        vm::Context context(engine);
        vm::Stream stream(context, "kept");
        stream.set_source(Kept{ part });
        stream.add_sink("out", [](const VM_StreamEvent &) {});
        stream.run();
    }
    CHECK(part->emit_waiting(vm::StreamEvent()) == vm::Emitted::Stopped);
    part->set_state(VM_STREAM_PART_CONNECTED);
    part->report_reconnect();
    part->notify();
    part->end();
    CHECK_EQUAL(part->stream() + part->name(), "keptsource");
}

} // namespace

void test_streams()
{
    vm::Engine engine;
    pushes(engine);
    fails(engine);
    outlives(engine);
}
