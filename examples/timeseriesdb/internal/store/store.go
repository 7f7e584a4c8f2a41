// Package store is the database engine: durable writes, merged reads.
//
// A write goes to the write-ahead log, is synced, is applied to the memtable
// and only then acknowledged. A full memtable is frozen and flushed to a
// segment, and its log files are removed. A read merges the memtables and the
// segments; for one series, field and time the newest value wins.
//
// One goroutine, the committer, does all changes in order: see commit.go.
package store

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"example.com/timeseriesdb/internal/disk"
	"example.com/timeseriesdb/internal/logfmt"
	"example.com/timeseriesdb/internal/point"
	"example.com/timeseriesdb/internal/wal"
)

// Options configures a store. Only FS is required.
type Options struct {
	// FS is the file system below the data directory.
	FS disk.FS
	// MaxSeries refuses new series beyond this number; 0 means no limit.
	MaxSeries int
	// FlushBytes is the size of memtable or log at which both are flushed to
	// a segment; 0 means 64 MiB.
	FlushBytes int64
	// MaxSegments is how many segments may exist before some are merged; 0
	// means 8.
	MaxSegments int
	// NoSync leaves the log unsynced: a crash of the machine loses what was
	// acknowledged. It is meant for benchmarks.
	NoSync bool
	// RetryFlush is the pause after a flush that failed; 0 means a second.
	RetryFlush time.Duration
	// Now is the clock for that pause; nil means time.Now.
	Now func() time.Time
	// Log receives what operators should know; nil is silent.
	Log *logfmt.Logger
}

func (o Options) withDefaults() Options {
	if o.FlushBytes == 0 {
		o.FlushBytes = 64 << 20
	}
	if o.MaxSegments == 0 {
		o.MaxSegments = 8
	}
	if o.RetryFlush == 0 {
		o.RetryFlush = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Errors of Write and Flush, beside *RefusedError.
var (
	// ErrClosed says that the store no longer takes writes.
	ErrClosed = errors.New("the store is closed")
	// ErrNotStored says that the disk did not take a write.
	ErrNotStored = errors.New("the write was not stored")
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	options Options
	dir     string
	lock    io.Closer
	catalog *catalog
	counts  counters

	// gate lets writers into queue until Close shuts it.
	gate   sync.RWMutex
	closed bool
	queue  chan *request
	done   chan struct{} // closed when the committer has ended
	pool   sync.Pool     // of *request
	// closing is closed when Close begins, so that long merges give up.
	closing chan struct{}

	committer committer

	// mu guards which memtables and segments make up the data. Each of them
	// looks after itself.
	mu       sync.RWMutex
	active   *memtable
	frozen   *memtable // being flushed, or nil
	segments []*storedSegment
}

// Open opens the database in dir, creates it if it is not there, and recovers
// what the log has. Only one process at a time can have it open.
func Open(dir string, options Options) (*Store, error) {
	options = options.withDefaults()
	lock, err := prepare(options.FS, dir)
	if err != nil {
		return nil, err
	}
	s := &Store{
		options: options, dir: dir, lock: lock,
		catalog: newCatalog(0), // what is on disk was admitted before
		active:  newMemtable(),
		queue:   make(chan *request, 256),
		done:    make(chan struct{}),
		closing: make(chan struct{}),
	}
	if err := s.load(); err != nil {
		s.releaseSegments()
		return nil, errors.Join(err, lock.Close())
	}
	s.catalog.maxSeries = options.MaxSeries
	go s.runCommitter()
	return s, nil
}

// prepare makes the directories and takes the lock.
func prepare(fs disk.FS, dir string) (lock io.Closer, err error) {
	for _, d := range []string{dir, walDir(dir), segmentDir(dir)} {
		if err := fs.MakeDir(d); err != nil {
			return nil, fmt.Errorf("make data directory: %w", err)
		}
	}
	lock, err = fs.Lock(filepath.Join(dir, "LOCK"))
	if errors.Is(err, disk.ErrLocked) {
		return nil, fmt.Errorf("data directory %s is in use: %w; stop it or choose another directory", dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("lock data directory %s: %w", dir, err)
	}
	for _, d := range []string{dir, filepath.Dir(filepath.Clean(dir))} {
		if err := fs.SyncDir(d); err != nil {
			return nil, errors.Join(fmt.Errorf("sync directory %s: %w", d, err), lock.Close())
		}
	}
	return lock, nil
}

func walDir(dir string) string     { return filepath.Join(dir, "wal") }
func segmentDir(dir string) string { return filepath.Join(dir, "segments") }

// load reads segments and log into memory and starts a new log file.
func (s *Store) load() error {
	through, err := s.loadSegments()
	if err != nil {
		return err
	}
	report, err := wal.Replay(s.options.FS, walDir(s.dir), through, s.replay)
	if err != nil {
		return err
	}
	if cut := report.Cut; cut != nil {
		s.options.Log.Warn("cut a torn record, which was never acknowledged",
			"file", cut.File, "offset", cut.Offset, "bytes", cut.Bytes)
	}
	// Files that a segment covers were left by a crash between flush and removal.
	if err := wal.Remove(s.options.FS, walDir(s.dir), through); err != nil {
		return err
	}
	s.counts.walBytes.Store(report.Bytes)
	s.options.Log.Info("recovered", "segments", len(s.segments), "records", report.Records, "series", s.catalog.count())
	return s.committer.start(s, report.Last, through)
}

// replay applies one record of the log.
func (s *Store) replay(payload []byte) error {
	for len(payload) > 0 {
		if err := s.catalog.admit(payload); err != nil {
			return err
		}
		rest, err := visitBatch(payload, &application{table: s.active, catalog: s.catalog})
		if err != nil {
			return err
		}
		payload = rest
	}
	s.catalog.keep()
	return nil
}

// Write stores points, all or none. When it returns nil they are on stable
// storage and every later read sees them. A *RefusedError says that they do not
// fit; ErrNotStored that the disk failed; ErrClosed that the store is closed.
func (s *Store) Write(points []point.Point) error {
	if len(points) == 0 {
		return nil
	}
	r := s.newRequest()
	r.batch = appendBatch(r.batch[:0], points)
	r.points = len(points)
	return s.submit(r)
}

// Flush brings everything written before to segments.
func (s *Store) Flush() error {
	r := s.newRequest()
	r.flush = true
	return s.submit(r)
}

// Close ends the store: writes that were accepted are finished, the memtable is
// flushed, the directory is unlocked. After an error of the flush everything
// acknowledged is still in the log.
func (s *Store) Close() error {
	s.gate.Lock()
	if s.closed {
		s.gate.Unlock()
		return ErrClosed
	}
	s.closed = true
	close(s.queue)
	close(s.closing)
	s.gate.Unlock()

	<-s.done
	err := s.committer.finish()
	s.releaseSegments()
	return errors.Join(err, s.lock.Close())
}
