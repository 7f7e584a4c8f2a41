// This file has the encoding of blocks.

package segment

import (
	"encoding/binary"

	"example.com/timeseriesdb/internal/column"
	"example.com/timeseriesdb/internal/point"
)

// appendBlock appends the encoding of run, which is not empty, to dst.
func appendBlock(dst []byte, run column.Run) []byte {
	previous := int64(0)
	for _, t := range run.Times {
		dst = binary.AppendVarint(dst, t-previous) // wraps around, as decoding does
		previous = t
	}
	switch run.Kind {
	case point.Float:
		for _, bits := range run.Bits {
			dst = binary.LittleEndian.AppendUint64(dst, bits)
		}
	case point.Int, point.Uint:
		last := uint64(0)
		for _, bits := range run.Bits {
			dst = binary.AppendVarint(dst, int64(bits-last))
			last = bits
		}
	case point.Bool:
		for _, bits := range run.Bits {
			dst = append(dst, byte(bits))
		}
	case point.String:
		for _, text := range run.Texts {
			dst = binary.AppendUvarint(dst, uint64(len(text)))
			dst = append(dst, text...)
		}
	}
	return dst
}

// decodeBlock is the inverse of appendBlock. It reports false if data is not
// exactly one block of so many samples.
func decodeBlock(data []byte, kind point.Kind, samples int) (column.Run, bool) {
	d := decoder{rest: data}
	run := column.Run{Kind: kind, Times: make([]int64, samples)}
	previous := int64(0)
	for i := range run.Times {
		previous += d.varint()
		run.Times[i] = previous
	}
	if kind == point.String {
		run.Texts = make([]string, samples)
		for i := range run.Texts {
			run.Texts[i] = d.text()
		}
		return run, d.done()
	}
	run.Bits = make([]uint64, samples)
	last := uint64(0)
	for i := range run.Bits {
		switch kind {
		case point.Float:
			run.Bits[i] = d.word()
		case point.Bool:
			run.Bits[i] = uint64(d.byte())
		default:
			last += uint64(d.varint())
			run.Bits[i] = last
		}
	}
	return run, d.done()
}
