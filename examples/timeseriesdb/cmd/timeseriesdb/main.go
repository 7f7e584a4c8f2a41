// Command timeseriesdb is a small durable time series database: it takes the
// InfluxDB line protocol over HTTP and answers queries with JSON.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/timeseriesdb/internal/logfmt"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	// After the first signal the default action is back, so that a second one
	// ends a shutdown that takes too long.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop()
	}()
	os.Exit(run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

// run is the program with its surroundings as parameters. It serves until ctx
// ends and returns the exit code.
func run(ctx context.Context, args []string, env lookup, stdout, stderr io.Writer) int {
	settings, err := parseSettings(args, env, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(stderr, "timeseriesdb: %v; see --help\n", err)
		return exitUsage
	}
	build := currentBuild()
	if settings.version {
		fmt.Fprintln(stdout, build)
		return exitOK
	}
	log := logfmt.New(stderr, time.Now)
	if err := serve(ctx, settings, build, log); err != nil {
		log.Error("stopped", "cause", err)
		return exitFailed
	}
	return exitOK
}
