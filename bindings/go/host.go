package libvm

// #include "shim.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// hostFunction is a function of the host, as callbacks find it.
type hostFunction struct {
	number    uintptr
	signature string
	flags     C.uint32_t
	call      func(c *Context, raw *C.VM_Caller, args, results []C.VM_Value) error
}

// HostModule is a module of host functions, which several contexts can register.
//
// A context that registers it keeps it reachable, and so everything that its functions close over. Functions that use one context belong
// to that context: see Context.Function.
type HostModule struct {
	handle
	functions map[uintptr]*hostFunction
}

// NewHostModule creates a module without functions.
func NewHostModule(name string) (*HostModule, error) {
	var raw *C.VM_HostModule
	err := withText(name, func(name *C.char) error {
		var failed *C.VM_Error
		return check(C.VM_HostModuleCreate(name, &raw, &failed), failed)
	})
	if err != nil {
		return nil, err
	}
	made := &HostModule{functions: map[uintptr]*hostFunction{}}
	made.owner = newOwner(unsafe.Pointer(raw), freeHostModule)
	return made, nil
}

// Close frees the module. Contexts that have registered it keep its functions.
func (m *HostModule) Close() { m.close() }

func freeHostModule(raw unsafe.Pointer) { C.VM_HostModuleDelete((*C.VM_HostModule)(raw)) }

// Function adds a function of Go: see Context.Function. A registered module cannot be changed.
func (m *HostModule) Function(name string, function any) error {
	made, err := adapt(function)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return m.add(name, made)
}

func (m *HostModule) add(name string, made *hostFunction) error {
	return withText(name, func(name *C.char) error {
		return withText(made.signature, func(signature *C.char) error {
			return m.use(func(raw unsafe.Pointer) error {
				own := *made // an Fn can have several names
				own.number = lastNumber.Add(1)
				err := checkAnswer(C.libvm_go_add_function((*C.VM_HostModule)(raw), name, signature, C.uintptr_t(own.number), own.flags))
				if err == nil {
					m.functions[own.number] = &own
				}
				return err
			})
		})
	})
}

// SetFunctionPermission sets the permission that calls of a function require, as in "net:connect"; none if it is empty. A context grants it
// to the name of the module with Context.GrantPermission, before it registers the module.
func (m *HostModule) SetFunctionPermission(function, permission string) error {
	return withText(function, func(function *C.char) error {
		return withOptionalText(permission, func(permission *C.char) error {
			return m.set(func(raw *C.VM_HostModule, failed **C.VM_Error) C.VM_Status {
				return C.VM_HostModuleSetFunctionPermission(raw, function, permission, failed)
			})
		})
	})
}

func (m *HostModule) set(run func(*C.VM_HostModule, **C.VM_Error) C.VM_Status) error {
	return m.use(func(raw unsafe.Pointer) error {
		var failed *C.VM_Error
		return check(run((*C.VM_HostModule)(raw), &failed), failed)
	})
}

// Memory adds a memory. Each context has its own.
func (m *HostModule) Memory(name string, sort MemoryType) error {
	return withText(name, func(name *C.char) error {
		return m.set(func(raw *C.VM_HostModule, failed **C.VM_Error) C.VM_Status {
			made := sort.raw()
			return C.VM_HostModuleAddMemory(raw, name, &made, failed)
		})
	})
}

// TableType is the type of a table.
type TableType struct {
	Element          ValType // FuncRef or ExternRef
	Minimum, Maximum uint64
	HasMaximum       bool
	Is64             bool // indices are 64-bit
}

// Table adds a table of null references. Each context has its own.
func (m *HostModule) Table(name string, sort TableType) error {
	return withText(name, func(name *C.char) error {
		return m.set(func(raw *C.VM_HostModule, failed **C.VM_Error) C.VM_Status {
			made := C.VM_TableType{
				size: C.uint32_t(unsafe.Sizeof(C.VM_TableType{})), element: C.VM_ValType(sort.Element), minimum: C.uint64_t(sort.Minimum),
				maximum: C.uint64_t(sort.Maximum), has_maximum: C.bool(sort.HasMaximum), is_64: C.bool(sort.Is64),
			}
			return C.VM_HostModuleAddTable(raw, name, &made, failed)
		})
	})
}

// Global adds a global variable with its first value: int32, uint32, bool, int64, uint64, float32, float64 or V128. Each context has its own.
func (m *HostModule) Global(name string, value any, mutable bool) error {
	var first C.VM_Value
	if vector, ok := value.(V128); ok {
		first._type, *content[V128](&first) = C.VM_VALTYPE_V128, vector
	} else if !putAny(&first, value) {
		return failure(StatusWrongType, fmt.Sprintf("a %T cannot be the value of a global variable of the host", value))
	}
	return withText(name, func(name *C.char) error {
		return m.set(func(raw *C.VM_HostModule, failed **C.VM_Error) C.VM_Status {
			made := C.VM_GlobalType{
				size: C.uint32_t(unsafe.Sizeof(C.VM_GlobalType{})), content: first._type, is_mutable: C.bool(mutable),
			}
			return C.VM_HostModuleAddGlobal(raw, name, &made, &first, failed)
		})
	})
}

// RegisterModule registers a module of host functions.
func (c *Context) RegisterModule(module *HostModule) error {
	if module == nil {
		return failure(StatusNullArgument, "the module is nil")
	}
	return module.use(func(raw unsafe.Pointer) error {
		err := c.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_ContextRegisterModule(c.raw, (*C.VM_HostModule)(raw), failed)
		})
		if err == nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			for number, function := range module.functions {
				if c.functions != nil { // not closed meanwhile
					c.functions[number] = function
				}
			}
		}
		return err
	})
}

// Function registers a function of Go that guests import by the names of a module and the function.
//
// Its parameters are int32, uint32, bool, int64, uint64, float32, float64, V128; string (a copy), []byte and Buffer, parts of the guest's
// memory, each a pointer and a length in wasm, which libvm has checked; *Func; and any, an externref. The first one may be *Caller, which
// is none in wasm. It returns nothing, or such values except parts of memory, and possibly an error, which ends the guest and is in the
// chain of the call's error. Functions of Fn0 to Fn3, and those with up to three int32 or int64, are called without reflection.
func (c *Context) Function(module, name string, function any) error {
	made, err := adapt(function)
	if err != nil {
		return fmt.Errorf("%s.%s: %w", module, name, err)
	}
	return c.register(module, name, made)
}

func (c *Context) register(module, name string, made *hostFunction) error {
	own, err := NewHostModule(module)
	if err != nil {
		return err
	}
	defer own.Close()
	if err := own.add(name, made); err != nil {
		return err
	}
	return c.RegisterModule(own)
}

// hostFunction returns the function with a number: one that was called before without a lock.
func (c *Context) hostFunction(number uintptr) *hostFunction {
	recent := &c.recent[number%uintptr(len(c.recent))]
	if found := recent.Load(); found != nil && found.number == number {
		return found
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	found := c.functions[number]
	if found != nil {
		recent.Store(found)
	}
	return found
}

//export libvmGoCall
func libvmGoCall(anchor *C.uint64_t, number C.uintptr_t, raw *C.VM_Caller, args, results *C.VM_Value) (status C.VM_Status) {
	c := of(anchor)
	function := c.hostFunction(uintptr(number))
	if function == nil {
		return fail(raw, failure(StatusInternal, "the host function is not known in this context"))
	}
	returned := false
	defer func() {
		if !returned {
			panicked := recover()
			c.failWith(nil, panicked)
			status = fail(raw, failure(StatusTrap, fmt.Sprintf("the host function panicked: %v", panicked)))
		}
	}()
	err := function.call(c, raw, unsafe.Slice(args, int(raw.arg_count)), unsafe.Slice(results, int(raw.result_count)))
	switch err {
	case nil:
		status = C.VM_STATUS_OK
	case errPending:
		status = C.VM_STATUS_PENDING
	default:
		status = fail(raw, err) // the error's methods may panic too
		c.failWith(err, nil)
	}
	returned = true
	return status
}

// failWith notes why the call that runs is going to fail.
func (c *Context) failWith(err error, panicked any) {
	c.mu.Lock()
	if c.panicked == nil { // a panic is not replaced by what comes of it
		c.cause, c.panicked = err, panicked
		c.hasCause.Store(true)
	}
	c.mu.Unlock()
}

// fail makes an error the failure of a call.
func fail(raw *C.VM_Caller, err error) C.VM_Status {
	answer := C.VM_Status(C.VM_STATUS_TRAP)
	status, message := failed(err)
	_ = withText(message, func(message *C.char) error {
		answer = C.libvm_go_fail(raw, C.VM_Status(status), message)
		return nil
	})
	return answer
}

// Caller is the call that a host function runs for, with the guest that calls. It is valid until the function returns.
type Caller struct {
	context *Context
	raw     *C.VM_Caller
}

var errReturned = failure(StatusStale, "the Caller is used after the host function returned")

// Context returns the context that runs the guest. Its methods that use the context fail with StatusReentrant until the function returns.
func (c *Caller) Context() *Context { return c.context }

// MemorySize returns the size of the guest's memory in bytes.
func (c *Caller) MemorySize() (uint64, error) {
	if c.raw == nil {
		return 0, errReturned
	}
	var size C.uint64_t
	err := check(C.libvm_go_memory_size(c.raw, &size), nil)
	return uint64(size), err
}

// Read copies from the guest's memory.
func (c *Caller) Read(address uint64, data []byte) error {
	if c.raw == nil {
		return errReturned
	}
	status := C.libvm_go_read_memory(c.raw, C.uint64_t(address), unsafe.Pointer(unsafe.SliceData(data)), C.size_t(len(data)))
	return c.bounds(status, address, len(data))
}

// Write copies into the guest's memory.
func (c *Caller) Write(address uint64, data []byte) error {
	if c.raw == nil {
		return errReturned
	}
	status := C.libvm_go_write_memory(c.raw, C.uint64_t(address), unsafe.Pointer(unsafe.SliceData(data)), C.size_t(len(data)))
	return c.bounds(status, address, len(data))
}

func (c *Caller) bounds(status C.VM_Status, address uint64, size int) error {
	if status == C.VM_STATUS_OUT_OF_BOUNDS {
		return failure(StatusOutOfBounds, fmt.Sprintf("%d bytes at %d are not in the guest's memory", size, address))
	}
	return check(status, nil)
}

// CallExport calls a function that the guest exports, from a host function. Its type is that of the arguments, which are numbers of a
// type of wasm (not int), and of R.
func CallExport[R Result](caller *Caller, name string, args ...any) (result R, err error) {
	if caller.raw == nil {
		return result, errReturned
	}
	c := caller.context
	values := make([]C.VM_Value, max(len(args), 1))
	for i, arg := range args {
		if !putAny(&values[i], arg) {
			return result, failure(StatusWrongType, fmt.Sprintf("argument %d has the type %T; int32, uint32, bool, int64, uint64, float32 or float64 is needed", i+1, arg))
		}
	}
	err = withText(name, func(name *C.char) error {
		answer := C.libvm_go_caller_call(caller.raw, name, &values[0], C.size_t(len(args)), C.size_t(resultCount[R]()))
		return c.finish(answer)
	})
	if err == nil {
		take(&values[0], &result)
	}
	return result, err
}
