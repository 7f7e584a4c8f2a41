// This file has the merge of segments, which keeps their number small.

package store

import (
	"errors"
	"math"
	"sort"

	"example.com/timeseriesdb/internal/column"
	"example.com/timeseriesdb/internal/point"
	"example.com/timeseriesdb/internal/segment"
)

// mergeWidth is how many neighbours become one.
const mergeWidth = 4

// errStopped says that a merge was given up because the store is closing.
var errStopped = errors.New("the store is closing")

// compact merges segments until there are no more than wanted. It runs once
// at a time, while flushes may add segments behind those that it merges.
func (s *Store) compact() error {
	for {
		s.mu.RLock()
		segments := s.segments
		s.mu.RUnlock()
		if len(segments) <= s.options.MaxSegments || len(segments) < mergeWidth {
			return nil
		}
		err := s.merge(smallestNeighbours(segments))
		if errors.Is(err, errStopped) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// smallestNeighbours picks what is cheapest to merge. They have to be
// neighbours, as the newest value has to win over all older ones.
func smallestNeighbours(segments []*storedSegment) []*storedSegment {
	var best []*storedSegment
	least := int64(math.MaxInt64)
	for i := 0; i+mergeWidth <= len(segments); i++ {
		size := int64(0)
		for _, seg := range segments[i : i+mergeWidth] {
			size += seg.Size()
		}
		if size < least {
			best, least = segments[i:i+mergeWidth], size
		}
	}
	return best
}

// merge replaces neighbours by one segment. A crash after the new one has its
// name leaves the old ones to be recognised by their spans.
func (s *Store) merge(old []*storedSegment) error {
	merged, err := s.writeSegment(
		span{old[0].span.first, old[len(old)-1].span.last},
		old[len(old)-1].Through(),
		func(w *segment.Writer) error { return mergeInto(w, old, s.closing) })
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.segments = replace(s.segments, old, merged)
	s.mu.Unlock()
	for _, seg := range old {
		name := seg.span.fileName()
		seg.OnFree(func() { s.removeFile(name) })
		seg.Release()
	}
	s.counts.merges.Add(1)
	return nil
}

// replace returns a new list with merged in the place of old; queries may
// still walk over the former list.
func replace(segments, old []*storedSegment, merged *storedSegment) []*storedSegment {
	list := make([]*storedSegment, 0, len(segments))
	for _, seg := range segments {
		switch {
		case seg == old[0]:
			list = append(list, merged)
		case merged.span.contains(seg.span):
		default:
			list = append(list, seg)
		}
	}
	return list
}

// mergeInto writes the samples of all segments, which are given oldest first,
// or gives up when stop is closed.
func mergeInto(w *segment.Writer, segments []*storedSegment, stop <-chan struct{}) error {
	for _, key := range unionKeys(segments) {
		select {
		case <-stop:
			return errStopped
		default:
		}
		for _, col := range unionColumns(segments, key) {
			w.Begin(key, col.Field, col.Kind)
			if err := mergeColumn(w, segments, key, col.Field); err != nil {
				return err
			}
		}
	}
	return nil
}

// unionKeys returns the series keys of all segments, sorted.
func unionKeys(segments []*storedSegment) []string {
	seen := map[string]bool{}
	var keys []string
	for _, seg := range segments {
		for i := range seg.Index() {
			if key := seg.Index()[i].Key; !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	sort.Strings(keys)
	return keys
}

// unionColumns returns the columns of a series in all segments, by field.
func unionColumns(segments []*storedSegment, key string) []segment.Column {
	kinds := map[string]point.Kind{}
	for _, seg := range segments {
		if series := seg.Series(key); series != nil {
			for _, col := range series.Columns {
				kinds[col.Field] = col.Kind
			}
		}
	}
	columns := make([]segment.Column, 0, len(kinds))
	for field, kind := range kinds {
		columns = append(columns, segment.Column{Field: field, Kind: kind})
	}
	sort.Slice(columns, func(i, j int) bool { return columns[i].Field < columns[j].Field })
	return columns
}

// mergeColumn writes the merged samples of one column.
func mergeColumn(w *segment.Writer, segments []*storedSegment, key, field string) error {
	// The end is exclusive, and no point has the last time of all.
	merger, err := column.NewMerger(segmentSources(segments, key, field, math.MinInt64, math.MaxInt64))
	if err != nil {
		return err
	}
	for {
		time, ok := merger.Peek()
		if !ok {
			return nil
		}
		value, err := merger.Take(time)
		if err := errors.Join(err, w.Add(time, value)); err != nil {
			return err
		}
	}
}

// segmentSources returns a column's sources in segments, newest first.
func segmentSources(segments []*storedSegment, key, field string, start, end int64) []column.Source {
	var sources []column.Source
	for i := len(segments) - 1; i >= 0; i-- {
		series := segments[i].Series(key)
		if series == nil {
			continue
		}
		if source := segments[i].Source(series, field, start, end); source != nil {
			sources = append(sources, source)
		}
	}
	return sources
}
