// Command roletrail reports which Amazon ECS features use an IAM role, from AWS CloudTrail logs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	// A closed pipe and a file that may not grow are errors of writing: the one ends the program quietly, the other with
	// a message.
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ)
	os.Exit(run(ctx, os.Args[1:], environment{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, now: time.Now,
	}))
}
