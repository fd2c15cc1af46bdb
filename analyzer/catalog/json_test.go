package catalog

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The keys and the empty lists are a contract.
func TestListing(t *testing.T) {
	c := extend(t, new(Catalog), `version: "7"
date: 2026-10-01
policies:
  P:
    arn: arn:aws:iam::aws:policy/P
    version: v1
    date: 2026-01-01
    actions: [ec2:CreateTags, "ec2:Delete*"]
    cleanup: ["ec2:Delete*"]
    notObservable: [ec2:CreateTags]
features:
  - id: a
    title: A
    kind: service-linked
    calls:
      - {service: ec2.amazonaws.com, names: [CreateTags], sharedWith: [b]}
    policy: P
    page: https://docs.aws.amazon.com/a
  - {id: b, title: B, kind: service-linked, policy: P, calls: [{service: s3.amazonaws.com, names: [Get*]}]}
  - {id: c, title: C, kind: infrastructure, principal: c.amazonaws.com, sessionNames: [{name: C*, confidence: seen, source: S}]}
`)
	got, err := json.MarshalIndent(c.Listing(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
 "schema": "roletrail/features/v1",
 "catalog": {
  "version": "7",
  "date": "2026-10-01"
 },
 "features": [
  {
   "id": "a",
   "title": "A",
   "kind": "service-linked",
   "principal": "ecs.amazonaws.com",
   "sessionNames": [],
   "calls": [
    {
     "service": "ec2.amazonaws.com",
     "name": "CreateTags",
     "sharedWith": [
      "b"
     ]
    }
   ],
   "catchAll": false,
   "policy": "P",
   "page": "https://docs.aws.amazon.com/a"
  },
  {
   "id": "b",
   "title": "B",
   "kind": "service-linked",
   "principal": "ecs.amazonaws.com",
   "sessionNames": [],
   "calls": [
    {
     "service": "s3.amazonaws.com",
     "name": "Get*",
     "sharedWith": []
    }
   ],
   "catchAll": false,
   "policy": "P"
  },
  {
   "id": "other-ecs-calls",
   "title": "Other calls of the service-linked role of ecs.amazonaws.com",
   "kind": "service-linked",
   "principal": "ecs.amazonaws.com",
   "sessionNames": [],
   "calls": [],
   "catchAll": true
  },
  {
   "id": "other-ecs-session",
   "title": "Other sessions of ecs.amazonaws.com",
   "kind": "other",
   "principal": "ecs.amazonaws.com",
   "sessionNames": [],
   "calls": [],
   "catchAll": true
  },
  {
   "id": "c",
   "title": "C",
   "kind": "infrastructure",
   "principal": "c.amazonaws.com",
   "sessionNames": [
    {
     "name": "C*",
     "confidence": "seen",
     "source": "S"
    }
   ],
   "calls": [],
   "catchAll": false
  },
  {
   "id": "other-c-session",
   "title": "Other sessions of c.amazonaws.com",
   "kind": "other",
   "principal": "c.amazonaws.com",
   "sessionNames": [],
   "calls": [],
   "catchAll": true
  }
 ],
 "policies": [
  {
   "name": "P",
   "arn": "arn:aws:iam::aws:policy/P",
   "version": "v1",
   "date": "2026-01-01",
   "actions": [
    {
     "action": "ec2:CreateTags",
     "cleanup": false,
     "notObservable": true
    },
    {
     "action": "ec2:Delete*",
     "cleanup": true,
     "notObservable": false
    }
   ]
  }
 ]
}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestListingOfEmbedded(t *testing.T) {
	c := load(t)
	l := c.Listing()
	if len(l.Features) != len(c.Features) {
		t.Errorf("%d features, want %d", len(l.Features), len(c.Features))
	}
	var policies []string
	for _, p := range l.Policies {
		policies = append(policies, p.Name)
	}
	if diff := cmp.Diff([]string{
		"AmazonECSInfrastructureRolePolicyForVolumes",
		"AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
		"AmazonECSInfrastructureRolePolicyForVpcLattice",
		"AmazonECSInfrastructureRolePolicyForLoadBalancers",
		"AmazonECSInfrastructureRolePolicyForManagedInstances",
		"AmazonECSInfrastructureRoleforExpressGatewayServices",
		"AmazonEC2ContainerServiceRole",
		"AmazonECSServiceRolePolicy",
	}, policies); diff != "" {
		t.Error(diff)
	}
}
