/*
 * Provides host functions to a guest, which reads a sensor and computes the average.
 *
 *     cc host_function.c -o host_function $(pkg-config --cflags --libs libvm)
 *     wat2wasm average.wat && ./host_function average.wasm
 *
 * A guest imports a host function by the names of its module and of the function. A signature string contains the types: "(i)F"
 * takes an i32 and returns an f64. `user` is passed to the function; libvm frees it when the function can no longer be called.
 */
#include <libvm.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Sensor {
    int32_t count;
    double celsius[3];
} Sensor;

static VM_Status sensor_count(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const Sensor *sensor = user;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(sensor->count);
    return VM_STATUS_OK;
}

/* The arguments have the types of the signature. Their values come from the guest and must be checked. */
static VM_Status sensor_read(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const Sensor *sensor = user;
    int32_t index = args[0].of.i32;
    if (index < 0 || index >= sensor->count)
        return VM_CallerTrap(caller, "the sensor has no such reading");
    results[0] = VM_ValueF64(sensor->celsius[index]);
    return VM_STATUS_OK;
}

static void sensor_close(void *user)
{
    free(user);
    puts("the sensor is closed");
}

static Sensor *sensor_open(void)
{
    Sensor *sensor = malloc(sizeof *sensor);
    if (sensor) {
        sensor->count = 3;
        sensor->celsius[0] = 19.5;
        sensor->celsius[1] = 20.0;
        sensor->celsius[2] = 22.0;
    }
    return sensor;
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_HostModule *module = NULL;
    VM_Error *error = NULL;
    VM_Value average;
    Sensor *sensor;
    int failed = 1;

    if (argc != 2) {
        fprintf(stderr, "usage: %s WASM\n", argv[0]);
        return 2;
    }
    sensor = sensor_open();
    if (!sensor) {
        fprintf(stderr, "%s: out of memory\n", argv[0]);
        return 1;
    }
    /* The last function that is added takes ownership of the sensor, also if adding it fails. */
    if (VM_EngineCreate(NULL, &engine, &error) || VM_ContextCreate(engine, NULL, &vm, &error) ||
        VM_HostModuleCreate("sensor", &module, &error) ||
        VM_HostModuleAddFunction(module, "count", "()i", sensor_count, sensor, NULL, &error))
        free(sensor);
    else if (!VM_HostModuleAddFunction(module, "read", "(i)F", sensor_read, sensor, sensor_close, &error) &&
             !VM_ContextRegisterModule(vm, module, &error) &&
             !VM_ContextRunWasmFromFile(vm, argv[1], "average", NULL, 0, &average, 1, &error)) {
        printf("the guest says: %.1f degrees on average\n", average.of.f64);
        failed = 0;
    }
    if (error)
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));
    VM_ErrorDelete(error);
    VM_HostModuleDelete(module); /* the context keeps it */
    VM_ContextDelete(vm);        /* the last owner: closes the sensor */
    VM_EngineDelete(engine);
    return failed;
}
