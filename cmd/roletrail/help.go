package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// exitCodeHelp ends the help of every command.
const exitCodeHelp = `
Exit status:
  0    done
  1    error: nothing was reported
  2    wrong usage
  3    done, but some input could not be read (the report names it)
  14   done, with a finding at or above --fail-on
  130  interrupted: nothing was reported
`

// helpWidth is the number of columns that the texts of flags are wrapped to.
const helpWidth = 80

// setHelp gives root and its commands the form of their help.
func setHelp(root *cobra.Command) {
	root.SetHelpTemplate(root.HelpTemplate() + exitCodeHelp)
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
