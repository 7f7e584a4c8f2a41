// This file has the reading side: memtables and segments merged into rows.

package store

import (
	"context"
	"sort"

	"example.com/timeseriesdb/internal/column"
	"example.com/timeseriesdb/internal/point"
)

// Query says which points are wanted.
type Query struct {
	Measurement string
	Tags        []point.Tag // a series needs all of them; it may have more
	Field       string      // only this field; "" means all
	Start, End  int64       // nanoseconds; start inclusive, end exclusive
}

// Row is the fields of a series at one time, sorted by key.
type Row struct {
	Time   int64
	Fields []point.Field // valid until the next row
}

// Select calls visit for the rows of a query: series by series in the order of
// their tags, in each series in the order of time. It stops at the first error,
// which may come from visit. Memory does not grow with the number of rows.
//
// Each series is seen as of one moment; a write that spans several series and
// happens meanwhile may be seen in some of them.
func (s *Store) Select(ctx context.Context, q Query, visit func(*Series, Row) error) error {
	view := s.view()
	defer view.release()
	for _, series := range s.catalog.find(q.Measurement, q.Tags) {
		rows, err := view.rows(series, q)
		if err != nil {
			return err
		}
		if err := rows.each(ctx, func(row Row) error { return visit(series, row) }); err != nil {
			return err
		}
	}
	return nil
}

// FieldKind returns the kind of a field of a measurement, or false if no point
// has it.
func (s *Store) FieldKind(measurement, field string) (point.Kind, bool) {
	return s.catalog.kind(measurement, field)
}

// view is the data of a store at one moment, as far as it is on disk or frozen.
type view struct {
	tables   []*memtable // newest first
	segments []*storedSegment
}

// view takes all tables and segments at once, so that a flush in between
// cannot hide data from a query; release has to follow.
func (s *Store) view() *view {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v := &view{tables: []*memtable{s.active}, segments: s.segments}
	if s.frozen != nil {
		v.tables = append(v.tables, s.frozen)
	}
	for _, seg := range v.segments {
		seg.Use()
	}
	return v
}

func (v *view) release() {
	for _, seg := range v.segments {
		seg.Release()
	}
}

// rows merges the columns of one series.
func (v *view) rows(series *Series, q Query) (*rows, error) {
	snapshots := make([]map[string]column.Run, len(v.tables))
	for i, table := range v.tables {
		snapshots[i] = table.snapshot(series, q.Field, q.Start, q.End)
	}
	r := &rows{}
	for _, field := range v.fields(series, q.Field, snapshots) {
		var sources []column.Source
		for _, runs := range snapshots {
			if run, ok := runs[field]; ok {
				sources = append(sources, column.Single(run))
			}
		}
		sources = append(sources, segmentSources(v.segments, series.key, field, q.Start, q.End)...)
		merger, err := column.NewMerger(sources)
		if err != nil {
			return nil, err
		}
		r.columns = append(r.columns, rowColumn{field: field, merger: merger})
	}
	return r, nil
}

// fields returns the fields of a series in all its versions, sorted.
func (v *view) fields(series *Series, only string, snapshots []map[string]column.Run) []string {
	if only != "" {
		return []string{only}
	}
	seen := map[string]bool{}
	for _, runs := range snapshots {
		for field := range runs {
			seen[field] = true
		}
	}
	for _, seg := range v.segments {
		if entry := seg.Series(series.key); entry != nil {
			for _, col := range entry.Columns {
				seen[col.Field] = true
			}
		}
	}
	fields := make([]string, 0, len(seen))
	for field := range seen {
		fields = append(fields, field)
	}
	sort.Strings(fields)
	return fields
}

// rows joins columns by time.
type rows struct {
	columns []rowColumn
	fields  []point.Field // of the present row
}

type rowColumn struct {
	field  string
	merger *column.Merger
}

// each calls visit for every row.
func (r *rows) each(ctx context.Context, visit func(Row) error) error {
	for n := 0; ; n++ {
		// Asking for every row would cost more than the row.
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		row, ok, err := r.next()
		if err != nil || !ok {
			return err
		}
		if err := visit(row); err != nil {
			return err
		}
	}
}

// next returns the fields that have the earliest time left.
func (r *rows) next() (row Row, ok bool, err error) {
	for i := range r.columns {
		if t, more := r.columns[i].merger.Peek(); more && (!ok || t < row.Time) {
			row.Time, ok = t, true
		}
	}
	if !ok {
		return row, false, nil
	}
	r.fields = r.fields[:0]
	for i := range r.columns {
		c := &r.columns[i]
		if t, more := c.merger.Peek(); !more || t != row.Time {
			continue
		}
		value, err := c.merger.Take(row.Time)
		if err != nil {
			return row, false, err
		}
		r.fields = append(r.fields, point.Field{Key: c.field, Value: value})
	}
	row.Fields = r.fields
	return row, true, nil
}
