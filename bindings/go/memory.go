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
	err := c.run(func() C.Answer { return C.libvm_go_grow_memory(&c.anchor, c.raw, m.raw, C.uint64_t(pages), &previous) })
	return uint64(previous), err
}

// MemoryType is the type of a memory. Its sizes are in pages of PageSize bytes, unless its own PageSize says otherwise.
type MemoryType struct {
	Minimum, Maximum uint64
	HasMaximum       bool
	Is64             bool   // addresses are 64-bit
	PageSize         uint32 // 65536, which may also be given as 0, or 1
}

func (t *MemoryType) raw() C.VM_MemoryType {
	return C.VM_MemoryType{
		size: C.uint32_t(unsafe.Sizeof(C.VM_MemoryType{})), page_size: C.uint32_t(t.PageSize), minimum: C.uint64_t(t.Minimum),
		maximum: C.uint64_t(t.Maximum), has_maximum: C.bool(t.HasMaximum), is_64: C.bool(t.Is64),
	}
}

// Type returns the type of the memory.
func (m *Memory) Type() (MemoryType, error) {
	c := m.context
	raw := (&MemoryType{}).raw()
	err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_MemoryGetType(c.raw, m.raw, &raw, failed) })
	return MemoryType{
		Minimum: uint64(raw.minimum), Maximum: uint64(raw.maximum), HasMaximum: bool(raw.has_maximum), Is64: bool(raw.is_64),
		PageSize: uint32(raw.page_size),
	}, err
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
	return c.withValue(ValType(sort.content), value, func(v *C.VM_Value) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_GlobalWrite(c.raw, g.raw, v, failed) })
	})
}

// withValue passes a value to a function of libvm that keeps what it needs of it.
func (c *Context) withValue(sort ValType, value any, run func(*C.VM_Value) error) error {
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
	return run(&made[0])
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
	c := t.context
	return t.with(value, func(v *C.VM_Value) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_TableWrite(c.raw, t.raw, C.uint64_t(index), v, failed)
		})
	})
}

// Grow adds elements with a value, and returns the previous number.
func (t *Table) Grow(elements uint64, value any) (uint64, error) {
	var previous C.uint64_t
	c := t.context
	err := t.with(value, func(v *C.VM_Value) error {
		return c.run(func() C.Answer {
			return C.libvm_go_grow_table(&c.anchor, c.raw, t.raw, C.uint64_t(elements), v, &previous)
		})
	})
	return uint64(previous), err
}

func (t *Table) with(value any, run func(*C.VM_Value) error) error {
	c := t.context
	sort := C.VM_TableType{size: C.uint32_t(unsafe.Sizeof(C.VM_TableType{}))}
	if err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_TableGetType(c.raw, t.raw, &sort, failed) }); err != nil {
		return err
	}
	return c.withValue(ValType(sort.element), value, run)
}
