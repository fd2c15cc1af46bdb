package reference

import (
	"strings"
)

// resource is what an ECS event is about. "Identity of a resource: region = awsRegion of the record"; the account is the
// record's too, for names are unique in one account only.
type resource struct {
	account, region, cluster string
	kind                     resourceKind
	name                     string // of a task set: its service's
	taskSet                  string // ID
}

type resourceKind string

const (
	ofService           resourceKind = "service"
	ofTaskSet           resourceKind = "task-set"
	ofCapacityProvider  resourceKind = "capacity-provider"
	ofTaskDefinition    resourceKind = "task-definition"
	ofCluster           resourceKind = "cluster"
	ofContainerInstance resourceKind = "container-instance"
)

// String: "task sets: resource task-set/<service>/<id>, service service/<name> (Express too), capacity-provider/<name>,
// task-definition/<family>."
func (r resource) String() string {
	text := string(r.kind) + "/" + r.name
	if r.kind == ofTaskSet {
		text += "/" + r.taskSet
	}
	return text
}

// resourceOf finds out what an ECS event is about. "No name: the record tells nothing."
func resourceOf(e *event) (resource, bool) {
	r := resource{account: e.account, region: e.region}
	switch e.name {
	case "CreateService", "UpdateService", "DeleteService",
		"CreateExpressGatewayService", "UpdateExpressGatewayService", "DeleteExpressGatewayService":
		// "serviceArn = first non-empty of responseElements.service.serviceArn, requestParameters.serviceArn; nameText =
		// first non-empty of serviceArn, requestParameters.service, requestParameters.serviceName."
		text := e.first("responseElements.service.serviceArn", "requestParameters.serviceArn",
			"requestParameters.service", "requestParameters.serviceName")
		r.kind, r.name = ofService, lastPart(text)
		r.cluster = clusterOfService(text, e.first("responseElements.service.clusterArn", "requestParameters.cluster"))
	case "CreateTaskSet", "UpdateTaskSet", "DeleteTaskSet":
		// "nameText = first non-empty of requestParameters.service, responseElements.taskSet.serviceArn; cluster as above.
		// Task set id = after the last / of the first non-empty of responseElements.taskSet.taskSetArn,
		// responseElements.taskSet.id, requestParameters.taskSet."
		text := e.first("requestParameters.service", "responseElements.taskSet.serviceArn")
		r.kind, r.name = ofTaskSet, lastPart(text)
		r.cluster = clusterOfService(text, e.first("responseElements.taskSet.clusterArn", "requestParameters.cluster"))
		r.taskSet = lastPart(e.first("responseElements.taskSet.taskSetArn", "responseElements.taskSet.id", "requestParameters.taskSet"))
		return r, r.name != "" && r.taskSet != ""
	case "CreateCapacityProvider", "UpdateCapacityProvider", "DeleteCapacityProvider":
		r.kind = ofCapacityProvider
		r.name = lastPart(e.first("responseElements.capacityProvider.capacityProviderArn",
			"responseElements.capacityProvider.name", "requestParameters.name", "requestParameters.capacityProvider"))
	case "RunTask", "StartTask":
		r.kind, r.name = ofTaskDefinition, familyOf(e.first("requestParameters.taskDefinition"))
		r.cluster = clusterNamed(e.first("requestParameters.cluster"))
	case "CreateCluster", "DeleteCluster":
		r.kind = ofCluster
		r.cluster = clusterNamed(e.first("responseElements.cluster.clusterArn", "responseElements.cluster.clusterName",
			"requestParameters.clusterName", "requestParameters.cluster"))
		r.name = r.cluster
	case "RegisterContainerInstance", "DeregisterContainerInstance":
		r.kind, r.cluster = ofContainerInstance, clusterNamed(e.first("requestParameters.cluster"))
		r.name = lastPart(e.first("responseElements.containerInstance.containerInstanceArn", "requestParameters.containerInstance"))
	}
	return r, r.name != ""
}

// clusterOfService: "if nameText is an ARN whose part after :service/ has two parts c/s: c; else the name part of" what
// else tells the cluster.
func clusterOfService(nameText, otherwise string) string {
	if _, after, isARN := strings.Cut(nameText, ":service/"); isARN {
		if parts := strings.Split(after, "/"); len(parts) == 2 && parts[0] != "" && parts[1] != "" {
			return parts[0]
		}
	}
	return clusterNamed(otherwise)
}

// clusterNamed: "the name part (after the last /); else default."
func clusterNamed(text string) string { return firstNonEmpty(lastPart(text), "default") }

// familyOf: "after :task-definition/ or as it is, without :<revision>."
func familyOf(definition string) string {
	if _, after, isARN := strings.Cut(definition, ":task-definition/"); isARN {
		definition = after
	}
	if revision := strings.LastIndex(definition, ":"); revision >= 0 {
		definition = definition[:revision]
	}
	return definition
}

func lastPart(text string) string { return text[strings.LastIndex(text, "/")+1:] }

// begins tells whether an event begins, changes or uses something rather than ends it.
func (e *event) begins() bool {
	return !strings.HasPrefix(e.name, "Delete") && !strings.HasPrefix(e.name, "Deregister")
}

// isPassing tells whether an event runs tasks, whose end leaves no event.
func (e *event) isPassing() bool { return e.name == "RunTask" || e.name == "StartTask" }
