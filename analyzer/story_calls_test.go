package analyzer_test

import (
	"fmt"
	"strings"

	"roletrail/internal/trailgen"
)

// call makes the call that words tell of: its name, what it is about, and perhaps how it fails.
func (t *storyTrail) call(words []string) trailgen.Call {
	var code string
	if n := len(words); n > 2 && words[n-2] == "fails" {
		words, code = words[:n-2], words[n-1]
	}
	call := t.about(words[0], append(words[1:], "", "", ""))
	if code != "" {
		call = call.Failed(code, "refused")
	}
	return call
}

func (t *storyTrail) about(name string, of []string) trailgen.Call {
	if make, ok := storyCalls[name]; ok {
		return make(t, of)
	}
	service, name, ok := strings.Cut(name, ":")
	if !ok {
		panic("no such call: " + service)
	}
	return trailgen.NewCall(service, name, `{}`, "")
}

const managedPolicies = "arn:aws:iam::aws:policy/"

// storyCalls are the calls of the language with what they are about.
var storyCalls = map[string]func(t *storyTrail, of []string) trailgen.Call{
	// CreateVolume VOLUME [TASK], and others with VOLUME
	"CreateVolume": func(t *storyTrail, of []string) trailgen.Call {
		return trailgen.NewCall("ec2", "CreateVolume",
			`{"tagSpecificationSet":{"items":[{"resourceType":"volume","tags":[{"key":"AmazonECSCreated","value":"`+t.task(of[1])+`"}]}]}}`, `{"volumeId":"`+of[0]+`"}`)
	},
	"AttachVolume": ofVolume("AttachVolume"), "DetachVolume": ofVolume("DetachVolume"), "DeleteVolume": ofVolume("DeleteVolume"),

	"CreateRole": func(t *storyTrail, _ []string) trailgen.Call {
		if t.lives++; t.lives > 1 {
			t.role.ID = fmt.Sprintf("AROALIFE%dEXAMPLE", t.lives)
		}
		return iam("CreateRole", fmt.Sprintf(`{"roleName":%q,"assumeRolePolicyDocument":%q}`, t.role.Name(), trust(trailgen.ECS)),
			fmt.Sprintf(`{"role":{"roleName":%q,"roleId":%q,"arn":%q}}`, t.role.Name(), t.role.UniqueID(), t.role.ARN))
	},
	"DeleteRole": func(t *storyTrail, _ []string) trailgen.Call {
		return iam("DeleteRole", fmt.Sprintf(`{"roleName":%q}`, t.role.Name()), "")
	},
	"CreateServiceLinkedRole": func(t *storyTrail, _ []string) trailgen.Call {
		return iam("CreateServiceLinkedRole", `{"aWSServiceName":"ecs.amazonaws.com"}`,
			fmt.Sprintf(`{"role":{"roleName":%q,"roleId":%q,"arn":%q}}`, t.role.Name(), t.role.UniqueID(), t.role.ARN))
	},
	// AttachRolePolicy POLICY, by what stands behind arn:aws:iam::aws:policy/
	"AttachRolePolicy": ofPolicy("AttachRolePolicy"), "DetachRolePolicy": ofPolicy("DetachRolePolicy"),
	"UpdateAssumeRolePolicy": func(t *storyTrail, of []string) trailgen.Call { // whom it trusts
		return iam("UpdateAssumeRolePolicy", fmt.Sprintf(`{"roleName":%q,"policyDocument":%q}`, t.role.Name(), trust(of[0])), "")
	},

	// CreateService SERVICE [FEATURE]: it names the role for the feature
	"CreateService": func(t *storyTrail, of []string) trailgen.Call {
		return ecsCall("CreateService", `"serviceName":"`+of[0]+`"`+t.naming(of[1]))
	},
	"UpdateService": func(t *storyTrail, of []string) trailgen.Call { // to name no role for volumes any more
		return ecsCall("UpdateService", `"service":"`+of[0]+`","volumeConfigurations":[]`)
	},
	"DeleteService": func(_ *storyTrail, of []string) trailgen.Call {
		return ecsCall("DeleteService", `"service":"`+of[0]+`"`)
	},
	"CreateCapacityProvider": func(t *storyTrail, of []string) trailgen.Call {
		return ecsCall("CreateCapacityProvider", `"name":"`+of[0]+`","managedInstancesProvider":{"infrastructureRoleArn":"`+t.role.ARN+`"}`)
	},
	"CreateExpressGatewayService": func(t *storyTrail, of []string) trailgen.Call {
		return ecsCall("CreateExpressGatewayService", `"serviceName":"`+of[0]+`","infrastructureRoleArn":"`+t.role.ARN+`"`)
	},
	// RunTask FAMILY TASK [kept]: with a volume, which outlives the task if it is kept
	"RunTask": func(t *storyTrail, of []string) trailgen.Call {
		kept := ""
		if of[2] == "kept" {
			kept = `,"terminationPolicy":{"deleteOnTermination":false}`
		}
		return trailgen.NewCall("ecs", "RunTask", `{"cluster":"prod","taskDefinition":"`+of[0]+`","volumeConfigurations":[{"managedEBSVolume":{"roleArn":"`+t.role.ARN+`"`+kept+`}}]}`,
			`{"tasks":[{"taskArn":"`+t.task(of[1])+`"}]}`)
	},
	"CreateCluster": func(_ *storyTrail, of []string) trailgen.Call {
		return trailgen.NewCall("ecs", "CreateCluster", `{"clusterName":"`+of[0]+`"}`, "")
	},
	"DeleteCluster": func(_ *storyTrail, of []string) trailgen.Call {
		return trailgen.NewCall("ecs", "DeleteCluster", `{"cluster":"`+of[0]+`"}`, "")
	},

	"StopLogging": ofTrail("StopLogging"), "StartLogging": ofTrail("StartLogging"), "DeleteTrail": ofTrail("DeleteTrail"),
	"PutEventSelectors": ofTrail("PutEventSelectors"),
}

func ofVolume(name string) func(*storyTrail, []string) trailgen.Call {
	return func(_ *storyTrail, of []string) trailgen.Call {
		return trailgen.NewCall("ec2", name, `{"volumeId":"`+of[0]+`"}`, "")
	}
}

func ofPolicy(name string) func(*storyTrail, []string) trailgen.Call {
	return func(t *storyTrail, of []string) trailgen.Call {
		return iam(name, fmt.Sprintf(`{"roleName":%q,"policyArn":%q}`, t.role.Name(), managedPolicies+of[0]), "")
	}
}

func ofTrail(name string) func(*storyTrail, []string) trailgen.Call {
	return func(*storyTrail, []string) trailgen.Call {
		return trailgen.NewCall("cloudtrail", name, `{"name":"management","trailName":"management"}`, "")
	}
}

func iam(name, parameters, response string) trailgen.Call {
	return trailgen.NewCall("iam", name, parameters, response)
}

func ecsCall(name, parameters string) trailgen.Call {
	return trailgen.NewCall("ecs", name, `{"cluster":"prod",`+parameters+`}`, "")
}

func trust(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + principal + `"},"Action":"sts:AssumeRole"}]}`
}

func (t *storyTrail) task(id string) string {
	return "arn:aws:ecs:" + t.Region + ":" + t.Account + ":task/prod/" + id
}

// naming is the part of a service by which it names the role for a feature.
func (t *storyTrail) naming(feature string) string {
	return map[string]string{
		"ebs-volumes":         `,"volumeConfigurations":[{"name":"data","managedEBSVolume":{"roleArn":"` + t.role.ARN + `"}}]`,
		"service-connect-tls": `,"serviceConnectConfiguration":{"services":[{"tls":{"roleArn":"` + t.role.ARN + `"}}]}`,
		"vpc-lattice":         `,"vpcLatticeConfigurations":[{"roleArn":"` + t.role.ARN + `"}]`,
		"load-balancers":      `,"loadBalancers":[{"advancedConfiguration":{"roleArn":"` + t.role.ARN + `"}}]`,
	}[feature]
}
