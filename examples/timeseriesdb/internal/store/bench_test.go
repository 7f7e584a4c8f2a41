// This file measures writes into the store.
//
// They go to real files without syncs: a sync takes as long as the disk likes,
// and would hide everything that this program does. Every write overwrites the
// same ring of times, and a fresh store takes over outside the timer from time
// to time, so that neither memory nor log grow with b.N.

package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"example.com/timeseriesdb/internal/disk"
	"example.com/timeseriesdb/internal/point"
)

const (
	ringTimes   = 256     // distinct times that are written
	freshBudget = 4 << 20 // log bytes after which a fresh store takes over
)

// ring writes batches into a store, over and over.
type ring struct {
	b       *testing.B
	root    string
	store   *Store
	stores  int
	batches [][]point.Point // one per time
	period  int             // writes until a fresh store takes over
}

// newRing makes a ring of batches, which make gives by time.
func newRing(b *testing.B, batch func(time int64) []point.Point) *ring {
	r := &ring{b: b, root: b.TempDir()}
	for i := int64(0); i < ringTimes; i++ {
		r.batches = append(r.batches, batch(1_700_000_000_000_000_000+i*1_000_000_000))
	}
	r.period = freshBudget / len(appendBatch(nil, r.batches[0]))
	r.fresh()
	return r
}

// fresh replaces the store by one that has every point of the ring already.
func (r *ring) fresh() {
	r.close()
	r.stores++
	s, err := Open(filepath.Join(r.root, fmt.Sprint(r.stores)), Options{FS: disk.OS(), NoSync: true})
	if err != nil {
		r.b.Fatal(err)
	}
	r.store = s
	for _, batch := range r.batches {
		write(r.b, s, batch...)
	}
}

// close removes the present store, if there is one.
func (r *ring) close() {
	if r.store == nil {
		return
	}
	if err := r.store.Close(); err != nil {
		r.b.Fatal(err)
	}
	if err := os.RemoveAll(r.store.dir); err != nil {
		r.b.Fatal(err)
	}
}

// run measures b.N writes.
func (r *ring) run() {
	b := r.b
	b.SetBytes(int64(len(appendBatch(nil, r.batches[0]))))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if i > 0 && i%r.period == 0 {
			b.StopTimer()
			r.fresh()
			b.StartTimer()
		}
		if err := r.store.Write(r.batches[i%ringTimes]); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(len(r.batches[0]))*float64(b.N)/b.Elapsed().Seconds(), "points/s")
	r.close()
}

// benchPoint makes a point with so many tags and fields.
func benchPoint(host, tags, fields int, time int64) point.Point {
	p := point.Point{Measurement: "cpu", Time: time}
	for i := 0; i < tags; i++ {
		p.Tags = append(p.Tags, point.Tag{Key: fmt.Sprintf("tag%02d", i), Value: fmt.Sprintf("value%02d", host+i)})
	}
	for i := 0; i < fields; i++ {
		p.Fields = append(p.Fields, point.Field{Key: fmt.Sprintf("field%02d", i), Value: point.FloatValue(float64(i) + 0.25)})
	}
	return p
}

func BenchmarkWriteSinglePoint(b *testing.B) {
	newRing(b, func(time int64) []point.Point { return []point.Point{benchPoint(0, 2, 1, time)} }).run()
}

func BenchmarkWriteMultiplePoints(b *testing.B) {
	newRing(b, func(time int64) (batch []point.Point) {
		for host := 0; host < 100; host++ {
			batch = append(batch, benchPoint(host, 2, 1, time))
		}
		return batch
	}).run()
}

func BenchmarkWritePointWithManyFields(b *testing.B) {
	newRing(b, func(time int64) []point.Point { return []point.Point{benchPoint(0, 2, 50, time)} }).run()
}

func BenchmarkWritePointWithManyTags(b *testing.B) {
	newRing(b, func(time int64) []point.Point { return []point.Point{benchPoint(0, 50, 1, time)} }).run()
}
