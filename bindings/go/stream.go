package libvm

// #include "shim.h"
import "C"

import (
	"context"
	"math"
	"sync"
	"unsafe"
)

// Stream passes the events of a source through stages to sinks. A position of the source is committed when all sinks have acknowledged
// the events up to it, or those that stages made of them: each event is delivered at least once.
type Stream struct {
	anchor  C.uint64_t // the first field, as in a Context
	raw     *C.VM_Stream
	owner   *owner
	uses    uses
	context *Context
	name    string
	number  uintptr

	mu      sync.Mutex
	parts   map[uintptr]*part
	onState func(part string, state StreamPartState, text string)
}

// StreamState is what a stream is doing.
type StreamState uint32

// The states of streams.
const (
	StreamIdle    StreamState = C.VM_STREAM_IDLE    // It was not run, or has handled as many events as it was asked for.
	StreamRunning StreamState = C.VM_STREAM_RUNNING // A goroutine is running it.
	StreamWaiting StreamState = C.VM_STREAM_WAITING // A goroutine is running it, and waits for the source or a sink.
	StreamStopped StreamState = C.VM_STREAM_STOPPED // Its last run was stopped.
	StreamEnded   StreamState = C.VM_STREAM_ENDED   // Its source has ended, and everything is acknowledged.
	StreamFailed  StreamState = C.VM_STREAM_FAILED  // Its last run has failed; the next one continues there.
)

// ErrorPolicy is what happens to an event that a stage or a sink fails to handle.
type ErrorPolicy uint32

// The policies of errors.
const (
	ErrorStop       ErrorPolicy = C.VM_ERROR_POLICY_STOP        // The run fails; the next one continues with the event.
	ErrorSkip       ErrorPolicy = C.VM_ERROR_POLICY_SKIP        // The event is left out.
	ErrorDeadLetter ErrorPolicy = C.VM_ERROR_POLICY_DEAD_LETTER // The event is written to the dead-letter sink.
)

// Positions for Stream.Rewind and Rewinder; the position of an event that can be continued after is less than both.
const (
	PositionCommitted uint64 = math.MaxUint64     // the last position that was committed
	PositionBeginning uint64 = math.MaxUint64 - 1 // the first event that the source has
)

// RegisterStreamModule registers the module `libvm_stream`, with which guests are stages, before such a guest is instantiated.
func (c *Context) RegisterStreamModule() error {
	return c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextRegisterStreamModule(c.raw, failed) })
}

// NewStream creates a stream without source, stages and sinks. Plug-ins keep the state of its parts under its name.
func (c *Context) NewStream(name string) (*Stream, error) {
	made := &Stream{context: c, name: name, number: lastNumber.Add(1), parts: map[uintptr]*part{}}
	err := withText(name, func(name *C.char) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_StreamCreate(c.raw, name, &made.raw, failed) })
	})
	if err != nil {
		return nil, err
	}
	made.owner = newOwner(unsafe.Pointer(made.raw), freeStream)
	return made, nil
}

// Close stops the stream, closes its source and its sinks, and frees it. A stream that is no longer reachable is freed too, but its Go
// source and sinks are then not closed; one that has a PushSource is reachable while that runs.
func (s *Stream) Close() {
	alone, ok := s.uses.enter()
	if !ok {
		return
	}
	defer s.leave()
	s.uses.close()
	if !alone {
		C.VM_StreamStop(s.raw, nil) // a run returns, and deletes it
	}
}

func (s *Stream) delete() {
	s.owner.disarm()
	runningStreams.Store(s.number, s)
	C.libvm_go_stream_delete(&s.context.anchor, &s.anchor, s.raw)
	runningStreams.Delete(s.number)
}

func freeStream(raw unsafe.Pointer) { C.VM_StreamDelete((*C.VM_Stream)(raw)) }

// do runs a function of libvm on the stream that calls nothing of the host's.
func (s *Stream) do(run func(error **C.VM_Error) C.VM_Status) error {
	if _, ok := s.uses.enter(); !ok {
		return errClosed
	}
	defer s.leave()
	var failed *C.VM_Error
	return check(run(&failed), failed)
}

func (s *Stream) leave() {
	if s.uses.leave() {
		s.delete()
	}
}

// The streams that run, by number, for callbacks on other threads.
var runningStreams sync.Map // of *Stream

// run runs a function of libvm on the stream that may call its parts and stages.
func (s *Stream) run(call func() C.Answer) error {
	if _, ok := s.uses.enter(); !ok {
		return errClosed
	}
	defer s.leave()
	runningStreams.Store(s.number, s)
	defer runningStreams.Delete(s.number)
	return s.context.run(call)
}

// Run runs the stream until its source has ended, ctx is done, Stop is called, or it has failed. It waits for the source and the sinks.
// After nil everything that a stage has seen is acknowledged and committed.
func (s *Stream) Run(ctx context.Context) error { return s.RunEvents(ctx, math.MaxUint64) }

// RunEvents is Run for a number of events of the source at the most.
func (s *Stream) RunEvents(ctx context.Context, count uint64) error {
	run := func() error {
		return s.run(func() C.Answer {
			return C.libvm_go_stream_run(&s.context.anchor, &s.anchor, s.raw, C.uint64_t(count), true)
		})
	}
	if ctx == nil || ctx.Done() == nil {
		return run()
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = s.Stop()
		close(stopped)
	})
	err := run()
	if stop() {
		return err
	}
	<-stopped
	if s.State() != StreamStopped {
		_ = s.Poll(1) // which the stop ends, instead of the next run
	}
	if err == nil {
		err = &Error{Status: StatusCancelled, Message: "the stream was stopped: " + ctx.Err().Error(), cause: ctx.Err()}
	}
	return err
}

// Poll runs the stream like RunEvents, but fails with StatusWouldBlock where that would wait.
func (s *Stream) Poll(count uint64) error {
	return s.run(func() C.Answer {
		return C.libvm_go_stream_run(&s.context.anchor, &s.anchor, s.raw, C.uint64_t(count), false)
	})
}

// Stop makes the run of the stream return, or else the next one; events that no stage has seen stay in the stream.
func (s *Stream) Stop() error {
	return s.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_StreamStop(s.raw, failed) })
}

// Rewind drops the events that are in the stream, and makes its source continue after a position.
func (s *Stream) Rewind(position uint64) error {
	return s.run(func() C.Answer {
		return C.libvm_go_stream_rewind(&s.context.anchor, &s.anchor, s.raw, C.uint64_t(position))
	})
}

// State returns what the stream is doing; 0 if it is closed.
func (s *Stream) State() (state StreamState) {
	_ = s.do(func(**C.VM_Error) C.VM_Status {
		state = StreamState(C.VM_StreamGetState(s.raw))
		return C.VM_STATUS_OK
	})
	return state
}

// StreamStatistics counts the events of a stream.
type StreamStatistics struct {
	EventsIn, BytesIn, EventsOut, BytesOut                           uint64
	Calls, Failed, Skipped, DeadLettered, Commits, Waits, Reconnects uint64
}

// Statistics returns the counters of the stream since it was created.
func (s *Stream) Statistics() (StreamStatistics, error) {
	raw := C.VM_StreamStatistics{size: C.uint32_t(unsafe.Sizeof(C.VM_StreamStatistics{}))}
	err := s.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_StreamGetStatistics(s.raw, &raw, failed) })
	return StreamStatistics{
		EventsIn: uint64(raw.events_in), BytesIn: uint64(raw.bytes_in), EventsOut: uint64(raw.events_out), BytesOut: uint64(raw.bytes_out),
		Calls: uint64(raw.calls), Failed: uint64(raw.failed), Skipped: uint64(raw.skipped), DeadLettered: uint64(raw.dead_lettered),
		Commits: uint64(raw.commits), Waits: uint64(raw.waits), Reconnects: uint64(raw.reconnects),
	}, err
}

// PartReport is the state of a source or sink of a stream.
type PartReport struct {
	State              StreamPartState
	Reconnects, Queued uint64
	Text               string
}

// PartReport returns the state of a source or sink that is open: "source", the name of a sink, or "dead-letter".
func (s *Stream) PartReport(part string) (PartReport, error) {
	raw := C.VM_StreamPartReport{size: C.uint32_t(unsafe.Sizeof(C.VM_StreamPartReport{}))}
	err := withText(part, func(part *C.char) error {
		return s.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_StreamGetPartReport(s.raw, part, &raw, failed) })
	})
	if err != nil {
		return PartReport{}, err
	}
	return PartReport{
		State: StreamPartState(raw.state), Reconnects: uint64(raw.reconnects), Queued: uint64(raw.queued), Text: C.GoString(&raw.text[0]),
	}, nil
}

// OnState sets the function that is called when the state of a source or sink changes while the stream runs, is rewound or closed. It is
// called on any goroutine, and must not use the stream.
func (s *Stream) OnState(changed func(part string, state StreamPartState, text string)) error {
	s.mu.Lock()
	s.onState = changed
	s.mu.Unlock()
	if _, ok := s.uses.enter(); !ok {
		return errClosed
	}
	defer s.leave()
	return checkAnswer(C.libvm_go_set_state_callback(s.raw, C.uintptr_t(s.number)))
}

//export libvmGoPartState
func libvmGoPartState(number C.uintptr_t, part *C.char, state C.VM_StreamPartState, details *C.char) {
	found, ok := runningStreams.Load(uintptr(number))
	if !ok {
		return
	}
	s := found.(*Stream)
	defer func() {
		if panicked := recover(); panicked != nil {
			s.context.failWith(nil, panicked)
		}
	}()
	s.mu.Lock()
	changed := s.onState
	s.mu.Unlock()
	if changed != nil {
		changed(text(part), StreamPartState(state), text(details))
	}
}

// SetSource sets the source of the stream: a Source or a PushSource. Its name is "source".
func (s *Stream) SetSource(source any) error {
	made := &part{object: source}
	switch source.(type) {
	case Source:
	case PushSource:
		made.has |= C.PART_PUSH
	case nil:
		return failure(StatusNullArgument, "the source is nil")
	default:
		return wrongPart(source, "neither a Source nor a PushSource")
	}
	if _, ok := source.(Committer); ok {
		made.has |= C.PART_COMMIT
	}
	if _, ok := source.(Rewinder); ok {
		made.has |= C.PART_REWIND
	}
	return s.add(made, func(number C.uintptr_t) C.Answer { return C.libvm_go_set_source(s.raw, number, made.has) })
}

// AddSink adds a sink. Its name is "sink-1", "sink-2" and so on if it is empty. All sinks receive all events.
func (s *Stream) AddSink(name string, sink Sink) error {
	made := &part{object: sink}
	return withOptionalText(name, func(name *C.char) error {
		return s.addSink(made, name)
	})
}

// SetDeadLetterSink sets the sink to which failed events are written under ErrorDeadLetter, with `libvm.failed`, `libvm.status` and
// `libvm.reason` in their metadata. Its name is "dead-letter".
func (s *Stream) SetDeadLetterSink(sink Sink) error {
	return s.addSink(&part{object: sink, has: C.PART_DEAD_LETTER}, nil)
}

func (s *Stream) addSink(made *part, name *C.char) error {
	if made.object == nil {
		return failure(StatusNullArgument, "the sink is nil")
	}
	if _, ok := made.object.(Flusher); ok {
		made.has |= C.PART_FLUSH
	}
	return s.add(made, func(number C.uintptr_t) C.Answer { return C.libvm_go_add_sink(s.raw, number, made.has, name) })
}

// add adds a source or sink of Go.
func (s *Stream) add(made *part, call func(number C.uintptr_t) C.Answer) error {
	if _, ok := s.uses.enter(); !ok {
		return errClosed
	}
	defer s.leave()
	number := lastNumber.Add(1)
	s.mu.Lock()
	s.parts[number] = made
	s.mu.Unlock()
	err := checkAnswer(call(C.uintptr_t(number)))
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.parts, number)
	}
	return err
}

// SetPluginSource sets the source to one of a plug-in.
func (s *Stream) SetPluginSource(plugin *Plugin, source string) error {
	return s.withPlugin(plugin, []string{source}, func(plugin *C.VM_Plugin, texts []*C.char, failed **C.VM_Error) C.VM_Status {
		return C.VM_StreamSetSource(s.raw, plugin, texts[0], failed)
	})
}

// AddPluginSink adds a sink of a plug-in. Its name in the stream is "sink-1", "sink-2" and so on if it is empty.
func (s *Stream) AddPluginSink(plugin *Plugin, sink, name string) error {
	return s.withPlugin(plugin, []string{sink, name}, func(plugin *C.VM_Plugin, texts []*C.char, failed **C.VM_Error) C.VM_Status {
		if name == "" {
			texts[1] = nil
		}
		return C.VM_StreamAddSink(s.raw, plugin, texts[0], texts[1], failed)
	})
}

// SetPluginDeadLetterSink sets the sink of a plug-in to which failed events are written: see SetDeadLetterSink.
func (s *Stream) SetPluginDeadLetterSink(plugin *Plugin, sink string) error {
	return s.withPlugin(plugin, []string{sink}, func(plugin *C.VM_Plugin, texts []*C.char, failed **C.VM_Error) C.VM_Status {
		return C.VM_StreamSetDeadLetterSink(s.raw, plugin, texts[0], failed)
	})
}

// AddPluginStage adds a function of a plug-in, which is registered in the stream's context, as the next stage. The module is that with the
// plug-in's name if it is empty.
func (s *Stream) AddPluginStage(plugin *Plugin, module, function string, flags StageFlags) error {
	return s.withPlugin(plugin, []string{module, function}, func(plugin *C.VM_Plugin, texts []*C.char, failed **C.VM_Error) C.VM_Status {
		if module == "" {
			texts[0] = nil
		}
		return C.VM_StreamAddPluginStage(s.raw, plugin, texts[0], texts[1], C.VM_StageFlags(flags), failed)
	})
}

func (s *Stream) withPlugin(plugin *Plugin, texts []string, run func(*C.VM_Plugin, []*C.char, **C.VM_Error) C.VM_Status) error {
	if plugin == nil {
		return failure(StatusNullArgument, "the plug-in is nil")
	}
	return withTexts(texts, func(list **C.char, count C.size_t) error {
		return plugin.use(func(raw unsafe.Pointer) error {
			return s.do(func(failed **C.VM_Error) C.VM_Status {
				return run((*C.VM_Plugin)(raw), append([]*C.char{}, unsafe.Slice(list, count)...), failed)
			})
		})
	})
}

// SetOption sets an option of a source or sink of a plug-in: part is "source", the name of a sink, or "dead-letter".
func (s *Stream) SetOption(part, key, value string) error {
	return withTexts([]string{part, key, value}, func(list **C.char, count C.size_t) error {
		texts := unsafe.Slice(list, count)
		return s.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_StreamSetOption(s.raw, texts[0], texts[1], texts[2], failed)
		})
	})
}

// StageFlags describe a stage.
type StageFlags uint32

// StageBatched lets a call of a stage handle several events: it continues with the next one by Caller.NextEvent, or `event_next` in a guest.
const StageBatched StageFlags = C.VM_STAGE_BATCHED

// AddStage adds a function of Go as the next stage. It reads its event with Caller.Event, and emits others with Caller.Emit; what it does
// not emit is dropped. It may wait, which holds up the stream, and must not use the context.
func (s *Stream) AddStage(name string, flags StageFlags, stage func(*Caller) error) error {
	if stage == nil {
		return failure(StatusNullArgument, "the stage is nil")
	}
	c := s.context
	made := Fn0(func(caller *Caller) (None, error) { return None{}, stage(caller) }).made
	number := lastNumber.Add(1)
	made.number = number
	c.mu.Lock()
	if c.functions != nil {
		c.functions[number] = made
	}
	c.mu.Unlock()
	err := withText(name, func(name *C.char) error {
		if _, ok := s.uses.enter(); !ok {
			return errClosed
		}
		defer s.leave()
		return checkAnswer(C.libvm_go_add_stage(s.raw, name, C.uintptr_t(number), C.VM_StageFlags(flags)))
	})
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.functions, number)
	}
	return err
}

// AddGuestStage adds a function that a guest exports as the next stage: it has no parameters and no results, and uses the module
// `libvm_stream` (Context.RegisterStreamModule).
func (s *Stream) AddGuestStage(instance *Instance, function string, flags StageFlags) error {
	if instance == nil {
		return failure(StatusNullArgument, "the instance is nil")
	}
	return withText(function, func(function *C.char) error {
		return s.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_StreamAddGuestStage(s.raw, instance.raw, function, C.VM_StageFlags(flags), failed)
		})
	})
}

// SetBatchSize sets how many events the stream takes, passes to a batched stage and writes at once, 1 to 65536; the default is 256.
func (s *Stream) SetBatchSize(events uint64) error {
	return s.do(func(failed **C.VM_Error) C.VM_Status {
		return C.VM_StreamSetBatchSize(s.raw, C.uint64_t(events), failed)
	})
}

// SetErrorPolicy sets what happens to an event that a stage or a sink fails to handle; the default is ErrorStop.
func (s *Stream) SetErrorPolicy(policy ErrorPolicy) error {
	return s.do(func(failed **C.VM_Error) C.VM_Status {
		return C.VM_StreamSetErrorPolicy(s.raw, C.VM_ErrorPolicy(policy), failed)
	})
}

// SetEmitLimits sets how many events and bytes one call of a stage may emit.
func (s *Stream) SetEmitLimits(events, bytes uint64) error {
	return s.do(func(failed **C.VM_Error) C.VM_Status {
		return C.VM_StreamSetEmitLimits(s.raw, C.uint64_t(events), C.uint64_t(bytes), failed)
	})
}

// SetQueueSize sets how many events and bytes the queue of a push source holds.
func (s *Stream) SetQueueSize(events, bytes uint64) error {
	return s.do(func(failed **C.VM_Error) C.VM_Status {
		return C.VM_StreamSetQueueSize(s.raw, C.uint64_t(events), C.uint64_t(bytes), failed)
	})
}
