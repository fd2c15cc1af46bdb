package reference

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
)

func TestRemaining(t *testing.T) {
	use := callBy("use", "09:00:00", linked, "x", "09:00:00", ecs, "DescribeVpcs")
	cluster := func(id, clock, name string) fields {
		return ecsCall(id, clock, name, fields{"clusterName": "shop"}, nil)
	}
	service := func(id, clock, name string) fields {
		return ecsCall(id, clock, name, fields{"service": "web", "cluster": "shop", "desiredCount": 0}, nil)
	}
	instance := func(id, clock, name string) fields {
		return ecsCall(id, clock, name, fields{"cluster": "shop"}, fields{"containerInstance": fields{"containerInstanceArn": "arn:aws:ecs:us-east-1:1:container-instance/shop/" + id}})
	}
	made := []fields{cluster("c1", "10:00:00", "CreateCluster"), service("s1", "10:01:00", "CreateService"), instance("i1", "10:02:00", "RegisterContainerInstance")}
	shop := []analyzer.Remaining{{Region: "us-east-1", Clusters: []string{"shop"}, ClusterCount: 1, Services: []string{"shop/web"}, ServiceCount: 1, ContainerInstances: 1}}

	for name, test := range map[string]struct {
		records []fields
		want    []analyzer.Remaining
	}{
		"nothing": {nil, nil},
		"all":     {made, shop},
		"a service at zero, and by an update alone": {[]fields{service("s2", "11:00:00", "UpdateService")},
			[]analyzer.Remaining{{Region: "us-east-1", Services: []string{"shop/web"}, ServiceCount: 1}}},
		"what failed":       {[]fields{made[0].failing("x"), made[1].failing("x")}, nil},
		"another account's": {[]fields{made[0].with(fields{"recipientAccountId": "444455556666"})}, nil},
		"the service is deleted": {append(made, service("s2", "11:00:00", "DeleteService")),
			[]analyzer.Remaining{{Region: "us-east-1", Clusters: []string{"shop"}, ClusterCount: 1, ContainerInstances: 1}}},
		"the service is deleted and made in one second": {append(made, service("s2", "11:00:00", "DeleteService"), service("s0", "11:00:00", "CreateExpressGatewayService")), shop},
		"the instance is deregistered": {append(made, ecsCall("i2", "11:00:00", "DeregisterContainerInstance", fields{"cluster": "shop", "containerInstance": "i1"}, nil)),
			[]analyzer.Remaining{{Region: "us-east-1", Clusters: []string{"shop"}, ClusterCount: 1, Services: []string{"shop/web"}, ServiceCount: 1}}},
		"another instance is":                        {append(made, ecsCall("i2", "11:00:00", "DeregisterContainerInstance", fields{"cluster": "shop", "containerInstance": "i9"}, nil)), shop},
		"the cluster is deleted, with what is in it": {append(made, cluster("c2", "11:00:00", "DeleteCluster")), nil},
		"in the second of its service's last event":  {append(made[:2:2], cluster("c2", "10:01:00", "DeleteCluster")), nil},
		"and made again": {append(made, cluster("c2", "11:00:00", "DeleteCluster"), cluster("c3", "11:00:00", "CreateCluster"), service("s3", "11:00:01", "UpdateService")),
			[]analyzer.Remaining{{Region: "us-east-1", Clusters: []string{"shop"}, ClusterCount: 1, Services: []string{"shop/web"}, ServiceCount: 1}}},
		"several Regions": {append(made, cluster("c0", "10:00:00", "CreateCluster").with(fields{"awsRegion": "eu-west-1"})),
			append([]analyzer.Remaining{{Region: "eu-west-1", Clusters: []string{"shop"}, ClusterCount: 1}}, shop...)},
	} {
		t.Run(name, func(t *testing.T) {
			u := tell(t, Options{}, append(test.records, use, assumeRole("infra", "09:00:00", infra, ebsSession))...)
			got := map[string][]analyzer.Remaining{}
			for _, r := range u.Roles {
				got[r.Name] = r.Remaining
			}
			if diff := cmp.Diff(test.want, got["AWSServiceRoleForECS"]); diff != "" {
				t.Errorf("remaining (-want +got):\n%s", diff)
			}
			if got["infra"] != nil {
				t.Errorf("remaining of a customer's role: %v", got["infra"])
			}
		})
	}

	t.Run("names are bounded", func(t *testing.T) {
		records := []fields{use}
		for i := range 30 {
			records = append(records, ecsCall(fmt.Sprint(i), "10:00:00", "CreateCluster", fields{"clusterName": fmt.Sprintf("c%02d", 29-i)}, nil))
		}
		r := tell(t, Options{}, records...).Roles[0].Remaining[0]
		if r.ClusterCount != 30 || len(r.Clusters) != 20 || r.Clusters[0] != "c00" || r.Clusters[19] != "c19" {
			t.Errorf("%d clusters: %v", r.ClusterCount, r.Clusters)
		}
	})
}
