/*
 * Records what a guest reads from a sensor, and replays it without the sensor.
 *
 *     cc record_and_replay.c -o record_and_replay $(pkg-config --cflags --libs libvm)
 *     wat2wasm average.wat && ./record_and_replay average.wasm readings.rec && ./record_and_replay average.wasm readings.rec
 *
 * The first run has a sensor and creates the recording, the second one finds the recording and has no sensor: the guest does the
 * same again, with the readings of the first run.
 */
#include <libvm.h>
#include <stdio.h>

static VM_Status sensor_count(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(4);
    return VM_STATUS_OK;
}

/* A sensor that says something else each time that it is asked. */
static VM_Status sensor_read(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    static double celsius = 17.5;
    (void)user;
    (void)caller;
    (void)args;
    results[0] = VM_ValueF64(celsius += 1.5);
    return VM_STATUS_OK;
}

static VM_Status register_sensor(VM_Context *vm, VM_Error **error)
{
    VM_HostModule *module = NULL;
    VM_Status status = VM_HostModuleCreate("sensor", &module, error);
    if (!status)
        status = VM_HostModuleAddFunction(module, "count", "()i", sensor_count, NULL, NULL, error);
    if (!status)
        status = VM_HostModuleAddFunction(module, "read", "(i)F", sensor_read, NULL, NULL, error);
    if (!status)
        status = VM_ContextRegisterModule(vm, module, error);
    VM_HostModuleDelete(module);
    return status;
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_Error *error = NULL;
    VM_Value average;
    FILE *recording;
    VM_Status status;

    if (argc != 3) {
        fprintf(stderr, "usage: %s WASM RECORDING\n", argv[0]);
        return 2;
    }
    recording = fopen(argv[2], "rb");
    if (recording)
        fclose(recording);
    status = VM_EngineCreate(NULL, &engine, &error);
    if (!status)
        status = VM_ContextCreate(engine, NULL, &vm, &error);
    if (!status && recording)
        status = VM_ContextReplayFromFile(vm, argv[2], &error);
    if (!status && !recording)
        status = register_sensor(vm, &error);
    if (!status && !recording)
        status = VM_ContextRecordToFile(vm, argv[2], &error);
    if (!status)
        status = VM_ContextRunWasmFromFile(vm, argv[1], "average", NULL, 0, &average, 1, &error);
    if (!status)
        status = VM_ContextStopRecording(vm, &error); /* whether the recording, or the replay, is whole */
    if (!status)
        printf("%s: %.2f degrees on average\n", recording ? "replayed" : "recorded", average.of.f64);
    else
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(status), VM_ErrorGetMessage(error));
    VM_ErrorDelete(error);
    VM_ContextDelete(vm);
    VM_EngineDelete(engine);
    return status != VM_STATUS_OK;
}
