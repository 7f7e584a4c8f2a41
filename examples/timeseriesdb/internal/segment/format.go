// Package segment reads and writes segments: immutable files of sorted samples.
//
//	header  magic "TSDBSEG1"
//	blocks  each: up to 1024 samples of one column | CRC32C (u32)
//	index   series by key; per series its columns by field; per column its blocks
//	footer  offset and length of the index (u64, u64) | WAL number (u64) |
//	        CRC32C of the index (u32) | CRC32C of the footer so far (u32) | magic "TSDBSEG1"
//
// The WAL number says that everything in log files up to it is in this segment
// or an older one. Integers are little-endian; lengths, counts and differences
// are varints. A block holds the differences of its times, then its values:
// floats as words, integers as differences, booleans as bytes, strings with
// their lengths.
package segment

import (
	"errors"
	"fmt"
	"hash/crc32"

	"example.com/timeseriesdb/internal/point"
)

const (
	magic        = "TSDBSEG1"
	footerSize   = 8 + 8 + 8 + 4 + 4 + len(magic)
	blockSamples = 1024
)

// ErrCorrupt says that a segment fails its checksum or makes no sense.
var ErrCorrupt = errors.New("segment is corrupt")

// corrupt makes an error that says where the damage is.
func corrupt(name string, offset int64, format string, args ...any) error {
	return fmt.Errorf("%w: %s at offset %d: %s; restore the file from a copy",
		ErrCorrupt, name, offset, fmt.Sprintf(format, args...))
}

func checksum(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
}

// Series is one series in the index of a segment.
type Series struct {
	Key     string   // as made by point.AppendSeriesKey
	Columns []Column // sorted by field
}

// Column is one field of a series in the index.
type Column struct {
	Field  string
	Kind   point.Kind
	blocks []block
}

// block is where some samples of a column are.
type block struct {
	offset   int64
	length   int // without the checksum
	samples  int
	min, max int64 // first and last time
}

// column returns the column of a field, or nil.
func (s *Series) column(field string) *Column {
	for i := range s.Columns {
		if s.Columns[i].Field == field {
			return &s.Columns[i]
		}
	}
	return nil
}
