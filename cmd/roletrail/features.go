package main

import (
	"github.com/spf13/cobra"

	"roletrail/report"
)

func newFeaturesCommand(env environment) *cobra.Command {
	var file, format string
	var ascii bool
	cmd := &cobra.Command{
		Use:   "features",
		Short: "Show the catalog: features, session names, policies",
		Long: `Show what roletrail knows: the features of each service, the session names that
tell them in CloudTrail, the managed policies that grant them, and the calls by which
the uses of a service-linked role are told apart.

  roletrail features
  roletrail features --catalog my.yaml --format json
` + exitCodeHelp,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := loadCatalog(file)
			if err != nil {
				return err
			}
			switch format {
			case "text":
				return report.FeaturesText(env.stdout, c, screen(env, ascii))
			case "json":
				return report.FeaturesJSON(env.stdout, c)
			}
			return usage("use text or json", "--format: %q is no format", format)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&format, "format", "text", "text or json")
	flags.StringVar(&file, "catalog", "", "add the features in this YAML `FILE`, or replace those of the same id")
	flags.BoolVar(&ascii, "ascii", false, "write text in ASCII alone")
	return cmd
}
