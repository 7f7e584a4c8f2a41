// This file has the aggregates: count, sum, min, max and mean per window.

package httpapi

import (
	"math"
	"math/big"
	"math/bits"
	"sort"

	"example.com/timeseriesdb/internal/point"
	"example.com/timeseriesdb/internal/store"
)

// aggregator turns rows into one row per window, for each series. It holds one
// window at a time.
type aggregator struct {
	query  queryRequest
	out    *resultWriter
	series *store.Series // of the open window; nil when none is open
	start  int64         // of the open window
	fields map[string]*accumulator
}

func newAggregator(q queryRequest, out *resultWriter) *aggregator {
	return &aggregator{query: q, out: out, fields: map[string]*accumulator{}}
}

// row implements rowSink.
func (a *aggregator) row(series *store.Series, row store.Row) error {
	start := a.windowStart(series, row.Time)
	if a.series != series || a.start != start {
		if err := a.flush(); err != nil {
			return err
		}
		a.series, a.start = series, start
	}
	for _, field := range row.Fields {
		if a.query.fn != "count" && !field.Value.Kind().Numeric() {
			continue
		}
		acc := a.fields[field.Key]
		if acc == nil {
			acc = &accumulator{kind: field.Value.Kind(), min: field.Value, max: field.Value}
			a.fields[field.Key] = acc
		}
		acc.add(field.Value)
	}
	return nil
}

// windowStart returns the start of the window of a time. Windows are multiples
// of their length since 1970. The only window of a query without length starts
// where the query does, or else at the first point.
func (a *aggregator) windowStart(series *store.Series, time int64) int64 {
	length := int64(a.query.window)
	if length > 0 {
		past := time % length
		if past < 0 {
			past += length
		}
		if start := time - past; start <= time {
			return start
		}
		return math.MinInt64 // the window begins before times can be told
	}
	if a.query.hasStart {
		return a.query.Start
	}
	if a.series == series {
		return a.start
	}
	return time
}

// flush writes the open window, if any of its fields has a value.
func (a *aggregator) flush() error {
	if a.series == nil || len(a.fields) == 0 {
		return nil
	}
	names := make([]string, 0, len(a.fields))
	for name := range a.fields {
		names = append(names, name)
	}
	sort.Strings(names)
	out := make([]outputField, 0, len(names))
	for _, name := range names {
		out = append(out, outputField{key: name, json: a.fields[name].appendResult(nil, a.query.fn)})
		delete(a.fields, name)
	}
	return a.out.write(a.series, a.start, out)
}

// end implements rowSink.
func (a *aggregator) end() error {
	if err := a.flush(); err != nil && err != errEnough {
		return err
	}
	return a.out.end()
}

// accumulator collects the values of one field in one window.
type accumulator struct {
	kind     point.Kind
	count    uint64
	min, max point.Value
	sum      float64
	// high and low are the sum of integers in 128 bits, which 2^63 of them
	// cannot overflow.
	high int64
	low  uint64
}

func (a *accumulator) add(value point.Value) {
	a.count++
	if !a.kind.Numeric() {
		return
	}
	if less(value, a.min) {
		a.min = value
	}
	if less(a.max, value) {
		a.max = value
	}
	if a.kind == point.Float {
		a.sum += value.Float()
		return
	}
	var carry uint64
	a.low, carry = bits.Add64(a.low, value.Bits(), 0)
	a.high += int64(carry)
	if a.kind == point.Int && value.Int() < 0 {
		a.high-- // the sign, extended to the upper half
	}
}

// less compares two values of one numeric kind.
func less(x, y point.Value) bool {
	switch x.Kind() {
	case point.Float:
		return x.Float() < y.Float()
	case point.Int:
		return x.Int() < y.Int()
	}
	return x.Uint() < y.Uint()
}

// appendResult appends the result of a function as JSON.
func (a *accumulator) appendResult(dst []byte, fn string) []byte {
	switch fn {
	case "count":
		return appendValue(dst, point.UintValue(a.count))
	case "min":
		return appendValue(dst, a.min)
	case "max":
		return appendValue(dst, a.max)
	case "sum":
		if a.kind == point.Float {
			return appendFloat(dst, a.sum)
		}
		return a.exact().Append(dst, 10)
	}
	return appendFloat(dst, a.mean())
}

func (a *accumulator) mean() float64 {
	if a.kind == point.Float {
		return a.sum / float64(a.count)
	}
	mean, _ := new(big.Rat).SetFrac(a.exact(), new(big.Int).SetUint64(a.count)).Float64()
	return mean
}

// exact returns the sum of integers.
func (a *accumulator) exact() *big.Int {
	sum := new(big.Int).Lsh(big.NewInt(a.high), 64)
	return sum.Add(sum, new(big.Int).SetUint64(a.low))
}
