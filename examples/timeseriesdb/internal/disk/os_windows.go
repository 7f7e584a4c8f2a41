// This file locks files on Windows, where directories need no sync.

package disk

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

// Flags of LockFileEx and the error for a lock that somebody else has.
const (
	lockfileFailImmediately = 0x1
	lockfileExclusiveLock   = 0x2
	errorLockViolation      = syscall.Errno(33)
)

// lockFile takes an exclusive lock on the first byte without waiting for it.
func lockFile(file *os.File) error {
	lockFileEx := syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")
	var overlapped syscall.Overlapped
	ok, _, err := lockFileEx.Call(file.Fd(), lockfileExclusiveLock|lockfileFailImmediately,
		0, 1, 0, uintptr(unsafe.Pointer(&overlapped)))
	if ok != 0 {
		return nil
	}
	if errors.Is(err, errorLockViolation) {
		return ErrLocked
	}
	return err
}

// syncDir does nothing: NTFS journals its directories, and a directory cannot
// be opened for FlushFileBuffers without special rights.
func syncDir(string) error { return nil }
