// This file starts the real program: its life, its exit codes, its death.

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the path of the binary that TestMain builds.
var program string

func TestMain(m *testing.M) {
	os.Exit(buildAndTest(m))
}

func buildAndTest(m *testing.M) int {
	dir, err := os.MkdirTemp("", "timeseriesdb")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "timeseriesdb.exe") // the suffix matters on Windows only
	build := exec.Command("go", "build", "-ldflags", "-X main.version=v9.8.7 -X main.commit=0123abc", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %v\n%s", build.Args, err, out)
		return 1
	}
	return m.Run()
}

// process is a running server.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	log    *lockedBuffer
	exited chan struct{}
}

// start starts a server on a free port and waits until it listens.
func start(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := &process{t: t, log: &lockedBuffer{}, exited: make(chan struct{})}
	p.cmd = exec.Command(program, append([]string{"--listen", "127.0.0.1:0", "--data-dir", dir}, args...)...)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	go p.follow(stderr, address)
	t.Cleanup(p.kill)
	select {
	case a := <-address:
		p.url = "http://" + a
	case <-p.exited:
		t.Fatalf("the server ended early:\n%s", p.log)
	case <-time.After(20 * time.Second):
		t.Fatalf("the server does not listen:\n%s", p.log)
	}
	return p
}

// follow collects the log, sends the address in it, and waits for the end.
func (p *process) follow(stderr io.Reader, address chan<- string) {
	pattern := regexp.MustCompile(` INFO listening addr=(\S+)`)
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		fmt.Fprintln(p.log, lines.Text())
		if found := pattern.FindStringSubmatch(lines.Text()); found != nil {
			address <- found[1]
		}
	}
	_ = p.cmd.Wait() // the exit code is read from the process state
	close(p.exited)
}

// kill ends the process as kill -9 does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.exited
}

// terminate asks the process to end and returns its exit code.
func (p *process) terminate() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.exited:
	case <-time.After(20 * time.Second):
		p.t.Fatalf("the server does not end:\n%s", p.log)
	}
	return p.cmd.ProcessState.ExitCode()
}

// post writes lines and returns the status, or an error without an answer.
func (p *process) post(client *http.Client, lines string) (int, error) {
	answer, err := client.Post(p.url+"/write", "text/plain", strings.NewReader(lines))
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// get returns the body of an answer or ends the test.
func (p *process) get(target string) string {
	p.t.Helper()
	answer, err := http.Get(p.url + target)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %d, %v: %s", target, answer.StatusCode, err, body)
	}
	return string(body)
}

// lockedBuffer is a log that is written and read at the same time.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// skipWithoutSignals skips a test that sends signals other than kill.
func skipWithoutSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM that a test could send to another process")
	}
}

func TestVersionHasTheTagAsAWordOfItsOwn(t *testing.T) {
	out, err := exec.Command(program, "--version").Output()

	if err != nil || !strings.HasPrefix(string(out), "timeseriesdb v9.8.7 (commit 0123abc") {
		t.Fatalf("got %q, %v", out, err)
	}
}

func TestTerminationIsCleanAndLosesNothing(t *testing.T) {
	skipWithoutSignals(t)
	dir := t.TempDir()
	p := start(t, dir)
	if status, err := p.post(http.DefaultClient, "m,h=a f=1i 1\nm,h=a f=2i 2"); status != http.StatusNoContent {
		t.Fatalf("write: %d, %v", status, err)
	}
	if metrics := p.get("/metrics"); strings.Count(metrics, `timeseriesdb_build_info{version="v9.8.7",revision="0123abc"`) != 1 {
		t.Errorf("metrics do not have the version once:\n%s", metrics)
	}
	before := p.get("/query?measurement=m")

	code := p.terminate()

	if code != exitOK || strings.Contains(p.log.String(), "ERROR") {
		t.Errorf("code %d, log:\n%s", code, p.log)
	}
	p = start(t, dir)
	if after := p.get("/query?measurement=m"); after != before {
		t.Errorf("after the restart: %s want %s", after, before)
	}
}

func TestSlowClientDoesNotHangTheShutdown(t *testing.T) {
	skipWithoutSignals(t)
	p := start(t, t.TempDir(), "--shutdown-timeout", "200ms")
	reader, writer := io.Pipe() // a body that never ends
	defer writer.Close()
	go func() {
		answer, err := http.Post(p.url+"/write", "text/plain", reader)
		if err == nil {
			answer.Body.Close()
		}
	}()
	if _, err := io.WriteString(writer, "m f=1"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // the server has to have begun with it

	code := p.terminate()

	if code != exitOK || !strings.Contains(p.log.String(), "WARN requests were cut off") {
		t.Errorf("code %d, log:\n%s", code, p.log)
	}
}

func TestBusyPortIsAClearFailure(t *testing.T) {
	p := start(t, t.TempDir())
	dir := filepath.Join(t.TempDir(), "data")

	out, err := exec.Command(program, "--listen", strings.TrimPrefix(p.url, "http://"), "--data-dir", dir).CombinedOutput()

	if err == nil || !strings.Contains(string(out), "choose another --listen") {
		t.Errorf("got %v:\n%s", err, out)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the data directory was made: %v", err)
	}
}

func TestSecondProcessOnADirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	start(t, dir)

	out, err := exec.Command(program, "--listen", "127.0.0.1:0", "--data-dir", dir).CombinedOutput()

	if err == nil || !strings.Contains(string(out), "in use") || !strings.Contains(string(out), dir) {
		t.Errorf("got %v:\n%s", err, out)
	}
}
