// This file has the writing side of the log and its answer to a failing disk.

package wal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"

	"example.com/timeseriesdb/internal/disk"
)

// Options changes how a log writes.
type Options struct {
	// NoSync leaves out every sync. A crash of the machine may then lose
	// acknowledged records and leave a log that Replay refuses.
	NoSync bool
}

// Log appends records. Its methods are not safe for concurrent use, except Stats.
type Log struct {
	fs      disk.FS
	dir     string
	options Options

	file   disk.File
	seq    uint64
	salt   []byte
	size   int64  // bytes of the file up to the last accepted record
	buffer []byte // reused from record to record

	// damage is the failure after which the file has to be cut to size before
	// anything else may be written; nil when the file is sound.
	damage *damage

	bytes, syncs, suspect atomic.Int64
}

// damage is a failed write or sync.
type damage struct {
	cause error
	// abandon says that the file must not be used any more. After a failed
	// sync the system may have dropped data and will still report success for
	// the next sync, so that only a new file can be trusted.
	abandon bool
}

// Stats are numbers about a log.
type Stats struct {
	Bytes int64 // of the records accepted by this Log, headers included
	Syncs int64 // successful syncs of log files
}

// Create starts a log with a new file, number seq.
func Create(fs disk.FS, dir string, seq uint64, options Options) (*Log, error) {
	l := &Log{fs: fs, dir: dir, options: options}
	if err := l.start(seq); err != nil {
		return nil, err
	}
	return l, nil
}

// Seq returns the number of the file that is written now.
func (l *Log) Seq() uint64 { return l.seq }

// Size returns the length of the file that is written now.
func (l *Log) Size() int64 { return l.size }

// Suspect reports whether a file had to be abandoned after a failed sync. Its
// records are safe as far as one can know; still it is wise to stop depending
// on it soon, and to Rotate and store its content elsewhere.
func (l *Log) Suspect() bool { return l.suspect.Load() > 0 }

// Trust ends the suspicion: the content of abandoned files is being stored elsewhere.
func (l *Log) Trust() { l.suspect.Store(0) }

// Stats returns numbers about the log.
func (l *Log) Stats() Stats {
	return Stats{Bytes: l.bytes.Load(), Syncs: l.syncs.Load()}
}

// Append writes the parts as one record. When it returns nil, the record is on
// stable storage. When it returns an error, no later Replay returns the record
// unless the machine crashed before the failed attempt could be cut away; and
// never a part of it.
func (l *Log) Append(parts ...[]byte) error {
	if err := l.repair(); err != nil {
		return err
	}
	l.buffer = appendRecord(l.buffer[:0], l.salt, parts)
	if len(l.buffer)-recordHead > maxPayload {
		return fmt.Errorf("record of %d bytes, want at most %d; send smaller batches", len(l.buffer), maxPayload)
	}
	err := l.write()
	if cap(l.buffer) > 4<<20 {
		l.buffer = nil // one huge batch should not hold memory for ever
	}
	return err
}

// write brings the buffer to stable storage, or cuts the attempt away.
func (l *Log) write() error {
	if _, err := l.file.WriteAt(l.buffer, l.size); err != nil {
		return l.fail(fmt.Errorf("append to the log: %w", err), false)
	}
	if err := l.sync(); err != nil {
		return l.fail(fmt.Errorf("sync the log: %w", err), true)
	}
	l.size += int64(len(l.buffer))
	l.bytes.Add(int64(len(l.buffer)))
	return nil
}

// fail notes the damage and tries at once to undo it.
func (l *Log) fail(cause error, abandon bool) error {
	l.damage = &damage{cause: cause, abandon: abandon}
	return errors.Join(cause, l.repair())
}

// repair makes the file sound after a failure, or says why it cannot. Until it
// succeeds, nothing is appended: behind a torn record nothing would be found.
func (l *Log) repair() error {
	if l.damage == nil {
		return nil
	}
	if err := l.cut(); err != nil {
		return fmt.Errorf("log refuses writes until %s can be cut to %d bytes (after: %v): %w",
			fileName(l.dir, l.seq), l.size, l.damage.cause, err)
	}
	if l.damage.abandon {
		if err := l.rotate(); err != nil {
			return fmt.Errorf("log refuses writes until it has a new file (after: %v): %w", l.damage.cause, err)
		}
		l.suspect.Add(1)
	}
	l.damage = nil
	return nil
}

// cut removes everything behind the last accepted record.
func (l *Log) cut() error {
	if err := l.file.Truncate(l.size); err != nil {
		return err
	}
	if err := l.sync(); err != nil {
		// A failed sync while repairing a failed write is as bad as any other.
		l.damage.abandon = true
		return err
	}
	return nil
}

// Rotate ends the present file and starts the next one. On failure the present
// file stays in use. A file with damage has to be cut first: in a file that is
// not the last, Replay takes a torn record for corruption.
func (l *Log) Rotate() error {
	if err := l.repair(); err != nil {
		return err
	}
	return l.rotate()
}

// rotate changes over from a sound file to the next one.
func (l *Log) rotate() error {
	old := l.file
	if err := l.start(l.seq + 1); err != nil {
		return err
	}
	// All records in it are synced; an error of Close could change nothing.
	_ = old.Close()
	return nil
}

// start creates file seq and makes it the present one.
func (l *Log) start(seq uint64) error {
	name := fileName(l.dir, seq)
	file, err := l.fs.Create(name)
	if err != nil {
		return fmt.Errorf("create log file: %w", err)
	}
	salt, err := l.writeHeader(file)
	if err != nil {
		return errors.Join(fmt.Errorf("start log file %s: %w", name, err), file.Close(), l.fs.Remove(name))
	}
	l.file, l.seq, l.salt, l.size = file, seq, salt, int64(headerSize)
	l.bytes.Add(int64(headerSize))
	return nil
}

// writeHeader makes an empty file a durable, empty log file.
func (l *Log) writeHeader(file disk.File) (salt []byte, err error) {
	salt = make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	if _, err := file.WriteAt(header(salt), 0); err != nil {
		return nil, err
	}
	if l.options.NoSync {
		return salt, nil
	}
	if err := file.Sync(); err != nil {
		return nil, err
	}
	l.syncs.Add(1)
	return salt, l.fs.SyncDir(l.dir)
}

func (l *Log) sync() error {
	if l.options.NoSync {
		return nil
	}
	if err := l.file.Sync(); err != nil {
		return err
	}
	l.syncs.Add(1)
	return nil
}

// Close closes the present file. Everything accepted is already durable.
func (l *Log) Close() error {
	return errors.Join(l.repair(), l.file.Close())
}
