package analyzer_test

import (
	"context"
	"fmt"
	"log"

	"roletrail/analyzer"
	"roletrail/analyzer/catalog"
	"roletrail/ingest"
	"roletrail/ingest/local"
)

// Report which features used the roles of the demo trail.
func Example() {
	features, err := catalog.Embedded()
	if err != nil {
		log.Fatal(err)
	}
	a := analyzer.New(analyzer.Options{Catalog: features})
	defer a.Close()
	source := local.New([]string{"../testdata/demo"}, local.Options{})
	usage, _, err := a.Usage(context.Background(), source, ingest.Options{}, ingest.DefaultExtractors())
	if err != nil {
		log.Fatal(err)
	}
	for _, role := range usage.Roles {
		for _, f := range role.Features {
			if f.Assumed > 0 {
				fmt.Println(role.Name, f.ID, f.Assumed, f.LastSeen.Format("2006-01-02"))
			}
		}
	}
	// Output:
	// ecsInfrastructureRole ebs-volumes 69 2026-11-13
	// ecsInfrastructureRole service-connect-tls 3 2026-10-30
	// ecsInfrastructureRole-managed-ec2 managed-instances 6 2026-11-07
	// ecsLoadBalancerRole load-balancers 4 2026-11-05
	// ecsInfrastructureRoleForExpressServices express-mode 5 2026-10-24
}
