// This file has the reading side of the log: recovery after a stop or a crash.

package wal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"example.com/timeseriesdb/internal/disk"
)

// ErrCorrupt says that a log file has damage that no crash explains.
var ErrCorrupt = errors.New("write-ahead log is corrupt")

// Report says what Replay found.
type Report struct {
	Last    uint64 // number of the last file, replayed or not; 0 when there is none
	Files   int    // files replayed
	Records int
	Bytes   int64 // of the replayed files, without what was cut
	Cut     *Cut  // the torn tail, when there was one
}

// Cut is a torn tail: a record whose write a crash interrupted.
type Cut struct {
	File   string
	Offset int64 // where the file ends now
	Bytes  int64 // how many bytes were removed
}

// Replay calls apply with the payload of every record in the files behind
// number after, in the order of writing. A torn tail is cut from the file. Any
// other damage is an error that wraps ErrCorrupt, says file and offset, and
// leaves all files as they are.
func Replay(fs disk.FS, dir string, after uint64, apply func(payload []byte) error) (Report, error) {
	seqs, err := list(fs, dir)
	if err != nil {
		return Report{}, err
	}
	last, err := lastWritten(fs, dir, seqs)
	if err != nil {
		return Report{}, err
	}
	var report Report
	for _, seq := range seqs {
		report.Last = seq
		if seq <= after {
			continue
		}
		if err := replayFile(fs, fileName(dir, seq), seq >= last, apply, &report); err != nil {
			return report, err
		}
	}
	return report, nil
}

// lastWritten returns the number of the last file that may have records. Files
// behind it can exist: a rotation that failed half-way leaves an empty one.
func lastWritten(fs disk.FS, dir string, seqs []uint64) (last uint64, err error) {
	for _, seq := range seqs {
		file, err := fs.Open(fileName(dir, seq))
		if err != nil {
			return 0, fmt.Errorf("open log file: %w", err)
		}
		size, err := file.Size()
		if err := errors.Join(err, file.Close()); err != nil {
			return 0, fmt.Errorf("size of log file %s: %w", fileName(dir, seq), err)
		}
		if size > int64(headerSize) {
			last = seq
		}
	}
	return last, nil
}

// replayFile replays one file and cuts its torn tail if it is the last one.
func replayFile(fs disk.FS, name string, last bool, apply func([]byte) error, report *Report) (err error) {
	file, err := fs.Open(name)
	if err != nil {
		return fmt.Errorf("open log file: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()

	r := reader{file: file}
	if r.size, err = file.Size(); err != nil {
		return fmt.Errorf("size of log file %s: %w", name, err)
	}
	if err := r.header(); err != nil && r.size > 0 {
		return r.settle(name, last, err, report)
	}
	for r.offset < r.size {
		payload, err := r.next()
		if err != nil {
			return r.settle(name, last, err, report)
		}
		if err := apply(payload); err != nil {
			return fmt.Errorf("replay %s at offset %d: %w", name, r.offset, err)
		}
		r.offset += int64(recordHead + len(payload))
		report.Records++
	}
	report.Files++
	report.Bytes += r.size
	// A process that was killed may have written a record and not synced it.
	// From now on it counts, and new files follow, so it must not tear later.
	if err := file.Sync(); err != nil {
		return fmt.Errorf("sync %s after replay: %w", name, err)
	}
	return nil
}

// reader walks over one file.
type reader struct {
	file   disk.File
	size   int64
	offset int64 // where the next record begins
	salt   []byte
}

// damaged is a reason why there is no sound record at the offset of a reader.
type damaged string

func (d damaged) Error() string { return string(d) }

func (r *reader) header() error {
	head, err := r.read(0, headerSize)
	if err != nil {
		return err
	}
	salt := head[len(fileMagic) : len(fileMagic)+saltSize]
	if !bytes.Equal(head, header(salt)) {
		return damaged(fmt.Sprintf("header %q is no header of a log file or fails its checksum", head))
	}
	r.salt = salt
	r.offset = int64(headerSize)
	return nil
}

// next returns the payload of the record at the offset.
func (r *reader) next() ([]byte, error) {
	head, err := r.read(r.offset, recordHead)
	if err != nil {
		return nil, err
	}
	if string(head[:len(recordMagic)]) != recordMagic {
		return nil, damaged("no record begins here")
	}
	length := head[len(recordMagic) : len(recordMagic)+4]
	size := binary.LittleEndian.Uint32(length)
	if size > maxPayload {
		return nil, damaged(fmt.Sprintf("record of %d bytes, want at most %d", size, maxPayload))
	}
	payload, err := r.read(r.offset+int64(recordHead), int(size))
	if err != nil {
		return nil, err
	}
	if checksum(r.salt, length, payload) != binary.LittleEndian.Uint32(head[recordHead-4:]) {
		return nil, damaged("checksum of the record does not match")
	}
	return payload, nil
}

// read returns n bytes at an offset; it is damage if the file is too short.
func (r *reader) read(offset int64, n int) ([]byte, error) {
	if offset+int64(n) > r.size {
		return nil, damaged(fmt.Sprintf("%d bytes wanted here, but the file ends after %d", n, r.size-offset))
	}
	buffer := make([]byte, n)
	if _, err := r.file.ReadAt(buffer, offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return buffer, nil
}

// settle decides what damage at the present offset means: a torn tail, which
// is cut, or corruption.
func (r *reader) settle(name string, last bool, reason error, report *Report) error {
	var damage damaged
	if !errors.As(reason, &damage) {
		return fmt.Errorf("read %s at offset %d: %w", name, r.offset, reason)
	}
	if !last {
		return corrupt(name, r.offset, reason, "this is not the last log file, so that no crash tore it")
	}
	if r.salt == nil && r.size > int64(headerSize) {
		return corrupt(name, r.offset, reason, "the file has more than a header, so that no crash tore it")
	}
	if next, found, err := r.findRecord(); err != nil || found {
		return errors.Join(err, corrupt(name, r.offset, reason,
			fmt.Sprintf("a valid record follows at offset %d, so that no crash tore it", next)))
	}
	return r.cut(name, report)
}

// corrupt makes the error for damage that must not be cut away.
func corrupt(name string, offset int64, reason error, why string) error {
	return fmt.Errorf("%w: %s at offset %d: %v; %s; nothing was changed: restore the file from a copy, "+
		"or move it away to give up its records", ErrCorrupt, name, offset, reason, why)
}

// findRecord looks for a sound record behind the damage.
func (r *reader) findRecord() (offset int64, found bool, err error) {
	if r.salt == nil {
		return 0, false, nil
	}
	tail, err := r.read(r.offset, int(r.size-r.offset))
	if err != nil {
		return 0, false, err
	}
	probe := *r
	for at := 1; at < len(tail); at++ {
		step := bytes.Index(tail[at:], []byte(recordMagic))
		if step < 0 {
			break
		}
		at += step
		probe.offset = r.offset + int64(at)
		if _, err := probe.next(); err == nil {
			return probe.offset, true, nil
		}
	}
	return 0, false, nil
}

// cut removes the torn tail. A file whose header is torn becomes empty, and an
// empty file is taken for one without records from then on.
func (r *reader) cut(name string, report *Report) error {
	if err := r.file.Truncate(r.offset); err != nil {
		return fmt.Errorf("cut torn tail of %s at offset %d: %w", name, r.offset, err)
	}
	if err := r.file.Sync(); err != nil {
		return fmt.Errorf("sync %s after its torn tail was cut: %w", name, err)
	}
	report.Files++
	report.Bytes += r.offset
	report.Cut = &Cut{File: name, Offset: r.offset, Bytes: r.size - r.offset}
	return nil
}
