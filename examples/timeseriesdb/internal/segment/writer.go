// This file has the writing of segments.

package segment

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"example.com/timeseriesdb/internal/column"
	"example.com/timeseriesdb/internal/disk"
	"example.com/timeseriesdb/internal/point"
)

// Writer writes one segment. Columns come in the order of series key and
// field, their samples in the order of time. It keeps the first error, which
// Finish returns.
type Writer struct {
	file   disk.File
	out    *bufio.Writer
	offset int64
	index  []Series
	run    column.Run // samples of the present column that are not in a block yet
	buffer []byte
	err    error
}

// NewWriter starts a segment in an empty file.
func NewWriter(file disk.File) *Writer {
	w := &Writer{file: file, out: bufio.NewWriterSize(io.NewOffsetWriter(file, 0), 256<<10)}
	w.write([]byte(magic))
	return w
}

// Begin starts the column of a field of a series.
func (w *Writer) Begin(series, field string, kind point.Kind) {
	w.endBlock()
	if n := len(w.index); n == 0 || w.index[n-1].Key != series {
		w.index = append(w.index, Series{Key: series})
	}
	last := &w.index[len(w.index)-1]
	last.Columns = append(last.Columns, Column{Field: field, Kind: kind})
	w.run = column.Run{Kind: kind, Times: w.run.Times[:0], Bits: w.run.Bits[:0], Texts: w.run.Texts[:0]}
}

// Add adds the next sample of the column that was begun last.
func (w *Writer) Add(time int64, value point.Value) error {
	w.run.Append(time, value)
	if w.run.Len() == blockSamples {
		w.endBlock()
	}
	return w.err
}

// Finish completes the segment and brings it to stable storage. through is the
// number of the last log file whose content the segment covers. The file is
// closed in any case.
func (w *Writer) Finish(through uint64) error {
	w.endBlock()
	start := w.offset
	index := appendIndex(nil, w.index)
	w.write(index)
	w.write(footer(start, index, through))
	if w.err == nil {
		w.err = w.out.Flush()
	}
	if w.err == nil {
		w.err = w.file.Sync()
	}
	return errors.Join(w.err, w.file.Close())
}

// Abort gives up the segment.
func (w *Writer) Abort() { _ = w.file.Close() }

func footer(start int64, index []byte, through uint64) []byte {
	foot := binary.LittleEndian.AppendUint64(nil, uint64(start))
	foot = binary.LittleEndian.AppendUint64(foot, uint64(len(index)))
	foot = binary.LittleEndian.AppendUint64(foot, through)
	foot = binary.LittleEndian.AppendUint32(foot, checksum(index))
	foot = binary.LittleEndian.AppendUint32(foot, checksum(foot))
	return append(foot, magic...)
}

// endBlock writes the collected samples as a block, if there are any.
func (w *Writer) endBlock() {
	n := w.run.Len()
	if n == 0 {
		return
	}
	w.buffer = appendBlock(w.buffer[:0], w.run)
	columns := w.index[len(w.index)-1].Columns
	col := &columns[len(columns)-1]
	col.blocks = append(col.blocks, block{
		offset: w.offset, length: len(w.buffer), samples: n, min: w.run.Times[0], max: w.run.Times[n-1],
	})
	w.write(binary.LittleEndian.AppendUint32(w.buffer, checksum(w.buffer)))
	w.run.Times, w.run.Bits, w.run.Texts = w.run.Times[:0], w.run.Bits[:0], w.run.Texts[:0]
}

func (w *Writer) write(data []byte) {
	if w.err != nil {
		return
	}
	if _, err := w.out.Write(data); err != nil {
		w.err = fmt.Errorf("write segment: %w", err)
	}
	w.offset += int64(len(data))
}
