package reference

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"roletrail/analyzer"
)

// referenceTo is a resource that names a role for a feature, or did.
type referenceTo struct {
	referenceKey
	standing bool
	passing  bool   // by tasks that were run by themselves: never standing
	since    *event // "a new since when it was named again after its end"
	lastSeen *event // "the last event that named it while standing, or the one that ended it"

	named   *event // the last event that named the role for it
	written string // the name that it gave
	arn     string // as it was written last; "" if only the name was
}

// referenceKey: "one entry per (role, feature, region, cluster, resource)."
type referenceKey struct {
	resource
	feature string
	role    roleKey
}

// group is where events name the roles of one feature.
type group struct {
	feature string
	// key is the path in the request that, if it is there, tells all roles of the group: "if the request has the group's
	// key, the roles of the group become exactly those in the request; the response of that group is ignored. Else the
	// roles in the response are added."
	key               string
	request, response []string
}

var (
	serviceGroups = []group{
		{"ebs-volumes", "requestParameters.volumeConfigurations",
			[]string{"requestParameters.volumeConfigurations[].managedEBSVolume.roleArn"},
			[]string{"responseElements.service.deployments[].volumeConfigurations[].managedEBSVolume.roleArn"}},
		{"service-connect-tls", "requestParameters.serviceConnectConfiguration",
			[]string{"requestParameters.serviceConnectConfiguration.services[].tls.roleArn"},
			[]string{"responseElements.service.deployments[].serviceConnectConfiguration.services[].tls.roleArn"}},
		{"vpc-lattice", "requestParameters.vpcLatticeConfigurations",
			[]string{"requestParameters.vpcLatticeConfigurations[].roleArn"},
			[]string{"responseElements.service.deployments[].vpcLatticeConfigurations[].roleArn"}},
		{"load-balancers", "requestParameters.loadBalancers",
			[]string{"requestParameters.loadBalancers[].advancedConfiguration.roleArn"},
			[]string{"responseElements.service.loadBalancers[].advancedConfiguration.roleArn",
				"responseElements.service.taskSets[].loadBalancers[].advancedConfiguration.roleArn"}},
		{"lifecycle-hooks", "requestParameters.deploymentConfiguration.lifecycleHooks",
			[]string{"requestParameters.deploymentConfiguration.lifecycleHooks[].roleArn"},
			[]string{"responseElements.service.deploymentConfiguration.lifecycleHooks[].roleArn"}},
		{legacyServiceRole, "", nil, []string{"responseElements.service.roleArn"}},
	}
	// newServiceGroups: only "CreateService; a name or an ARN".
	newServiceGroups = []group{{legacyServiceRole, "", []string{"requestParameters.role"}, nil}}
	expressGroups    = []group{{"express-mode", "",
		[]string{"requestParameters.infrastructureRoleArn"}, []string{"responseElements.service.infrastructureRoleArn"}}}
	capacityProviderGroups = []group{{"managed-instances", "requestParameters.managedInstancesProvider",
		[]string{"requestParameters.managedInstancesProvider.infrastructureRoleArn"},
		[]string{"responseElements.capacityProvider.managedInstancesProvider.infrastructureRoleArn"}}}
	taskSetGroups = []group{{"load-balancers", "requestParameters.loadBalancers",
		[]string{"requestParameters.loadBalancers[].advancedConfiguration.roleArn"},
		[]string{"responseElements.taskSet.loadBalancers[].advancedConfiguration.roleArn"}}}
	taskGroups = []group{{"ebs-volumes", "",
		[]string{"requestParameters.volumeConfigurations[].managedEBSVolume.roleArn"}, nil}}
)

const legacyServiceRole = "legacy-service-role"

func groupsOf(eventName string) []group {
	switch eventName {
	case "CreateService":
		return slices.Concat(serviceGroups, newServiceGroups)
	case "UpdateService", "DeleteService":
		return serviceGroups
	case "CreateExpressGatewayService", "UpdateExpressGatewayService", "DeleteExpressGatewayService":
		return expressGroups
	case "CreateCapacityProvider", "UpdateCapacityProvider", "DeleteCapacityProvider":
		return capacityProviderGroups
	case "CreateTaskSet", "UpdateTaskSet", "DeleteTaskSet":
		return taskSetGroups
	case "RunTask", "StartTask":
		return taskGroups
	}
	return nil
}

// isWhole tells whether the request tells all roles of the group. A value that cannot hold any, such as null, tells
// nothing.
func (g group) isWhole(e *event) bool {
	return g.key != "" && slices.ContainsFunc(e.all(g.key), func(value any) bool {
		switch value.(type) {
		case []any, map[string]any:
			return true
		}
		return false
	})
}

// roles gives the texts at the paths that name roles. A legacy role "is ignored if it contains /aws-service-role/".
func (g group) roles(e *event, paths ...string) []string {
	return slices.DeleteFunc(e.texts(paths...), func(text string) bool {
		_, isRole := keyOfNamed(text, e.account)
		return !isRole || g.feature == legacyServiceRole && isServiceLinked(text)
	})
}

// references goes through "winners with kind reference, not failed", and gives what they tell by role. "Events of one
// resource are applied in the order (time, rank, eventID, object, index), rank 0 for Delete and 1 for others: what ends
// in the same second as something begins: the begin wins."
func references(winners []*event) map[roleKey][]*referenceTo {
	all := map[referenceKey]*referenceTo{}
	for _, e := range resourceEvents(winners) {
		resource, _ := resourceOf(e)
		for _, group := range groupsOf(e.name) {
			at := func(text string) *referenceTo {
				role, _ := keyOfNamed(text, e.account)
				key := referenceKey{resource, group.feature, role}
				if all[key] == nil {
					all[key] = &referenceTo{referenceKey: key}
				}
				return all[key]
			}
			if !e.begins() {
				// "Roles that a Delete's response names and that were not known before are references that end now."
				for _, text := range group.roles(e, group.response...) {
					if r := at(text); r.since == nil {
						r.name(e, text)
					}
				}
				continue
			}
			named := group.roles(e, group.request...)
			if !group.isWhole(e) {
				named = append(named, group.roles(e, group.response...)...)
			}
			for _, text := range named {
				at(text).name(e, text)
			}
			// "Role keys that drop out end now."
			for _, r := range all {
				if group.isWhole(e) && r.resource == resource && r.feature == group.feature && r.named != e {
					r.end(e)
				}
			}
		}
		if !e.begins() {
			for _, r := range all {
				if r.within(resource) {
					r.end(e)
				}
			}
		}
	}
	byRole := map[roleKey][]*referenceTo{}
	for key, r := range all {
		byRole[key.role] = append(byRole[key.role], r)
	}
	return byRole
}

// resourceEvents gives the ECS events that tell anything, in the order in which they are applied.
func resourceEvents(winners []*event) []*event {
	var events []*event
	for _, e := range winners {
		if _, tells := resourceOf(e); e.kind == reference && !e.failed && tells {
			events = append(events, e)
		}
	}
	rank := func(e *event) int {
		if e.begins() {
			return 1
		}
		return 0
	}
	slices.SortFunc(events, func(a, b *event) int {
		return cmp.Or(a.time.Compare(b.time), cmp.Compare(rank(a), rank(b)), byID(a, b))
	})
	return events
}

// name notes that an event names the role. "A role that is (again) named: standing, lastSeen = now; since = now if it was
// not standing. RunTask and StartTask: since first, lastSeen last; never standing."
func (r *referenceTo) name(e *event, text string) {
	r.passing = e.isPassing()
	if r.since == nil || !r.standing && !r.passing {
		r.since = e
	}
	r.standing, r.lastSeen = !r.passing, e
	r.named, r.written = e, roleName(text)
	if strings.Contains(text, ":") {
		r.arn = text
	}
}

func (r *referenceTo) end(e *event) {
	if r.standing {
		r.standing, r.lastSeen = false, e
	}
}

// within tells whether the end of a resource ends the reference: "DeleteService, DeleteExpressGatewayService (same
// identity space): ends all references of the service and of its task sets. DeleteTaskSet ends those of the task set.
// DeleteCapacityProvider ends those of the provider."
func (r *referenceTo) within(ended resource) bool {
	own := r.resource
	if ended.kind == ofService && own.kind == ofTaskSet {
		own.kind, own.taskSet = ofService, ""
	}
	return own == ended
}

// state at T: "standing; ended and endedAt > T - 24 h: ending; ended ebs-volumes reference while the role has open
// volumes whose task ARN lies in the same Region and cluster: ending; else ended. RunTask references too become ending
// by open volumes, not by the 24 hours."
func (t *told) state(r *referenceTo) string {
	holds := func(v *ebsVolume) bool {
		region, cluster, ok := placeOfTask(v.task)
		return v.isOpen() && ok && region == r.region && cluster == r.cluster
	}
	switch {
	case r.standing:
		return analyzer.StateStanding
	case !r.passing && r.lastSeen.time.After(t.now.Add(-24*time.Hour)),
		r.feature == featureOfVolumes && slices.ContainsFunc(t.volumes[r.role], holds):
		return analyzer.StateEnding
	default:
		return analyzer.StateEnded
	}
}

// referencesOf reports the references of a role. "List order: state (standing, ending, ended), feature (byte order),
// region, cluster, resource. Evidence: the event of since and the event of lastSeen (one if the same)."
func (t *told) referencesOf(key roleKey) []analyzer.Reference {
	var list []analyzer.Reference
	for _, r := range t.references[key] {
		list = append(list, analyzer.Reference{
			Feature: r.feature, Region: r.region, Cluster: r.cluster, Resource: r.String(), State: t.state(r),
			Since: r.since.time, LastSeen: r.lastSeen.time, Evidence: evidenceOf([]*event{r.since, r.lastSeen}),
		})
	}
	order := []string{analyzer.StateStanding, analyzer.StateEnding, analyzer.StateEnded}
	slices.SortFunc(list, func(a, b analyzer.Reference) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.State), slices.Index(order, b.State)),
			cmp.Compare(a.Feature, b.Feature), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Cluster, b.Cluster),
			cmp.Compare(a.Resource, b.Resource), a.Since.Compare(b.Since), a.LastSeen.Compare(b.LastSeen))
	})
	return list
}
