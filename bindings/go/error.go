package libvm

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"unsafe"
)

// TrapCode is the reason for a trap, the VM_TRAP_* of the C API; 0 for other errors.
type TrapCode int32

// Frame is a call that had not returned when an error occurred.
type Frame struct {
	Module, Function, Plugin string
	Offset                   uint64 // in the code section's bytes, of a guest's function
	Index                    uint32 // of the function
	Omitted                  uint32 // number of frames that this one stands for
	Host                     bool   // a host function
}

// Error is what functions of this package fail with. errors.Is(err, libvm.StatusTrap) returns whether it is of a kind, and errors.Is(err,
// context.DeadlineExceeded) whether the context.Context of a call ended it.
type Error struct {
	Status   Status
	Message  string
	Trap     TrapCode
	ExitCode int32
	Module   string
	Function string
	Plugin   string
	Path     string
	OSError  int32
	Frames   []Frame
	// Retryable is whether the same call may succeed later, as when something is in use.
	Retryable bool

	cause error
}

func (e *Error) Error() string { return e.Message }

// Is reports whether target is the error's status, or what package io/fs has for it: fs.ErrNotExist and fs.ErrPermission.
func (e *Error) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return e.Status == StatusFileNotFound
	case fs.ErrPermission:
		return e.Status == StatusPermissionDenied
	}
	status, ok := target.(Status)
	return ok && status == e.Status
}

// Unwrap returns the error of a host function in Go that made the call fail, or of the context.Context that ended it.
func (e *Error) Unwrap() error { return e.cause }

func failure(status Status, message string) *Error { return &Error{Status: status, Message: message} }

// statusOf returns the status of an error: StatusTrap for one that is not of libvm, StatusOK for nil.
func statusOf(err error) Status {
	var made *Error
	var status Status
	switch {
	case err == nil:
		return StatusOK
	case errors.As(err, &made) && made != nil:
		return made.Status
	case errors.As(err, &status):
		return status
	default:
		return StatusTrap
	}
}

// failed returns the status and the text with which an error of a host function ends the guest. libvm accepts statuses of failures only,
// and its strings have no NUL.
func failed(err error) (Status, string) {
	status := statusOf(err)
	if status >= 0 {
		status = StatusTrap
	}
	if err == nil {
		return status, ""
	}
	return status, strings.ReplaceAll(err.Error(), "\x00", "\uFFFD")
}

var errClosed = failure(StatusStale, "the object is closed")

// check makes an error of what a function of libvm returned, and frees it.
func check(status C.VM_Status, raw *C.VM_Error) error {
	if status == C.VM_STATUS_OK {
		return nil
	}
	made := &Error{Status: Status(status)}
	if raw == nil {
		made.Message = "libvm: " + made.Status.Error()
		return made
	}
	defer C.VM_ErrorDelete(raw)
	made.Message = text(C.VM_ErrorGetMessage(raw))
	made.Trap = TrapCode(C.VM_ErrorGetTrapCode(raw))
	made.ExitCode = int32(C.VM_ErrorGetExitCode(raw))
	made.Module = text(C.VM_ErrorGetModuleName(raw))
	made.Function = text(C.VM_ErrorGetFunctionName(raw))
	made.Plugin = text(C.VM_ErrorGetPluginName(raw))
	made.Path = text(C.VM_ErrorGetPath(raw))
	made.OSError = int32(C.VM_ErrorGetOsError(raw))
	made.Retryable = bool(C.VM_ErrorIsRetryable(raw))
	for i := C.size_t(0); i < C.VM_ErrorGetFrameCount(raw); i++ {
		frame := C.VM_ErrorGetFrame(raw, i)
		made.Frames = append(made.Frames, Frame{
			Module: text(frame.module), Function: text(frame.function), Plugin: text(frame.plugin),
			Offset: uint64(frame.code_offset), Index: uint32(frame.function_index), Omitted: uint32(frame.omitted),
			Host: frame.kind == C.VM_FRAME_HOST,
		})
	}
	return made
}

func checkAnswer(a C.Answer) error { return check(a.status, a.error) }

// text copies a string of libvm; NULL is empty.
func text(s *C.char) string {
	if s == nil {
		return ""
	}
	return C.GoString(s)
}

var errNUL = failure(StatusInvalidArgument, "a string contains a NUL character")

// withText passes a Go string to libvm, which copies what it keeps. A string with a NUL in it is not one of C.
func withText(s string, run func(*C.char) error) error {
	if strings.IndexByte(s, 0) >= 0 {
		return errNUL
	}
	raw := C.CString(s)
	defer C.free(unsafe.Pointer(raw))
	return run(raw)
}

// withOptionalText passes NULL for an empty string.
func withOptionalText(s string, run func(*C.char) error) error {
	if s == "" {
		return run(nil)
	}
	return withText(s, run)
}

// withTexts passes several.
func withTexts(list []string, run func(**C.char, C.size_t) error) error {
	if len(list) == 0 {
		return run(nil, 0)
	}
	memory := C.calloc(C.size_t(len(list)), C.size_t(unsafe.Sizeof((*C.char)(nil))))
	defer C.free(memory)
	array := unsafe.Slice((**C.char)(memory), len(list))
	for i, s := range list {
		if strings.IndexByte(s, 0) >= 0 {
			return errNUL
		}
		array[i] = C.CString(s)
		defer C.free(unsafe.Pointer(array[i]))
	}
	return run(&array[0], C.size_t(len(list)))
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[T any](from map[string]T) []string {
	keys := make([]string, 0, len(from))
	for key := range from {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// endedBy adds the reason for which a context.Context ended a call.
func endedBy(ctx context.Context, err error) error {
	var made *Error
	if errors.As(err, &made) && (made.Status == StatusTimeout || made.Status == StatusCancelled) && made.cause == nil {
		if ctx.Err() != nil {
			made.cause = ctx.Err()
		} else if made.Status == StatusTimeout {
			made.cause = context.DeadlineExceeded // the context's timer is a moment late
		}
	}
	return err
}
