// Package point holds the data model: what a client writes and a query returns.
//
// A point belongs to a series (a measurement with a set of tags), has one time
// in nanoseconds since 1970 UTC, and carries one or more typed fields.
package point

// Tag is one key and value of a series; both are non-empty.
type Tag struct {
	Key, Value string
}

// Field is one named value of a point.
type Field struct {
	Key   string
	Value Value
}

// Point is one line of input.
type Point struct {
	Measurement string
	Tags        []Tag // sorted by key, no key twice
	Fields      []Field
	Time        int64 // nanoseconds since 1970 UTC
	Line        int   // where it stood in its input, from 1; for messages only
}
