// Package byhand calls libvm as a program would that has no binding: the measure of the binding's own cost (bench_test.go).
package byhand

// #cgo !libvm_static pkg-config: libvm
// #cgo libvm_static pkg-config: libvm-static
// #include <libvm.h>
// #include <stdlib.h>
// extern VM_Status byhandAdd(uintptr_t user, VM_Value *args, VM_Value *results);
// static VM_Status add(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
// {
//     (void)caller;
//     return byhandAdd((uintptr_t)user, (VM_Value *)args, results);
// }
// static VM_Status register_add(VM_Context *context, uintptr_t user)
// {
//     VM_HostModule *module = NULL;
//     VM_Status status = VM_HostModuleCreate("host", &module, NULL);
//     if (status == VM_STATUS_OK)
//         status = VM_HostModuleAddFunction(module, "add", "(ii)i", add, (void *)user, NULL, NULL);
//     if (status == VM_STATUS_OK)
//         status = VM_ContextRegisterModule(context, module, NULL);
//     VM_HostModuleDelete(module);
//     return status;
// }
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// Guest is a guest with the functions `add` and `loop`.
type Guest struct {
	context   *C.VM_Context
	add, loop C.VM_Func
	values    [2]C.VM_Value
}

type adder func(a, b int32) int32

//export byhandAdd
func byhandAdd(user C.uintptr_t, args, results *C.VM_Value) C.VM_Status {
	function := cgo.Handle(user).Value().(adder)
	given := unsafe.Slice(args, 2)
	a, b := *(*int32)(unsafe.Pointer(&given[0].of)), *(*int32)(unsafe.Pointer(&given[1].of))
	set(results, function(a, b))
	return C.VM_STATUS_OK
}

func set(value *C.VM_Value, n int32) {
	*value = C.VM_Value{_type: C.VM_VALTYPE_I32}
	*(*int32)(unsafe.Pointer(&value.of)) = n
}

// New makes the guest.
func New(wasm []byte) *Guest {
	made := &Guest{}
	var engine *C.VM_Engine
	var module *C.VM_Module
	var instance C.VM_Instance
	must(C.VM_EngineCreate(nil, &engine, nil))
	must(C.VM_ContextCreate(engine, nil, &made.context, nil))
	must(C.register_add(made.context, C.uintptr_t(cgo.NewHandle(adder(func(a, b int32) int32 { return a + b })))))
	must(C.VM_ModuleLoadFromBuffer(engine, (*C.uint8_t)(unsafe.SliceData(wasm)), C.size_t(len(wasm)), &module, nil))
	must(C.VM_ContextInstantiate(made.context, module, &instance, nil))
	find := func(name string, function *C.VM_Func) {
		raw := C.CString(name)
		defer C.free(unsafe.Pointer(raw))
		must(C.VM_InstanceFindFunction(made.context, instance, raw, function, nil))
	}
	find("add", &made.add)
	find("loop", &made.loop)
	return made
}

func must(status C.VM_Status) {
	if status != C.VM_STATUS_OK {
		panic(C.GoString(C.VM_StatusGetName(status)))
	}
}

// Add calls the guest's function `add`.
func (g *Guest) Add(a, b int32) int32 {
	set(&g.values[0], a)
	set(&g.values[1], b)
	must(C.VM_FuncCall(g.context, g.add, &g.values[0], 2, &g.values[0], 1, nil))
	return *(*int32)(unsafe.Pointer(&g.values[0].of))
}

// Loop lets the guest call the host function a number of times.
func (g *Guest) Loop(times int32) {
	set(&g.values[0], times)
	must(C.VM_FuncCall(g.context, g.loop, &g.values[0], 1, nil, 0, nil))
}
