package main

import (
	"io"

	"github.com/spf13/cobra"

	"roletrail/report"
)

func newFeaturesCommand(env environment) *cobra.Command {
	var file, format string
	var ascii bool
	cmd := &cobra.Command{
		Use:   "features",
		Short: "Show the catalog: features, session names, policies",
		Long: `Show what roletrail knows: the features of each service, the session names
that tell them in CloudTrail, the managed policies that grant them, and the
calls by which the uses of a service-linked role are told apart.

  roletrail features
  roletrail features --catalog my.yaml --format json
`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(`run "roletrail report" to read log files`, "features: takes no SOURCE, and %q was given", args[0])
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error {
			if format != "text" && format != "json" {
				return usage("use text or json", "--format: %q is no format", format)
			}
			c, err := loadCatalog(file)
			if err != nil {
				return err
			}
			return writeOut(env.stdout, func(w io.Writer) error {
				if format == "json" {
					return report.FeaturesJSON(w, c)
				}
				return report.FeaturesText(w, c, screen(env, ascii))
			})
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&format, "format", "text", "`FORMAT` to write: text or json")
	flags.StringVar(&file, "catalog", "", "add the features in this YAML `FILE`, or replace those of the same id")
	flags.BoolVar(&ascii, "ascii", false, "write text in ASCII alone")
	return cmd
}
