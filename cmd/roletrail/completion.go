package main

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// completionScripts are the shells that can complete commands and flags of roletrail, each with what writes its script.
var completionScripts = map[string]func(*cobra.Command, io.Writer) error{
	"bash":       func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
	"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
	"powershell": (*cobra.Command).GenPowerShellCompletionWithDesc,
	"zsh":        (*cobra.Command).GenZshCompletion,
}

func newCompletionCommand(env environment) *cobra.Command {
	shells := slices.Sorted(maps.Keys(completionScripts))
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Write the script by which a shell completes commands and flags",
		Long: `Write the script by which a shell completes the commands and flags of roletrail.
SHELL is ` + strings.Join(shells[:len(shells)-1], ", ") + " or " + shells[len(shells)-1] + `.

  source <(roletrail completion bash)
  roletrail completion fish > ~/.config/fish/completions/roletrail.fish
  roletrail completion zsh > "${fpath[1]}/_roletrail"
`,
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			hint := "name one of " + strings.Join(shells, ", ")
			switch {
			case len(args) == 0:
				return usage(hint, "completion: no SHELL given")
			case len(args) > 1:
				return usage(hint, "completion: more than one SHELL given")
			case completionScripts[args[0]] == nil:
				return usage(hint, "completion: %q is no shell that is known", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return writeOut(env.stdout, func(w io.Writer) error { return completionScripts[args[0]](cmd.Root(), w) })
		},
	}
}

// completeRoleAndSources completes a SOURCE as the shell completes files. Of a ROLE nothing is known.
func completeRoleAndSources(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// completeOneOf completes one of some words.
func completeOneOf(choices []string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return choices, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeFeature completes the id of a feature.
func completeFeature(*cobra.Command, []string, string) (ids []cobra.Completion, _ cobra.ShellCompDirective) {
	c, err := loadCatalog("")
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	for i := range c.Features {
		ids = append(ids, cobra.CompletionWithDesc(c.Features[i].ID, c.Features[i].Title))
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}
