// Package column holds samples of one field of one series, ordered by time,
// and merges several versions of them into the one that a reader should see.
package column

import (
	"sort"

	"example.com/timeseriesdb/internal/point"
)

// Run is a sequence of samples with strictly increasing times. Values are in
// Texts for kind String and in Bits for every other kind; the other is nil.
type Run struct {
	Kind  point.Kind
	Times []int64
	Bits  []uint64
	Texts []string
}

// Len returns the number of samples.
func (r *Run) Len() int { return len(r.Times) }

// Value returns the value of sample i.
func (r *Run) Value(i int) point.Value {
	if r.Kind == point.String {
		return point.StringValue(r.Texts[i])
	}
	return point.FromBits(r.Kind, r.Bits[i])
}

// Append adds a sample at the end; its time must be later than all others.
func (r *Run) Append(time int64, value point.Value) {
	r.Times = append(r.Times, time)
	if r.Kind == point.String {
		r.Texts = append(r.Texts, value.Text())
		return
	}
	r.Bits = append(r.Bits, value.Bits())
}

// AppendRun adds all samples of other at the end.
func (r *Run) AppendRun(other Run) {
	r.Times = append(r.Times, other.Times...)
	r.Bits = append(r.Bits, other.Bits...)
	r.Texts = append(r.Texts, other.Texts...)
}

// Set replaces the value of sample i.
func (r *Run) Set(i int, value point.Value) {
	if r.Kind == point.String {
		r.Texts[i] = value.Text()
		return
	}
	r.Bits[i] = value.Bits()
}

// Insert puts a sample before sample i.
func (r *Run) Insert(i int, time int64, value point.Value) {
	r.Append(time, value)
	copy(r.Times[i+1:], r.Times[i:])
	r.Times[i] = time
	if r.Kind == point.String {
		copy(r.Texts[i+1:], r.Texts[i:])
	} else {
		copy(r.Bits[i+1:], r.Bits[i:])
	}
	r.Set(i, value)
}

// Search returns the position of the first sample at or after time.
func (r *Run) Search(time int64) int {
	return sort.Search(len(r.Times), func(i int) bool { return r.Times[i] >= time })
}

// Slice returns samples [from, to), sharing memory with r.
func (r *Run) Slice(from, to int) Run {
	part := Run{Kind: r.Kind, Times: r.Times[from:to:to]}
	if r.Kind == point.String {
		part.Texts = r.Texts[from:to:to]
	} else {
		part.Bits = r.Bits[from:to:to]
	}
	return part
}

// Between returns the samples with start <= time < end, sharing memory with r.
func (r *Run) Between(start, end int64) Run {
	return r.Slice(r.Search(start), r.Search(end))
}
