package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// exitCodeHelp ends the help of every command that has none of its own.
const exitCodeHelp = `
Exit status:
  0    done
  1    error: nothing was reported
  2    wrong usage
  3    done, but some input could not be read (the report names it)
  14   done, with a finding at or above --fail-on
  130  interrupted: nothing was reported
`

const checkExitCodeHelp = `
Exit status:
  0    NO USE SEEN, in logs that are proven to be complete
  1    error: there is no verdict
  2    wrong usage, or the role is not found
  10   NOT SAFE
  11   CANNOT TELL
  13   NO USE SEEN, in logs that nothing proves to be complete
  130  interrupted: there is no verdict
With --feature, of the verdict on that feature.
`

const eventsExitCodeHelp = `
Exit status:
  0    done, also if there is no such event
  1    error: what was to be written is not whole
  2    wrong usage
  3    done, but some input could not be read
  130  interrupted
`

const policyExitCodeHelp = `
Exit status:
  0    done; nothing on standard output if nothing is needed
  1    error: no policy was written
  2    wrong usage, the role is not found, or it is a service-linked one
  3    done, but some input could not be read: the policy may lack something
  130  interrupted: no policy was written
`

const verifyExitCodeHelp = `
Exit status:
  0    all that was read is as CloudTrail delivered it
  1    error: nothing was reported
  2    wrong usage
  3    nothing was found to be wrong, but not all could be checked
  12   something is not as CloudTrail delivered it
  130  interrupted: nothing was reported
`

// endHelp ends the help of a command with its exit codes.
func endHelp(cmd *cobra.Command, exitCodes string) {
	cmd.SetHelpTemplate(new(cobra.Command).HelpTemplate() + exitCodes)
}

// helpWidth is the number of columns that the texts of flags are wrapped to.
const helpWidth = 80

// setHelp gives root and its commands the form of their help.
func setHelp(root *cobra.Command) {
	endHelp(root, exitCodeHelp)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "FlagUsages", fmt.Sprintf("FlagUsagesWrapped %d", helpWidth)))
	root.SetHelpCommand(newHelpCommand())
}

// newHelpCommand is in place of cobra's, which takes a misspelt command for none.
func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			named, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(cmd.Root(), strings.Join(args, " "))
			}
			named.InitDefaultHelpFlag()
			named.InitDefaultVersionFlag()
			return named.Help()
		},
	}
}

// unknownCommand says that a command does not exist, and which one may have been meant.
func unknownCommand(root *cobra.Command, name string) error {
	hint := `run "roletrail --help" for the commands`
	if meant := root.SuggestionsFor(name); name != "" && len(meant) > 0 {
		slices.Sort(meant)
		hint = "did you mean " + strings.Join(meant, " or ") + "?"
	}
	return usage(hint, "%q is no command", name)
}
