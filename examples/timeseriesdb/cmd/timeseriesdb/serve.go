// This file has the life of the server: start, serve, stop.

package main

import (
	"context"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"time"

	"example.com/timeseriesdb/internal/disk"
	"example.com/timeseriesdb/internal/httpapi"
	"example.com/timeseriesdb/internal/logfmt"
	"example.com/timeseriesdb/internal/store"
)

// Time limits of connections. A body may take long on a slow line; the headers
// and an idle connection may not.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 5 * time.Minute
	idleTimeout       = 2 * time.Minute
)

// serve runs the database until ctx ends, then stops it in order.
func serve(ctx context.Context, s settings, b build, log *logfmt.Logger) (err error) {
	// First the port: if it is busy, nothing has touched the data directory.
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return fmt.Errorf("listen on %q: %w; stop what uses it or choose another --listen", s.listen, err)
	}
	defer listener.Close()
	db, err := store.Open(s.dataDir, store.Options{
		FS: disk.OS(), MaxSeries: s.maxSeries, FlushBytes: s.flushBytes, Log: log,
	})
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer func() { err = errors.Join(err, closeStore(db, log)) }()

	api := httpapi.New(httpapi.Options{
		Store: db, Build: b.info(), MaxBodyBytes: s.maxBodyBytes, Limits: s.limits, Now: time.Now, Log: log,
	})
	server := &http.Server{
		Handler:           api,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          stdlog.New(log.Writer("http"), "", 0),
	}
	log.Info("listening", "addr", listener.Addr(), "version", b.version, "data_dir", s.dataDir)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stop(server, api, s.shutdownTimeout, log)
	return nil
}

// stop refuses new work and waits for what is running, but not for ever.
func stop(server *http.Server, api *httpapi.API, patience time.Duration, log *logfmt.Logger) {
	log.Info("stopping")
	api.Drain()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Warn("requests were cut off", "after", patience)
		_ = server.Close() // it has no errors beyond those of broken connections
	}
}

// closeStore flushes and closes the database.
func closeStore(db *store.Store, log *logfmt.Logger) error {
	if err := db.Close(); err != nil {
		return fmt.Errorf("close database (what was acknowledged is in its log): %w", err)
	}
	log.Info("stopped")
	return nil
}
