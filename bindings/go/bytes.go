package libvm

import "fmt"

// Allocator names the exports of a guest that allocate and free memory, for calls with strings and bytes. `Alloc` takes a size and returns
// an address; `Free` takes an address, or an address and a size. They are i32, or i64 for a 64-bit memory.
type Allocator struct {
	Alloc, Free string
	Memory      string // the export that is the memory; "" is "memory"
}

// CallBytes calls an exported function with strings and bytes, and returns bytes.
//
// Each string or []byte among the arguments is copied into a block of the guest's memory, and becomes two arguments: address and size.
// An empty one is 0 and 0. The blocks are freed after the call. The function returns an address and a size, or both in one i64, the
// address in the upper half; the bytes there are copied and freed too. A function without results returns nil.
func (i *Instance) CallBytes(allocator Allocator, name string, args ...any) (result []byte, err error) {
	a, err := i.allocator(allocator)
	if err != nil {
		return nil, err
	}
	function, err := i.Func(name)
	if err != nil {
		return nil, err
	}
	var blocks []block
	exited := false
	defer func() {
		for _, each := range blocks {
			if exited {
				break // its memory is as the exit left it
			}
			_ = a.release(each)
		}
	}()
	given := make([]any, 0, 2*len(args))
	for _, arg := range args {
		var data []byte
		switch arg := arg.(type) {
		case string:
			data = []byte(arg)
		case []byte:
			data = arg
		default:
			given = append(given, arg)
			continue
		}
		made, err := a.copyIn(data)
		if err != nil {
			return nil, err
		}
		if made.size > 0 {
			blocks = append(blocks, made)
		}
		given = append(given, a.word(made.address), a.word(made.size))
	}
	results, err := function.Call(given...)
	if err != nil {
		exited = statusOf(err) == StatusExit
		return nil, err
	}
	found, err := a.resultBlock(name, results)
	if err != nil || found.size == 0 {
		return nil, err
	}
	result, err = a.copyOut(found)
	if freed := a.release(found); err == nil {
		err = freed
	}
	return result, err
}

// CallString is CallBytes for a function that returns a string.
func (i *Instance) CallString(allocator Allocator, name string, args ...any) (string, error) {
	result, err := i.CallBytes(allocator, name, args...)
	return string(result), err
}

// block is a part of the guest's memory.
type block struct{ address, size uint64 }

// guestAllocator is an Allocator of an instance.
type guestAllocator struct {
	names       Allocator
	alloc, free *Func
	memory      *Memory
	is64        bool
}

func (i *Instance) allocator(names Allocator) (*guestAllocator, error) {
	if names.Memory == "" {
		names.Memory = "memory"
	}
	made := &guestAllocator{names: names}
	var err error
	if made.alloc, err = i.Func(names.Alloc); err != nil {
		return nil, err
	}
	if made.free, err = i.Func(names.Free); err != nil {
		return nil, err
	}
	if made.memory, err = i.Memory(names.Memory); err != nil {
		return nil, err
	}
	sort := made.alloc.Type()
	if len(sort.Params) != 1 || len(sort.Results) != 1 || sort.Params[0] != sort.Results[0] || (sort.Params[0] != I32 && sort.Params[0] != I64) {
		return nil, failure(StatusWrongType, fmt.Sprintf("`%s` is %s, and an allocator takes a size and returns an address", names.Alloc, sort))
	}
	if count := len(made.free.Type().Params); count != 1 && count != 2 {
		return nil, failure(StatusWrongType, fmt.Sprintf("`%s` is %s, and takes neither an address nor an address and a size", names.Free, made.free.Type()))
	}
	made.is64 = sort.Params[0] == I64
	return made, nil
}

// word makes an address or a size an argument.
func (a *guestAllocator) word(n uint64) any {
	if a.is64 {
		return n
	}
	return uint32(n)
}

func (a *guestAllocator) copyIn(data []byte) (block, error) {
	size := uint64(len(data))
	if size == 0 {
		return block{}, nil
	}
	if !a.is64 && size > 1<<32-1 {
		return block{}, failure(StatusInvalidArgument, fmt.Sprintf("%d bytes are more than a memory of 32 bits has", size))
	}
	results, err := a.alloc.Call(a.word(size))
	if err != nil {
		return block{}, err
	}
	made := block{unsigned(results[0]), size}
	if made.address == 0 {
		return block{}, failure(StatusOutOfMemory, fmt.Sprintf("the guest's `%s` returned 0 for %d bytes", a.names.Alloc, size))
	}
	if err := a.memory.Write(made.address, data); err != nil {
		return block{}, err
	}
	return made, nil
}

func (a *guestAllocator) copyOut(from block) ([]byte, error) {
	size, err := a.memory.Size()
	if err != nil {
		return nil, err
	}
	if from.size > size { // before it is allocated here
		return nil, failure(StatusOutOfBounds, fmt.Sprintf("the result of %d bytes is larger than the memory of %d", from.size, size))
	}
	data := make([]byte, from.size)
	return data, a.memory.Read(from.address, data)
}

func (a *guestAllocator) release(made block) error {
	args := []any{a.word(made.address), a.word(made.size)}
	_, err := a.free.Call(args[:len(a.free.Type().Params)]...)
	return err
}

func (a *guestAllocator) resultBlock(name string, results []any) (block, error) {
	switch {
	case len(results) == 0:
		return block{}, nil
	case len(results) == 2:
		return block{unsigned(results[0]), unsigned(results[1])}, nil
	case len(results) == 1:
		if packed, ok := results[0].(int64); ok && !a.is64 {
			return block{uint64(packed) >> 32, uint64(packed) & (1<<32 - 1)}, nil
		}
	}
	return block{}, failure(StatusWrongType, fmt.Sprintf("`%s` returns neither an address and a size nor both in an i64", name))
}

// unsigned returns an address or a size; 0 for what is none.
func unsigned(result any) uint64 {
	switch n := result.(type) {
	case int32:
		return uint64(uint32(n))
	case int64:
		return uint64(n)
	default:
		return 0
	}
}
