package reference

import "testing"

// TestReferencesResolveSharedNames: ecs-service-scheduler is a session name of three features.
func TestReferencesResolveSharedNames(t *testing.T) {
	shared := assumeRole("shared", "10:00:00", infra, "ecs-service-scheduler")
	express := ecsCall("express", "09:00:00", "CreateExpressGatewayService", fields{"serviceName": "web", "infrastructureRoleArn": infra}, nil)
	balancers := ecsCall("balancers", "09:00:00", "CreateService",
		fields{"serviceName": "api", "loadBalancers": []any{fields{"advancedConfiguration": fields{"roleArn": infra}}}}, nil)
	gone := ecsCall("gone", "09:30:00", "DeleteExpressGatewayService", fields{"service": "web"}, nil)
	own := assumeRole("own", "10:00:00", infra, "ECSNetworkingWithELB")
	for name, test := range map[string]struct {
		records []fields
		want    string
	}{
		"one feature is named":               {[]fields{shared, express}, "express-mode references"},
		"though it ended":                    {[]fields{shared, express, gone}, "express-mode references"},
		"against what other names would say": {[]fields{shared, express, own}, "express-mode references"},
		"two are":                            {[]fields{shared, express, balancers}, "other-ecs-session nothing"},
		"two are, and other names tell":      {[]fields{shared, express, balancers, own}, "load-balancers sessionNames"},
		"another role is": {[]fields{shared, express.with(fields{"requestParameters": fields{"serviceName": "web", "infrastructureRoleArn": plain}})},
			"other-ecs-session nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, r := range tell(t, Options{}, test.records...).Roles {
				for _, f := range r.Features {
					if f.ResolvedBy != "" {
						got += f.ID + " " + f.ResolvedBy
					}
				}
			}
			if got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}
