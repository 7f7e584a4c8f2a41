// Package disk is the seam between the database and the file system.
//
// Everything durable goes through FS, so that tests can put a disk under the
// database that is full, fails to sync, or loses power (package simdisk).
package disk

import (
	"errors"
	"io"
)

// File is an open file. Writes go to given offsets, since an append position
// kept by the system would be wrong after a file was cut.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Sync returns once everything written before is on stable storage.
	Sync() error
	// Truncate cuts the file to size bytes.
	Truncate(size int64) error
	// Size returns the present length in bytes.
	Size() (int64, error)
}

// FS is a file system with the few operations that the database needs.
type FS interface {
	// MakeDir creates a directory and its parents unless they exist.
	MakeDir(dir string) error
	// Create makes a new, empty file; an old one of that name is emptied.
	Create(name string) (File, error)
	// Open opens a file that exists, for reading and writing.
	Open(name string) (File, error)
	// Rename gives a file a new name, replacing a file that had it.
	Rename(from, to string) error
	// Remove deletes a file.
	Remove(name string) error
	// List returns the names in a directory, sorted.
	List(dir string) ([]string, error)
	// SyncDir makes creations, renames and removals in dir durable.
	SyncDir(dir string) error
	// Lock takes the lock file name for this process, or fails with ErrLocked.
	Lock(name string) (io.Closer, error)
}

// ErrLocked says that another process holds a lock.
var ErrLocked = errors.New("locked by another process")
