// S3bench is what the benchmarks of reading from S3 measure by: a plain client and a plain server to compare with, and a
// proxy that is as slow to answer as a service far away. scripts/bench-s3.sh runs it.
//
//	s3bench serve FOLDER        serves the files of a folder from memory
//	s3bench get URL PATHS       gets what the lines of the file PATHS name below a URL
//	s3bench delay TIME ADDRESS  passes connections on to a server of HTTP/1.1, and holds each response back for a time
//
// The servers take a free port of loopback, write HOST:PORT to standard output and run until they are killed.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

var errUsage = errors.New("usage: s3bench serve FOLDER | s3bench get URL PATHS | s3bench delay TIME ADDRESS")

// run returns the exit code: 0, 1 for an error while at work, 2 for wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	err := command(args, stdout)
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "s3bench: %v\n", err)
	if errors.Is(err, errUsage) {
		return 2
	}
	return 1
}

func command(args []string, stdout io.Writer) error {
	switch {
	case len(args) == 2 && args[0] == "serve":
		files, err := readFiles(args[1])
		if err != nil {
			return err
		}
		return listen(stdout, func(l net.Listener) error { return http.Serve(l, files) })
	case len(args) == 3 && args[0] == "get":
		paths, err := readPaths(args[2])
		if err != nil {
			return err
		}
		bytes, err := get(args[1], paths)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "%d objects, %d bytes\n", len(paths), bytes)
		return nil
	case len(args) == 3 && args[0] == "delay":
		d, err := time.ParseDuration(args[1])
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		return listen(stdout, func(l net.Listener) error { return delay(l, args[2], d) })
	}
	return errUsage
}

// listen serves on a free port of loopback, and says which.
func listen(stdout io.Writer, serve func(net.Listener) error) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	fmt.Fprintln(stdout, listener.Addr())
	return serve(listener)
}
