/* Timers and posts of an event loop: order, repetition, ends in callbacks, a great many. */
#include "test.h"

static VM_Loop *loop;
static char marks[256];
static atomic_int freed, calls;
static uint64_t ids[10001];

static void mark(const char *text)
{
    if (strlen(marks) + strlen(text) < sizeof marks)
        strcat(marks, text);
}

/* Compares the marks since the last call. */
static void check_marks(const char *expected)
{
    CHECK_TEXT(marks, expected);
    marks[0] = '\0';
}

static void VM_CALL mark_timer(void *text, uint64_t id)
{
    CHECK(id != 0);
    mark(text);
}

static void VM_CALL mark_post(void *text) { mark(text); }

static void VM_CALL count_timer(void *user, uint64_t id)
{
    (void)user;
    (void)id;
    calls++;
}

static VM_Loop *new_loop(void)
{
    VM_Loop *made = NULL;
    NEED(VM_LoopCreate(&made, &error));
    return made;
}

/* Runs rounds until there have been so many calls. */
static void run_until(int count)
{
    for (int i = 0; i < 10000 && calls < count; i++)
        NEED(VM_LoopRunOnce(loop, 1000, &error));
    CHECK_INT(calls, count);
    calls = 0;
}

static void order(void)
{
    CHECK(VM_LoopGetTimeout(loop) == UINT64_MAX);
    NEED(VM_LoopStartTimer(loop, 5000, 0, mark_timer, "", NULL, &ids[1], &error));
    CHECK(VM_LoopGetTimeout(loop) <= 5000);
    CHECK_OK(VM_LoopCancelTimer(loop, ids[1], &error));
    NEED(VM_LoopStartTimer(loop, 0, 0, mark_timer, "first ", NULL, NULL, &error));
    NEED(VM_LoopStartTimer(loop, 0, 0, mark_timer, "second ", NULL, NULL, &error));
    NEED(VM_LoopStartTimer(loop, 20, 0, mark_timer, "late ", NULL, NULL, &error));
    NEED(VM_LoopStartTimer(loop, 10, 0, mark_timer, "early ", NULL, &ids[0], &error));
    NEED(VM_LoopPost(loop, mark_post, "posted ", NULL, &error));
    CHECK_INT(VM_LoopGetTimeout(loop), 0);
    for (int i = 0; i < 10 && !strstr(marks, "late"); i++)
        CHECK_OK(VM_LoopRunOnce(loop, UINT64_MAX, &error));
    check_marks("posted first second early late ");
    CHECK_STATUS(VM_LoopCancelTimer(loop, ids[0], &error), VM_STATUS_STALE, "it has run, or was cancelled");
    CHECK(VM_LoopGetTimeout(loop) == UINT64_MAX);
    CHECK_OK(VM_LoopRunOnce(loop, 1, &error)); /* waits, and that is all */
    check_marks("");
    NEED(VM_LoopStartTimer(loop, UINT64_MAX, UINT64_MAX, mark_timer, "never", NULL, NULL, &error));
    CHECK_OK(VM_LoopRunOnce(loop, 0, &error));
    VM_LoopDelete(loop);
    loop = new_loop();
}

static void VM_CALL again(void *user, uint64_t id)
{
    (void)id;
    if (++calls < 3)
        NEED(VM_LoopStartTimer(loop, 0, 0, again, user, NULL, NULL, &error));
}

static void VM_CALL post_again(void *user)
{
    if (++calls < 3)
        NEED(VM_LoopPost(loop, post_again, user, NULL, &error));
}

/* A timer of 0 ms that starts itself again, and a post that posts itself: once in each round. */
static void rounds(void)
{
    NEED(VM_LoopStartTimer(loop, 0, 0, again, NULL, NULL, NULL, &error));
    for (int i = 1; i <= 4; i++) {
        CHECK_OK(VM_LoopRunOnce(loop, 0, &error));
        CHECK_INT(calls, i < 3 ? i : 3);
    }
    calls = 0;
    NEED(VM_LoopPost(loop, post_again, NULL, NULL, &error));
    for (int i = 1; i <= 4; i++) {
        CHECK_OK(VM_LoopRunOnce(loop, 0, &error));
        CHECK_INT(calls, i < 3 ? i : 3);
    }
    calls = 0;
}

static void VM_CALL cancel_third(void *counter, uint64_t id)
{
    (void)counter;
    if (++calls == 3) {
        CHECK_OK(VM_LoopCancelTimer(loop, id, &error));
        CHECK_INT(freed, 0); /* it is running */
        CHECK_STATUS(VM_LoopCancelTimer(loop, id, &error), VM_STATUS_STALE, "there is no timer");
    }
}

static void VM_CALL cancel_others(void *counter, uint64_t id)
{
    (void)counter;
    calls++;
    for (int i = 0; i < 3; i++)
        CHECK_INT(VM_LoopCancelTimer(loop, ids[i], NULL), VM_STATUS_OK);
    CHECK_INT(freed, ids[0] == id || ids[1] == id || ids[2] == id ? 2 : 3);
}

static void cancelling(void)
{
    NEED(VM_LoopStartTimer(loop, 0, 1, cancel_third, &freed, count_free, NULL, &error));
    run_until(3);
    CHECK_OK(VM_LoopRunOnce(loop, 5, &error));
    CHECK_INT(calls, 0);
    CHECK_INT(freed, 1);
    freed = 0;
    /* All are due; the first that is called ends all, itself too, although it is called once only. */
    for (int i = 0; i < 3; i++)
        NEED(VM_LoopStartTimer(loop, 0, 0, cancel_others, &freed, count_free, &ids[i], &error));
    CHECK_OK(VM_LoopRunOnce(loop, 0, &error));
    CHECK_INT(calls, 1);
    CHECK_INT(freed, 3);
    calls = freed = 0;
}

static void many(void)
{
    for (int i = 0; i < 10000; i++)
        NEED(VM_LoopStartTimer(loop, (unsigned)i * 7919 % 50, 0, count_timer, &freed, count_free, &ids[i], &error));
    for (int i = 1; i < 10000; i += 2)
        CHECK_OK(VM_LoopCancelTimer(loop, ids[i], &error));
    CHECK_INT(freed, 5000);
    run_until(5000);
    CHECK_INT(freed, 10000);
    freed = 0;
}

int main(void)
{
    loop = new_loop();
    order();
    rounds();
    cancelling();
    many();
    VM_LoopDelete(loop);
    VM_LoopDelete(NULL);
    return finish();
}
