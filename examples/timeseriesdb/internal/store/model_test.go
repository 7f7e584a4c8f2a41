// This file compares the store with a map while writes, flushes, restarts,
// power losses and disk failures happen at random.

package store

import (
	"fmt"
	"math/rand"
	"sort"
	"strings"
	"testing"
	"time"

	"example.com/timeseriesdb/internal/disk/simdisk"
	"example.com/timeseriesdb/internal/point"
)

// model is what a store should have: values by host, field and time.
type model map[modelKey]point.Value

type modelKey struct {
	host, field string
	time        int64
}

// add applies a batch.
func (m model) add(batch []point.Point) {
	for _, p := range batch {
		for _, f := range p.Fields {
			m[modelKey{p.Tags[0].Value, f.Key, p.Time}] = f.Value
		}
	}
}

// with returns a copy of the model after a batch.
func (m model) with(batch []point.Point) model {
	after := make(model, len(m))
	for key, value := range m {
		after[key] = value
	}
	after.add(batch)
	return after
}

// String has the form of all.
func (m model) String() string {
	keys := make([]modelKey, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := keys[i], keys[j]
		if a.host != b.host {
			return a.host < b.host
		}
		if a.time != b.time {
			return a.time < b.time
		}
		return a.field < b.field
	})
	var text strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&text, "%s %s@%d=%s\n", k.host, k.field, k.time, valueText(m[k]))
	}
	return text.String()
}

// world is a store, its disk, and what we know about it.
type world struct {
	t     *testing.T
	rand  *rand.Rand
	disk  *simdisk.Disk
	store *Store
	model model
	// doubtful are batches that failed since the last success. A power loss
	// may let one of them appear, but then whole.
	doubtful [][]point.Point
}

func TestStoreAgreesWithAModel(t *testing.T) {
	for seed := int64(0); seed < 8; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := &world{t: t, rand: rand.New(rand.NewSource(seed)), disk: simdisk.New(), model: model{}}
			w.open()
			for step := 0; step < 150; step++ {
				w.step()
			}
			expect(t, all(t, w.store), w.model.String())
			w.disk.SetUnlimited()
			w.disk.FailSyncs(0)
			w.disk.FailTruncates(0)
			if err := w.store.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func (w *world) open() {
	w.store = open(w.t, w.disk, Options{FlushBytes: 20_000, MaxSegments: 4, RetryFlush: time.Nanosecond})
}

// step does one thing.
func (w *world) step() {
	switch n := w.rand.Intn(100); {
	case n < 60:
		w.write()
	case n < 68:
		_ = w.store.Flush() // it may fail on a bad disk, and must lose nothing
	case n < 76:
		w.troubleDisk()
	case n < 86:
		w.disk.SetUnlimited()
		w.disk.FailSyncs(0)
		w.disk.FailTruncates(0)
	case n < 92:
		w.losePower()
	case n < 95:
		w.restart()
	default:
		expect(w.t, all(w.t, w.store), w.model.String())
	}
}

func (w *world) write() {
	batch := w.batch()
	if err := w.store.Write(batch); err != nil {
		w.doubtful = append(w.doubtful, batch)
		return
	}
	w.model.add(batch)
	w.doubtful = nil
}

// batch makes up to 60 points that often hit the same times.
func (w *world) batch() []point.Point {
	batch := make([]point.Point, 1+w.rand.Intn(60))
	for i := range batch {
		host, time := fmt.Sprint(w.rand.Intn(5)), w.rand.Int63n(2000)-1000
		number := w.rand.Int63() - w.rand.Int63()
		values := []point.Value{point.IntValue(number), point.FloatValue(float64(number)), point.UintValue(uint64(number)),
			point.BoolValue(number > 0), point.StringValue(fmt.Sprint("text ", number))}
		field := w.rand.Intn(len(values))
		batch[i] = sample(host, values[field].Kind().String(), time, values[field])
		if other := (field + 1) % len(values); w.rand.Intn(2) == 0 {
			batch[i].Fields = append(batch[i].Fields, point.Field{Key: values[other].Kind().String(), Value: values[other]})
		}
	}
	return batch
}

func (w *world) troubleDisk() {
	switch w.rand.Intn(3) {
	case 0:
		w.disk.SetFree(w.rand.Int63n(3000))
	case 1:
		w.disk.FailSyncs(1 + w.rand.Intn(4))
	default:
		w.disk.SetFree(w.rand.Int63n(500))
		w.disk.FailTruncates(1 + w.rand.Intn(3))
	}
}

// losePower opens the disk as a power loss leaves it.
func (w *world) losePower() {
	after := w.disk.Crash(func(n int) int { return w.rand.Intn(n + 1) })
	_ = w.store.Close() // on the disk of before, to end its goroutines
	w.disk = after
	w.open()
	w.settle()
}

// settle finds out which doubtful batch is there, if one is.
func (w *world) settle() {
	got, doubtful := all(w.t, w.store), w.doubtful
	w.doubtful = nil
	if got == w.model.String() {
		return
	}
	for _, batch := range doubtful {
		if candidate := w.model.with(batch); candidate.String() == got {
			w.model = candidate
			return
		}
	}
	expect(w.t, got, w.model.String())
}

// restart closes the store, whether the disk is well or not, and opens it
// again on a disk that is.
func (w *world) restart() {
	_ = w.store.Close()
	w.disk.SetUnlimited()
	w.disk.FailSyncs(0)
	w.disk.FailTruncates(0)
	w.open()
	w.settle()
}
