// This file has the memtable: what was written since the last flush, in memory.

package store

import (
	"sort"
	"sync"

	"example.com/timeseriesdb/internal/column"
	"example.com/timeseriesdb/internal/point"
)

// Estimates of the memory for a sample, a column and a series, without texts.
const (
	sampleBytes = 16
	columnBytes = 256
	seriesBytes = 512
)

// memtable holds sorted samples of all series. One goroutine applies batches,
// many read.
type memtable struct {
	mu     sync.RWMutex
	series map[*Series]memSeries
	bytes  int64
}

// memSeries has the columns of a series by field.
type memSeries map[string]*memColumn

func newMemtable() *memtable { return &memtable{series: map[*Series]memSeries{}} }

// size returns the estimated memory in bytes.
func (m *memtable) size() int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.bytes
}

// apply adds batches whose series are all in catalog. Readers see either none
// of a series or all of it.
func (m *memtable) apply(catalog *catalog, batches ...[]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := application{table: m, catalog: catalog}
	for _, batch := range batches {
		if _, err := visitBatch(batch, &a); err != nil {
			return err
		}
	}
	return nil
}

// application is the visitor of apply.
type application struct {
	table   *memtable
	catalog *catalog
	columns memSeries // of the present point
	time    int64
}

func (a *application) visitPoint(_ int, key []byte, time int64) error {
	series := a.catalog.series[string(key)]
	a.time = time
	a.columns = a.table.series[series]
	if a.columns == nil {
		a.columns = memSeries{}
		a.table.series[series] = a.columns
		a.table.bytes += seriesBytes + int64(len(key))
	}
	return nil
}

func (a *application) visitField(field rawField) error {
	col := a.columns[string(field.key)]
	if col == nil {
		col = &memColumn{kind: field.kind}
		a.columns[string(field.key)] = col
		a.table.bytes += columnBytes + int64(len(field.key))
	}
	if col.set(a.time, field.value()) {
		a.table.bytes += sampleBytes
	}
	// Texts count also when they replace others: better to flush early than late.
	a.table.bytes += int64(len(field.text))
	return nil
}

// sorted returns the series in the order of their keys.
func (m *memtable) sorted() []*Series {
	m.mu.RLock()
	defer m.mu.RUnlock()
	list := make([]*Series, 0, len(m.series))
	for s := range m.series {
		list = append(list, s)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].key < list[j].key })
	return list
}

// snapshot returns copies of the columns of a series between start and end.
func (m *memtable) snapshot(series *Series, field string, start, end int64) map[string]column.Run {
	m.mu.RLock()
	defer m.mu.RUnlock()
	runs := map[string]column.Run{}
	for name, col := range m.series[series] {
		if field != "" && field != name {
			continue
		}
		if run := col.between(start, end); run.Len() > 0 {
			runs[name] = run
		}
	}
	return runs
}

// chunkSamples bounds a chunk, and with it what an insertion has to move.
const chunkSamples = 512

// memColumn is a column that samples can be put into in any order: a sorted
// list of sorted chunks, none of them empty.
type memColumn struct {
	kind   point.Kind
	chunks []column.Run
}

// set writes a sample and reports whether it is new rather than a replacement.
func (c *memColumn) set(time int64, value point.Value) (grown bool) {
	if len(c.chunks) == 0 {
		c.chunks = append(c.chunks, column.Run{Kind: c.kind})
	}
	at := c.chunkOf(time)
	chunk := &c.chunks[at]
	i := chunk.Search(time)
	switch {
	case i < chunk.Len() && chunk.Times[i] == time:
		chunk.Set(i, value)
		return false
	case chunk.Len() < chunkSamples:
		chunk.Insert(i, time, value)
	case i == chunk.Len():
		// Between two chunks. Reusing the next one keeps falling times from
		// making a chunk for each sample.
		if at+1 == len(c.chunks) || c.chunks[at+1].Len() == chunkSamples {
			c.insertChunk(at+1, column.Run{Kind: c.kind})
		}
		c.chunks[at+1].Insert(0, time, value)
	default:
		c.split(at)
		return c.set(time, value)
	}
	return true
}

// chunkOf returns the chunk that a time belongs to: the last that begins at or
// before it, or the first one.
func (c *memColumn) chunkOf(time int64) int {
	last := len(c.chunks) - 1
	if last == 0 || c.chunks[last].Times[0] <= time {
		return last // new samples are mostly the latest
	}
	i := sort.Search(last, func(i int) bool { return c.chunks[i].Times[0] > time })
	if i == 0 {
		return 0
	}
	return i - 1
}

// split divides a full chunk into two.
func (c *memColumn) split(at int) {
	whole := c.chunks[at]
	upper := column.Run{Kind: c.kind}
	upper.AppendRun(whole.Slice(chunkSamples/2, whole.Len()))
	c.chunks[at] = whole.Slice(0, chunkSamples/2)
	c.insertChunk(at+1, upper)
}

func (c *memColumn) insertChunk(at int, chunk column.Run) {
	c.chunks = append(c.chunks, column.Run{})
	copy(c.chunks[at+1:], c.chunks[at:])
	c.chunks[at] = chunk
}

// between copies the samples with start <= time < end.
func (c *memColumn) between(start, end int64) column.Run {
	run := column.Run{Kind: c.kind}
	for i := range c.chunks {
		chunk := &c.chunks[i]
		if chunk.Times[0] >= end {
			break
		}
		if chunk.Times[chunk.Len()-1] >= start {
			run.AppendRun(chunk.Between(start, end))
		}
	}
	return run
}
