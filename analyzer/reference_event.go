package analyzer

import (
	"slices"
	"strings"

	"roletrail/analyzer/facts"
	"roletrail/ingest/record"
)

// roleKey is how an account knows a role. Role names are unique in an account, whatever the path and the case of letters
// (IAM User Guide, "IAM and AWS STS quotas").
type roleKey struct {
	account string
	name    string // in lower case
}

// keyOf returns the key of the role that an ARN names.
func keyOf(arn string) roleKey { return roleKey{roleAccount(arn), lowerRole(roleName(arn))} }

// keyIn returns the key of the role that an event of an account names by its ARN or its name, which may have a path.
func keyIn(account, role string) roleKey {
	key := keyOf(role)
	if key.account == "" {
		key.account = account
	}
	return key
}

// resourceType is what an ECS event is on. The subjects of the facts of kind Reference begin with Region, cluster and
// type, so the events on a cluster come before those on what is in it.
type resourceType string

const (
	onCluster  resourceType = "0"
	onService  resourceType = "1" // or on one of its task sets
	onInstance resourceType = "2"
	onProvider resourceType = "3"
	onFamily   resourceType = "4" // of task definitions, of which a task was run
)

// naming is where events name roles for one feature (Amazon ECS API Reference; CloudTrail writes the members as there).
type naming struct {
	feature string
	// whole is the path of the list or object in the request that, if it is there, tells all roles of the feature; the
	// response then adds nothing, for it may still tell of what is on its way out.
	whole    string
	request  string   // path
	response []string // paths
}

var (
	serviceNamings = []naming{
		{featureOfVolumes, "volumeConfigurations",
			"volumeConfigurations[].managedEBSVolume.roleArn",
			[]string{"service.deployments[].volumeConfigurations[].managedEBSVolume.roleArn"}},
		{"service-connect-tls", "serviceConnectConfiguration",
			"serviceConnectConfiguration.services[].tls.roleArn",
			[]string{"service.deployments[].serviceConnectConfiguration.services[].tls.roleArn"}},
		{"vpc-lattice", "vpcLatticeConfigurations",
			"vpcLatticeConfigurations[].roleArn",
			[]string{"service.deployments[].vpcLatticeConfigurations[].roleArn"}},
		{featureBalancers, "loadBalancers",
			"loadBalancers[].advancedConfiguration.roleArn",
			[]string{"service.loadBalancers[].advancedConfiguration.roleArn", "service.taskSets[].loadBalancers[].advancedConfiguration.roleArn"}},
		{"lifecycle-hooks", "deploymentConfiguration.lifecycleHooks",
			"deploymentConfiguration.lifecycleHooks[].roleArn",
			[]string{"service.deploymentConfiguration.lifecycleHooks[].roleArn"}},
		{featureLegacy, "", "", []string{"service.roleArn"}},
	}
	newServiceNamings = []naming{{featureLegacy, "", "role", nil}}
	expressNamings    = []naming{{"express-mode", "", "infrastructureRoleArn", []string{"service.infrastructureRoleArn"}}}
	providerNamings   = []naming{{"managed-instances", "managedInstancesProvider",
		"managedInstancesProvider.infrastructureRoleArn",
		[]string{"capacityProvider.managedInstancesProvider.infrastructureRoleArn"}}}
	taskSetNamings = []naming{{featureBalancers, "loadBalancers",
		"loadBalancers[].advancedConfiguration.roleArn",
		[]string{"taskSet.loadBalancers[].advancedConfiguration.roleArn"}}}
	taskNamings = []naming{{featureOfVolumes, "", "volumeConfigurations[].managedEBSVolume.roleArn", nil}}
)

const (
	featureBalancers = "load-balancers"
	featureLegacy    = "legacy-service-role"
)

// references tells what an ECS event says of resources: what stands, what ended, and which roles are named.
func (c *collector) references(r *record.Record, tell tell) {
	if c.fact.ErrorCode != "" {
		return
	}
	e := ecsEvent{region: c.fact.Region, request: r.Value(c.fields.request), response: r.Value(c.fields.response), told: tell}
	switch action := c.fact.Action; action {
	case "CreateCluster", "DeleteCluster":
		e.cluster()
	case "RegisterContainerInstance", "DeregisterContainerInstance":
		e.instance()
	case "CreateCapacityProvider", "UpdateCapacityProvider", "DeleteCapacityProvider":
		e.provider(ends(action))
	case "CreateTaskSet", "UpdateTaskSet", "DeleteTaskSet":
		e.taskSet(ends(action))
	case "RunTask", "StartTask":
		e.task()
	case "CreateService":
		e.service(false, serviceNamings, newServiceNamings)
	case "UpdateService", "DeleteService":
		e.service(ends(action), serviceNamings)
	case "CreateExpressGatewayService", "UpdateExpressGatewayService", "DeleteExpressGatewayService":
		e.service(ends(action), expressNamings)
	}
}

// ends reports whether an event ends what it is on.
func ends(action string) bool {
	return strings.HasPrefix(action, "Delete") || strings.HasPrefix(action, "Deregister")
}

// ecsEvent is an ECS event that is being told.
type ecsEvent struct {
	region            string
	request, response record.Value
	told              tell
}

// on tells that the event is on a resource, and which roles it names for it.
func (e *ecsEvent) on(on resourceType, cluster, name, taskSet, roles string) {
	if name != "" {
		e.told(facts.Reference, pack(e.region, cluster, string(on), name), pack(taskSet)+roles)
	}
}

func (e *ecsEvent) cluster() {
	name := clusterName(e.response.TextAt("cluster.clusterArn"), e.response.TextAt("cluster.clusterName"),
		e.request.TextAt("clusterName"), e.request.TextAt("cluster"))
	e.on(onCluster, name, name, "", "")
}

func (e *ecsEvent) instance() {
	name := lastPart(first(e.response.TextAt("containerInstance.containerInstanceArn"), e.request.TextAt("containerInstance")))
	e.on(onInstance, clusterName(e.request.TextAt("cluster")), name, "", "")
}

func (e *ecsEvent) provider(ends bool) {
	name := lastPart(first(
		e.response.TextAt("capacityProvider.capacityProviderArn"), e.response.TextAt("capacityProvider.name"),
		e.request.TextAt("name"), e.request.TextAt("capacityProvider"),
	))
	e.on(onProvider, "", name, "", e.roles(ends, providerNamings))
}

func (e *ecsEvent) service(ends bool, namings ...[]naming) {
	arn := first(e.response.TextAt("service.serviceArn"), e.request.TextAt("serviceArn"))
	text := first(arn, e.request.TextAt("service"), e.request.TextAt("serviceName"))
	cluster, name := e.serviceName(text, e.response.TextAt("service.clusterArn"))
	e.on(onService, cluster, name, "", e.roles(ends, namings...))
}

func (e *ecsEvent) taskSet(ends bool) {
	text := first(e.request.TextAt("service"), e.response.TextAt("taskSet.serviceArn"))
	id := lastPart(first(e.response.TextAt("taskSet.taskSetArn"), e.response.TextAt("taskSet.id"), e.request.TextAt("taskSet")))
	if id == "" {
		return
	}
	cluster, name := e.serviceName(text, e.response.TextAt("taskSet.clusterArn"))
	e.on(onService, cluster, name, id, e.roles(ends, taskSetNamings))
}

// task tells of tasks that are run by themselves. ECS deletes the volumes of a task at its end unless it is told to keep
// them.
func (e *ecsEvent) task() {
	e.on(onFamily, clusterName(e.request.TextAt("cluster")), family(e.request.TextAt("taskDefinition")), "", e.roles(false, taskNamings))
	keeps := false
	e.request.Walk("volumeConfigurations[].managedEBSVolume.terminationPolicy.deleteOnTermination", func(v record.Value) {
		keeps = keeps || string(v) == "false"
	})
	if !keeps {
		return
	}
	e.response.Walk("tasks[].taskArn", func(v record.Value) {
		if task := v.Text(); task != "" {
			e.told(facts.Keep, task, "")
		}
	})
}

// defaultCluster is the cluster of requests that name none.
const defaultCluster = "default"

// clusterName returns the name of the cluster that the first of some texts tells.
func clusterName(texts ...string) string { return first(lastPart(first(texts...)), defaultCluster) }

// serviceName returns the cluster and the name of the service that a text names. Its ARN has the cluster in it unless it
// is one of the old form (ECS Developer Guide, "Amazon Resource Names (ARNs) and IDs").
func (e *ecsEvent) serviceName(text, clusterARN string) (cluster, name string) {
	if _, resource, ok := strings.Cut(text, ":service/"); ok {
		if parts := strings.Split(resource, "/"); len(parts) == 2 && parts[0] != "" {
			return parts[0], parts[1]
		}
	}
	return clusterName(clusterARN, e.request.TextAt("cluster")), lastPart(text)
}

// roles packs the roles that the event names: pairs of a feature and a role, by ARN or name. An empty role says that no
// other roles are for the feature than those that follow. What ends a resource only tells in its response what it had.
func (e *ecsEvent) roles(ends bool, namings ...[]naming) string {
	var packed strings.Builder
	for _, n := range slices.Concat(namings...) {
		var named []string
		take := func(v record.Value) {
			role := v.Text()
			if !isRole(role) || n.feature == featureLegacy && isLinked(role) {
				return
			}
			named = append(named, role)
		}
		whole := !ends && n.whole != "" && e.request.At(n.whole).IsContainer()
		if whole {
			packed.WriteString(pack(n.feature, ""))
		}
		if !ends {
			e.request.Walk(n.request, take)
		}
		if !whole {
			for _, path := range n.response {
				e.response.Walk(path, take)
			}
		}
		for _, role := range slices.Compact(named) {
			packed.WriteString(pack(n.feature, role))
		}
	}
	return packed.String()
}

// isRole reports whether a text names a role, by its ARN or its name.
func isRole(s string) bool {
	return roleName(s) != "" && (!strings.Contains(s, ":") || strings.Contains(s, ":role/"))
}

// family returns the family of a task definition, named with or without a revision, or by its ARN.
func family(definition string) string {
	if _, name, ok := strings.Cut(definition, ":task-definition/"); ok {
		definition = name
	}
	if at := strings.LastIndexByte(definition, ':'); at >= 0 {
		definition = definition[:at]
	}
	return definition
}

func lastPart(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
