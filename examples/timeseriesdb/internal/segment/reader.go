// This file has the reading of segments.

package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"
	"sync/atomic"

	"example.com/timeseriesdb/internal/column"
	"example.com/timeseriesdb/internal/disk"
)

// Reader reads a segment. Its index is in memory, its blocks are read and
// checked as they are wanted. It is safe for concurrent use.
//
// A Reader counts its users, so that a merged segment can be deleted when the
// last query that reads it has ended.
type Reader struct {
	name    string
	file    disk.File
	size    int64
	through uint64
	index   []Series

	users  atomic.Int64
	onFree func()
}

// Open opens a segment and checks its footer and index. The caller is its
// first user.
func Open(fs disk.FS, name string) (*Reader, error) {
	file, err := fs.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	r := &Reader{name: name, file: file}
	r.users.Store(1)
	if err := r.load(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return r, nil
}

// Through returns the number of the last log file that the segment covers.
func (r *Reader) Through() uint64 { return r.through }

// Size returns the length of the file.
func (r *Reader) Size() int64 { return r.size }

// Index returns the series in the segment, sorted by key; it is not to be changed.
func (r *Reader) Index() []Series { return r.index }

// Use adds a user. It must be called while there is another one.
func (r *Reader) Use() { r.users.Add(1) }

// OnFree sets what happens after the last user released the segment.
func (r *Reader) OnFree(do func()) { r.onFree = do }

// Release removes a user and closes the file after the last one.
func (r *Reader) Release() {
	if r.users.Add(-1) > 0 {
		return
	}
	_ = r.file.Close() // nothing was written through it
	if r.onFree != nil {
		r.onFree()
	}
}

// load reads footer and index.
func (r *Reader) load() (err error) {
	if r.size, err = r.file.Size(); err != nil {
		return fmt.Errorf("size of segment %s: %w", r.name, err)
	}
	if r.size < int64(len(magic)+footerSize) {
		return corrupt(r.name, 0, "%d bytes are too few for a segment", r.size)
	}
	head, err := r.read(0, len(magic))
	if err != nil {
		return err
	}
	if string(head) != magic {
		return corrupt(r.name, 0, "file begins with %q, want %q", head, magic)
	}
	at := r.size - int64(footerSize)
	foot, err := r.read(at, footerSize)
	if err != nil {
		return err
	}
	if string(foot[32:]) != magic || binary.LittleEndian.Uint32(foot[28:]) != checksum(foot[:28]) {
		return corrupt(r.name, at, "footer does not match its checksum")
	}
	start, length := binary.LittleEndian.Uint64(foot), binary.LittleEndian.Uint64(foot[8:])
	if start > uint64(at) || length != uint64(at)-start {
		return corrupt(r.name, at, "footer puts the index at %d with %d bytes", start, length)
	}
	r.through = binary.LittleEndian.Uint64(foot[16:])
	return r.loadIndex(int64(start), int(length), binary.LittleEndian.Uint32(foot[24:]))
}

func (r *Reader) loadIndex(start int64, length int, sum uint32) error {
	data, err := r.read(start, length)
	if err != nil {
		return err
	}
	if checksum(data) != sum {
		return corrupt(r.name, start, "index does not match its checksum")
	}
	index, ok := decodeIndex(data, start)
	if !ok {
		return corrupt(r.name, start, "index cannot be decoded")
	}
	r.index = index
	return nil
}

func (r *Reader) read(offset int64, length int) ([]byte, error) {
	data := make([]byte, length)
	if n, err := r.file.ReadAt(data, offset); n < length && err != nil {
		if errors.Is(err, io.EOF) {
			return nil, corrupt(r.name, offset, "file ends %d bytes early", length-n)
		}
		return nil, fmt.Errorf("read segment %s at offset %d: %w", r.name, offset, err)
	}
	return data, nil
}

// Series returns the series with a key, or nil.
func (r *Reader) Series(key string) *Series {
	i := sort.Search(len(r.index), func(i int) bool { return r.index[i].Key >= key })
	if i < len(r.index) && r.index[i].Key == key {
		return &r.index[i]
	}
	return nil
}

// Source returns the samples of a column with start <= time < end, or nil if
// the series has no such column.
func (r *Reader) Source(series *Series, field string, start, end int64) column.Source {
	if col := series.column(field); col != nil {
		return &source{reader: r, column: col, start: start, end: end}
	}
	return nil
}

// source reads the blocks of a column one at a time.
type source struct {
	reader     *Reader
	column     *Column
	next       int
	start, end int64
}

// NextRun implements column.Source.
func (s *source) NextRun() (column.Run, error) {
	for s.next < len(s.column.blocks) {
		b := s.column.blocks[s.next]
		s.next++
		if b.max < s.start || b.min >= s.end {
			continue
		}
		run, err := s.reader.block(s.column, b)
		if err != nil {
			return column.Run{}, err
		}
		if run = run.Between(s.start, s.end); run.Len() > 0 {
			return run, nil
		}
	}
	return column.Run{}, nil
}

// block reads and checks one block.
func (r *Reader) block(col *Column, b block) (column.Run, error) {
	data, err := r.read(b.offset, b.length+4)
	if err != nil {
		return column.Run{}, err
	}
	payload := data[:b.length]
	if checksum(payload) != binary.LittleEndian.Uint32(data[b.length:]) {
		return column.Run{}, corrupt(r.name, b.offset, "block does not match its checksum")
	}
	run, ok := decodeBlock(payload, col.Kind, b.samples)
	if !ok {
		return column.Run{}, corrupt(r.name, b.offset, "block cannot be decoded")
	}
	return run, nil
}
