package analyzer

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReferencePaths: every place where an ECS event may name a role.
func TestReferencePaths(t *testing.T) {
	const role = `"roleArn":"arn:aws:iam::111122223333:role/A"`
	at := func(text string, of ...string) string { return fmt.Sprintf(text, of[0]) }
	hooks, balancers := `{"lifecycleHooks":[{%s}]}`, `[{"advancedConfiguration":{%s}}]`
	infrastructure := strings.Replace(role, "roleArn", "infrastructureRoleArn", 1)
	for _, test := range []struct{ feature, event, request, response, resource string }{
		{"ebs-volumes", "CreateService", api(at(`"volumeConfigurations":[{"name":"n"},{"managedEBSVolume":{%s}}]`, role)), "", "web service/api"},
		{"ebs-volumes", "UpdateService", api(), deployed(at(`"volumeConfigurations":[{"managedEBSVolume":{%s}}]`, role)), "web service/api"},
		{"service-connect-tls", "UpdateService", api(at(`"serviceConnectConfiguration":{"services":[{},{"tls":{%s}}]}`, role)), "", "web service/api"},
		{"service-connect-tls", "UpdateService", api(), deployed(at(`"serviceConnectConfiguration":{"services":[{"tls":{%s}}]}`, role)), "web service/api"},
		{"vpc-lattice", "CreateService", api(at(`"vpcLatticeConfigurations":[{%s}]`, role)), "", "web service/api"},
		{"vpc-lattice", "CreateService", api(), deployed(at(`"vpcLatticeConfigurations":[{%s}]`, role)), "web service/api"},
		{"load-balancers", "UpdateService", api(`"loadBalancers":` + at(balancers, role)), "", "web service/api"},
		{"load-balancers", "UpdateService", api(), `{"service":{"loadBalancers":` + at(balancers, role) + `}}`, "web service/api"},
		{"load-balancers", "UpdateService", api(), `{"service":{"taskSets":[{"loadBalancers":` + at(balancers, role) + `}]}}`, "web service/api"},
		{"load-balancers", "CreateTaskSet", api(`"loadBalancers":` + at(balancers, role)), `{"taskSet":{"id":"t"}}`, "web task-set/api/t"},
		{"load-balancers", "UpdateTaskSet", api(`"taskSet":"x/t"`), `{"taskSet":{"loadBalancers":` + at(balancers, role) + `}}`, "web task-set/api/t"},
		{"lifecycle-hooks", "CreateService", api(`"deploymentConfiguration":` + at(hooks, role)), "", "web service/api"},
		{"lifecycle-hooks", "UpdateService", api(), `{"service":{"deploymentConfiguration":` + at(hooks, role) + `}}`, "web service/api"},
		{"legacy-service-role", "CreateService", api(strings.Replace(role, "roleArn", "role", 1)), "", "web service/api"},
		{"legacy-service-role", "UpdateService", api(), `{"service":{` + role + `}}`, "web service/api"},
		{"express-mode", "CreateExpressGatewayService", api(infrastructure), "", "web service/api"},
		{"express-mode", "UpdateExpressGatewayService", api(), `{"service":{` + infrastructure + `}}`, "web service/api"},
		{"managed-instances", "UpdateCapacityProvider", `{"name":"cp","managedInstancesProvider":{` + infrastructure + `}}`, "", " capacity-provider/cp"},
		{"managed-instances", "CreateCapacityProvider", "", `{"capacityProvider":{"name":"cp","managedInstancesProvider":{` + infrastructure + `}}}`, " capacity-provider/cp"},
		{"ebs-volumes", "StartTask", `{"taskDefinition":"f:1",` + volumesRole("A") + `}`, "", "default task-definition/f"},

		{"", "UpdateService", api(strings.Replace(role, "roleArn", "role", 1)), "", ""},
		{"", "CreateService", api(`"role":"arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"`),
			`{"service":{"roleArn":"arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"}}`, ""},
		{"", "CreateService", api(infrastructure), `{"service":{` + infrastructure + `}}`, ""},
		{"", "CreateExpressGatewayService", api(volumesRole("A")), "", ""},
		{"", "CreateService", api(`"volumeConfigurations":[{"managedEBSVolume":{"roleArn":"arn:aws:iam::111122223333:user/A"}},{"managedEBSVolume":{"roleArn":""}},{"managedEBSVolume":{"roleArn":"A/"}}]`), "", ""},
	} {
		want := ""
		if test.feature != "" {
			state := "standing"
			if test.event == "StartTask" {
				state = "passing"
			}
			want = "a " + test.feature + " " + test.resource + " " + state + " e-e @A\n"
		}
		story := []told{ecs(1, "e", test.event, test.request, test.response)}
		if diff := cmp.Diff(want, walkStory(t, story, showReferences)); diff != "" {
			t.Errorf("%s %s %s (-want +got):\n%s", test.event, test.request, test.response, diff)
		}
	}
}

// TestResourceNames: the ways in which an ECS event says what it is on.
func TestResourceNames(t *testing.T) {
	const arn = "arn:aws:ecs:us-east-1:111122223333:"
	for _, test := range []struct{ event, request, response, want string }{
		{"UpdateService", `{"service":"api"}`, "", "default service/api"},
		{"CreateService", `{"serviceName":"api","cluster":"` + arn + `cluster/web"}`, "", "web service/api"},
		{"UpdateService", `{"service":"` + arn + `service/web/api","cluster":"other"}`, "", "web service/api"},
		{"UpdateService", `{"service":"` + arn + `service/api","cluster":"web"}`, "", "web service/api"},
		{"UpdateService", `{"service":"` + arn + `service/api"}`, `{"service":{"clusterArn":"` + arn + `cluster/web"}}`, "web service/api"},
		{"UpdateService", `{"service":"x","cluster":"x"}`, `{"service":{"serviceArn":"` + arn + `service/web/api"}}`, "web service/api"},
		{"UpdateService", `{"service":"` + arn + `service/a/b/c"}`, "", "default service/c"},
		{"UpdateService", `{"service":"` + arn + `service//api","cluster":"x/"}`, "", "default service/api"},
		{"UpdateService", `{"service":"api/"}`, "", ""},
		{"UpdateService", `{"service":7,"serviceName":"api","cluster":{"name":"web"}}`, "", "default service/api"},
		{"UpdateService", "", "", ""},
		{"CreateTaskSet", `{"service":"` + arn + `service/web/api"}`, `{"taskSet":{"taskSetArn":"` + arn + `task-set/web/api/ecs-svc/9"}}`, "web task-set/api/9"},
		{"UpdateTaskSet", `{"taskSet":"9"}`, `{"taskSet":{"serviceArn":"` + arn + `service/api","clusterArn":"` + arn + `cluster/web"}}`, "web task-set/api/9"},
		{"UpdateTaskSet", `{"service":"api"}`, "", ""},
		{"UpdateTaskSet", `{"taskSet":"9"}`, "", ""},
		{"UpdateCapacityProvider", `{"name":"cp"}`, "", "capacity-provider/cp"},
		{"DeleteCapacityProvider", `{"capacityProvider":"` + arn + `capacity-provider/cp"}`, `{"capacityProvider":{"status":"DEPROVISIONING"}}`, "capacity-provider/cp"},
		{"CreateCapacityProvider", `{"name":"x"}`, `{"capacityProvider":{"capacityProviderArn":"` + arn + `capacity-provider/cp","name":"y"}}`, "capacity-provider/cp"},
		{"DeleteCapacityProvider", "", `{"capacityProvider":{"name":"cp"}}`, "capacity-provider/cp"},
		{"RunTask", `{"taskDefinition":"` + arn + `task-definition/f:12","cluster":"web"}`, "", "web task-definition/f"},
		{"RunTask", `{"taskDefinition":"f:g:1"}`, "", "default task-definition/f:g"},
		{"RunTask", `{"taskDefinition":":1"}`, "", ""},
	} {
		// Roles are put in for every feature, and one of them is looked at.
		request := strings.Replace(test.request, "{", `{"loadBalancers":[{"advancedConfiguration":{"roleArn":"A"}}],"managedInstancesProvider":{"infrastructureRoleArn":"A"},"volumeConfigurations":[{"managedEBSVolume":{"roleArn":"A"}}],`, 1)
		response := strings.Replace(test.response, `{"capacityProvider":{`, `{"capacityProvider":{"managedInstancesProvider":{"infrastructureRoleArn":"A"},`, 1)
		got, _, _ := strings.Cut(walkStory(t, []told{ecs(1, "e", test.event, request, response)}, showReferences), "\n")
		if fields := strings.Fields(got); len(fields) > 0 {
			got = strings.Join(fields[2:len(fields)-3], " ")
		}
		if got != test.want {
			t.Errorf("%s %s %s: %q, want %q", test.event, test.request, test.response, got, test.want)
		}
	}
}

// TestReferenceText: keys and strings may be written in any way JSON allows, and of several members the last counts.
func TestReferenceText(t *testing.T) {
	for request, want := range map[string]string{
		`{"service":"x","cluster":"web", "servi\u0063e" : "a\u0070i","volume\u0043onfigurations":[ {"managedEBSVolume":{"roleArn":"\u0041"}} ]}`: "a ebs-volumes web service/api standing e-e A:e\n",
		api(volumesRole("B"), volumesRole("A")):                                                                    "a ebs-volumes web service/api standing e-e @A\n",
		api(volumesRole("A"), `"volumeConfigurations":[]`):                                                         "",
		`{"cluster":"web","service":"api","x":{"service":"y","volumeConfigurations":[]},` + latticeRole("A") + `}`: "a vpc-lattice web service/api standing e-e @A\n",
	} {
		if diff := cmp.Diff(want, walkStory(t, []told{ecs(1, "e", "UpdateService", request, "")}, showReferences)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", request, diff)
		}
	}
}

// TestOddTypes: a member may be of any type, wherever it is. What can be told is told, and nothing else happens.
func TestOddTypes(t *testing.T) {
	odd := []string{`null`, `true`, `7`, `""`, `"x"`, `[]`, `[[]]`, `["x",null,{}]`, `{}`, `{"":{}}`}
	for _, event := range []string{"CreateService", "DeleteService", "CreateTaskSet", "RunTask", "CreateCapacityProvider", "CreateCluster", "RegisterContainerInstance"} {
		var records []string
		for _, text := range []string{
			api(volumesRole("A"), latticeRole("A"), balancerRole("A"), `"taskSet":"t","taskDefinition":"f","name":"n","tasks":[{"taskArn":"a"}]`),
			`{"service":{"serviceArn":"s","deployments":[{"volumeConfigurations":[{}]}]},"taskSet":{"id":"t"},"capacityProvider":{"name":"cp"},"tasks":[{}]}`,
		} {
			for _, part := range parts(text) {
				for _, other := range odd {
					bent := text[:part[0]] + other + text[part[1]:]
					records = append(records, ecs(1, "", event, bent, text).json(), ecs(1, "", event, text, bent).json())
				}
			}
		}
		s, _ := walkThings(t, 1<<20, records)
		if event == "CreateService" && len(s.byRole) == 0 {
			t.Error("nothing was told")
		}
	}
}

// parts returns where the values are in a JSON text without escapes.
func parts(text string) (list [][2]int) {
	for i := range text {
		for j := i + 1; j <= len(text); j++ {
			if (i == 0 || strings.IndexByte(`:[,`, text[i-1]) >= 0) && (j == len(text) || strings.IndexByte(`,]}`, text[j]) >= 0) && json.Valid([]byte(text[i:j])) {
				list = append(list, [2]int{i, j})
			}
		}
	}
	return list
}
