// This file has the encoding of the index.

package segment

import (
	"encoding/binary"

	"example.com/timeseriesdb/internal/point"
)

// appendIndex appends the encoding of the index to dst.
func appendIndex(dst []byte, index []Series) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(index)))
	for _, series := range index {
		dst = appendText(dst, series.Key)
		dst = binary.AppendUvarint(dst, uint64(len(series.Columns)))
		for _, col := range series.Columns {
			dst = appendText(dst, col.Field)
			dst = append(dst, byte(col.Kind))
			dst = binary.AppendUvarint(dst, uint64(len(col.blocks)))
			for _, b := range col.blocks {
				dst = binary.AppendUvarint(dst, uint64(b.offset))
				dst = binary.AppendUvarint(dst, uint64(b.length))
				dst = binary.AppendUvarint(dst, uint64(b.samples))
				dst = binary.AppendVarint(dst, b.min)
				dst = binary.AppendVarint(dst, b.max)
			}
		}
	}
	return dst
}

func appendText(dst []byte, text string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(text)))
	return append(dst, text...)
}

// decodeIndex is the inverse of appendIndex. Blocks lie in front of limit.
func decodeIndex(data []byte, limit int64) ([]Series, bool) {
	d := decoder{rest: data}
	index := make([]Series, d.count())
	for i := range index {
		index[i] = d.series(limit)
	}
	return index, d.done()
}

func (d *decoder) series(limit int64) Series {
	series := Series{Key: d.text(), Columns: make([]Column, d.count())}
	for i := range series.Columns {
		col := Column{Field: d.text(), Kind: point.Kind(d.byte()), blocks: make([]block, d.count())}
		for j := range col.blocks {
			col.blocks[j] = d.block(limit)
		}
		d.failed = d.failed || !col.Kind.Valid()
		series.Columns[i] = col
	}
	return series
}

func (d *decoder) block(limit int64) block {
	offset, length, samples := d.uvarint(), d.uvarint(), d.uvarint()
	b := block{min: d.varint(), max: d.varint()}
	if offset > uint64(limit) || length > uint64(limit)-offset || samples > length {
		d.failed = true
		return b
	}
	b.offset, b.length, b.samples = int64(offset), int(length), int(samples)
	return b
}
