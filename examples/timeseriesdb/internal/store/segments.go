// This file has the segments of a store: their files, their order, their birth.

package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"example.com/timeseriesdb/internal/segment"
)

const (
	segmentSuffix = ".seg"
	tempSuffix    = ".tmp"
)

// span is the range of flushes that a segment holds. A merged segment holds
// the flushes of those it replaces, and is newer than all of an earlier span.
// File names are spans: after a crash in the middle of a replacement, a span
// inside another one shows which segments are the old ones.
type span struct {
	first, last uint64
}

func (s span) fileName() string {
	return fmt.Sprintf("%010d-%010d%s", s.first, s.last, segmentSuffix)
}

// parseSpan returns the span that a file name stands for.
func parseSpan(name string) (s span, ok bool) {
	base, isSegment := strings.CutSuffix(name, segmentSuffix)
	first, last, _ := strings.Cut(base, "-")
	var errFirst, errLast error
	s.first, errFirst = strconv.ParseUint(first, 10, 64)
	s.last, errLast = strconv.ParseUint(last, 10, 64)
	return s, isSegment && errFirst == nil && errLast == nil && s.first <= s.last
}

func (s span) contains(other span) bool {
	return s.first <= other.first && other.last <= s.last
}

// storedSegment is an open segment of a store.
type storedSegment struct {
	*segment.Reader
	span span
}

// loadSegments opens the segments, oldest first, deletes what a crash left
// over, and returns the last log file that the segments cover.
func (s *Store) loadSegments() (through uint64, err error) {
	spans, err := s.currentSpans()
	if err != nil {
		return 0, err
	}
	// A segment that is visible counts as stored from now on, so its name has
	// to be durable before the log files that it covers are removed.
	if err := s.options.FS.SyncDir(segmentDir(s.dir)); err != nil {
		return 0, fmt.Errorf("sync segment directory: %w", err)
	}
	for _, sp := range spans {
		seg, err := s.openSegment(sp)
		if err != nil {
			return 0, err
		}
		s.segments = append(s.segments, seg)
		if seg.Through() > through {
			through = seg.Through()
		}
		if err := s.catalogSegment(seg); err != nil {
			return 0, err
		}
	}
	return through, nil
}

// currentSpans returns the spans of the segments that count, in order, and
// deletes temporary files and segments that were merged into another.
func (s *Store) currentSpans() ([]span, error) {
	names, err := s.options.FS.List(segmentDir(s.dir))
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
	}
	var spans []span
	for _, name := range names {
		if sp, ok := parseSpan(name); ok {
			spans = append(spans, sp)
		} else if strings.HasSuffix(name, tempSuffix) {
			s.removeFile(name)
		}
	}
	// Of spans with the same first flush, the longest comes first.
	sort.Slice(spans, func(i, j int) bool {
		if spans[i].first != spans[j].first {
			return spans[i].first < spans[j].first
		}
		return spans[i].last > spans[j].last
	})
	kept := spans[:0]
	for _, sp := range spans {
		if n := len(kept); n > 0 && kept[n-1].contains(sp) {
			s.removeFile(sp.fileName())
			continue
		}
		kept = append(kept, sp)
	}
	return kept, nil
}

// removeFile deletes a file that nobody needs; if that fails, the next start
// tries again.
func (s *Store) removeFile(name string) {
	if err := s.options.FS.Remove(filepath.Join(segmentDir(s.dir), name)); err != nil {
		s.options.Log.Warn("a file that is no longer needed stays", "cause", err)
	}
}

func (s *Store) openSegment(sp span) (*storedSegment, error) {
	reader, err := segment.Open(s.options.FS, filepath.Join(segmentDir(s.dir), sp.fileName()))
	if err != nil {
		return nil, err
	}
	return &storedSegment{Reader: reader, span: sp}, nil
}

// catalogSegment adds the series and fields of a segment to the catalog.
func (s *Store) catalogSegment(seg *storedSegment) error {
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	defer s.catalog.keep()
	for _, entry := range seg.Index() {
		series, reason := s.catalog.series[entry.Key], ""
		if series == nil {
			series, reason = s.catalog.addSeries(entry.Key)
		}
		for i := 0; i < len(entry.Columns) && reason == ""; i++ {
			reason = s.catalog.addField(series, entry.Columns[i].Field, entry.Columns[i].Kind)
		}
		if reason != "" {
			return fmt.Errorf("%w: %s: %s", segment.ErrCorrupt, seg.span.fileName(), reason)
		}
	}
	return nil
}

// writeMemtable makes a segment of a memtable, or nothing of an empty one.
func (s *Store) writeMemtable(table *memtable, through uint64) (*storedSegment, error) {
	list := table.sorted()
	if len(list) == 0 {
		return nil, nil
	}
	next := s.nextFlush()
	return s.writeSegment(span{next, next}, through, func(w *segment.Writer) error {
		for _, series := range list {
			if err := writeSeries(w, series, table.series[series]); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeSeries writes the columns of a series; the memtable is frozen.
func writeSeries(w *segment.Writer, series *Series, columns memSeries) error {
	fields := make([]string, 0, len(columns))
	for field := range columns {
		fields = append(fields, field)
	}
	sort.Strings(fields)
	for _, field := range fields {
		w.Begin(series.key, field, columns[field].kind)
		for _, chunk := range columns[field].chunks {
			for i := range chunk.Times {
				if err := w.Add(chunk.Times[i], chunk.Value(i)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// nextFlush returns the number of the next flush.
func (s *Store) nextFlush() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if n := len(s.segments); n > 0 {
		return s.segments[n-1].span.last + 1
	}
	return 1
}

// writeSegment writes a segment under a temporary name and gives it its own
// name only when it is complete and durable.
func (s *Store) writeSegment(sp span, through uint64, fill func(*segment.Writer) error) (*storedSegment, error) {
	fs, name := s.options.FS, filepath.Join(segmentDir(s.dir), sp.fileName())
	file, err := fs.Create(name + tempSuffix)
	if err != nil {
		return nil, fmt.Errorf("create segment: %w", err)
	}
	w := segment.NewWriter(file)
	if err := fill(w); err != nil {
		w.Abort()
		return nil, errors.Join(err, fs.Remove(name+tempSuffix))
	}
	if err := w.Finish(through); err != nil {
		// A full disk is likely; the room is needed.
		return nil, errors.Join(err, fs.Remove(name+tempSuffix))
	}
	if err := fs.Rename(name+tempSuffix, name); err != nil {
		return nil, fmt.Errorf("name segment: %w", err)
	}
	if err := fs.SyncDir(segmentDir(s.dir)); err != nil {
		return nil, fmt.Errorf("sync segment directory: %w", err)
	}
	return s.openSegment(sp)
}

// releaseSegments lets go of all segments.
func (s *Store) releaseSegments() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seg := range s.segments {
		seg.Release()
	}
	s.segments = nil
}
