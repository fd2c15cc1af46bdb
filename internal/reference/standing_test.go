package reference

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roletrail/analyzer"
)

// ecsCall is a call to ECS by a person.
func ecsCall(id, clock, name string, request, response fields) fields {
	return fields{
		"eventID": id, "eventTime": at(clock), "eventSource": ecs, "eventName": name, "awsRegion": "us-east-1",
		"recipientAccountId": account, "userIdentity": fields{"type": "IAMUser", "arn": mallory},
		"requestParameters": request, "responseElements": response,
	}
}

// withVolumes is a request that names a role for EBS volumes.
func withVolumes(role string, others fields) fields {
	return fields{"volumeConfigurations": []any{
		fields{"name": "data", "managedEBSVolume": fields{"roleArn": role}},
	}}.with(others)
}

// later gives a time at which the report is asked for, so many hours after a time of the day.
func later(clock string, hours int) Options {
	return Options{Until: day(clock).Add(time.Duration(hours) * time.Hour)}
}

func tellReferences(u *analyzer.Usage) string {
	var text strings.Builder
	for _, r := range u.Roles {
		for _, ref := range r.References {
			fmt.Fprintf(&text, "%s: %s %s %s %s %s %s..%s %v\n", r.Name, ref.State, ref.Feature, ref.Region, ref.Cluster, ref.Resource,
				ref.Since.Format(time.TimeOnly), ref.LastSeen.Format(time.TimeOnly), ids(ref.Evidence))
		}
	}
	return text.String()
}

func expectText(t *testing.T, got, want string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(want) {
		lines = append(lines, strings.TrimLeft(line, "\t"))
	}
	if diff := cmp.Diff(strings.TrimPrefix(strings.Join(lines, ""), "\n"), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func expectReferences(t *testing.T, o Options, want string, records ...fields) {
	t.Helper()
	expectText(t, tellReferences(tell(t, o, records...)), want)
}

func TestServiceStands(t *testing.T) {
	create := ecsCall("create", "10:00:00", "CreateService", withVolumes(infra, fields{"serviceName": "web", "cluster": "shop"}), nil)
	remove := ecsCall("delete", "12:00:00", "DeleteService", fields{"service": "web", "cluster": "shop"}, nil)
	scale := ecsCall("scale", "11:00:00", "UpdateService", fields{"service": "web", "cluster": "shop", "desiredCount": 2}, nil)

	t.Run("until it is deleted, seen or not", func(t *testing.T) {
		expectReferences(t, later("10:00:00", 1000), `
		infra: standing ebs-volumes us-east-1 shop service/web 10:00:00..10:00:00 [create]
		`, create)
	})
	t.Run("an update that does not speak of volumes changes nothing", func(t *testing.T) {
		expectReferences(t, Options{}, `
		infra: standing ebs-volumes us-east-1 shop service/web 10:00:00..10:00:00 [create]
		`, create, scale)
	})
	t.Run("its end goes on for 24 hours", func(t *testing.T) {
		expectReferences(t, later("11:59:59", 24), `
		infra: ending ebs-volumes us-east-1 shop service/web 10:00:00..12:00:00 [create delete]
		`, create, remove)
		expectReferences(t, later("12:00:00", 24), `
		infra: ended ebs-volumes us-east-1 shop service/web 10:00:00..12:00:00 [create delete]
		`, create, remove)
	})
	t.Run("without an end of the window, the last event says what time it is", func(t *testing.T) {
		expectReferences(t, Options{}, `
		infra: ending ebs-volumes us-east-1 shop service/web 10:00:00..12:00:00 [create delete]
		`, create, remove, fields{"eventTime": "2026-11-15T11:59:59Z", "eventSource": "x", "eventName": "y"})
	})
	t.Run("what failed does not count", func(t *testing.T) {
		expectReferences(t, Options{}, `
		infra: standing ebs-volumes us-east-1 shop service/web 10:00:00..10:00:00 [create]
		`, create, remove.failing("ClientException"), create.with(fields{"eventID": "again"}).failing("AccessDenied"))
	})
	t.Run("the window and the filters of uses leave no event out", func(t *testing.T) {
		expectReferences(t, Options{Since: day("11:00:00"), Until: day("11:30:00"), Regions: []string{"eu-west-1"}}, `
		infra: ending ebs-volumes us-east-1 shop service/web 10:00:00..12:00:00 [create delete]
		`, create, remove)
	})
	t.Run("another account's service of the same name is another", func(t *testing.T) {
		expectReferences(t, Options{}, `
		infra: standing ebs-volumes us-east-1 shop service/web 10:00:00..10:00:00 [create]
		`, create, remove.with(fields{"recipientAccountId": "444455556666"}))
	})
	t.Run("and so is another Region's and another cluster's", func(t *testing.T) {
		expectReferences(t, Options{}, `
		infra: standing ebs-volumes us-east-1 shop service/web 10:00:00..10:00:00 [create]
		`, create, remove.with(fields{"awsRegion": "eu-west-1"}), remove.with(fields{"eventID": "x", "requestParameters": fields{"service": "web"}}))
	})
	t.Run("made anew, it stands since then", func(t *testing.T) {
		expectReferences(t, Options{}, `
		infra: standing ebs-volumes us-east-1 shop service/web 13:00:00..14:00:00 [again update]
		`, create, remove, create.with(fields{"eventID": "again", "eventTime": at("13:00:00")}),
			ecsCall("update", "14:00:00", "UpdateService", withVolumes(infra, fields{"service": "web", "cluster": "shop"}), nil))
	})
	t.Run("made anew in the second of its end, it stands on", func(t *testing.T) {
		for _, id := range []string{"a", "z"} { // on either side of "delete"
			expectReferences(t, Options{}, fmt.Sprintf(`
			infra: standing ebs-volumes us-east-1 shop service/web 12:00:00..12:00:00 [%s]
			`, id), create, remove, create.with(fields{"eventID": id, "eventTime": at("12:00:00")}))
		}
	})
	t.Run("the order in the log does not matter", func(t *testing.T) {
		expectReferences(t, later("12:00:00", 24), `
		infra: ended ebs-volumes us-east-1 shop service/web 10:00:00..12:00:00 [create delete]
		`, remove, create)
	})
}

func TestUpdatesChangeRoles(t *testing.T) {
	other := "arn:aws:iam::" + account + ":role/other"
	create := ecsCall("create", "10:00:00", "CreateService", withVolumes(infra, fields{"serviceName": "web"}), nil)
	update := func(request, response fields) fields {
		return ecsCall("update", "11:00:00", "UpdateService", request.with(fields{"service": "web"}), response)
	}
	// what runs still, by the response
	deployments := fields{"service": fields{"serviceName": "web", "deployments": []any{withVolumes(other, nil)}}}

	t.Run("the roles become those of the request, whatever the response tells", func(t *testing.T) {
		expectReferences(t, Options{}, `
		infra: ending ebs-volumes us-east-1 default service/web 10:00:00..11:00:00 [create update]
		`, create, update(fields{"volumeConfigurations": []any{}}, deployments))
		expectReferences(t, Options{}, `
		infra: ending ebs-volumes us-east-1 default service/web 10:00:00..11:00:00 [create update]
		other: standing ebs-volumes us-east-1 default service/web 11:00:00..11:00:00 [update]
		`, create, update(withVolumes(other, nil), nil))
	})
	t.Run("a role is the same by whatever path and case of letters", func(t *testing.T) {
		expectReferences(t, Options{}, `
		INFRA: standing ebs-volumes us-east-1 default service/web 10:00:00..11:00:00 [create update]
		`, create, update(withVolumes("arn:aws:iam::"+account+":role/INFRA", nil), nil))
	})
	t.Run("without them in the request, those of the response are added", func(t *testing.T) {
		expectReferences(t, Options{}, `
		infra: standing ebs-volumes us-east-1 default service/web 10:00:00..10:00:00 [create]
		other: standing ebs-volumes us-east-1 default service/web 11:00:00..11:00:00 [update]
		`, create, update(nil, deployments))
	})
	t.Run("so it is with a value that cannot hold any", func(t *testing.T) {
		for _, value := range []any{"", nil, 1} {
			request := fields{}
			request["volumeConfigurations"] = value
			expectReferences(t, Options{}, `
			infra: standing ebs-volumes us-east-1 default service/web 10:00:00..10:00:00 [create]
			other: standing ebs-volumes us-east-1 default service/web 11:00:00..11:00:00 [update]
			`, create, update(request, deployments))
		}
	})
	t.Run("of two in one second, the event ID decides", func(t *testing.T) {
		for id, state := range map[string]string{"a": "standing", "z": "ending"} { // on either side of "update"
			u := tell(t, Options{}, create, update(withVolumes(infra, nil), nil),
				update(fields{"volumeConfigurations": []any{}}, nil).with(fields{"eventID": id}))
			if got := u.Roles[0].References[0].State; got != state {
				t.Errorf("emptied by %s: %s, want %s", id, got, state)
			}
		}
	})
	t.Run("hooks have a key of their own", func(t *testing.T) {
		hooks := fields{"lifecycleHooks": []any{fields{"roleArn": other}}}
		first := ecsCall("create", "10:00:00", "CreateService", fields{"serviceName": "web", "deploymentConfiguration": hooks}, nil)
		expectReferences(t, Options{}, "other: standing lifecycle-hooks us-east-1 default service/web 10:00:00..10:00:00 [create]\n",
			first.with(fields{"eventID": "create"}), assumeRole("use", "10:00:00", other, "ECS-Lambda-Execution"),
			update(fields{"deploymentConfiguration": fields{"maximumPercent": 200}}, nil))
		expectReferences(t, Options{}, "other: ending lifecycle-hooks us-east-1 default service/web 10:00:00..11:00:00 [create update]\n",
			first, update(fields{"deploymentConfiguration": fields{"lifecycleHooks": []any{}}}, nil))
	})
}

// TestRolesInEvents has every path at which an event names a role.
func TestRolesInEvents(t *testing.T) {
	role := fields{"roleArn": infra}
	volumes := withVolumes(infra, nil)
	tls := fields{"serviceConnectConfiguration": fields{"services": []any{fields{}, fields{"tls": role}}}}
	lattice := fields{"vpcLatticeConfigurations": []any{role}}
	balancers := fields{"loadBalancers": []any{fields{"advancedConfiguration": role}}}
	hooks := fields{"deploymentConfiguration": fields{"lifecycleHooks": []any{role}}}
	instances := fields{"managedInstancesProvider": fields{"infrastructureRoleArn": infra}}
	service := func(f fields) fields { return fields{"service": f} }
	deployed := func(f fields) fields { return service(fields{"deployments": []any{fields{}, f}}) }
	for i, test := range []struct {
		event, feature, resource string
		request, response        fields
	}{
		{"CreateService", "ebs-volumes", "service/web", volumes, nil},
		{"UpdateService", "ebs-volumes", "service/web", nil, deployed(volumes)},
		{"CreateService", "service-connect-tls", "service/web", tls, nil},
		{"UpdateService", "service-connect-tls", "service/web", nil, deployed(tls)},
		{"CreateService", "vpc-lattice", "service/web", lattice, nil},
		{"UpdateService", "vpc-lattice", "service/web", nil, deployed(lattice)},
		{"CreateService", "load-balancers", "service/web", balancers, nil},
		{"UpdateService", "load-balancers", "service/web", nil, service(balancers)},
		{"UpdateService", "load-balancers", "service/web", nil, service(fields{"taskSets": []any{balancers}})},
		{"CreateService", "lifecycle-hooks", "service/web", hooks, nil},
		{"UpdateService", "lifecycle-hooks", "service/web", nil, service(hooks)},
		{"CreateService", "legacy-service-role", "service/web", fields{"role": "ecs/infra"}, nil},
		{"CreateService", "legacy-service-role", "service/web", fields{"role": infra}, nil},
		{"UpdateService", "legacy-service-role", "service/web", nil, service(role)},
		{"CreateExpressGatewayService", "express-mode", "service/web", fields{"infrastructureRoleArn": infra}, nil},
		{"UpdateExpressGatewayService", "express-mode", "service/web", nil, service(fields{"infrastructureRoleArn": infra})},
		{"CreateTaskSet", "load-balancers", "task-set/web/blue", balancers, fields{"taskSet": fields{"id": "blue"}}},
		{"UpdateTaskSet", "load-balancers", "task-set/web/blue", nil, fields{"taskSet": balancers.with(fields{"id": "blue"})}},
		{"CreateCapacityProvider", "managed-instances", "capacity-provider/spare", instances, nil},
		{"UpdateCapacityProvider", "managed-instances", "capacity-provider/spare", nil, fields{"capacityProvider": instances}},
		// these do not tell
		{"UpdateService", "", "", fields{"role": infra}, nil},
		{"CreateService", "", "", fields{"role": linked}, service(fields{"roleArn": linked})},
		{"CreateService", "", "", fields{"role": "arn:aws:iam::" + account + ":user/infra"}, nil},
		{"CreateService", "", "", fields{"infrastructureRoleArn": infra}, nil},
		{"CreateExpressGatewayService", "", "", fields{"executionRoleArn": infra, "taskRoleArn": infra}, nil},
		{"CreateCluster", "", "", volumes, nil},
	} {
		named := fields{"service": "web", "serviceName": "web", "name": "spare"}
		if strings.Contains(test.event, "TaskSet") {
			named = fields{"service": "web"}
		}
		u := tell(t, Options{}, ecsCall("e", "10:00:00", test.event, test.request.with(named), test.response))
		got := ""
		for _, r := range u.Roles {
			for _, ref := range r.References {
				got += r.Name + " " + ref.State + " " + ref.Feature + " " + ref.Resource
			}
		}
		want := ""
		if test.feature != "" {
			want = "infra standing " + test.feature + " " + test.resource
		}
		if got != want {
			t.Errorf("%d: %s tells %q, want %q", i, test.event, got, want)
		}
	}
}

func TestResourceNames(t *testing.T) {
	const arn = "arn:aws:ecs:us-east-1:" + account + ":"
	for _, test := range []struct {
		event             string
		request, response fields
		cluster, resource string
	}{
		{"UpdateService", fields{"service": arn + "service/shop/web", "cluster": "other"}, nil, "shop", "service/web"},
		{"UpdateService", fields{"service": arn + "service/web", "cluster": arn + "cluster/shop"}, nil, "shop", "service/web"},
		{"UpdateService", fields{"service": "web"}, nil, "default", "service/web"},
		{"UpdateService", fields{"service": arn + "service//web", "cluster": "shop"}, nil, "shop", "service/web"},
		{"UpdateService", fields{"service": "web", "cluster": "shop/"}, nil, "default", "service/web"},
		{"CreateService", fields{"serviceName": "web"}, fields{"service": fields{"serviceArn": arn + "service/web", "clusterArn": arn + "cluster/shop"}}, "shop", "service/web"},
		{"CreateService", fields{"serviceName": "wrong", "cluster": "wrong"}, fields{"service": fields{"serviceArn": arn + "service/shop/web"}}, "shop", "service/web"},
		{"CreateService", fields{"cluster": "shop"}, nil, "", ""},
		{"UpdateExpressGatewayService", fields{"serviceArn": arn + "service/shop/web"}, nil, "shop", "service/web"},
		{"CreateTaskSet", fields{"service": "web", "cluster": "shop"}, fields{"taskSet": fields{"taskSetArn": arn + "task-set/shop/web/ecs-svc/1"}}, "shop", "task-set/web/1"},
		{"CreateTaskSet", nil, fields{"taskSet": fields{"id": "1", "serviceArn": arn + "service/shop/web"}}, "shop", "task-set/web/1"},
		{"CreateTaskSet", fields{"service": "web", "cluster": "shop"}, nil, "", ""},
		{"DeleteTaskSet", fields{"service": "web", "taskSet": arn + "task-set/default/web/ecs-svc/1"}, nil, "default", "task-set/web/1"},
		{"UpdateCapacityProvider", fields{"name": "wrong"}, fields{"capacityProvider": fields{"name": "wrong", "capacityProviderArn": arn + "capacity-provider/spare"}}, "", "capacity-provider/spare"},
		{"DeleteCapacityProvider", fields{"capacityProvider": "spare"}, nil, "", "capacity-provider/spare"},
		{"RunTask", fields{"taskDefinition": arn + "task-definition/batch:12", "cluster": arn + "cluster/shop"}, nil, "shop", "task-definition/batch"},
		{"StartTask", fields{"taskDefinition": "batch:12"}, nil, "default", "task-definition/batch"},
		{"RunTask", fields{"taskDefinition": "batch"}, nil, "default", "task-definition/batch"},
		{"RunTask", nil, nil, "", ""},
	} {
		r := newRecord(element{fields: decode[map[string]any](marshalled(ecsCall("e", "10:00:00", test.event, test.request, test.response)))}, "log.json", 0)
		got, ok := resourceOf(newEvent(r, reference))
		if ok != (test.resource != "") || ok && (got.cluster != test.cluster || got.String() != test.resource) {
			t.Errorf("%s of %v, %v: %v %q, want %q in cluster %q", test.event, test.request, test.response, ok, got, test.resource, test.cluster)
		}
	}
}

func TestEnds(t *testing.T) {
	balancers := fields{"loadBalancers": []any{fields{"advancedConfiguration": fields{"roleArn": infra}}}}
	service := ecsCall("service", "10:00:00", "CreateService", balancers.with(fields{"serviceName": "web"}), nil)
	blue := ecsCall("blue", "10:01:00", "CreateTaskSet", balancers.with(fields{"service": "web"}), fields{"taskSet": fields{"id": "blue"}})
	green := ecsCall("green", "10:02:00", "CreateTaskSet", balancers.with(fields{"service": "web"}), fields{"taskSet": fields{"id": "green"}})
	express := ecsCall("express", "10:03:00", "CreateExpressGatewayService", fields{"serviceName": "web", "infrastructureRoleArn": infra}, nil)
	provider := ecsCall("provider", "10:04:00", "CreateCapacityProvider",
		fields{"name": "web", "managedInstancesProvider": fields{"infrastructureRoleArn": infra}}, nil)
	all := []fields{service, blue, green, express, provider}

	expectReferences(t, Options{}, `
	infra: standing express-mode us-east-1 default service/web 10:03:00..10:03:00 [express]
	infra: standing load-balancers us-east-1 default service/web 10:00:00..10:00:00 [service]
	infra: standing load-balancers us-east-1 default task-set/web/green 10:02:00..10:02:00 [green]
	infra: standing managed-instances us-east-1  capacity-provider/web 10:04:00..10:04:00 [provider]
	infra: ending load-balancers us-east-1 default task-set/web/blue 10:01:00..11:00:00 [blue delete]
	`, append(all, ecsCall("delete", "11:00:00", "DeleteTaskSet", fields{"service": "web", "taskSet": "blue"}, nil))...)

	for _, name := range []string{"DeleteService", "DeleteExpressGatewayService"} {
		expectReferences(t, Options{}, `
		infra: standing managed-instances us-east-1  capacity-provider/web 10:04:00..10:04:00 [provider]
		infra: ending express-mode us-east-1 default service/web 10:03:00..11:00:00 [express delete]
		infra: ending load-balancers us-east-1 default service/web 10:00:00..11:00:00 [service delete]
		infra: ending load-balancers us-east-1 default task-set/web/blue 10:01:00..11:00:00 [blue delete]
		infra: ending load-balancers us-east-1 default task-set/web/green 10:02:00..11:00:00 [green delete]
		`, append(all, ecsCall("delete", "11:00:00", name, fields{"service": "web"}, nil))...)
	}

	expectReferences(t, Options{}, `
	infra: ending managed-instances us-east-1  capacity-provider/web 10:04:00..11:00:00 [provider delete]
	`, provider, ecsCall("delete", "11:00:00", "DeleteCapacityProvider", fields{"capacityProvider": "web"}, nil))

	t.Run("what the end names and nothing before did ends now", func(t *testing.T) {
		named := fields{"service": balancers.with(fields{"serviceName": "web", "deployments": []any{withVolumes(infra, nil)}})}
		expectReferences(t, Options{}, `
		infra: ending ebs-volumes us-east-1 default service/web 11:00:00..11:00:00 [delete]
		infra: ending load-balancers us-east-1 default service/web 10:00:00..11:00:00 [service delete]
		`, service, ecsCall("delete", "11:00:00", "DeleteService", fields{"service": "web"}, named))
	})
	t.Run("what ended before ended then", func(t *testing.T) {
		expectReferences(t, Options{}, `
		infra: ending load-balancers us-east-1 default service/web 10:00:00..10:30:00 [service empty]
		`, service, ecsCall("empty", "10:30:00", "UpdateService", fields{"service": "web", "loadBalancers": []any{}}, nil),
			ecsCall("delete", "11:00:00", "DeleteService", fields{"service": "web"}, fields{"service": balancers}))
	})
}

func TestTasksPass(t *testing.T) {
	run := func(id, clock, definition string) fields {
		return ecsCall(id, clock, "RunTask", withVolumes(infra, fields{"taskDefinition": definition, "cluster": "shop"}), nil)
	}
	runs := []fields{run("first", "10:00:00", "batch:1"), run("middle", "10:30:00", "batch:2"), run("last", "11:00:00", "batch:3")}
	t.Run("they never stand", func(t *testing.T) {
		expectReferences(t, Options{}, `
		infra: ended ebs-volumes us-east-1 shop task-definition/batch 10:00:00..11:00:00 [first last]
		`, runs...)
	})
	t.Run("but are not at their end while volumes of the cluster are open", func(t *testing.T) {
		volume := func(region, cluster string) fields {
			return createVolume("volume", "10:00:30", "vol-1", "arn:aws:ecs:"+region+":"+account+":task/"+cluster+"/1")
		}
		service := ecsCall("service", "09:00:00", "CreateService", fields{"serviceName": "web", "cluster": "shop", "vpcLatticeConfigurations": []any{fields{"roleArn": infra}}}, nil)
		end := ecsCall("delete", "09:30:00", "DeleteService", fields{"service": "web", "cluster": "shop"}, nil)
		expectReferences(t, later("11:00:00", 100), `
		infra: ending ebs-volumes us-east-1 shop task-definition/batch 10:00:00..11:00:00 [first last]
		infra: ended vpc-lattice us-east-1 shop service/web 09:00:00..09:30:00 [service delete]
		`, append(runs, service, end, volume("us-east-1", "shop"))...)
		for _, elsewhere := range []fields{volume("eu-west-1", "shop"), volume("us-east-1", "other"),
			createVolume("volume", "10:00:30", "vol-1", "arn:aws:ecs:us-east-1:"+account+":task/1")} {
			expectReferences(t, later("11:00:00", 100), `
			infra: ended ebs-volumes us-east-1 shop task-definition/batch 10:00:00..11:00:00 [first last]
			`, append(runs, elsewhere)...)
		}
	})
	t.Run("a service's end waits for them too", func(t *testing.T) {
		expectReferences(t, later("11:00:00", 100), `
		infra: ending ebs-volumes us-east-1 shop service/web 10:00:00..11:00:00 [create delete]
		`, ecsCall("create", "10:00:00", "CreateService", withVolumes(infra, fields{"serviceName": "web", "cluster": "shop"}), nil),
			ecsCall("delete", "11:00:00", "DeleteService", fields{"service": "web", "cluster": "shop"}, nil),
			createVolume("volume", "10:00:30", "vol-1", "arn:aws:ecs:us-east-1:"+account+":task/shop/1"))
	})
}
