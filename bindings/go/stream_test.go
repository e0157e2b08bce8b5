package libvm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"libvm"
	"strings"
	"sync"
	"testing"
	"time"
)

// numbers is a source of numbered events that keeps what it was told.
type numbers struct {
	last, next, committed uint64
	said                  []string
	fails                 string
}

func (n *numbers) say(what string) error {
	n.said = append(n.said, what)
	if n.fails == what {
		return errors.New("no more " + what)
	}
	return nil
}

func (n *numbers) OpenPart(part *libvm.StreamPart) error {
	return n.say("open " + part.Stream + "/" + part.Name)
}

func (n *numbers) Next() (libvm.StreamEvent, error) {
	if n.fails == "next" {
		return libvm.StreamEvent{}, errors.New("no more next")
	}
	if n.next == n.last {
		return libvm.StreamEvent{}, io.EOF
	}
	n.next++
	return libvm.StreamEvent{
		Payload: []byte(fmt.Sprint("number ", n.next)), Position: n.next, Timestamp: time.Unix(100, int64(n.next)),
		Metadata: map[string]string{"kind": "number", "parity": []string{"even", "odd"}[n.next%2]},
	}, nil
}

func (n *numbers) Commit(position uint64) error {
	n.committed = position
	return n.say("commit")
}

func (n *numbers) Rewind(position uint64) error {
	switch position {
	case libvm.PositionBeginning:
		n.next = 0
	case libvm.PositionCommitted:
		n.next = n.committed
	default:
		n.next = position
	}
	return n.say("rewind")
}

func (n *numbers) Close() error { return n.say("close") }

// kept is a sink that keeps its events.
type kept struct {
	events []libvm.StreamEvent
	said   []string
	fails  map[string]error // by payload
}

func (k *kept) Write(event libvm.StreamEvent) error {
	if err := k.fails[string(event.Payload)]; err != nil {
		return err
	}
	k.events = append(k.events, event)
	return nil
}

func (k *kept) Flush() error { k.said = append(k.said, "flush"); return nil }

func (k *kept) Close() error { k.said = append(k.said, "close"); return nil }

func (k *kept) payloads() string {
	var list []string
	for _, event := range k.events {
		list = append(list, string(event.Payload))
	}
	return strings.Join(list, ", ")
}

func newStream(t testing.TB, vm *libvm.Context, source any, sink libvm.Sink) *libvm.Stream {
	t.Helper()
	stream, err := vm.NewStream("test")
	must(t, err)
	t.Cleanup(stream.Close)
	must(t, stream.SetSource(source))
	must(t, stream.AddSink("", sink))
	return stream
}

func TestStreams(t *testing.T) {
	source, sink := &numbers{last: 4}, &kept{}
	stream := newStream(t, newContext(t), source, sink)
	must(t, stream.AddStage("odd", 0, func(caller *libvm.Caller) error {
		event, err := caller.Event()
		if err != nil || event.Metadata["parity"] != "odd" {
			return err
		}
		event.Payload = append(event.Payload, '!')
		event.Metadata["seen"] = "yes"
		return errors.Join(caller.Emit(event), caller.Emit(libvm.StreamEvent{Payload: []byte("and")}))
	}))
	must(t, stream.Run(context.Background()))
	if sink.payloads() != "number 1!, and, number 3!, and" || stream.State() != libvm.StreamEnded {
		t.Fatal(sink.payloads(), stream.State())
	}
	first := sink.events[0]
	if first.Metadata["seen"] != "yes" || first.Metadata["kind"] != "number" || !first.Timestamp.Equal(time.Unix(100, 1)) || first.Position != 1 {
		t.Fatalf("%+v", first)
	}
	if and := sink.events[1]; len(and.Metadata) != 0 || !and.Timestamp.Equal(first.Timestamp) {
		t.Fatalf("%+v", and)
	}
	statistics, err := stream.Statistics()
	if err != nil || statistics.EventsIn != 4 || statistics.EventsOut != 4 || statistics.Calls != 4 || statistics.Commits != 1 {
		t.Fatalf("%+v, %v", statistics, err)
	}
	must(t, stream.Rewind(libvm.PositionBeginning))
	must(t, stream.RunEvents(nil, 1))
	must(t, stream.Poll(1))
	must(t, stream.Rewind(3))
	must(t, stream.Run(nil))
	stream.Close()
	stream.Close()
	if said := strings.Join(source.said, ", "); said != "open test/source, commit, rewind, commit, commit, rewind, commit, close" {
		t.Fatal(said)
	}
	if last := sink.said[len(sink.said)-1]; last != "close" || sink.payloads() != "number 1!, and, number 3!, and, number 1!, and" {
		t.Fatal(sink.said, sink.payloads())
	}
	fails(t, stream.Run(nil), libvm.StatusStale)
	fails(t, stream.SetBatchSize(1), libvm.StatusStale)
	if stream.State() != 0 {
		t.Fatal(stream.State())
	}
}

func TestGuestsAsStages(t *testing.T) {
	vm := newContext(t)
	must(t, vm.RegisterStreamModule())
	var seen []string
	must(t, vm.Function("host", "look", func(caller *libvm.Caller) error {
		event, err := caller.Event()
		seen = append(seen, string(event.Payload))
		return err
	}))
	instance := instantiate(t, vm, `(module
		(import "libvm_stream" "forward" (func $forward))
		(import "libvm_stream" "event_next" (func $next (result i32)))
		(import "host" "look" (func $look))
		(func (export "handle") (loop $again (call $look) (call $forward) (br_if $again (call $next)))))`)
	sink := &kept{}
	stream := newStream(t, vm, &numbers{last: 3}, sink)
	must(t, stream.AddGuestStage(instance, "handle", libvm.StageBatched))
	must(t, stream.AddStage("all", libvm.StageBatched, func(caller *libvm.Caller) error {
		for isNext := true; isNext; {
			event, err := caller.Event()
			if err == nil {
				err = caller.Emit(event)
			}
			if err == nil {
				isNext, err = caller.NextEvent()
			}
			if err != nil {
				return err
			}
		}
		return nil
	}))
	must(t, stream.Run(nil))
	if strings.Join(seen, ", ") != "number 1, number 2, number 3" || sink.payloads() != "number 1, number 2, number 3" {
		t.Fatal(seen, sink.payloads())
	}
	fails(t, stream.AddGuestStage(nil, "handle", 0), libvm.StatusNullArgument)
	fails(t, stream.AddGuestStage(instance, "nothing", 0), libvm.StatusSealed)
	// Outside of a stage there is no event.
	_, err := instance.Call("handle")
	fails(t, err, libvm.StatusNotFound)
}

func TestPushSources(t *testing.T) {
	sink := &kept{}
	cause := errors.New("the well is dry")
	source := libvm.PushSourceFunc(func(ctx context.Context, emit func(libvm.StreamEvent) error) error {
		var group sync.WaitGroup
		for i := 0; i < 3; i++ {
			group.Add(1)
			go func() {
				defer group.Done()
				for j := 0; j < 100; j++ {
					_ = emit(libvm.StreamEvent{Payload: []byte("drop")})
				}
			}()
		}
		group.Wait()
		return cause
	})
	stream := newStream(t, newContext(t), source, sink)
	must(t, stream.SetQueueSize(8, 1<<20))
	err := stream.Run(nil)
	fails(t, err, libvm.StatusTrap, "the well is dry")
	if !errors.Is(err, cause) || len(sink.events) != 300 || stream.State() != libvm.StreamFailed {
		t.Fatal(err, len(sink.events), stream.State())
	}
}

func TestStreamsStop(t *testing.T) {
	ended := make(chan error, 1)
	sink := &kept{}
	source := libvm.PushSourceFunc(func(ctx context.Context, emit func(libvm.StreamEvent) error) error {
		_ = emit(libvm.StreamEvent{Payload: []byte("one")})
		<-ctx.Done()
		ended <- emit(libvm.StreamEvent{Payload: []byte("late")})
		return ctx.Err()
	})
	stream := newStream(t, newContext(t), source, sink)
	// Long enough for an event on a slow machine.
	ctx, cancel := context.WithTimeout(context.Background(), 600*time.Millisecond)
	defer cancel()
	err := stream.Run(ctx)
	fails(t, err, libvm.StatusCancelled, "the stream was stopped")
	if !errors.Is(err, context.DeadlineExceeded) || sink.payloads() != "one" || stream.State() != libvm.StreamStopped {
		t.Fatal(err, sink.payloads(), stream.State())
	}
	time.AfterFunc(10*time.Millisecond, func() { _ = stream.Stop() })
	must(t, stream.Run(context.Background()))
	fails(t, stream.Poll(1), libvm.StatusWouldBlock)
	// It runs, and is closed by another goroutine.
	go func() {
		for stream.State() != libvm.StreamRunning {
			time.Sleep(time.Millisecond)
		}
		stream.Close()
	}()
	must(t, stream.Run(nil))
	fails(t, <-ended, libvm.StatusStale)
}

func TestAContextThatIsDoneStopsOneRunOnly(t *testing.T) {
	sink := &kept{}
	stream := newStream(t, newContext(t), &numbers{last: 2}, sink)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := stream.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	must(t, stream.Run(nil))
	if sink.payloads() != "number 1, number 2" {
		t.Fatal(sink.payloads())
	}
}

func TestErrorsInStreams(t *testing.T) {
	cause := errors.New("no paper")
	vm := newContext(t)
	sink, dead := &kept{fails: map[string]error{"number 2": cause}}, &kept{}
	stream := newStream(t, vm, &numbers{last: 3}, sink)
	must(t, stream.SetDeadLetterSink(dead))
	err := stream.Run(nil)
	fails(t, err, libvm.StatusTrap, "no paper", "sink-1")
	if !errors.Is(err, cause) {
		t.Fatal(err)
	}
	must(t, stream.SetErrorPolicy(libvm.ErrorDeadLetter))
	must(t, stream.Run(nil))
	if sink.payloads() != "number 1, number 3" || dead.payloads() != "number 2" || dead.events[0].Metadata["libvm.failed"] != "sink-1" {
		t.Fatal(sink.payloads(), dead.events)
	}
	// What a stream has dealt with is not the cause of the next failure.
	instance := instantiate(t, vm, `(module (func (export "trap") unreachable))`)
	if _, err := instance.Call("trap"); errors.Is(err, cause) {
		t.Fatal(err)
	}

	for what, source := range map[string]*numbers{
		"no more next":             {fails: "next"},
		"no more open test/source": {fails: "open test/source"},
		"no more commit":           {last: 1, fails: "commit"},
	} {
		stream := newStream(t, newContext(t), source, &kept{})
		fails(t, stream.Run(nil), libvm.StatusTrap, what)
	}
	stream = newStream(t, newContext(t), &numbers{last: 3}, &kept{})
	must(t, stream.SetErrorPolicy(libvm.ErrorSkip))
	must(t, stream.SetEmitLimits(1, 100))
	must(t, stream.AddStage("two", 0, func(caller *libvm.Caller) error {
		event, err := caller.Event()
		if err == nil && event.Position == 2 {
			return errors.Join(caller.Emit(event), caller.Emit(event))
		}
		return err
	}))
	must(t, stream.Run(nil))
	if statistics, err := stream.Statistics(); err != nil || statistics.Skipped != 1 || statistics.Failed != 1 {
		t.Fatalf("%+v, %v", statistics, err)
	}
}

func TestPanicsInStreams(t *testing.T) {
	for name, parts := range map[string]func(stream *libvm.Stream) (source any, sink libvm.Sink){
		"source": func(*libvm.Stream) (any, libvm.Sink) {
			return libvm.SourceFunc(func() (libvm.StreamEvent, error) { panic("oh") }), &kept{}
		},
		"push source": func(*libvm.Stream) (any, libvm.Sink) {
			return libvm.PushSourceFunc(func(context.Context, func(libvm.StreamEvent) error) error { panic("oh") }), &kept{}
		},
		"sink": func(*libvm.Stream) (any, libvm.Sink) {
			return &numbers{last: 9}, libvm.SinkFunc(func(libvm.StreamEvent) error { panic("oh") })
		},
		"stage": func(stream *libvm.Stream) (any, libvm.Sink) {
			must(t, stream.AddStage("panics", 0, func(*libvm.Caller) error { panic("oh") }))
			return &numbers{last: 9}, &kept{}
		},
	} {
		t.Run(name, func(t *testing.T) {
			stream, err := newContext(t).NewStream("test")
			must(t, err)
			defer stream.Close()
			must(t, stream.SetErrorPolicy(libvm.ErrorSkip)) // a panic is not skipped
			source, sink := parts(stream)
			must(t, stream.SetSource(source))
			must(t, stream.AddSink("paper", sink))
			defer func() {
				if panicked := recover(); panicked != "oh" {
					t.Fatal(panicked)
				}
			}()
			t.Fatal("it returned", stream.Run(nil))
		})
	}
}

func TestSourcesAndSinksThatWait(t *testing.T) {
	var part *libvm.StreamPart
	ready := make(chan bool, 1)
	count, full := 0, true
	source := &waitingSource{open: func(opened *libvm.StreamPart) { part = opened }, next: func() (libvm.StreamEvent, error) {
		count++
		switch {
		case count == 1:
			return libvm.StreamEvent{}, libvm.StatusWouldBlock
		case count == 2:
			return libvm.StreamEvent{Payload: []byte("late")}, nil
		}
		return libvm.StreamEvent{}, io.EOF
	}}
	sink := &kept{}
	vm := newContext(t)
	stream := newStream(t, vm, source, libvm.SinkFunc(func(event libvm.StreamEvent) error {
		if full {
			full = false
			return libvm.StatusWouldBlock
		}
		return sink.Write(event)
	}))
	var states []string
	must(t, stream.OnState(func(part string, state libvm.StreamPartState, text string) {
		states = append(states, fmt.Sprint(part, " ", state, " ", text))
	}))
	fails(t, stream.Poll(9), libvm.StatusWouldBlock)
	must(t, part.SetState(libvm.PartDisconnected, "no line"))
	must(t, part.ReportReconnect("again"))
	report, err := stream.PartReport("source")
	if err != nil || report.State != libvm.PartConnected || report.Reconnects != 1 || report.Text != "again" {
		t.Fatalf("%+v, %v", report, err)
	}
	_, err = stream.PartReport("nothing")
	fails(t, err, libvm.StatusNotFound)
	must(t, part.Notify())
	close(ready)
	must(t, stream.Run(nil))
	if sink.payloads() != "late" {
		t.Fatal(sink.payloads())
	}
	stream.Close()
	if len(states) != 2 || !strings.HasPrefix(states[0]+states[1], "source 5 ") && !strings.Contains(states[0]+states[1], "source 5 ") {
		t.Fatal(states)
	}
	fails(t, part.Notify(), libvm.StatusStale)
}

type waitingSource struct {
	open func(*libvm.StreamPart)
	next func() (libvm.StreamEvent, error)
}

func (w *waitingSource) OpenPart(part *libvm.StreamPart) error { w.open(part); return nil }

func (w *waitingSource) Next() (libvm.StreamEvent, error) { return w.next() }

func TestStreamsOfPlugins(t *testing.T) {
	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	for _, name := range []string{"streams", "stage"} {
		_, err := plugins.LoadFromPath(plugin(t, name))
		must(t, err)
	}
	found, err := plugins.Find("streams")
	must(t, err)
	stage, err := plugins.Find("stage")
	must(t, err)
	if len(found.Sources) != 2 || len(found.Sinks) != 1 || !found.Sources[0].Bounded || !found.Sources[0].HasCommit || !found.Sources[1].Push ||
		len(found.Sources[0].Options) != 3 || !found.Sinks[0].HasFlush || found.Sinks[0].Options[0].Key != "fails" {
		t.Fatalf("%+v %+v", found.Sources, found.Sinks)
	}
	threads := found.Sources[0].Options[2]
	if threads.Type != libvm.OptionInteger || !threads.Ranged || threads.Minimum != 1 || threads.Maximum != 8 || threads.Default != "1" || threads.Required {
		t.Fatalf("%+v", threads)
	}
	vm := newContext(t)
	must(t, vm.RegisterPlugins(plugins))
	stream, err := vm.NewStream("orders")
	must(t, err)
	defer stream.Close()
	sink := &kept{}
	must(t, stream.SetPluginSource(found, "count"))
	must(t, stream.SetOption("source", "last", "2"))
	must(t, stream.AddPluginStage(stage, "", "mark", 0))
	must(t, stream.AddSink("mine", sink))
	must(t, stream.AddPluginSink(found, "judge", "paper"))
	must(t, stream.SetOption("paper", "fails", "write"))
	must(t, stream.SetPluginDeadLetterSink(found, "judge"))
	must(t, stream.SetErrorPolicy(libvm.ErrorSkip))
	must(t, stream.Run(nil))
	if len(sink.events) != 2 || sink.events[0].Metadata["mark"] != "set" {
		t.Fatalf("%+v", sink.events)
	}
	if statistics, err := stream.Statistics(); err != nil || statistics.Failed != 1 || statistics.Skipped != 1 {
		t.Fatalf("%+v, %v", statistics, err)
	}
	fails(t, stream.SetPluginSource(nil, "count"), libvm.StatusNullArgument)
	fails(t, stream.SetOption("source", "last", "2"), libvm.StatusSealed)
}

func TestStreamsAreChecked(t *testing.T) {
	vm := newContext(t)
	stream, err := vm.NewStream("test")
	must(t, err)
	fails(t, stream.Run(nil), libvm.StatusNotFound, "source")
	fails(t, stream.SetSource(nil), libvm.StatusNullArgument)
	fails(t, stream.SetSource(5), libvm.StatusWrongType, "a int is neither a Source nor a PushSource")
	fails(t, stream.AddSink("", nil), libvm.StatusNullArgument)
	fails(t, stream.AddStage("x", 0, nil), libvm.StatusNullArgument)
	fails(t, stream.AddSink("a/b", &kept{}), libvm.StatusInvalidArgument)
	fails(t, stream.SetErrorPolicy(9), libvm.StatusInvalidArgument)
	_, err = vm.NewStream("a/b")
	fails(t, err, libvm.StatusInvalidArgument)
	must(t, stream.SetSource(&numbers{last: 1}))
	fails(t, stream.SetSource(&numbers{}), libvm.StatusAlreadyExists)
	vm.Close()
	fails(t, stream.Run(nil), libvm.StatusStale)
	stream.Close()
}
