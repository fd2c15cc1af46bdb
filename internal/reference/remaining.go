package reference

import (
	"maps"
	"slices"

	"roletrail/analyzer"
)

// standingResources gives "clusters named by CreateCluster and not deleted later; services or Express services named by
// Create or Update (any successful one) and not deleted later; container instances registered and not deregistered later",
// with the begin winning ties as it does for references.
func standingResources(winners []*event) []resource {
	last := map[resource]*event{}
	clusterEnds := map[resource]*event{}
	for _, e := range resourceEvents(winners) {
		resource, _ := resourceOf(e)
		last[resource] = e
		if e.name == "DeleteCluster" {
			clusterEnds[resource] = e
		}
	}
	var standing []resource
	for r, e := range last {
		if !e.begins() || r.kind != ofCluster && r.kind != ofService && r.kind != ofContainerInstance {
			continue
		}
		// "A DeleteCluster at time t ends services and container instances of that cluster whose last event is <= t."
		itsCluster := resource{account: r.account, region: r.region, cluster: r.cluster, kind: ofCluster, name: r.cluster}
		if end := clusterEnds[itsCluster]; r.kind != ofCluster && end != nil && !e.time.After(end.time) {
			continue
		}
		standing = append(standing, r)
	}
	return standing
}

// maxRemaining is how many names a report tells.
const maxRemaining = 20

// remainingOf reports, for the service-linked role of ECS, what stands in its account, by Region. "Regions with all three
// empty are left out. A cluster that was not seen created but has standing services or instances is not listed as a
// cluster."
func (t *told) remainingOf(account string) []analyzer.Remaining {
	byRegion := map[string]*analyzer.Remaining{}
	for _, r := range t.remaining {
		if r.account != account {
			continue
		}
		region := byRegion[r.region]
		if region == nil {
			region = &analyzer.Remaining{Region: r.region}
			byRegion[r.region] = region
		}
		switch r.kind {
		case ofCluster:
			region.Clusters = append(region.Clusters, r.name)
			region.ClusterCount++
		case ofService:
			region.Services = append(region.Services, r.cluster+"/"+r.name)
			region.ServiceCount++
		case ofContainerInstance:
			region.ContainerInstances++
		}
	}
	var list []analyzer.Remaining
	for _, name := range slices.Sorted(maps.Keys(byRegion)) {
		region := byRegion[name]
		slices.Sort(region.Clusters)
		slices.Sort(region.Services)
		region.Clusters = region.Clusters[:min(len(region.Clusters), maxRemaining)]
		region.Services = region.Services[:min(len(region.Services), maxRemaining)]
		list = append(list, *region)
	}
	return list
}
