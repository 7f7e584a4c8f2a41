// This file has the binary form of a batch of points: the payload of the
// write-ahead log, and what is applied to memory both live and in recovery.
//
// A batch is its length and its points. A point is: series key, difference of
// time to the point before, number of fields; per field: key, kind, value.

package store

import (
	"encoding/binary"
	"errors"

	"example.com/timeseriesdb/internal/point"
)

var errBatch = errors.New("batch cannot be decoded")

// appendBatch appends the encoding of points to dst.
func appendBatch(dst []byte, points []point.Point) []byte {
	var scratch [512]byte
	previous := int64(0)
	dst = binary.AppendUvarint(dst, uint64(len(points)))
	for i := range points {
		p := &points[i]
		key := point.AppendSeriesKey(scratch[:0], p.Measurement, p.Tags)
		dst = binary.AppendUvarint(dst, uint64(len(key)))
		dst = append(dst, key...)
		dst = binary.AppendVarint(dst, p.Time-previous)
		previous = p.Time
		dst = binary.AppendUvarint(dst, uint64(len(p.Fields)))
		for j := range p.Fields {
			dst = appendField(dst, &p.Fields[j])
		}
	}
	return dst
}

func appendField(dst []byte, field *point.Field) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(field.Key)))
	dst = append(dst, field.Key...)
	value := field.Value
	dst = append(dst, byte(value.Kind()))
	switch value.Kind() {
	case point.String:
		dst = binary.AppendUvarint(dst, uint64(len(value.Text())))
		return append(dst, value.Text()...)
	case point.Float:
		return binary.LittleEndian.AppendUint64(dst, value.Bits())
	case point.Int:
		return binary.AppendVarint(dst, value.Int())
	default:
		return binary.AppendUvarint(dst, value.Bits())
	}
}

// batchVisitor is told the content of a batch in order. Byte slices are valid
// during the call.
type batchVisitor interface {
	visitPoint(index int, key []byte, time int64) error
	visitField(field rawField) error
}

// rawField is a field that shares memory with its batch.
type rawField struct {
	key  []byte
	kind point.Kind
	bits uint64
	text []byte
}

// value returns the value with memory of its own.
func (f *rawField) value() point.Value {
	if f.kind == point.String {
		return point.StringValue(string(f.text))
	}
	return point.FromBits(f.kind, f.bits)
}

// visitBatch decodes the first batch in data and returns what follows it.
func visitBatch(data []byte, visitor batchVisitor) (rest []byte, err error) {
	r := batchReader{rest: data}
	count := r.uvarint()
	time := int64(0)
	for i := 0; uint64(i) < count && !r.failed; i++ {
		key := r.bytes()
		time += r.varint()
		fields := r.uvarint()
		if r.failed {
			break
		}
		if err := visitor.visitPoint(i, key, time); err != nil {
			return nil, err
		}
		for ; fields > 0; fields-- {
			field := r.field()
			if r.failed {
				break
			}
			if err := visitor.visitField(field); err != nil {
				return nil, err
			}
		}
	}
	if r.failed {
		return nil, errBatch
	}
	return r.rest, nil
}

// batchReader takes elements from the front of rest; after a malformed one it
// returns zeros and failed is set.
type batchReader struct {
	rest   []byte
	failed bool
}

func (r *batchReader) skip(n int) {
	if n <= 0 {
		r.failed, n = true, 0
	}
	r.rest = r.rest[n:]
}

func (r *batchReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.skip(n)
	return v
}

func (r *batchReader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.skip(n)
	return v
}

func (r *batchReader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.failed = true
		return nil
	}
	data := r.rest[:n]
	r.rest = r.rest[n:]
	return data
}

func (r *batchReader) field() rawField {
	f := rawField{key: r.bytes()}
	if len(r.rest) == 0 {
		r.failed = true
		return f
	}
	f.kind = point.Kind(r.rest[0])
	r.rest = r.rest[1:]
	switch f.kind {
	case point.String:
		f.text = r.bytes()
	case point.Float:
		if len(r.rest) < 8 {
			r.failed = true
			return f
		}
		f.bits = binary.LittleEndian.Uint64(r.rest)
		r.rest = r.rest[8:]
	case point.Int:
		f.bits = uint64(r.varint())
	case point.Uint, point.Bool:
		f.bits = r.uvarint()
	default:
		r.failed = true
	}
	return f
}
