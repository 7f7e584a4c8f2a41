// This file has the catalog: which series there are, and the kind of each field.

package store

import (
	"fmt"
	"sort"
	"sync"

	"example.com/timeseriesdb/internal/point"
)

// Series is one series of the store. It does not change.
type Series struct {
	Measurement string
	Tags        []point.Tag // sorted by key

	key    string
	fields map[string]point.Kind // of the measurement, shared by its series
}

// matches reports whether the series has all the given tags.
func (s *Series) matches(tags []point.Tag) bool {
	for _, want := range tags {
		i := sort.Search(len(s.Tags), func(i int) bool { return s.Tags[i].Key >= want.Key })
		if i == len(s.Tags) || s.Tags[i] != want {
			return false
		}
	}
	return true
}

// catalog is changed by the committer alone, which therefore reads it without
// the lock; everybody else reads it with the lock.
type catalog struct {
	mu           sync.RWMutex
	series       map[string]*Series
	measurements map[string]*measurement
	maxSeries    int // 0: no limit
	// journal has the additions that are not on disk yet, for rollback.
	journal []addition
}

// measurement groups series. A field has one kind in all of them.
type measurement struct {
	fields map[string]point.Kind
	series []*Series // in the order of addition
}

// addition is a new series, or a new field of a measurement.
type addition struct {
	series      *Series
	measurement *measurement
	field       string
}

func newCatalog(maxSeries int) *catalog {
	return &catalog{
		series:       map[string]*Series{},
		measurements: map[string]*measurement{},
		maxSeries:    maxSeries,
	}
}

// count returns the number of series.
func (c *catalog) count() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.series)
}

// find returns the series of a measurement that have all tags, sorted by key.
func (c *catalog) find(name string, tags []point.Tag) []*Series {
	c.mu.RLock()
	defer c.mu.RUnlock()
	m := c.measurements[name]
	if m == nil {
		return nil
	}
	var found []*Series
	for _, s := range m.series {
		if s.matches(tags) {
			found = append(found, s)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].key < found[j].key })
	return found
}

// kind returns the kind of a field of a measurement.
func (c *catalog) kind(name, field string) (kind point.Kind, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if m := c.measurements[name]; m != nil {
		kind, ok = m.fields[field]
	}
	return kind, ok
}

// RefusedError says that a point of a batch does not fit into the store.
type RefusedError struct {
	Index  int // of the point in the batch
	Reason string
}

// Error implements error.
func (e *RefusedError) Error() string { return fmt.Sprintf("point %d: %s", e.Index, e.Reason) }

// admit adds the series and fields of a batch, or refuses the batch and adds
// nothing. The additions stay subject to rollback until keep.
func (c *catalog) admit(batch []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.journal)
	if _, err := visitBatch(batch, &admission{catalog: c}); err != nil {
		c.undo(before)
		return err
	}
	return nil
}

// keep makes all additions final.
func (c *catalog) keep() { c.journal = c.journal[:0] }

// rollback undoes all additions since keep.
func (c *catalog) rollback() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.undo(0)
}

// undo takes additions back, newest first, until so many are left.
func (c *catalog) undo(left int) {
	for len(c.journal) > left {
		last := c.journal[len(c.journal)-1]
		c.journal = c.journal[:len(c.journal)-1]
		if last.series == nil {
			delete(last.measurement.fields, last.field)
			continue
		}
		delete(c.series, last.series.key)
		m := last.measurement
		m.series = m.series[:len(m.series)-1]
		if len(m.series) == 0 {
			delete(c.measurements, last.series.Measurement)
		}
	}
}

// addSeries adds the series with a key, or says why it cannot be added.
func (c *catalog) addSeries(key string) (s *Series, reason string) {
	if c.maxSeries > 0 && len(c.series) >= c.maxSeries {
		return nil, fmt.Sprintf("a new series, but there are %d already and max-series is %d; write to existing series or raise the limit",
			len(c.series), c.maxSeries)
	}
	name, tags, ok := point.SplitSeriesKey(key)
	if !ok {
		return nil, fmt.Sprintf("series key %q cannot be split", key)
	}
	m := c.measurements[name]
	if m == nil {
		m = &measurement{fields: map[string]point.Kind{}}
		c.measurements[name] = m
	}
	s = &Series{Measurement: name, Tags: tags, key: key, fields: m.fields}
	c.series[key] = s
	m.series = append(m.series, s)
	c.journal = append(c.journal, addition{series: s, measurement: m})
	return s, ""
}

// addField adds a field to the measurement of s, or says why it cannot.
func (c *catalog) addField(s *Series, field string, kind point.Kind) (reason string) {
	if known, ok := s.fields[field]; ok {
		if known != kind {
			return fmt.Sprintf("field %q of measurement %q has kind %s, got %s", field, s.Measurement, known, kind)
		}
		return ""
	}
	s.fields[field] = kind
	c.journal = append(c.journal, addition{measurement: c.measurements[s.Measurement], field: field})
	return ""
}

// admission is the visitor of admit.
type admission struct {
	catalog *catalog
	index   int
	series  *Series
}

func (a *admission) visitPoint(index int, key []byte, _ int64) error {
	a.index = index
	a.series = a.catalog.series[string(key)]
	if a.series != nil {
		return nil
	}
	series, reason := a.catalog.addSeries(string(key))
	if reason != "" {
		return &RefusedError{Index: index, Reason: reason}
	}
	a.series = series
	return nil
}

func (a *admission) visitField(field rawField) error {
	if known, ok := a.series.fields[string(field.key)]; ok && known == field.kind {
		return nil
	}
	if reason := a.catalog.addField(a.series, string(field.key), field.kind); reason != "" {
		return &RefusedError{Index: a.index, Reason: reason}
	}
	return nil
}
