/* Deterministic runs: clocks and random bytes set by the host are the same in every context. */
#include "wasi.h"

enum { REALTIME, MONOTONIC };
enum { SECOND = 1000000000 };

static VM_Engine *engine;

static uint64_t time_of(VM_Context *guest, int32_t clock)
{
    CHECK_INT(run(guest, "clock_time_get", VALUES(I(clock), L(1), I(RESULT))), SUCCESS);
    return result_u64(guest);
}

static void random_bytes(VM_Context *guest, uint8_t bytes[16])
{
    CHECK_INT(run(guest, "random_get", VALUES(I(BYTES), I(16))), SUCCESS);
    get(guest, BYTES, bytes, 16);
}

/* Sleeps by the monotonic clock. */
static void sleeps(VM_Context *guest, uint64_t nanoseconds)
{
    uint8_t subscription[48] = { 0 };
    subscription[16] = MONOTONIC;
    for (int i = 0; i < 8; i++)
        subscription[24 + i] = (uint8_t)(nanoseconds >> 8 * i);
    put(guest, BYTES, subscription, sizeof subscription);
    CHECK_INT(run(guest, "poll_oneoff", VALUES(I(BYTES), I(BYTES + 104), I(1), I(RESULT))), SUCCESS);
    CHECK_INT(result_u32(guest), 1);
}

static void made_up(void)
{
    VM_Wasi *wasi = new_wasi();
    uint8_t first[16], second[16], again[16];
    CHECK_OK(VM_WasiSetClock(wasi, 5 * (uint64_t)SECOND, 10, &error));
    CHECK_OK(VM_WasiSetRandomSeed(wasi, 1234567, &error));
    for (int i = 0; i < 2; i++) {
        VM_Context *guest = new_guest(engine, wasi);
        CHECK_INT(time_of(guest, REALTIME), 5 * (uint64_t)SECOND);
        CHECK_INT(time_of(guest, REALTIME), 5 * (uint64_t)SECOND + 10);
        CHECK_INT(time_of(guest, MONOTONIC), 5 * (uint64_t)SECOND);
        sleeps(guest, 3600 * (uint64_t)SECOND); /* does not block */
        CHECK(time_of(guest, MONOTONIC) >= 3605 * (uint64_t)SECOND);
        CHECK(time_of(guest, MONOTONIC) < 3606 * (uint64_t)SECOND);
        CHECK_INT(time_of(guest, REALTIME), 3605 * (uint64_t)SECOND + 20);
        random_bytes(guest, i ? again : first);
        random_bytes(guest, second);
        CHECK(memcmp(i ? again : first, second, 16) != 0);
        VM_ContextDelete(guest);
    }
    CHECK(memcmp(first, again, 16) == 0);
    CHECK_INT(first[0] | first[1] << 8, 6457827717110365317 & 0xffff); /* SplitMix64's first number for this seed */

    CHECK_OK(VM_WasiSetRandomSeed(wasi, 7654321, &error));
    VM_Context *guest = new_guest(engine, wasi);
    random_bytes(guest, again);
    CHECK(memcmp(first, again, 16) != 0);
    VM_ContextDelete(guest);
    VM_WasiDelete(wasi);
}

/* By default a guest uses the system's. */
static void of_the_system(void)
{
    VM_Wasi *wasi = new_wasi();
    VM_Context *guest = new_guest(engine, wasi);
    uint8_t first[16], second[16];
    uint64_t start = time_of(guest, MONOTONIC);
    CHECK(time_of(guest, REALTIME) > 1700000000 * (uint64_t)SECOND);
    sleeps(guest, 1000000);
    CHECK(time_of(guest, MONOTONIC) >= start + 1000000);
    random_bytes(guest, first);
    random_bytes(guest, second);
    CHECK(memcmp(first, second, 16) != 0);
    CHECK_INT(run(guest, "clock_time_get", VALUES(I(9), L(1), I(RESULT))), INVAL);
    VM_ContextDelete(guest);
    VM_WasiDelete(wasi);
}

int main(void)
{
    engine = new_engine();
    made_up();
    of_the_system();
    VM_EngineDelete(engine);
    return finish();
}
