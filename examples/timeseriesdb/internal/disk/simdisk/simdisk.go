// Package simdisk is a file system in memory that misbehaves on request: it is
// full, fails to sync, or loses power. Tests put it under the database.
//
// It keeps two states of every file and of the directory: what programs see,
// and what is on stable storage. Only Sync and SyncDir carry the first to the
// second; Crash returns the disk as a power loss would leave it. Directories are flat: a name is a path.
package simdisk

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"sort"
	"sync"
	"syscall"

	"example.com/timeseriesdb/internal/disk"
)

// ErrIO is what a failing Sync, Truncate or Rename returns.
var ErrIO = errors.New("simulated input/output error")

// Disk is the simulated file system. The zero value is not usable; see New.
type Disk struct {
	mu      sync.Mutex
	seen    map[string]*inode // what programs see
	durable map[string]*inode // the directory entries on stable storage
	locked  map[string]bool

	free         int64 // bytes left, when limited
	limited      bool
	failSync     int // how many of the next Syncs fail
	failTruncate int
	syncs        int
}

// inode is the content of one file.
type inode struct {
	data    []byte // what programs see
	durable []byte // what a power loss leaves
	// lost is where a failed Sync dropped data: as on Linux, later Syncs
	// succeed without ever writing it. Offsets [lostFrom, lostTo).
	lostFrom, lostTo int
}

// New returns an empty disk without limits.
func New() *Disk {
	return &Disk{seen: map[string]*inode{}, durable: map[string]*inode{}, locked: map[string]bool{}}
}

// SetFree limits the space that is left; writes beyond it are cut short.
func (d *Disk) SetFree(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.free, d.limited = bytes, true
}

// SetUnlimited ends the limit of SetFree.
func (d *Disk) SetUnlimited() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limited = false
}

// FailSyncs makes the next n file Syncs fail.
func (d *Disk) FailSyncs(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failSync = n
}

// FailTruncates makes the next n Truncates fail.
func (d *Disk) FailTruncates(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failTruncate = n
}

// Syncs returns the number of successful file Syncs.
func (d *Disk) Syncs() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.syncs
}

// Crash returns the disk that is found after a power loss now: of data that was
// not synced, each file keeps keep(n) of its n bytes beyond the durable ones.
// The program that uses d may go on and never know.
func (d *Disk) Crash(keep func(n int) int) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	after := New()
	for _, name := range sortedNames(d.durable) { // so that keep is asked in a stable order
		node := d.durable[name]
		survivor := append([]byte(nil), node.durable...)
		if extra := len(node.data) - len(survivor); extra > 0 {
			survivor = append(survivor, node.data[len(survivor):len(survivor)+keep(extra)]...)
		}
		fresh := &inode{data: survivor, durable: append([]byte(nil), survivor...)}
		after.seen[name], after.durable[name] = fresh, fresh
	}
	return after
}

// Content returns a copy of what programs see in a file.
func (d *Disk) Content(name string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	node := d.seen[name]
	if node == nil {
		return nil
	}
	return append([]byte(nil), node.data...)
}

// SetContent puts data into a file, durably, as if it had always been there.
func (d *Disk) SetContent(name string, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	node := &inode{data: append([]byte(nil), data...), durable: append([]byte(nil), data...)}
	d.seen[name], d.durable[name] = node, node
}

// MakeDir does nothing, since directories are only parts of names.
func (d *Disk) MakeDir(string) error { return nil }

// Create implements disk.FS.
func (d *Disk) Create(name string) (disk.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	node := &inode{}
	d.seen[name] = node
	return &file{disk: d, node: node}, nil
}

// Open implements disk.FS.
func (d *Disk) Open(name string) (disk.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	node := d.seen[name]
	if node == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &file{disk: d, node: node}, nil
}

// Rename implements disk.FS.
func (d *Disk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	node := d.seen[from]
	if node == nil {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	delete(d.seen, from)
	d.seen[to] = node
	return nil
}

// Remove implements disk.FS.
func (d *Disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	node := d.seen[name]
	if node == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	d.free += int64(len(node.data))
	delete(d.seen, name)
	return nil
}

// List implements disk.FS.
func (d *Disk) List(dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var names []string
	for _, name := range sortedNames(d.seen) {
		if filepath.Dir(name) == filepath.Clean(dir) {
			names = append(names, filepath.Base(name))
		}
	}
	return names, nil
}

// SyncDir implements disk.FS.
func (d *Disk) SyncDir(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir = filepath.Clean(dir)
	for name := range d.durable {
		if filepath.Dir(name) == dir && d.seen[name] == nil {
			delete(d.durable, name)
		}
	}
	for name, node := range d.seen {
		if filepath.Dir(name) == dir {
			d.durable[name] = node
		}
	}
	return nil
}

// Lock implements disk.FS.
func (d *Disk) Lock(name string) (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locked[name] {
		return nil, disk.ErrLocked
	}
	d.locked[name] = true
	return unlocker{disk: d, name: name}, nil
}

type unlocker struct {
	disk *Disk
	name string
}

func (u unlocker) Close() error {
	u.disk.mu.Lock()
	defer u.disk.mu.Unlock()
	delete(u.disk.locked, u.name)
	return nil
}

// file is an open file.
type file struct {
	disk   *Disk
	node   *inode
	closed bool
}

// enter locks the disk; every file operation starts with it.
func (f *file) enter() error {
	f.disk.mu.Lock()
	if f.closed {
		return fs.ErrClosed
	}
	return nil
}

func (f *file) leave() { f.disk.mu.Unlock() }

func (f *file) ReadAt(p []byte, offset int64) (int, error) {
	defer f.leave()
	if err := f.enter(); err != nil {
		return 0, err
	}
	if offset >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.node.data[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) WriteAt(p []byte, offset int64) (int, error) {
	defer f.leave()
	if err := f.enter(); err != nil {
		return 0, err
	}
	fits := f.disk.take(offset + int64(len(p)) - int64(len(f.node.data)))
	n := len(p) - fits
	if end := int(offset) + n; end > len(f.node.data) {
		f.node.data = append(f.node.data, make([]byte, end-len(f.node.data))...)
	}
	copy(f.node.data[offset:], p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// take reserves space for a file to grow and returns by how much it lacks.
func (d *Disk) take(grow int64) (lacking int) {
	if !d.limited || grow <= 0 {
		return 0
	}
	if grow > d.free {
		lacking = int(grow - d.free)
		grow = d.free
	}
	d.free -= grow
	return lacking
}

func (f *file) Sync() error {
	defer f.leave()
	if err := f.enter(); err != nil {
		return err
	}
	node := f.node
	if f.disk.failSync > 0 {
		f.disk.failSync--
		node.lostFrom, node.lostTo = len(node.durable), len(node.data)
		return ErrIO
	}
	f.disk.syncs++
	node.durable = append(node.durable[:0:0], node.data...)
	for i := node.lostFrom; i < node.lostTo && i < len(node.durable); i++ {
		node.durable[i] = 0
	}
	return nil
}

func (f *file) Truncate(size int64) error {
	defer f.leave()
	if err := f.enter(); err != nil {
		return err
	}
	if f.disk.failTruncate > 0 {
		f.disk.failTruncate--
		return ErrIO
	}
	f.disk.free += int64(len(f.node.data)) - size
	f.node.data = f.node.data[:size:size]
	return nil
}

func (f *file) Size() (int64, error) {
	defer f.leave()
	if err := f.enter(); err != nil {
		return 0, err
	}
	return int64(len(f.node.data)), nil
}

func (f *file) Close() error {
	defer f.leave()
	if err := f.enter(); err != nil {
		return err
	}
	f.closed = true
	return nil
}

func sortedNames(nodes map[string]*inode) []string {
	names := make([]string, 0, len(nodes))
	for name := range nodes {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
