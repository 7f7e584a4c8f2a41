// This file has the merge of several versions of one column.

package column

import "example.com/timeseriesdb/internal/point"

// Source hands out the samples of one version of a column, run by run, in the
// order of time. An empty run ends it.
type Source interface {
	NextRun() (Run, error)
}

// Single is a Source of one run.
func Single(run Run) Source { return &single{run: run} }

type single struct{ run Run }

func (s *single) NextRun() (Run, error) {
	run := s.run
	s.run = Run{}
	return run, nil
}

// Merger walks over several sources as if they were one. Where sources have a
// sample at the same time, the newest source wins: this is what makes the last
// write the one that counts.
type Merger struct {
	cursors []cursor // newest first
}

// cursor is a position in one source.
type cursor struct {
	source Source
	run    Run
	at     int
}

// NewMerger merges sources, which are given newest first.
func NewMerger(newestFirst []Source) (*Merger, error) {
	m := &Merger{cursors: make([]cursor, 0, len(newestFirst))}
	for _, source := range newestFirst {
		c := cursor{source: source}
		if err := c.load(); err != nil {
			return nil, err
		}
		if c.run.Len() > 0 {
			m.cursors = append(m.cursors, c)
		}
	}
	return m, nil
}

// Peek returns the time of the next sample, or false at the end.
func (m *Merger) Peek() (time int64, ok bool) {
	for i := range m.cursors {
		if t := m.cursors[i].time(); !ok || t < time {
			time, ok = t, true
		}
	}
	return time, ok
}

// Take returns the sample at the time that Peek returned, and moves on.
func (m *Merger) Take(time int64) (value point.Value, err error) {
	taken := false
	kept := m.cursors[:0]
	for _, c := range m.cursors {
		if c.time() == time {
			if !taken {
				value, taken = c.run.Value(c.at), true
			}
			if err := c.advance(); err != nil {
				return point.Value{}, err
			}
		}
		if c.run.Len() > 0 {
			kept = append(kept, c)
		}
	}
	m.cursors = kept
	return value, nil
}

func (c *cursor) time() int64 { return c.run.Times[c.at] }

func (c *cursor) advance() error {
	c.at++
	if c.at < c.run.Len() {
		return nil
	}
	return c.load()
}

func (c *cursor) load() (err error) {
	c.at = 0
	c.run, err = c.source.NextRun()
	return err
}
