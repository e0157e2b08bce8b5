// Calls from Go: the package, cgo written by hand, and other runtimes. `bench GUEST [-quick]`, where GUEST is calls.wat as wasm.
//
// Each number is the median of the processor time of several rounds; the rounds of all are interleaved, so that what else the machine does
// hits all alike. A ratio is the median of the ratios of the rounds.
package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"
	"unsafe"

	"libvm"
	"libvm/internal/byhand"
)

// candidate is something that calls a guest, and lets the guest call the host, a number of times.
type candidate struct {
	name        string
	guest, host func(count int)
	times       [2][]float64
}

// Other runtimes, each made with the guest.
var others []func(wasm []byte) *candidate

func main() {
	runtime.LockOSThread()
	wasm, err := os.ReadFile(os.Args[1])
	check(err)
	rounds, calls := 61, 40_000
	if slices.Contains(os.Args, "-quick") {
		rounds, calls = 5, 5_000
	}
	candidates := []*candidate{ofPackage(wasm), byHand(wasm)}
	for _, make := range others {
		candidates = append(candidates, make(wasm))
	}
	for round := -1; round < rounds; round++ { // the first one is not counted
		for _, each := range candidates {
			for i, run := range []func(int){each.guest, each.host} {
				start := processorTime()
				run(calls)
				if round >= 0 {
					each.times[i] = append(each.times[i], float64(processorTime()-start)/float64(calls))
				}
			}
		}
	}
	fmt.Println("| Go | guest call | to libvm | host call | to libvm |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: |")
	for _, each := range candidates {
		fmt.Printf("| %s |", each.name)
		for i, times := range each.times {
			ratios := make([]float64, len(times))
			for round := range times {
				ratios[round] = times[round] / candidates[0].times[i][round]
			}
			fmt.Printf(" %.0f ns | %.2f |", median(times), median(ratios))
		}
		fmt.Println()
	}
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// processorTime returns the processor time of this thread.
func processorTime() time.Duration {
	const ofThread = 3 // CLOCK_THREAD_CPUTIME_ID
	var now syscall.Timespec
	if _, _, failed := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, ofThread, uintptr(unsafe.Pointer(&now)), 0); failed != 0 {
		panic(failed)
	}
	return time.Duration(now.Nano())
}

func ofPackage(wasm []byte) *candidate {
	engine, err := libvm.NewEngine(nil)
	check(err)
	vm, err := engine.NewContext()
	check(err)
	check(vm.Function("host", "add", func(a, b int32) int32 { return a + b }))
	module, err := engine.LoadModule(wasm)
	check(err)
	instance, err := vm.Instantiate(module)
	check(err)
	found, err := instance.Func("add")
	check(err)
	add, err := libvm.Bind2[int32, int32, int32](found)
	check(err)
	loop, err := instance.Func("loop")
	check(err)
	return &candidate{
		name: "libvm",
		guest: func(count int) {
			for i := 0; i < count; i++ {
				sum, err := add(20, 22)
				if err != nil || sum != 42 {
					panic(err)
				}
			}
		},
		host: func(count int) {
			_, err := loop.Call(count)
			check(err)
		},
	}
}

func byHand(wasm []byte) *candidate {
	guest := byhand.New(wasm)
	return &candidate{
		name: "cgo by hand",
		guest: func(count int) {
			for i := 0; i < count; i++ {
				if guest.Add(20, 22) != 42 {
					panic("the sum is not 42")
				}
			}
		},
		host: func(count int) { guest.Loop(int32(count)) },
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
