/* Streams whose parts fail: error policies, and what ends a run under every policy. */
#include "streams.h"

static VM_Engine *engine;

static const char *texts(uint64_t position)
{
    static const char *const all[] = { "a", "xb", "c", "rd", "e" };
    return all[position - 1];
}

/* What a stage does to the five texts under a policy; `reason` is in the metadata of the last dead letter. */
static void check_policy(const char *stage, uint32_t flags, uint32_t policy, const char *out, const char *dead, const char *reason)
{
    Feed feed = { .next = 1, .last = 5, .text = texts };
    Bin bin = { 0 }, letters = { 0 };
    VM_Context *context = stream_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);
    VM_SinkDescriptor sink = bin_sink();
    VM_StreamStatistics statistics;

    NEED(VM_StreamSetDeadLetterSinkCallbacks(stream, &sink, &letters, NULL, &error));
    NEED(VM_StreamAddGuestStage(stream, latest(context), stage, flags, &error));
    NEED(VM_StreamSetErrorPolicy(stream, policy, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, out);
    CHECK_TEXT(letters.text, dead);
    CHECK(!reason || strstr(letters.keys, reason));
    CHECK_INT(feed.committed, 5);
    statistics = counted(stream);
    CHECK_INT(statistics.failed, statistics.skipped + statistics.dead_lettered);
    CHECK_INT(statistics.dead_lettered, letters.events);
    CHECK_INT(statistics.failed, 5 - bin.events);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

static void failed_events_are_left_out(void)
{
    check_policy("picky", 0, VM_ERROR_POLICY_SKIP, " a c e", "", NULL);
    /* The events of a batch are passed again, one in each call. */
    check_policy("picky_batch", VM_STAGE_BATCHED, VM_ERROR_POLICY_SKIP, " a c rd e", "", NULL);
}

static void failed_events_become_dead_letters(void)
{
    check_policy("picky", 0, VM_ERROR_POLICY_DEAD_LETTER, " a c e", " xb rd", "the event was rejected: unpleasant");
    check_policy("picky", 0, VM_ERROR_POLICY_DEAD_LETTER, " a c e", " xb rd", "libvm.failed=stage 1 (`picky`),libvm.status=VM_STATUS_TRAP");
    check_policy("picky_batch", VM_STAGE_BATCHED, VM_ERROR_POLICY_DEAD_LETTER, " a c rd e", " xb", "unreachable");
    check_policy("flood", 0, VM_ERROR_POLICY_DEAD_LETTER, "", " a xb c rd e", "libvm.status=VM_STATUS_LIMIT");
    check_policy("bad_key", 0, VM_ERROR_POLICY_DEAD_LETTER, "", " a xb c rd e", "a key of the metadata of an event is empty");
    check_policy("nul_key", 0, VM_ERROR_POLICY_DEAD_LETTER, "", " a xb c rd e", "contains a NUL");
    check_policy("bad_text", 0, VM_ERROR_POLICY_DEAD_LETTER, "", " a xb c rd e", "libvm.status=VM_STATUS_BAD_UTF8");
    check_policy("long_value", 0, VM_ERROR_POLICY_DEAD_LETTER, "", " a xb c rd e", "more than 65536 bytes");
    check_policy("many_keys", 0, VM_ERROR_POLICY_DEAD_LETTER, "", " a xb c rd e", "more than 256 keys");
}

static void a_run_stops_at_a_failed_event_and_goes_on_with_it(void)
{
    Feed feed = { .next = 1, .last = 5, .text = texts };
    Bin bin = { 0 };
    VM_Context *context = stream_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);

    NEED(VM_StreamAddGuestStage(stream, latest(context), "picky", 0, &error));
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_TRAP,
                 "stream `test`: in stage 1 (`picky`), at the event with position 2: ");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_UNREACHABLE);
    CHECK_INT(VM_StreamGetState(stream), VM_STREAM_FAILED);
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_TRAP, "at the event with position 2: ");
    CHECK_INT(counted(stream).failed, 2);
    /* What came of the first event is not lost. */
    NEED(VM_StreamSetErrorPolicy(stream, VM_ERROR_POLICY_SKIP, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " a c e");
    CHECK_INT(feed.committed, 5);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

static void sinks_refuse_events(void)
{
    Feed feed = { .next = 1, .last = 5 };
    Bin bin = { .refuses = "3" }, other = { 0 }, letters = { 0 };
    VM_SinkDescriptor sink = bin_sink();
    VM_Context *context = new_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);

    NEED(VM_StreamAddSinkCallbacks(stream, &sink, "other", &other, NULL, &error));
    NEED(VM_StreamSetDeadLetterSinkCallbacks(stream, &sink, &letters, NULL, &error));
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_USER - 7, "in sink-1, at the event with position 3: ");
    NEED(VM_StreamSetErrorPolicy(stream, VM_ERROR_POLICY_DEAD_LETTER, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " 1 2 4 5");
    CHECK_TEXT(other.text, " 1 2 3 4 5");
    CHECK_TEXT(letters.text, " 3");
    CHECK(strstr(letters.keys, "libvm.failed=sink-1,libvm.status=status -10007"));
    CHECK_INT(feed.committed, 5);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

static void a_full_sink_holds_the_stream_up(void)
{
    Feed feed = { .next = 1, .last = 5 };
    Bin bin = { .room = 2, .keeps = true };
    VM_Context *context = new_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);

    CHECK_STATUS(VM_StreamPoll(stream, UINT64_MAX, &error), VM_STATUS_WOULD_BLOCK, "a sink of the stream is full");
    CHECK_TEXT(bin.text, " 1 2");
    /* What it has taken is acknowledged; the source is not asked for more. */
    CHECK_INT(feed.committed, 2);
    CHECK_INT(feed.next, 6);
    bin.unflushed = 0;
    CHECK_STATUS(VM_StreamPoll(stream, UINT64_MAX, &error), VM_STATUS_WOULD_BLOCK, NULL);
    CHECK_INT(feed.committed, 4);
    CHECK(counted(stream).waits >= 2);
    /* Now a flush makes room: the stream does not wait. */
    bin.keeps = false;
    bin.unflushed = 0;
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " 1 2 3 4 5");
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

static void a_source_that_fails_ends_the_run_after_its_events(void)
{
    Feed feed = { .next = 1, .last = 3, .fails = VM_STATUS_IO };
    Bin bin = { 0 };
    VM_Context *context = new_context(engine);
    VM_Stream *stream = new_stream(context, &feed, &bin);

    NEED(VM_StreamSetErrorPolicy(stream, VM_ERROR_POLICY_SKIP, &error));
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_IO, "the line is dead");
    CHECK_TEXT(bin.text, " 1 2 3");
    CHECK_INT(feed.committed, 3);
    feed.last = 4;
    feed.fails = 0;
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, " 1 2 3 4");
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

static void a_dead_letter_needs_a_sink(void)
{
    Feed feed = { .next = 1, .last = 5, .text = texts };
    VM_Context *context = stream_context(engine);
    VM_Stream *stream = new_stream(context, &feed, NULL);

    NEED(VM_StreamAddGuestStage(stream, latest(context), "picky", 0, &error));
    NEED(VM_StreamSetErrorPolicy(stream, VM_ERROR_POLICY_DEAD_LETTER, &error));
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_NOT_FOUND, "needs a dead-letter sink (VM_StreamSetDeadLetterSink)");
    CHECK_INT(feed.opened, 0);
    VM_StreamDelete(stream);
    VM_ContextDelete(context);
}

int main(void)
{
    engine = new_engine();
    failed_events_are_left_out();
    failed_events_become_dead_letters();
    a_run_stops_at_a_failed_event_and_goes_on_with_it();
    sinks_refuse_events();
    a_full_sink_holds_the_stream_up();
    a_source_that_fails_ends_the_run_after_its_events();
    a_dead_letter_needs_a_sink();
    VM_EngineDelete(engine);
    return finish();
}
