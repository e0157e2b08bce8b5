package libvm

// #include "shim.h"
import "C"

import "unsafe"

// LimitKind is a limit of a context.
type LimitKind int32

// The limits of a context that ContextConfig.OnLimit is asked about.
const (
	LimitMemory     LimitKind = C.VM_LIMIT_MEMORY      // ContextConfig.MemoryLimit
	LimitMemorySize LimitKind = C.VM_LIMIT_MEMORY_SIZE // ContextConfig.MemorySizeLimit
	LimitTable      LimitKind = C.VM_LIMIT_TABLE       // ContextConfig.TableLimit
	LimitInstance   LimitKind = C.VM_LIMIT_INSTANCE    // ContextConfig.InstanceLimit
	LimitReference  LimitKind = C.VM_LIMIT_REFERENCE   // ContextConfig.ReferenceLimit
)

// LimitRequest is a growth that would exceed a limit: how much is used, and would be afterwards.
type LimitRequest struct {
	Kind                LimitKind
	Used, Wanted, Limit uint64
}

//export libvmGoLimit
func libvmGoLimit(anchor *C.uint64_t, request *C.VM_LimitRequest) (limit C.uint64_t) {
	c := of(anchor)
	limit = request.limit // after a panic
	c.observe(func() {
		limit = C.uint64_t(c.onLimit(LimitRequest{
			Kind: LimitKind(request.kind), Used: uint64(request.used), Wanted: uint64(request.wanted), Limit: uint64(request.limit),
		}))
	})
	return limit
}

// observe runs a function of the host that cannot fail the call. A panic goes on when the call has ended.
func (c *Context) observe(run func()) {
	returned := false
	defer func() {
		if !returned {
			c.failWith(nil, recover())
		}
	}()
	run()
	returned = true
}

// TraceKind is what happens to a call.
type TraceKind int32

// What happens to calls between the host and guests.
const (
	TraceHostCall    TraceKind = C.VM_TRACE_HOST_CALL    // A guest calls a host function: its arguments.
	TraceHostReturn  TraceKind = C.VM_TRACE_HOST_RETURN  // A host function returns, with its results, or fails.
	TraceGuestCall   TraceKind = C.VM_TRACE_GUEST_CALL   // The host calls a function of a guest: its arguments.
	TraceGuestReturn TraceKind = C.VM_TRACE_GUEST_RETURN // A function of a guest returns, with its results, or fails.
	TraceSuspend     TraceKind = C.VM_TRACE_SUSPEND      // A host function suspends its call.
	TraceResume      TraceKind = C.VM_TRACE_RESUME       // A suspended call goes on.
)

// TraceEvent is an event of a call.
type TraceEvent struct {
	Kind                              TraceKind
	Depth                             uint32 // the number of calls that this one is inside of
	Status                            Status
	Module, Function, Plugin, Message string
	Values                            []any // arguments or results as wasm passes them: numbers and V128; nil for a reference
}

//export libvmGoTrace
func libvmGoTrace(anchor *C.uint64_t, raw *C.VM_TraceEvent) {
	c := of(anchor)
	event := TraceEvent{
		Kind: TraceKind(raw.kind), Depth: uint32(raw.depth), Status: Status(raw.status), Module: text(raw.module),
		Function: text(raw.function), Plugin: text(raw.plugin), Message: text(raw.message),
	}
	values := unsafe.Slice((*C.VM_Value)(unsafe.Pointer(raw.values)), raw.count)
	for i := range values {
		var value any
		if sort := ValType(values[i]._type); sort != FuncRef && sort != ExternRef {
			value, _ = c.result(&values[i])
		}
		event.Values = append(event.Values, value)
	}
	c.observe(func() { c.trace(event) })
}
