package libvm

// #include "shim.h"
import "C"

import "unsafe"

// PageSize is the size of a page of memory in bytes, unless its type says otherwise.
const PageSize = 65536

// Memory is the memory of a guest.
type Memory struct {
	context *Context
	raw     C.VM_Memory
}

// Memory returns an exported memory.
func (i *Instance) Memory(name string) (*Memory, error) {
	c := i.context
	made := &Memory{context: c}
	err := withText(name, func(name *C.char) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_InstanceFindMemory(c.raw, i.raw, name, &made.raw, failed)
		})
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// Read copies from the memory.
func (m *Memory) Read(address uint64, data []byte) error {
	c := m.context
	return c.do(func(failed **C.VM_Error) C.VM_Status {
		return C.VM_MemoryRead(c.raw, m.raw, C.uint64_t(address), unsafe.Pointer(unsafe.SliceData(data)), C.size_t(len(data)), failed)
	})
}

// Write copies into the memory.
func (m *Memory) Write(address uint64, data []byte) error {
	c := m.context
	return c.do(func(failed **C.VM_Error) C.VM_Status {
		return C.VM_MemoryWrite(c.raw, m.raw, C.uint64_t(address), unsafe.Pointer(unsafe.SliceData(data)), C.size_t(len(data)), failed)
	})
}

// Access passes a part of the memory to a function, without a copy. The bytes must not be used after it returns, nor after a guest of
// the context ran.
func (m *Memory) Access(address, size uint64, use func(data []byte)) error {
	c := m.context
	if _, err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	var span C.VM_Buffer
	var failed *C.VM_Error
	err := check(C.VM_MemoryGetSpan(c.raw, m.raw, C.uint64_t(address), C.uint64_t(size), &span, &failed), failed)
	if err == nil {
		use(unsafe.Slice((*byte)(span.data), int(span.size)))
	}
	return err
}

// Size returns the size in bytes.
func (m *Memory) Size() (uint64, error) {
	c := m.context
	var size C.uint64_t
	err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_MemoryGetSize(c.raw, m.raw, &size, failed) })
	return uint64(size), err
}

// Grow makes the memory larger by a number of pages, and returns its previous size in pages.
func (m *Memory) Grow(pages uint64) (uint64, error) {
	c := m.context
	var previous C.uint64_t
	err := c.do(func(failed **C.VM_Error) C.VM_Status {
		return C.VM_MemoryGrow(c.raw, m.raw, C.uint64_t(pages), &previous, failed)
	})
	return uint64(previous), err
}

// Global is a global variable of a guest.
type Global struct {
	context *Context
	raw     C.VM_Global
}

// Global returns an exported global variable.
func (i *Instance) Global(name string) (*Global, error) {
	c := i.context
	made := &Global{context: c}
	err := withText(name, func(name *C.char) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_InstanceFindGlobal(c.raw, i.raw, name, &made.raw, failed)
		})
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// Get returns the value, as a result of Func.Call.
func (g *Global) Get() (any, error) {
	c := g.context
	var value C.VM_Value
	err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_GlobalRead(c.raw, g.raw, &value, failed) })
	if err != nil {
		return nil, err
	}
	return c.result(&value)
}

// Set sets the value, as an argument of Func.Call.
func (g *Global) Set(value any) error {
	c := g.context
	sort := C.VM_GlobalType{size: C.uint32_t(unsafe.Sizeof(C.VM_GlobalType{}))}
	if err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_GlobalGetType(c.raw, g.raw, &sort, failed) }); err != nil {
		return err
	}
	return c.withValue(ValType(sort.content), value, func(v *C.VM_Value, failed **C.VM_Error) C.VM_Status {
		return C.VM_GlobalWrite(c.raw, g.raw, v, failed)
	})
}

// withValue passes a value to a function of libvm that keeps what it needs of it.
func (c *Context) withValue(sort ValType, value any, run func(*C.VM_Value, **C.VM_Error) C.VM_Status) error {
	if _, err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	var made [1]C.VM_Value
	if err := c.value(&made[0], sort, value); err != nil {
		return err
	}
	defer func() {
		for _, ref := range refsOf(made[:]) {
			C.VM_RefRelease(ref)
		}
	}()
	var failed *C.VM_Error
	return check(run(&made[0], &failed), failed)
}

// Table is a table of a guest: functions or objects.
type Table struct {
	context *Context
	raw     C.VM_Table
}

// Table returns an exported table.
func (i *Instance) Table(name string) (*Table, error) {
	c := i.context
	made := &Table{context: c}
	err := withText(name, func(name *C.char) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_InstanceFindTable(c.raw, i.raw, name, &made.raw, failed)
		})
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// Size returns the number of elements.
func (t *Table) Size() (uint64, error) {
	c := t.context
	var size C.uint64_t
	err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_TableGetSize(c.raw, t.raw, &size, failed) })
	return uint64(size), err
}

// Get returns an element: a *Func or an object.
func (t *Table) Get(index uint64) (any, error) {
	c := t.context
	var value C.VM_Value
	err := c.do(func(failed **C.VM_Error) C.VM_Status {
		return C.VM_TableRead(c.raw, t.raw, C.uint64_t(index), &value, failed)
	})
	if err != nil {
		return nil, err
	}
	return c.result(&value)
}

// Set sets an element.
func (t *Table) Set(index uint64, value any) error {
	return t.with(value, func(v *C.VM_Value, failed **C.VM_Error) C.VM_Status {
		return C.VM_TableWrite(t.context.raw, t.raw, C.uint64_t(index), v, failed)
	})
}

// Grow adds elements with a value, and returns the previous number.
func (t *Table) Grow(elements uint64, value any) (uint64, error) {
	var previous C.uint64_t
	err := t.with(value, func(v *C.VM_Value, failed **C.VM_Error) C.VM_Status {
		return C.VM_TableGrow(t.context.raw, t.raw, C.uint64_t(elements), v, &previous, failed)
	})
	return uint64(previous), err
}

func (t *Table) with(value any, run func(*C.VM_Value, **C.VM_Error) C.VM_Status) error {
	c := t.context
	sort := C.VM_TableType{size: C.uint32_t(unsafe.Sizeof(C.VM_TableType{}))}
	if err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_TableGetType(c.raw, t.raw, &sort, failed) }); err != nil {
		return err
	}
	return c.withValue(ValType(sort.element), value, run)
}
