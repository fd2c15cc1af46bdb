package main

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

// environment is everything that a command gets from outside, so that tests can give it too.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
	stall          time.Duration // for which AWS may send nothing until a request is tried again; 0 is as long as usual
}

// Exit codes, in every command's help. When several fit, the strongest is given: the order here.
const (
	exitUsage       = 2   // wrong usage
	exitInterrupted = 130 // interrupted, no report was written
	exitError       = 1
	exitNotSafe     = 10 // the verdicts of check
	exitCannotTell  = 11
	exitInvalid     = 12 // what was read is not as CloudTrail delivered it
	exitUnverified  = 13 // NO USE SEEN in logs that are not proven to be complete
	exitFinding     = 14 // a finding at or above --fail-on
	exitPartial     = 3  // done, but some input could not be read; not of check, where that is a reason
	exitDone        = 0
)

// programName is that in reports.
const programName = "roletrail"

// version is set when a release is built.
var version = "dev"

// exit is an error that says how the program is to end.
type exit struct {
	code int
	err  error // printed, if not nil
	hint string
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// run runs the program and returns its exit code. All errors are printed here and nowhere else.
func run(ctx context.Context, args []string, env environment) int {
	root := &cobra.Command{
		Use:   "roletrail",
		Short: "Tell which Amazon ECS features use an IAM role, from CloudTrail logs",
		Long: `roletrail reads AWS CloudTrail log files and reports which Amazon ECS features
use which IAM roles: when, where, with which calls, and what needs attention.

  roletrail report                       the account's trail, its last 90 days
  roletrail report --since 30d s3://bucket/AWSLogs
  roletrail report --role 'ecs*' ./trail a folder of log files
  roletrail check ROLE ./trail           may this role be deleted?
  roletrail events --role ROLE ./trail   the events that a report rests on
  roletrail policy ROLE ./trail          the policy that it needs
  roletrail verify ./trail               are these all log files, unaltered?
  roletrail features                     what roletrail knows of the features
`,
		Version:       buildVersion(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		PersistentPreRunE:          func(cmd *cobra.Command, _ []string) error { return emptyFlag(cmd.Flags()) },
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SuggestionsMinimumDistance: 2,
		CompletionOptions:          cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetArgs(spellRequestPayer(args))
	root.SetIn(env.stdin)
	root.SetOut(untilClosed{env.stdout})
	root.SetErr(env.stderr)
	root.SetFlagErrorFunc(flagError)
	setHelp(root)
	root.AddCommand(newReportCommand(env), newCheckCommand(env), newEventsCommand(env), newPolicyCommand(env), newVerifyCommand(env), newFeaturesCommand(env), newCompletionCommand(env))

	return exitCode(root.ExecuteContext(ctx), env.stderr)
}

// exitCode prints the error of a command, and says how the program is to end for it.
func exitCode(err error, stderr io.Writer) int {
	if err == nil || errors.Is(err, errClosed) {
		return exitDone
	}
	var e *exit
	if !errors.As(err, &e) {
		e = failure("", "%w", err)
	}
	if e.err != nil {
		printError(stderr, e.err, e.hint)
	}
	return e.code
}

// buildVersion is the version that was set, or the module's when it was installed as one.
func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && version == "dev" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version
}
